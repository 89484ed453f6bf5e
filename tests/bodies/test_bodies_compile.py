"""Bodies for all compilers, on the cores that they are written for and on others: nobody has anything to say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from kernel_programs import flags_of

from arenite.codegen.host import INCLUDES, KERNELS
from arenite.codegen.kernels import INSTRUCTION_SETS as FOLDERS
from arenite.target import INSTRUCTION_SETS

WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror")
NATIVE = {folder: [cpu for cpu, name in INSTRUCTION_SETS.items() if name == folder] for folder in FOLDERS}
COMPILED = [(folder, cpu) for folder in FOLDERS for cpu in (*NATIVE[folder], "host", "cortex-m3")]


def command_of(compiler: str, cpu: str) -> list[str]:
    if cpu == "host":
        program, options = compiler, []
    elif compiler == "gcc":
        program, options = "arm-none-eabi-gcc", flags_of(cpu)
    else:
        program, options = "clang", ["--target=arm-none-eabi", "-ffreestanding", *flags_of(cpu)]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return [program, *options]


@pytest.mark.parametrize("optimise", ["-O2", "-Os"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(("folder", "cpu"), COMPILED)
def test_bodies_compile_without_a_warning(folder: str, cpu: str, compiler: str, optimise: str, tmp_path: Path) -> None:
    sources = sorted((KERNELS / folder).glob("*.c"))
    if not sources:
        pytest.skip(f"no kernel has a body in {folder}")
    command = [*command_of(compiler, cpu), *WARNINGS, optimise, *INCLUDES, "-c", *map(str, sources)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
