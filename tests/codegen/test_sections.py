"""Sections of weights and arena: what the compiler makes of the names that arenite, or the build, is given."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from arenite.cli import main
from arenite.codegen.driver import compile_model
from arenite.codegen.sections import Sections

elffile = pytest.importorskip("elftools.elf.elffile", reason="needs pyelftools")
pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")

DIGITS = Path(__file__).parents[1] / "models" / "digits.tflite"


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One without sections, one with both."""
    folder = tmp_path_factory.mktemp("sections")
    found = {"plain": Sections(), "placed": Sections(".extflash", ".bss.ccm")}
    for name, sections in found.items():
        compile_model(DIGITS, folder / name, cpu="host", name="net", sections=sections)
    return {name: folder / name for name in found}


def sections_of(project: Path, file: str, folder: Path, *options: str) -> dict[str, int]:
    """Section -> bytes, of one C file of the library."""
    made = folder / "made.o"
    code = project / "codegen" / "host"
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror", "-O1"]
    command = ["cc", *flags, *options, "-I", code / "include", "-c", code / "src" / file, "-o", made]
    subprocess.run(command, check=True, timeout=60)
    with made.open("rb") as read:
        return {section.name: section["sh_size"] for section in elffile.ELFFile(read).iter_sections()}


WEIGHTS, LIBRARY = "tvmgen_net_parameters.c", "tvmgen_net.c"


def test_names_given_to_arenite(projects: dict[str, Path], tmp_path: Path) -> None:
    weights, plain = (sections_of(projects[name], WEIGHTS, tmp_path) for name in ("placed", "plain"))
    assert weights[".extflash"] > 5000
    assert weights.get(".rodata", 0) == 0
    assert plain[".rodata"] == pytest.approx(weights[".extflash"], rel=0.02)  # but for gaps between variables
    assert ".extflash" not in plain
    arena, plain = (sections_of(projects[name], LIBRARY, tmp_path) for name in ("placed", "plain"))
    assert arena[".bss"] == 0
    assert arena[".bss.ccm"] == plain[".bss"] > 0


def test_names_given_to_the_build(projects: dict[str, Path], tmp_path: Path) -> None:
    """They count where arenite was given others, too."""
    options = ['-DTVMGEN_NET_WEIGHTS_SECTION=".other"', '-DTVMGEN_NET_ARENA_SECTION=".bss.other"']
    for project in projects.values():
        assert sections_of(project, WEIGHTS, tmp_path, *options)[".other"] > 5000
        assert sections_of(project, LIBRARY, tmp_path, *options)[".bss.other"] > 0


def test_another_way_to_tell_the_compiler(projects: dict[str, Path], tmp_path: Path) -> None:
    option = '-DTVMGEN_NET_SECTION(name)=__attribute__((section(name ".two"), used))'
    assert sections_of(projects["placed"], WEIGHTS, tmp_path, option)[".extflash.two"] > 5000
    assert sections_of(projects["placed"], LIBRARY, tmp_path, option)[".bss.ccm.two"] > 0


def test_an_arena_of_another_name(projects: dict[str, Path], tmp_path: Path) -> None:
    found = sections_of(projects["plain"], LIBRARY, tmp_path, "-DTVMGEN_NET_SHARED_ARENA=shared")
    assert found[".bss"] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--weights-section", ".x", "--arena-section", ".x"], "cannot both lie in .x"),
        (["--weights-section", "a;b"], "'a;b' is not the name of a section"),
        (["--arena-section", ""], "'' is not the name of a section"),
        (["--arena-section", ".x", "--region", "A=64K"], "TVMGEN_<NAME>_<REGION>_SECTION"),
        (["--weights-section", ".x", "--ir", "relay"], "are for --ir relax"),
    ],
)
def test_sections_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["compile", str(DIGITS), "-o", str(tmp_path / "project"), *options]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "project").exists()
