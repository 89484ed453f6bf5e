"""The kernels as a shared library of this machine, for TVM's virtual machine and for tests."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from arenite.codegen.kernels import INSTRUCTION_SETS
from arenite.codegen.tools import cache_directory, find_program, run_program

KERNELS = Path(__file__).resolve().parent / "kernels"
KERNEL_FOLDERS = (KERNELS, *(KERNELS / name for name in INSTRUCTION_SETS))
INCLUDES = tuple(f"-I{folder}" for folder in KERNEL_FOLDERS)
ROW_DISTANCE = Path(__file__).resolve().with_name("row_distance.c")
OPTIONS = ("-std=c99", "-O2", "-fPIC")
REMEDY = "install a C compiler (gcc or clang), or name one in the environment variable CC"
LIBRARIES = ("-lm",)
LIBRARY_SUFFIX = ".dylib" if sys.platform == "darwin" else ".so"


def host_library() -> Path:
    """Path of the shared library of all kernels, compiled when no earlier call did it for the same sources.

    The file's name holds a digest of the sources, the compiler and its options, so that a cached one is never stale.

    Raises:
        ToolError: there is no C compiler, or a kernel does not compile; the message holds what the compiler said.
    """
    compiler = shlex.split(os.environ.get("CC") or "cc")
    compiler[0] = find_program(compiler[0], REMEDY)
    sources = (*_files("*.c"), ROW_DISTANCE)
    directory = cache_directory()
    library = directory / f"kernels-{_digest(compiler, sources)}{LIBRARY_SUFFIX}"
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=directory) as scratch:
            fresh = Path(scratch) / library.name
            files = [str(source) for source in sources]
            run_program(
                [*compiler, *OPTIONS, *INCLUDES, "-shared", *files, "-o", str(fresh), *LIBRARIES], remedy=REMEDY
            )
            # Only complete libraries appear under the final name, also when two processes compile at once.
            fresh.replace(library)
    return library


def kernel_path(name: str) -> Path:
    """The file of that name among the kernels."""
    return next(folder / name for folder in KERNEL_FOLDERS if (folder / name).exists())


def _files(pattern: str) -> list[Path]:
    return [file for folder in KERNEL_FOLDERS for file in sorted(folder.glob(pattern))]


def load_host_library() -> ctypes.CDLL:
    """The kernels in this process, with their symbols visible to libraries that TVM loads later.

    Raises:
        ToolError: as ``host_library``.
    """
    return _load(os.environ.get("CC") or "cc")


@cache
def _load(_compiler: str) -> ctypes.CDLL:
    # Once for each compiler: a digest of all sources takes longer than most kernels run.
    return ctypes.CDLL(str(host_library()), mode=ctypes.RTLD_GLOBAL)


def _digest(compiler: Sequence[str], sources: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    digest.update("\0".join((*compiler, *OPTIONS, run_program([*compiler, "--version"], remedy=REMEDY))).encode())
    for source in (*sources, *_files("*.h")):
        digest.update(f"\0{source.name}\0".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
