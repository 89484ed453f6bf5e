"""Generated C at every granularity computes what whole operators compute, bit for bit."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_nets import ImageNet, random_image_net
from row_cases import REQUESTS, bordered, check, expected_of, pixels, pyramid, read_as_a_whole, uneven_windows
from row_projects import WARNINGS, write_library

from arenite.codegen.driver import compile_program
from arenite.codegen.host import INCLUDES, kernel_path
from arenite.errors import UnsupportedError
from arenite.frontends.model import Model
from arenite.rows import plan_rows
from arenite.target import INSTRUCTION_SETS, Target

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")


TARGETS = tuple(Target(cpu) for cpu in ("host", *dict.fromkeys(INSTRUCTION_SETS)))
"""On this machine, bodies for any core run, too."""


@settings(max_examples=16, deadline=None)
@given(
    dtype=st.sampled_from(["int8", "int8", "float32"]),
    seed=st.integers(0, 1 << 20),
    kind=st.sampled_from(["row", "auto"]),
    target=st.sampled_from(TARGETS),
)
def test_random_networks(
    dtype: str, seed: int, kind: str, target: Target, tmp_path_factory: pytest.TempPathFactory
) -> None:
    net, model = random_image_net(dtype, seed)
    values, expected = expected_of(net, model)
    with contextlib.suppress(UnsupportedError):
        check(model, REQUESTS[kind], values, expected, tmp_path_factory.mktemp("project"), target)


@settings(max_examples=16, deadline=None)
@given(
    dtype=st.sampled_from(["int8", "int8", "float32"]),
    seed=st.integers(0, 1 << 20),
    kind=st.sampled_from(["streamed", "eager"]),
    target=st.sampled_from(TARGETS),
)
def test_random_networks_whose_rows_come(
    dtype: str, seed: int, kind: str, target: Target, tmp_path_factory: pytest.TempPathFactory
) -> None:
    net, model = random_image_net(dtype, seed, inputs=1)
    values, expected = expected_of(net, model)
    with contextlib.suppress(UnsupportedError):
        check(model, REQUESTS[kind], values, expected, tmp_path_factory.mktemp("project"), target)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1 << 20), steps=st.integers(4, 30), kind=st.sampled_from(["row", "streamed"]))
def test_random_networks_in_bands(seed: int, steps: int, kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    net, model = random_image_net("int8", seed, inputs=1)
    values, expected = expected_of(net, model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_rows, "MAX_STEPS", steps)
        with contextlib.suppress(UnsupportedError):
            check(model, REQUESTS[kind], values, expected, tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("make", [bordered, read_as_a_whole, uneven_windows, pixels])
def test_odd_networks(make: Callable[[], tuple[ImageNet, Model]], kind: str, tmp_path: Path) -> None:
    net, model = make()
    values, expected = expected_of(net, model)
    check(model, REQUESTS[kind], values, expected, tmp_path)


COMPILERS = {
    "gcc": ["gcc"],
    "clang": ["clang"],
    "arm": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb"],
}


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("dtype", ["int8", "float32"])
@pytest.mark.parametrize("kind", ["row", "streamed"])
def test_no_compiler_warns(compiler: str, dtype: str, kind: str, tmp_path: Path) -> None:
    if shutil.which(COMPILERS[compiler][0]) is None:
        pytest.skip(f"needs {COMPILERS[compiler][0]}")
    program, _ = compile_program(pyramid(dtype)[1], rows=REQUESTS[kind])
    sources = [*write_library(program, tmp_path), *(kernel_path(f"{family}.c") for family in program.families)]
    for trace in ([], ["-DARENITE_TRACE"]):
        subprocess.run(
            [*COMPILERS[compiler], "-std=c99", "-O2", *WARNINGS, *trace, "-fsyntax-only", *INCLUDES,
             f"-I{tmp_path / 'codegen/host/include'}", *map(str, sources)],
            check=True,
        )  # fmt: skip
