"""What is shipped: packages, data files, extras, and a command that starts fast."""

from __future__ import annotations

import fnmatch
import importlib.util
import re
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from arenite import __version__
from arenite.cli import EXTRAS

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli", reason="Python 3.10 reads pyproject.toml only with tomli")

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def wheel_check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_wheel", ROOT / ".ci" / "check_wheel.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_package_of_the_tree_is_listed() -> None:
    listed = PROJECT["tool"]["setuptools"]["packages"]
    assert sorted(listed) == listed
    assert set(listed) == wheel_check().tree_packages(ROOT)


def test_every_folder_with_modules_is_a_package() -> None:
    check = wheel_check()
    modules = {place.rpartition("/")[0] for place in check.tree_files(ROOT) if place.endswith(".py")}
    assert {folder.replace("/", ".") for folder in modules} == check.tree_packages(ROOT)


def test_every_data_file_is_shipped() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]
    for place in wheel_check().tree_files(ROOT):
        if not place.endswith(".py"):
            parts = place.split("/")
            globs = [
                ("/".join(parts[depth:]), glob)
                for depth in range(1, len(parts))
                for glob in patterns.get(".".join(parts[:depth]), [])
            ]
            # Setuptools lets no wildcard stand for a slash.
            assert any(fnmatch.fnmatch(name, glob) and name.count("/") == glob.count("/") for name, glob in globs), (
                f"{place} matches no pattern of package-data"
            )


def test_top_level_folders_are_linked_into_the_package() -> None:
    for package, folder in wheel_check().ROOTS.items():
        link = ROOT / "src" / package.replace(".", "/")
        assert link.resolve() == ROOT / folder


def test_core_does_not_need_tvm_and_extras_bring_it() -> None:
    core = " ".join(PROJECT["project"]["dependencies"])
    extras = PROJECT["project"]["optional-dependencies"]
    assert "tvm" not in core
    assert "apache-tvm>=0.27,<0.28" in extras["relax"]
    assert set(EXTRAS.values()) <= set(extras)


def test_make_setup_installs_every_extra() -> None:
    found = re.search(r"^EXTRAS := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    assert set(found[1].split(",")) == set(PROJECT["project"]["optional-dependencies"])


def test_version_is_the_same_everywhere() -> None:
    assert PROJECT["project"]["version"] == __version__


HELP = """
import sys
from arenite.cli import main
try:
    main(["--help"])
except SystemExit as end:
    assert end.code == 0
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_help_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "arenite" in loaded
    assert not loaded & {"numpy", "tvm", "rich", "jinja2", "tflite", "onnx", "scipy"}


def test_help_is_there_at_once() -> None:
    def seconds() -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "arenite.cli", "--help"], capture_output=True, check=True)
        return time.perf_counter() - began

    assert min(seconds() for _ in range(5)) < 0.3


def test_planning_imports_no_tvm() -> None:
    code = (
        "import sys; from arenite.cli import main; "
        f"assert main(['plan', {str(ROOT / 'tests/models/branchy_cell.tflite')!r}]) == 0; "
        "assert 'tvm' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
