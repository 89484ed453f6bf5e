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


def read_symbols(program: Path) -> Mapping[str, int]:
    """Name -> value of every symbol of an ELF file.

    Raises:
        ToolError: pyelftools is missing.
    """
    try:
        from elftools.elf.elffile import ELFFile
    except ImportError as error:
        raise ToolError("pyelftools is missing", remedy="pip install 'arenite[run]'") from error
    with program.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        return {symbol.name: int(symbol["st_value"]) for symbol in table.iter_symbols()}


def library_size(symbols: Mapping[str, int]) -> LibrarySize:
    """From the symbols that ``cmake/board.ld`` puts around the library's sections."""

    def between(what: str) -> int:
        return symbols[f"arenite_library_{what}_end"] - symbols[f"arenite_library_{what}_start"]

    return LibrarySize(code=between("code"), data=between("data"), bss=between("bss"))
