"""Arrays of floats as C text: a compiler reads the same bits back."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from arenite.codegen.literals import float_initialiser, prelude

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler (cc)")
WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror"]


def compiled(values: npt.NDArray[Any], directory: Path, compiler: str = "cc") -> npt.NDArray[Any]:
    """What a C compiler makes of the initialiser."""
    type_ = "float" if values.dtype == np.float32 else "double"
    text = float_initialiser(values)
    source, library = directory / "array.c", directory / f"{abs(hash(text))}.so"
    source.write_text(f"{prelude([text])}extern const {type_} a[];\nconst {type_} a[{values.size}] = {text};\n")
    subprocess.run([compiler, *WARNINGS, "-shared", "-fPIC", source, "-o", library], check=True)
    found = ctypes.c_byte.in_dll(ctypes.CDLL(str(library)), "a")
    memory = ctypes.string_at(ctypes.addressof(found), values.nbytes)
    return np.frombuffer(memory, values.dtype)


def bits(values: npt.NDArray[Any]) -> list[int]:
    result: list[int] = values.view(f"u{values.itemsize}").tolist()
    return result


@needs_compiler
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([np.float32, np.float64]).flatmap(
        lambda dtype: arrays.arrays(dtype, st.integers(1, 300), elements=st.floats(width=32, allow_nan=False))
    )
)
def test_any_values_read_back(tmp_path: Path, values: npt.NDArray[Any]) -> None:
    assert bits(compiled(values, tmp_path)) == bits(values)


@needs_compiler
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_special_values_and_runs_read_back(tmp_path: Path, compiler: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    limits = np.finfo(np.float32)
    values = np.array(
        [
            np.inf,
            -np.inf,
            -0.0,
            0.1,
            limits.max,
            limits.tiny,
            1e-45,
            -1e-45,
            *[0.5] * 5000,
            1,
            2,
            2,
            *[-0.0] * 64,
            3,
            0,
            0,
        ],
        np.float32,
    )
    assert bits(compiled(values, tmp_path, compiler)) == bits(values)
    assert np.isnan(compiled(np.array([np.nan], np.float32), tmp_path, compiler)).all()


def test_short_literals() -> None:
    values = np.array([0.5, -2, 0.1, 1e-10, 3e38], np.float32)
    assert float_initialiser(values) == "{\n  0.5f, -2.0f, 0.1f, 1e-10f, 3e+38f}"
    assert float_initialiser(values.astype(np.float64)[:2]) == "{\n  0.5, -2.0}"


def test_zeros_at_the_end_are_left_out() -> None:
    assert float_initialiser(np.zeros((100, 100), np.float32)) == "{\n  0.0f}"
    assert float_initialiser(np.array([0, 1, 0, 0], np.float32)) == "{\n  0.0f, 1.0f}"


def test_a_million_equal_values_are_little_text() -> None:
    text = float_initialiser(np.full(10**6, 0.25, np.float32))
    assert len(text) < 10000
    assert prelude([text]).count("#define") == 3
    assert prelude(["{\n  0.5f}"]) == ""
