"""What a generated library costs in flash and RAM, read from the program that it is linked into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from arenite.errors import ToolError


@dataclass(frozen=True)
class LibrarySize:
    """Bytes of the library alone, as linked. ``code``: machine code, tables and weights; ``data``: initialised
    variables (they are in flash and in RAM); ``bss``: variables that start as zero."""

    code: int
    data: int
    bss: int


@dataclass(frozen=True)
class Function:
    """``address``: of its first instruction. ``file``: the name of the source, of functions that only that one knows;
    empty for others, and where the compiler did not say."""

    name: str
    address: int
    bytes: int
    file: str


def read_functions(program: Path) -> tuple[Function, ...]:
    """All functions of an ELF file that have a size, by address.

    Raises:
        ToolError: pyelftools is missing.
    """
    found = []
    file = ""
    for name, kind, scope, value, size in _read_table(program):
        if kind == "STT_FILE":
            file = name
        elif kind == "STT_FUNC" and size:
            found.append(Function(name, value & ~1, size, file if scope == "STB_LOCAL" else ""))
    return tuple(sorted(found, key=lambda function: (function.address, function.name)))


def read_symbols(program: Path) -> Mapping[str, int]:
    """Name -> value of every symbol of an ELF file.

    Raises:
        ToolError: pyelftools is missing.
    """
    return {name: value for name, _, _, value, _ in _read_table(program)}


def _read_table(program: Path) -> list[tuple[str, str, str, int, int]]:
    """Name, type, binding, value and size of every symbol, in the order of the file: a file, then what is local to it;
    what is known to all comes last."""
    try:
        from elftools.elf.elffile import ELFFile
    except ImportError as error:
        raise ToolError("pyelftools is missing", remedy="pip install 'arenite[run]'") from error
    with program.open("rb") as file:
        return [
            (one.name, one["st_info"]["type"], one["st_info"]["bind"], int(one["st_value"]), int(one["st_size"]))
            for one in ELFFile(file).get_section_by_name(".symtab").iter_symbols()
        ]


def library_size(symbols: Mapping[str, int]) -> LibrarySize:
    """From the symbols that ``cmake/board.ld`` puts around the library's sections."""

    def between(what: str) -> int:
        return symbols[f"arenite_library_{what}_end"] - symbols[f"arenite_library_{what}_start"]

    return LibrarySize(code=between("code"), data=between("data"), bss=between("bss"))
