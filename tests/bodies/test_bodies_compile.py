"""Bodies for compilers that build them on the cores that they are written for: nobody has anything to say.

tests/test_kernels_headers.py compiles them with GCC for several cores, too."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from kernel_programs import flags_of

from arenite.codegen.host import INCLUDES, KERNELS

WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror")
CLANG = ("clang", "--target=arm-none-eabi", "-ffreestanding", "-O2")
GCC = ("arm-none-eabi-gcc", "-Os")
CORES = [("dsp", "cortex-m33"), ("mve", "cortex-m55"), ("v6m", "cortex-m0plus")]


def compile_all(folder: str, command: list[str], directory: Path) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    sources = sorted(map(str, (KERNELS / folder).glob("*.c")))
    assert sources
    done = subprocess.run(
        [*command, *WARNINGS, *INCLUDES, "-c", *sources], cwd=directory, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("compiler", [CLANG, GCC], ids=["clang", "gcc"])
@pytest.mark.parametrize(("folder", "cpu"), CORES)
def test_bodies_compile_for_their_cores(folder: str, cpu: str, compiler: tuple[str, ...], tmp_path: Path) -> None:
    compile_all(folder, [*compiler, *flags_of(cpu)], tmp_path)


@pytest.mark.parametrize("compiler", ["clang", "gcc"])
@pytest.mark.parametrize("folder", ["dsp", "mve", "v6m"])
def test_portable_twins_compile(folder: str, compiler: str, tmp_path: Path) -> None:
    compile_all(folder, [compiler, "-fsyntax-only"], tmp_path)
