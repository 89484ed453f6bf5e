"""Layouts of thousands of blocks, glued or not, by compiled code: native/glued*.c, made ready and run from here."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from arenite.native import Solvers
from arenite.packing.items import Packing, round_up

LARGEST_SPAN = 1 << 29
"""Bytes of all items together: offsets are 32-bit numbers."""
SLICE_EFFORT = 1 << 20
"""Barriers that are looked at between two looks at the clock: some thousandths of a second."""


class Layouts:
    """One layout after another of the same items, in compiled code.

    Raises MemoryError where there is not enough for it; OverflowError where offsets may need more than 32 bits.
    """

    def __init__(self, packing: Packing) -> None:
        self._packing = packing
        blocks = packing.problem.blocks
        items = packing.items
        reach = sum(item.span + item.modulus for item in items) + max((item.pinned or 0 for item in items), default=0)
        if reach > LARGEST_SPAN:
            raise OverflowError(f"items of {reach} bytes together")
        parts = [
            (number, block, at) for number, item in enumerate(items) for block, at in item.parts if blocks[block].bytes
        ]
        part_of = {block: part for part, (_, block, _) in enumerate(parts)}
        allowed = sorted(
            (min(part_of[one], part_of[other]), max(part_of[one], part_of[other]))
            for one, other in packing.problem.overlaps
            if one in part_of and other in part_of
        )
        # Steps may be large numbers: two parts meet only if they do where one is born.
        births = sorted({blocks[block].first_step for _, block, _ in parts})
        solvers = self._solvers = Solvers()
        of_items = solvers.put_all(
            [item.span for item in items],
            [item.modulus for item in items],
            [item.residue for item in items],
            [-1 if item.pinned is None else item.pinned for item in items],
        )
        of_parts = solvers.put_all(
            [number for number, _, _ in parts],
            [at for _, _, at in parts],
            [blocks[block].bytes for _, block, _ in parts],
            [bisect_left(births, blocks[block].first_step) for _, block, _ in parts],
            [bisect_right(births, blocks[block].last_step) - 1 for _, block, _ in parts],
            sorted(range(len(parts)), key=lambda part: blocks[parts[part][1]].first_step),
            [number for low, high in allowed for number in (high, low)],
        )
        self._layout = solvers.call(
            "glued_new", len(items), *of_items, len(parts), *of_parts, len(allowed), pointer=True
        )
        self._order = solvers.reserve(max(4 * len(items), 4))
        self._bases = solvers.call("glued_bases", self._layout)
        self.barriers = solvers.call("glued_barriers", self._layout)

    def place(self, order: Sequence[int], *, tightest: bool = False) -> int:
        """Places all items in ``order``, as `first_fit.place` does. Returns the largest end of an item in bytes."""
        self._solvers.write(self._order, order)
        return self._solvers.call("glued_place", self._layout, self._order, int(tightest))

    def bases(self) -> list[int]:
        """The base of each item; -1 if it has no place."""
        return self._solvers.get(self._bases, len(self._packing.items))

    def set_bases(self, bases: Sequence[int]) -> None:
        """Goes back to a layout that ``bases`` returned."""
        self._solvers.write(self._bases, bases)

    def arena_bytes(self) -> int:
        """The largest end of an item, rounded up to the base alignment."""
        ends = (base + item.span for item, base in zip(self._packing.items, self.bases(), strict=True))
        return round_up(max(ends, default=0), self._packing.problem.alignment)

    def offsets(self) -> tuple[int, ...]:
        """The offsets of all blocks."""
        offsets = [0] * len(self._packing.problem.blocks)
        for item, base in zip(self._packing.items, self.bases(), strict=True):
            for block, at in item.parts:
                offsets[block] = base + at
        return tuple(offsets)

    def lower(self, capacity: int, effort: int, seed: int, late: Callable[[], bool]) -> int | None:
        """Changes the present layout into one below ``capacity`` bytes. Returns what is left of ``effort``, the number
        of barriers to look at. None: no layout was found before they were or it was ``late``; some items then have no
        place."""
        if not self._solvers.call("glued_lower", self._layout, capacity, seed):
            return None
        while effort > 0 and not late():
            waiting = self._solvers.call("glued_eject", self._layout, capacity, min(effort, SLICE_EFFORT))
            effort -= SLICE_EFFORT
            if waiting <= 0:
                return max(effort, 0) if waiting == 0 else None
        return None
