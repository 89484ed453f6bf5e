"""What rows the result of a step falls into, and which rows of its operands each of them needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Range = tuple[int, int]


@dataclass(frozen=True)
class Operand:
    """A buffer that a step reads, as ``rows`` rows of equal bytes, one behind the other. Row j of the result needs its
    rows ``needs[j]`` (half-open; empty where all is padding)."""

    rows: int
    needs: tuple[Range, ...]


@dataclass(frozen=True)
class RowForm:
    """A step whose results are ``rows`` rows of equal bytes each, computed one by one. ``operands``: by buffer, all
    that the step reads.

    ``accumulator_bytes``: its only operand can as well be taken in row by row, each row once, into so many bytes (a
    multiple of 4) that live from the first row of a result's row to the last; 0 if that is not so.
    """

    rows: int
    operands: Mapping[int, Operand]
    accumulator_bytes: int = 0
