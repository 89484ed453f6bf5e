"""Where weights and arenas of a CMake build lie: in sections that the linker script places, in one that is shared."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from cmake_builds import CMAKE, GENERATOR, GENERATORS, ROOT, Installation, cmake, install, project
from oracles import tflite_reference

from arenite.frontends.tflite import parse_tflite

elffile = pytest.importorskip("elftools.elf.elffile", reason="needs pyelftools")

MODELS = ROOT / "tests" / "models"
EXAMPLE = ROOT / "cmake" / "example"
HOST = CMAKE is not None and bool(GENERATORS) and shutil.which("cc") is not None
QEMU = HOST and all(map(shutil.which, ("arm-none-eabi-gcc", "qemu-system-arm")))

pytestmark = pytest.mark.skipif(not HOST, reason="needs cmake, ninja or make, and cc")

EXTERNAL = range(0x21000000, 0x22000000)
"""What the example's linker script says."""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return install(tmp_path_factory.mktemp("prefix"))


def symbols(program: Path) -> dict[str, tuple[int, int]]:
    """Name -> address and bytes of every variable."""
    with program.open("rb") as file:
        table = elffile.ELFFile(file).get_section_by_name(".symtab")
        objects = [one for one in table.iter_symbols() if one["st_info"]["type"] == "STT_OBJECT"]
        return {one.name: (one["st_value"], one["st_size"]) for one in objects}


def section_sizes(program: Path) -> dict[str, int]:
    with program.open("rb") as file:
        return {section.name: section["sh_size"] for section in elffile.ELFFile(file).iter_sections()}


@pytest.mark.skipif(not QEMU, reason="needs arm-none-eabi-gcc and qemu-system-arm")
def test_two_models_take_turns_in_one_arena(installation: Installation, tmp_path: Path) -> None:
    build = tmp_path / "build"
    toolchain, package = EXAMPLE / "cortex-m4.cmake", installation.package / "cmake"
    setting = [f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", f"-Darenite_DIR={package}"]
    done = cmake("-G", GENERATOR, "-S", EXAMPLE / "two_models", "-B", build, *setting)
    assert done.returncode == 0, done.stdout
    done = cmake("--build", build)
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout
    done = cmake("--build", build, "--target", "run")
    assert done.returncode == 0, done.stdout

    for name, file in (("digits", "digits.tflite"), ("keywords", "ds_cnn.tflite")):
        model = parse_tflite((MODELS / file).read_bytes(), file)
        shape = model.tensors[model.inputs[0]].shape
        image = (np.arange(np.prod(shape)) * 37 % 256 - 128).astype(np.int8).reshape(shape)
        expected = tflite_reference((MODELS / file).read_bytes(), [image])[model.outputs[0]].reshape(-1)
        found = re.findall(rf"^{name}: (.*)$", done.stdout, re.M)
        assert found == 2 * [" ".join(map(str, expected))]

    (sizes,) = re.findall(r"^arenas of (\d+) and (\d+) bytes in one$", done.stdout, re.M)
    variables = symbols(build / "firmware.elf")
    assert variables["models_arena"][1] == max(map(int, sizes)) == section_sizes(build / "firmware.elf")[".bss"]
    assert "static_workspace" not in variables
    (shared,) = build.rglob("models_arena.c.obj")
    assert section_sizes(shared)[".bss.models"] == variables["models_arena"][1]
    weights = {name: address for name, (address, _) in variables.items() if name.startswith("tvmgen_")}
    assert any(name.startswith("tvmgen_digits_") for name in weights)
    for name, address in weights.items():
        assert (address in EXTERNAL) == name.startswith("tvmgen_keywords_"), name


MODEL = MODELS / "digits.tflite"
TWO = [f"arenite_add_model(one MODEL {MODEL})", f"arenite_add_model(two MODEL {MODEL})"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["arenite_share_arena(arena one)"], "two models or more"),
        (["arenite_share_arena(arena one three)"], "three is no target of arenite_add_model"),
        (["arenite_share_arena(arena one arenite_kernels)"], "arenite_kernels is no target of arenite_add_model"),
        (["arenite_share_arena(a one two)", "arenite_share_arena(b one two)"], "one is in a already"),
        ([f"arenite_add_model(r MODEL {MODEL} REGIONS A=64K)", "arenite_share_arena(a one r)"], "r has REGIONS"),
        (["arenite_share_arena(arena one two SECTION)"], "no value for SECTION"),
    ],
)
def test_arenas_that_cannot_be_shared(installation: Installation, tmp_path: Path, lines: list[str], said: str) -> None:
    done = project(tmp_path, installation, [*TWO, *lines]).configure()
    assert done.returncode != 0
    assert said in " ".join(done.stdout.split())
