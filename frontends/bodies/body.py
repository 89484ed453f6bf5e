"""A body: another way to compute what a portable kernel computes, bit for bit, on cores with some instruction set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from arenite.frontends.lowering import Call
from arenite.target import InstructionSet

Rewrite = Callable[[Call, int], tuple[Call, int] | None]
"""A call of the portable kernel, and the bytes of scratch that there may be -> the call of the body, its constants
packed as the body wants them, and the bytes of scratch that it needs, a multiple of 4. None: it does not compute this
layer, or not with so little scratch."""


@dataclass(frozen=True)
class Body:
    """``of`` is the portable kernel that ``kernel`` stands for. What it costs stands in ``costs.json``."""

    of: str
    kernel: str
    instruction_set: InstructionSet
    rewrite: Rewrite
