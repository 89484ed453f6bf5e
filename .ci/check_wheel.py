"""Checks a wheel against the source tree, from the environment in which the wheel is installed.

Usage: python -I check_wheel.py TREE WHEEL. Every file of the tree's packages must be in the wheel, and every module
must be importable, save for those that need a package of an extra.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import zipfile
from pathlib import Path
from types import ModuleType

ROOTS = {
    "arenite": "src/arenite",
    "arenite.cmake": "cmake",
    "arenite.codegen": "codegen",
    "arenite.frontends": "frontends",
    "arenite.passes": "passes",
}
"""Package -> its folder in the tree."""
EXTRA_PACKAGES = {"tvm", "tvm_ffi", "ai_edge_litert", "tflite_micro", "elftools", "cmake"}
"""What a plain ``pip install arenite`` does not bring."""


def tree_files(tree: Path) -> dict[str, Path]:
    """Every file of the packages: its place in the wheel -> its place in the tree. Links are not followed.

    The example of cmake/ needs the rest of the tree and stays out of the wheel.
    """
    files: dict[str, Path] = {}
    for package, folder in ROOTS.items():
        base = tree / folder
        for path in sorted(base.rglob("*")):
            relative = path.relative_to(base)
            linked = any((base / part).is_symlink() for part in (relative, *relative.parents) if part != Path())
            if path.is_file() and not linked and not {"__pycache__", "example"} & set(relative.parts):
                files[f"{package.replace('.', '/')}/{relative.as_posix()}"] = path
    return files


def tree_packages(tree: Path) -> set[str]:
    """Dotted names of the folders of the tree that are packages."""
    return {
        place.removesuffix("/__init__.py").replace("/", ".")
        for place in tree_files(tree)
        if place.endswith("/__init__.py")
    }  # fmt: skip


def missing_from(wheel: Path, tree: Path) -> list[str]:
    """What the tree has and the wheel has not, or has with other contents."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        return [
            place
            for place, path in tree_files(tree).items()
            if place not in names or archive.read(place) != path.read_bytes()
        ]


def unimportable(packages: set[str]) -> list[str]:
    """Packages and modules that cannot be imported, with the reason."""
    failures: list[str] = []
    for package in sorted(packages):
        module = _import(package, failures)
        if module is not None:
            for info in pkgutil.iter_modules(module.__path__):
                _import(f"{package}.{info.name}", failures)
    return failures


def _import(name: str, failures: list[str]) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except Exception as error:
        if not _lacks_extra(error):
            failures.append(f"{name}: {type(error).__name__}: {error}")
        return None


def _lacks_extra(error: BaseException | None) -> bool:
    """Whether an extra's package is missing; our own messages about that have it as their cause."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] in EXTRA_PACKAGES:
            return True
        error = error.__cause__
    return False


def main() -> int:
    tree, wheel = Path(sys.argv[1]), Path(sys.argv[2])
    packages = tree_packages(tree)
    faults = [f"not in the wheel: {place}" for place in missing_from(wheel, tree)]
    faults += [f"cannot be imported: {reason}" for reason in unimportable(packages)]
    location = Path(importlib.import_module("arenite").__file__ or "")
    if tree.resolve() in location.resolve().parents:
        faults.append(f"the tree was imported instead of the wheel: {location}")
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{wheel.name}: {len(tree_files(tree))} files, {len(packages)} packages, complete and importable")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
