"""Tasks as bit masks: what must run before what, and what is live after a set of executed steps.

A *downset* is a set of executed steps that holds every predecessor of its members, written as an integer whose bit v
stands for step v. ``Precedence.memory`` of a downset is what lies in the arena between two steps. It is submodular: a
buffer counts ``[producer executed] - [all readers executed]``, a modular minus a supermodular term. The searches in
``downset_search`` and the cuts in ``flow`` rest on that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


def bits(mask: int) -> Iterator[int]:
    """The positions of the ones in ``mask``, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def mask_of(positions: Iterable[int]) -> int:
    """The integer with ones at ``positions``."""
    mask = 0
    for position in positions:
        mask |= 1 << position
    return mask


@dataclass(frozen=True)
class MaskedValue:
    """One buffer (or several with the same life): written by ``producer`` (-1 for an input), read by the steps of the
    mask ``readers``; ``kept`` until the end if it is an output of the graph."""

    producer: int
    readers: int
    bytes: int
    kept: bool


@dataclass(frozen=True)
class Precedence:
    """Per step: direct ``predecessors`` and ``following`` steps, ``ancestors`` and ``descendants`` (all four are masks
    without the step itself); ``allocates``, the bytes that it writes; ``leaves``, those among them that are live when
    it is done; ``reads`` and ``writes``, the indices of values that it may be the last to read, and that it writes.

    ``in_place``: per step pairs (mask, bytes): that many of the bytes it writes can lie over an operand, once the steps
    of the mask, the operand's other readers, have run.

    ``initial_bytes`` are the inputs that are live before the first step; ``first_bytes`` are inputs that nobody reads:
    they are live during the first step only, whichever it is. ``steps`` is the mask of all steps.
    """

    predecessors: tuple[int, ...]
    following: tuple[int, ...]
    ancestors: tuple[int, ...]
    descendants: tuple[int, ...]
    allocates: tuple[int, ...]
    leaves: tuple[int, ...]
    reads: tuple[tuple[int, ...], ...]
    writes: tuple[tuple[int, ...], ...]
    values: tuple[MaskedValue, ...]
    in_place: tuple[tuple[tuple[int, int], ...], ...]
    initial_bytes: int
    first_bytes: int
    steps: int

    def memory(self, downset: int) -> int:
        """Bytes that are live after the steps of ``downset`` have run and before another one does."""
        total = 0
        for value in self.values:
            executed = value.producer < 0 or downset >> value.producer & 1
            if executed and (value.kept or value.readers & ~downset):
                total += value.bytes
        return total

    def transient(self, downset: int, step: int) -> int:
        """Bytes that are live while ``step`` runs after ``downset``."""
        extra = 0 if downset else self.first_bytes
        return self.memory(downset) + self.allocated(downset, step) + extra

    def allocated(self, downset: int, step: int) -> int:
        """Bytes that ``step`` adds while it runs after ``downset``: what it writes, less what can be in place.

        More steps in the downset never make it more.
        """
        saved = 0
        for others, size in self.in_place[step]:
            if size > saved and not others & ~downset:
                saved = size
        return self.allocates[step] - saved

    def freed(self, downset: int, step: int) -> int:
        """Bytes of what nobody needs any more once ``step`` has run after ``downset``."""
        waiting = ~(downset | 1 << step)
        total = 0
        for read in self.reads[step]:
            value = self.values[read]
            if not value.readers & waiting:
                total += value.bytes
        return total

    def ready(self, downset: int, within: int) -> int:
        """Mask of the steps of ``within`` that may run next after ``downset``."""
        mask = 0
        for step in bits(within & ~downset):
            if not self.predecessors[step] & ~downset:
                mask |= 1 << step
        return mask

    def released(self, downset: int, step: int) -> int:
        """Mask of the steps that ``step``, the latest of ``downset``, has made ready."""
        mask = 0
        for behind in bits(self.following[step]):
            if not self.predecessors[behind] & ~downset:
                mask |= 1 << behind
        return mask
