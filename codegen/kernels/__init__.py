"""Row kernels in C and the words that they are written in; here, what the headers beside say about them.

The headers are the only place where a kernel's parameters and the fields of its layer struct are written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources

WORDS = "arenite_words.h"
INSTRUCTION_SETS = ("dsp", "mve", "v6m")
"""Folders of kernels for the instruction sets of some cores; they run on any other, too."""
_FOLDERS = tuple(resources.files(__name__) / folder for folder in ("", *INSTRUCTION_SETS))
SHARED = frozenset(
    item.name
    for folder in _FOLDERS
    for item in folder.iterdir()
    if item.name.startswith("arenite_") and item.name.endswith(".h")
)
"""Headers that define no kernel: those of words, ``arenite_*.h``."""


@dataclass(frozen=True)
class KernelParameter:
    """A pointer parameter: ``const arenite_channel *channels`` has type ``arenite_channel``."""

    type: str
    name: str
    const: bool


@dataclass(frozen=True)
class Kernel:
    """A C function and the family (``conv2d``: files conv2d.h and conv2d.c) that defines it."""

    name: str
    family: str
    parameters: tuple[KernelParameter, ...]


_STRUCT = re.compile(r"typedef struct \{(?P<fields>[^}]*)\} (?P<name>\w+);")
_SCALAR = re.compile(r"^typedef (?P<type>\w+) (?P<name>arenite_\w+);", re.M)
_FIELD = re.compile(r"^\s*int32_t (\w+);", re.M)
_PROTOTYPE = re.compile(r"^void (?P<name>arenite_\w+)\((?P<parameters>[^)]*)\);", re.M)
_INCLUDE = re.compile(r'^#include "(\w+\.[ch])"', re.M)
_POINTER = re.compile(r"(?P<const>const )?(?P<type>\w+) \*(?:const )?(?P<name>\w+)")


def kernel_files() -> dict[str, str]:
    """Name -> text of every C file and header; a project has them all in one folder."""
    found = [item for folder in _FOLDERS for item in folder.iterdir()]
    files = sorted((item for item in found if item.name.endswith((".c", ".h"))), key=lambda item: item.name)
    return {item.name: item.read_text(encoding="utf-8") for item in files}


def special_families() -> frozenset[str]:
    """Families of kernels that were written for some instruction set."""
    files = (item.name for folder in _FOLDERS[1:] for item in folder.iterdir())
    return frozenset(name.removesuffix(".c") for name in files if name.endswith(".c"))


def files_of(families: Iterable[str]) -> tuple[str, ...]:
    """Names of the files that kernel families need: their sources and headers, and what these include."""
    texts, needed = kernel_files(), set[str]()
    waiting = [f"{family}{ending}" for family in families for ending in (".h", ".c")]
    while waiting:
        name = waiting.pop()
        if name in texts and name not in needed:
            needed.add(name)
            for header in _INCLUDE.findall(texts[name]):
                waiting += [header, header.replace(".h", ".c")]
    return tuple(sorted(needed))


@cache
def structs() -> dict[str, tuple[str, ...]]:
    """Struct name -> its int32 fields, in order."""
    return {
        match["name"]: tuple(_FIELD.findall(match["fields"]))
        for text in kernel_files().values()
        for match in _STRUCT.finditer(text)
    }


@cache
def scalar_types() -> dict[str, str]:
    """Names that headers give to scalar types -> the type: ``arenite_quad`` is a ``uint32_t``."""
    texts = (text for name, text in kernel_files().items() if name.endswith(".h"))
    return {match["name"]: match["type"] for text in texts for match in _SCALAR.finditer(text)}


@cache
def kernels() -> dict[str, Kernel]:
    """C function -> what its prototype says. Functions with scalar parameters (row functions) are left out."""
    found: dict[str, Kernel] = {}
    for file, text in kernel_files().items():
        if not file.endswith(".h") or file in SHARED:
            continue
        for match in _PROTOTYPE.finditer(text):
            pointers = [_POINTER.fullmatch(" ".join(part.split())) for part in match["parameters"].split(",")]
            if all(pointers):
                parameters = tuple(KernelParameter(p["type"], p["name"], bool(p["const"])) for p in pointers if p)
                found[match["name"]] = Kernel(match["name"], file.removesuffix(".h"), parameters)
    return found


_STATIC = re.compile(r"^(?:static|ARENITE_INLINE|ARENITE_NOINLINE)\b[^;{}()=]*?\b(\w+)(?:\[[^;{}]*\])*(?: = |\()", re.M)
_TYPE = re.compile(r"^typedef (?:struct \{[^}]*\} (?=\w+;)|\w+ (?=\w+\())(\w+)", re.M)


def one_source(names: Iterable[str]) -> str:
    """The kernels ``names`` and what they need as one C text that may stand several times in a translation unit.

    What a file keeps to itself gets the file's name in front, as names of several files would meet there.
    """
    texts = kernel_files()
    needed = files_of({kernels()[name].family for name in names})
    parts: list[str] = []
    for file in _by_inclusion([name for name in needed if name.endswith(".h")], texts):
        parts.append(_INCLUDE.sub("", texts[file]))
    for file in (name for name in needed if name.endswith(".c")):
        text, stem = _INCLUDE.sub(partial(_source_of, texts), texts[file]), file.removesuffix(".c")
        for own in {*_STATIC.findall(text), *_TYPE.findall(text)}:
            # A field of a struct keeps its name.
            text = re.sub(rf"(?<![\w.>]){own}\b", f"{stem}_{own}", text)
        guard = f"ARENITE_{stem.upper()}_C"
        parts.append(f"#ifndef {guard}\n#define {guard}\n{text}\n#endif\n")
    return "\n".join(parts)


def _source_of(texts: Mapping[str, str], include: re.Match[str]) -> str:
    """What stands for an include: a kernel that is compiled once more, nothing for a header."""
    return _INCLUDE.sub("", texts[include[1]]) if include[1].endswith(".c") else ""


def _by_inclusion(headers: Iterable[str], texts: dict[str, str]) -> list[str]:
    """Headers, each after those that it includes."""
    ordered: list[str] = []

    def add(name: str) -> None:
        if name not in ordered:
            for included in _INCLUDE.findall(texts[name]):
                add(included)
            ordered.append(name)

    for header in headers:
        add(header)
    return ordered
