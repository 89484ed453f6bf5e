"""The instructions of a program for Arm, as GNU objdump prints them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from arenite.codegen.tools import find_program, run_program

REMEDY = "install it (Debian: apt install binutils-arm-none-eabi)"
_LINE = re.compile(
    r"^\s*(?P<address>[0-9a-f]+):\t(?P<bytes>[0-9a-f]{4}(?: [0-9a-f]{4})?)\s*\t"
    r"(?P<mnemonic>\S+)(?:[ \t]+(?P<operands>[^;@\n]*))?",
    re.M,
)


@dataclass(frozen=True)
class Instruction:
    """In unified assembler syntax: ``mnemonic`` with its condition and width (``ldrne.w``). ``bytes``: 2 or 4."""

    mnemonic: str
    operands: str
    bytes: int


def disassemble(program: Path) -> Mapping[int, Instruction]:
    """Address -> instruction, of all code of an ELF file or an object for Thumb.

    Raises:
        ToolError: objdump is missing or fails.
    """
    objdump = find_program("arm-none-eabi-objdump", REMEDY)
    return parse_listing(run_program([objdump, "-d", "-w", str(program)]))


def parse_listing(text: str) -> Mapping[int, Instruction]:
    """The same from what ``objdump -d -w`` printed. Data between the code is left out."""
    return {
        int(found["address"], 16): Instruction(
            found["mnemonic"], (found["operands"] or "").strip(), 2 * len(found["bytes"].split())
        )
        for found in _LINE.finditer(text)
        if not found["mnemonic"].startswith(".")
    }
