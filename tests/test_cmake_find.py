"""find_package(arenite): which installation, which versions, which command, and where ``arenite cmake-dir`` points."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cmake_builds import CMAKE, Installation, cmake, install

from arenite import __version__
from arenite.cli import main

pytestmark = pytest.mark.skipif(CMAKE is None, reason="needs cmake")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return install(tmp_path_factory.mktemp("prefix"))


def test_cmake_dir_prints_one_directory(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cmake-dir"]) == 0
    text = capsys.readouterr().out
    assert text.count("\n") == 1
    directory = Path(text.rstrip("\n"))
    assert directory.is_absolute()
    assert (directory / "areniteConfig.cmake").is_file()
    assert (directory / "areniteConfigVersion.cmake").is_file()


FIND = """\
find_package(arenite {request})
if(arenite_FOUND)
  message("${{arenite_VERSION}};${{arenite_EXECUTABLE}}")
endif()
"""


def find(scratch: Path, request: str, *options: str | Path, **environment: str) -> str:
    """What CMake said; at the end version;command if find_package(arenite) found it."""
    (scratch / "find.cmake").write_text(FIND.format(request=request))
    return cmake(*options, "-P", scratch / "find.cmake", **environment).stdout


@pytest.mark.parametrize(
    ("request_text", "found"),
    [
        ("", True), ("0.1", True), ("0.1.0 EXACT", True), ("0.1 REQUIRED", True), ("0.1...<0.2", True),
        ("0.0.9", False), ("0.1.1", False), ("0.2", False), ("1", False), ("0.2...3", False), ("0.0.1...<0.1.0", False),
        ("0.1 EXACT", True), ("OPTIONAL_COMPONENTS kernels", True), ("COMPONENTS kernels", False),
    ],
)  # fmt: skip
def test_versions_and_components(installation: Installation, tmp_path: Path, request_text: str, found: bool) -> None:
    said = find(tmp_path, f"{request_text} QUIET", f"-Darenite_DIR={installation.package / 'cmake'}")
    assert said == (f"{__version__};{installation.executable}\n" if found else "")


def test_cmake_finds_the_installation_that_owns_the_files(installation: Installation, tmp_path: Path) -> None:
    other = install(tmp_path / "other")
    path = f"{other.executable.parent}{os.pathsep}{os.environ['PATH']}"
    directory = installation.package / "cmake"
    answer = f"{__version__};{installation.executable}\n"
    ways = ("arenite_DIR", directory), ("CMAKE_PREFIX_PATH", directory), ("CMAKE_PREFIX_PATH", directory.parents[1])
    for variable, value in ways:
        said = find(tmp_path, "REQUIRED", f"-D{variable}={value}", PATH=path, VIRTUAL_ENV=str(other.prefix))
        assert said.endswith(answer)

    said = find(tmp_path, "REQUIRED", f"-Darenite_DIR={directory}", f"-Darenite_EXECUTABLE={other.executable}")
    assert "is not the command of the arenite in" in said
    other.executable.rename(other.prefix / "moved")
    said = find(tmp_path, "REQUIRED", f"-Darenite_DIR={other.package / 'cmake'}")
    assert "name it with -Darenite_EXECUTABLE=<path>" in " ".join(said.split())
    moved = f"-Darenite_EXECUTABLE={other.prefix / 'moved'}"
    assert find(tmp_path, "", f"-Darenite_DIR={other.package / 'cmake'}", moved).startswith("-- Found arenite ")


def test_cmake_finds_an_editable_installation(tmp_path: Path) -> None:
    made = install(tmp_path / "installed")
    tree = tmp_path / "tree"
    (tree / "src").mkdir(parents=True)
    made.package.rename(tree / "src" / "arenite")
    (tree / "src" / "arenite" / "cmake").rename(tree / "cmake")
    (tree / "src" / "arenite" / "cmake").symlink_to("../../cmake")
    script = made.executable.read_text().replace(str(made.package.parent), str(tree / "src"))
    made.executable.write_text(script)
    answer = f"{__version__};{made.executable}\n"
    for directory in (tree / "src" / "arenite" / "cmake", tree / "cmake"):
        option = f"-Darenite_DIR={directory}"
        assert find(tmp_path, "REQUIRED", option, VIRTUAL_ENV=str(made.prefix)).endswith(answer)
        path = f"{made.executable.parent}{os.pathsep}{os.environ['PATH']}"
        assert find(tmp_path, "REQUIRED", option, PATH=path).endswith(answer)
    (tree / ".venv").symlink_to(made.prefix)
    here = f"{__version__};{tree / '.venv' / 'bin' / 'arenite'}\n"
    for directory in (tree / "src" / "arenite" / "cmake", tree / "cmake"):
        assert find(tmp_path, "REQUIRED", f"-Darenite_DIR={directory}").endswith(here)
