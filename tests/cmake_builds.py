"""arenite as a wheel installs it, in a place of its own, and CMake projects that use it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CMAKE = shutil.which("cmake", path=f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")
GENERATORS = [name for name, tool in (("Ninja", "ninja"), ("Unix Makefiles", "make")) if shutil.which(tool)]
GENERATOR = next(iter(GENERATORS), "")

COMMAND = """\
#!{python}
import os, sys
sys.path.insert(0, {site!r})
with open({log!r}, "a") as log:
    print(*sys.argv[1:], file=log)
from arenite.cli import main
sys.exit(main())
"""


def load_module(file: Path) -> Any:
    """A module that belongs to no package."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Installation:
    """A prefix with lib/python/site-packages/arenite and bin/arenite, which notes every call."""

    prefix: Path

    @property
    def package(self) -> Path:
        return self.prefix / "lib" / "python" / "site-packages" / "arenite"

    @property
    def executable(self) -> Path:
        return self.prefix / "bin" / "arenite"

    @property
    def log(self) -> Path:
        return self.prefix / "calls"

    def compiled(self) -> list[str]:
        """The calls of ``arenite compile`` so far."""
        return [line for line in self.log.read_text().splitlines() if line.startswith("compile ")]


def install(prefix: Path) -> Installation:
    """Put every file of the wheel, and no other, where an installer would. What it depends on is this Python's."""
    installation = Installation(prefix)
    for place, file in load_module(ROOT / ".ci" / "check_wheel.py").tree_files(ROOT).items():
        target = installation.package.parent / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    installation.executable.parent.mkdir()
    installation.executable.write_text(
        COMMAND.format(python=sys.executable, site=str(installation.package.parent), log=str(installation.log))
    )
    installation.executable.chmod(0o755)
    return installation


def cmake(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """CMake's status and what it said, both streams in ``stdout``; no environment of Python is active."""
    assert CMAKE is not None
    variables = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CMAKE_PREFIX_PATH")}
    return subprocess.run(
        [CMAKE, *map(str, arguments)],
        env={**variables, **environment}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=600, check=False,
    )  # fmt: skip


@dataclass(frozen=True)
class Project:
    """A CMake project in ``source``, built in ``source/build``."""

    source: Path
    installation: Installation
    generator: str

    @property
    def build_directory(self) -> Path:
        return self.source / "build"

    def configure(self, *options: str | Path) -> subprocess.CompletedProcess[str]:
        directory = self.installation.package / "cmake"
        return cmake(
            "-G", self.generator, "-S", self.source, "-B", self.build_directory, f"-Darenite_DIR={directory}", *options
        )  # fmt: skip

    def build(self) -> str:
        done = self.try_build()
        assert done.returncode == 0, done.stdout
        return done.stdout

    def try_build(self) -> subprocess.CompletedProcess[str]:
        return cmake("--build", self.build_directory)

    def run(self, program: str, *arguments: str | Path) -> bytes:
        command = [str(self.build_directory / program), *map(str, arguments)]
        return subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True).stdout


def project(
    source: Path, installation: Installation, lines: Sequence[str], main: str = "", generator: str = GENERATOR
) -> Project:
    """Write a project with these lines after ``find_package(arenite)``, and a main.c; not configured yet."""
    source.mkdir(parents=True, exist_ok=True)
    head = ["cmake_minimum_required(VERSION 3.17)", "project(consumer LANGUAGES C)", "find_package(arenite REQUIRED)"]
    (source / "CMakeLists.txt").write_text("\n".join([*head, *lines]) + "\n")
    if main:
        (source / "main.c").write_text(main)
    return Project(source, installation, generator)
