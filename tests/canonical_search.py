"""A second exact packer of plain blocks, slow and simple, by another search than arenite.packing.skyline's.

It builds the arena from the ground up, in ascending order of offsets.

Any layout can be pushed down until every block rests on the ground or on another one. Sorted by offset, each block of
such a layout lies directly on the *skyline* that the earlier ones form over its live range. So it is enough to branch
over which block comes next, in ascending order of offsets. Pruning (in the manner of Moffitt's MiniMalloc, 2024):

* in each section of time (a maximal set of live blocks) no block can start below the lowest rest of those still to
  come, so lowest rest + their bytes must fit under the capacity; so must the aligned offsets that they occupy;
* a block that would leave room for another one below itself need not come before that one;
* of blocks with equal offsets only one sequence is tried, and of equal blocks only one comes next;
* states that have failed are kept, as what lies below the skyline is forgotten;
* where no block to come spans two sections any more, both sides are solved on their own.
"""

from __future__ import annotations

import time

from arenite.packing.items import Packing
from arenite.packing.skyline import OutOfTime

DEEPEST = 500
"""Blocks in one part of the problem beyond which the search, which recurses per block, is not tried."""
MAX_DEAD = 200_000
"""States kept at most."""


def pack_canonically(packing: Packing, capacity: int, *, deadline: float, nodes: int) -> tuple[int, ...] | None:
    """Offsets of all blocks below ``capacity`` bytes, or None if there are none. ``packing`` must be plain.

    Raises OutOfTime at ``deadline`` (time.monotonic), after ``nodes`` branchings, or where recursion would be too deep.
    """
    blocks = packing.problem.blocks
    solid = [block for block in range(len(blocks)) if blocks[block].bytes]
    offsets = [0] * len(blocks)
    for part in _apart(packing, solid):
        if len(part) > DEEPEST:
            raise OutOfTime
        search = _Search(packing, part, capacity, deadline, nodes)
        if not search.run():
            return None
        nodes = search.nodes
        for number, block in enumerate(search.blocks):
            offsets[block] = search.placed[number]
    return tuple(offsets)


def _apart(packing: Packing, solid: list[int]) -> list[list[int]]:
    """Groups of blocks between which no block lives on."""
    blocks = packing.problem.blocks
    parts: list[list[int]] = []
    end = -1
    for block in sorted(solid, key=lambda block: (blocks[block].first_step, block)):
        if blocks[block].first_step > end or not parts:
            parts.append([])
        parts[-1].append(block)
        end = max(end, blocks[block].last_step)
    return parts


