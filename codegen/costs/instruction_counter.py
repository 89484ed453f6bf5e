"""The plug-ins for QEMU that count instructions, compiled by the host's C compiler when they are first needed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import warnings
from importlib import resources
from pathlib import Path

from arenite.codegen.tools import cache_directory, run_program
from arenite.errors import ToolError


def _interface_version(qemu: str) -> int | None:
    """Version of the plug-in interface to ask for; None if this QEMU was built without plug-ins.

    QEMU 9.0 raised the oldest version it accepts from 0 to 2; the calls that the counter makes are the same in all.
    """
    if "-plugin" not in run_program([qemu, "--help"], timeout=60):
        return None
    version = re.search(r"version (\d+)", run_program([qemu, "--version"], timeout=60))
    return 2 if version and int(version.group(1)) >= 9 else 1


def compiled_plugin(qemu: str, source_name: str) -> Path:
    """A plug-in, compiled now or earlier.

    Args:
        qemu: path of the QEMU program that is going to load it.
        source_name: its file in ``arenite.cmake``.

    Raises:
        ToolError: this QEMU loads none, or the host's compiler is missing or fails.
    """
    interface = _interface_version(qemu)
    if interface is None:
        raise ToolError(f"{qemu} was built without plug-ins")
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise ToolError("the host has no C compiler (cc)")
    source = (resources.files("arenite.cmake") / source_name).read_text(encoding="utf-8")
    key = hashlib.sha256(f"{interface}\n{source}".encode()).hexdigest()[:16]
    plugin = cache_directory() / f"{Path(source_name).stem}-{key}.so"
    if plugin.exists():
        return plugin
    with tempfile.TemporaryDirectory(dir=plugin.parent) as scratch:
        code = Path(scratch) / source_name
        code.write_text(source, encoding="utf-8")
        built = Path(scratch) / plugin.name
        # The functions of the interface are found in QEMU itself when it loads the plug-in.
        flags = ["-O2", "-fPIC", "-shared", f"-DQEMU_PLUGIN_VERSION={interface}"]
        if os.uname().sysname == "Darwin":
            flags += ["-undefined", "dynamic_lookup"]
        run_program([compiler, *flags, str(code), "-o", str(built)], timeout=120)
        os.replace(built, plugin)
    return plugin


def instruction_counter(qemu: str) -> Path | None:
    """The compiled plug-in, or None (with a warning that says why) where it cannot be had.

    Args:
        qemu: path of the QEMU program that is going to load it.
    """
    try:
        return compiled_plugin(qemu, "count_instructions.c")
    except ToolError as error:
        warnings.warn(f"instructions are not counted: {error}", stacklevel=2)
        return None
