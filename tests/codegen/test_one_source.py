"""All kernels in one translation unit, as the generated C of TVM's Relay lane has them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from arenite.codegen.kernels import kernels, one_source

WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror"]


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler (cc)")
def test_all_kernels_compile_together_even_twice(tmp_path: Path) -> None:
    text = one_source(kernels())
    source = tmp_path / "kernels.c"
    source.write_text(text + text)
    built = tmp_path / "kernels.o"
    done = subprocess.run(["cc", *WARNINGS, "-c", source, "-o", built], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    symbols = subprocess.run(["nm", built], capture_output=True, text=True, check=True).stdout
    defined = set(re.findall(r" T (\w+)", symbols))
    assert set(kernels()) <= defined
    assert all(name.startswith("arenite_") for name in defined)


def test_only_what_is_needed_is_there() -> None:
    text = one_source(["arenite_softmax_s8"])
    assert "void arenite_softmax_s8(" in text
    assert "arenite_conv2d_s8" not in text
    assert '#include "' not in text
