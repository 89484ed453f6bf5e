"""Estimated cycles of straight code on Cortex-M cores that issue one instruction at a time.

The numbers are those of the instruction timing tables in Arm's technical reference manuals: Cortex-M0+ r0p1 (with the
multiplier of one cycle), Cortex-M3 r2p1, Cortex-M4 r0p1. Memory answers at once; where a manual gives a range, the
middle counts. Arm prints no table for the Cortex-M33; a Cortex-M4 is close. Cortex-M7 and Cortex-M55 issue two
instructions at a time or spread vectors over beats, which a sum over instructions cannot tell: they have no model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arenite.codegen.costs.disassembly import Instruction

CONDITIONS = ["eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"]
KINDS: Mapping[str, str] = {
    "load": "ldr ldrb ldrh ldrsb ldrsh ldrt ldrbt ldrht ldrsbt ldrsht ldrex ldrexb ldrexh",
    "store": "str strb strh strt strbt strht strex strexb strexh",
    "double": "ldrd strd",
    "multiple": "ldm ldmia ldmdb pop stm stmia stmdb push",
    "multiply add": "mla mls",
    "multiply long": "smull umull",
    "multiply long add": "smlal umlal",
    "divide": "sdiv udiv",
    "branch": "b bx blx cbz cbnz",
    "call": "bl",
    "table branch": "tbb tbh",
    "system": "mrs msr",
    "barrier": "dmb dsb isb",
    "float access": "vldr vstr",
    "float multiple": "vldm vldmia vldmdb vpop vstm vstmia vstmdb vpush",
    "float multiply add": "vmla vmls vfma vfms vnmla vnmls vfnma vfnms",
    "float divide": "vdiv vsqrt",
}
"""Kind -> mnemonics of it. All others take one cycle on each of the cores."""
_KIND_OF = {mnemonic: kind for kind, mnemonics in KINDS.items() for mnemonic in mnemonics.split()}
_KIND_OF |= {f"{mnemonic}{condition}": kind for mnemonic, kind in _KIND_OF.items() for condition in CONDITIONS
             if f"{mnemonic}{condition}" not in _KIND_OF}  # fmt: skip
_REGISTERS = re.compile(r"\b([rsd])(\d+)(?:-[rsd](\d+))?\b|\b(?:sl|fp|ip|sp|lr|pc)\b")


@dataclass(frozen=True)
class CycleModel:
    """Cycles of a core, by kind of instruction: 1 for those that are not named, and for ``multiple`` ones that many for
    each register besides. ``taken``: besides, for a branch that is taken; ``taken_of``: of some kinds. ``overlaps``: a
    load behind a single load or store takes one cycle."""

    core: str
    cycles: Mapping[str, float]
    taken: int
    taken_of: Mapping[str, int]
    overlaps: bool


@dataclass(frozen=True)
class BlockCycles:
    """``straight``: of one execution of a block; ``taken``: besides, if its last instruction branches away."""

    straight: float
    taken: int


_ACCESSES = {"load": 2, "double": 3, "float access": 2, "table branch": 2, "divide": 7, "system": 2}
_FLOATS = {"float multiply add": 3, "float divide": 14}
_REFILL = 2
"""Cycles until a pipeline of three stages has the instructions behind a branch: 1 to 3, as these are aligned."""
_M3 = {"multiply add": 2, "multiply long": 4, "multiply long add": 5.5}

CORTEX_M0PLUS = CycleModel(
    "Cortex-M0+", {"load": 2, "store": 2, "system": 3, "barrier": 3}, 1, {"call": 2, "multiple": 2}, False
)
CORTEX_M3 = CycleModel("Cortex-M3", {**_ACCESSES, **_M3}, _REFILL, {}, True)
CORTEX_M4 = CycleModel("Cortex-M4", {**_ACCESSES, **_FLOATS}, _REFILL, {}, True)

MODELS: Mapping[str, CycleModel] = {
    "cortex-m0plus": CORTEX_M0PLUS,
    "cortex-m3": CORTEX_M3,
    "cortex-m4": CORTEX_M4,
    "cortex-m33": CORTEX_M4,
}
"""CPU -> the model that its cycles are estimated with."""


def kind_of(instruction: Instruction) -> str:
    """The key of ``KINDS`` under which an instruction falls; empty for one of those that take one cycle."""
    return _KIND_OF.get(instruction.mnemonic.partition(".")[0], "")


def block_cycles(model: CycleModel, block: Sequence[Instruction]) -> BlockCycles:
    """Of instructions that run one after the other, entered by a branch. Instructions of an IT block whose condition
    is false count as if it were true."""
    total = 0.0
    before = ""
    for instruction in block:
        kind = kind_of(instruction)
        if kind == "load" and model.overlaps and before in ("load", "store"):
            total += 1
        elif kind in ("multiple", "float multiple"):
            total += 1 + _words(instruction.operands)
        else:
            total += model.cycles.get(kind, 1) + _second_word(instruction, kind)
        before = kind
    return BlockCycles(total, model.taken_of.get(before, model.taken))


def _words(operands: str) -> int:
    """Registers of a list in braces, those of 64 bits twice."""
    words = 0
    for found in _REGISTERS.finditer(operands.partition("{")[2]):
        kind, first, last = found.groups()
        words += (int(last or first) - int(first) + 1 if first else 1) * (2 if kind == "d" else 1)
    return words


def _second_word(instruction: Instruction, kind: str) -> int:
    return int(kind == "float access" and instruction.operands.startswith("d"))