class _Search:
    """Blocks are numbered by rank here, large areas first; ``rest[b]`` is where b lies if nothing more comes below."""

    def __init__(self, packing: Packing, part: list[int], capacity: int, deadline: float, nodes: int) -> None:
        blocks = packing.problem.blocks

        def area(block: int) -> int:
            return blocks[block].bytes * (blocks[block].last_step - blocks[block].first_step + 1)

        self.blocks = sorted(part, key=lambda block: (-area(block), -blocks[block].bytes, block))
        number = {block: rank for rank, block in enumerate(self.blocks)}
        self.size = [packing.sizes[block] for block in self.blocks]
        self.alignment = [blocks[block].alignment for block in self.blocks]
        self.conflicts = [[number[other] for other in packing.conflicts[block]] for block in self.blocks]
        lives = [(blocks[block].first_step, blocks[block].last_step) for block in self.blocks]
        self.covering = _sections(lives)
        self.begin = [len(self.covering)] * len(part)
        self.end = [-1] * len(part)
        for section, covering in enumerate(self.covering):
            for rank in covering:
                self.begin[rank] = min(self.begin[rank], section)
                self.end[rank] = section
        keys = [(self.size[r], self.alignment[r], self.begin[r], self.end[r]) for r in range(len(part))]
        self.twin = [
            max((other for other in range(rank) if keys[other] == keys[rank]), default=-1) for rank in range(len(part))
        ]
        self.rest = [0] * len(part)
        self.placed = [-1] * len(part)
        self.remaining = [sum(self.size[rank] for rank in covering) for covering in self.covering]
        # Multiples of the largest alignment that lie in each block at least: aligned blocks begin with one.
        self.unit = max(self.alignment)
        self.marks = [
            -(-size // self.unit) if alignment % self.unit == 0 else size // self.unit
            for size, alignment in zip(self.size, self.alignment, strict=True)
        ]
        self.remaining_marks = [sum(self.marks[rank] for rank in covering) for covering in self.covering]
        self.crossing = [0] * len(self.covering)
        for rank in range(len(part)):
            for section in range(self.begin[rank], self.end[rank]):
                self.crossing[section] += 1
        self.capacity = capacity
        self.deadline = deadline
        self.nodes = nodes
        self.dead: set[tuple[int, ...]] = set()

    def run(self) -> bool:
        return all(self._solve(part, 0, -1) for part in self._split(list(range(len(self.blocks)))))

    def _solve(self, part: list[int], floor: int, latest: int) -> bool:
        """Place the blocks of ``part``, none before (floor, latest) in the sequence of (offset, rank)."""
        self.nodes -= 1
        if self.nodes < 0 or (self.nodes % 64 == 0 and time.monotonic() > self.deadline):
            raise OutOfTime
        rest, size = self.rest, self.size
        limit = min([rest[block] + size[block] for block in part])
        if limit <= floor or not self._fits(part, floor, latest):
            return False
        key = self._key(part, floor, latest)
        if key in self.dead:
            return False
        candidates = [
            block
            for block in part
            if (floor < rest[block] or (floor == rest[block] and latest < block))
            and rest[block] < limit
            and (self.twin[block] < 0 or self.placed[self.twin[block]] >= 0)
        ]
        candidates.sort(key=lambda block: (rest[block], block))
        for block in candidates:
            offset = rest[block]
            others = [other for other in part if other != block]
            # Not only those above the block: pieces that were solved before one that fails have moved theirs, too.
            undo = [(other, rest[other]) for other in others]
            self._place(block, offset)
            parts = self._split(others) if self._cut(block) else [others] if others else []
            # A loop, not all(): one Python frame per block is what the recursion limit allows.
            for piece in parts:
                if not self._solve(piece, offset, block):
                    break
            else:
                return True
            self._remove(block, undo, others)
        if len(self.dead) < MAX_DEAD:
            self.dead.add(key)
        return False

    def _key(self, part: list[int], floor: int, latest: int) -> tuple[int, ...]:
        """What decides about ``part``: where its blocks would lie, and the place in the sequence if that bars any."""
        rests = [self.rest[block] for block in part]
        where = (-1, -1) if min(rests) > floor else (floor, latest)
        return sum([1 << block for block in part]), *where, *rests

    def _fits(self, part: list[int], floor: int, latest: int) -> bool:
        """Whether each section can still hold what is to come on its lowest possible rest."""
        lowest = [self.capacity + 1] * len(self.covering)
        for block in part:
            start = self.rest[block]
            if start < floor or (start == floor and block < latest):
                start = floor + 1
            for section in range(self.begin[block], self.end[block] + 1):
                if start < lowest[section]:
                    lowest[section] = start
        capacity = self.capacity
        if any(low + left > capacity >= low for low, left in zip(lowest, self.remaining, strict=True)):
            return False
        unit = self.unit
        if unit > 1:
            top = -(-capacity // unit)
            for low, left in zip(lowest, self.remaining_marks, strict=True):
                if low <= capacity and -(-low // unit) + left > top:
                    return False
        return all(self.rest[block] + self.size[block] <= capacity for block in part)

    def _place(self, block: int, offset: int) -> None:
        self.placed[block] = offset
        top = offset + self.size[block]
        for other in self.conflicts[block]:
            if self.placed[other] < 0 and self.rest[other] < top:
                self.rest[other] = -(-top // self.alignment[other]) * self.alignment[other]
        self._count(block, -1)

    def _remove(self, block: int, undo: list[tuple[int, int]], others: list[int]) -> None:
        for other in others:
            if self.placed[other] >= 0:
                self.placed[other] = -1
                self._count(other, 1)
        self.placed[block] = -1
        self._count(block, 1)
        for other, rest in undo:
            self.rest[other] = rest

    def _count(self, block: int, sign: int) -> None:
        for section in range(self.begin[block], self.end[block] + 1):
            self.remaining[section] += sign * self.size[block]
            self.remaining_marks[section] += sign * self.marks[block]
        for section in range(self.begin[block], self.end[block]):
            self.crossing[section] += sign

    def _cut(self, block: int) -> bool:
        return any(not self.crossing[section] for section in range(self.begin[block], self.end[block]))

    def _split(self, part: list[int]) -> list[list[int]]:
        """``part`` where no block of it spans two sections; the fullest pieces first."""
        pieces: list[list[int]] = []
        end = -1
        for block in sorted(part, key=lambda block: (self.begin[block], block)):
            if self.begin[block] > end:
                pieces.append([])
            pieces[-1].append(block)
            end = max(end, self.end[block])
        return sorted((sorted(piece) for piece in pieces), key=self._slack)

    def _slack(self, piece: list[int]) -> int:
        sections = {section for block in piece for section in range(self.begin[block], self.end[block] + 1)}
        low = min(self.rest[block] for block in piece)
        return min(self.capacity - low - self.remaining[section] for section in sections)


def _sections(lives: list[tuple[int, int]]) -> list[list[int]]:
    """The maximal sets of blocks that live at once, in order of time."""
    found: list[list[int]] = []
    for step in sorted({first for first, _ in lives}):
        covering = [block for block, (first, last) in enumerate(lives) if first <= step <= last]
        if found and set(found[-1]) <= set(covering):
            found[-1] = covering
        elif not found or not set(covering) <= set(found[-1]):
            found.append(covering)
    return found
