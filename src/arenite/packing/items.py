"""A Problem made ready for packing: glued blocks as one item, conflicts as adjacency, and what no layout can undercut.

An *item* is what gets one base offset: a block on its own or a glued group, whose parts lie at fixed distances >= 0
from the base. Blocks of 0 bytes take part only if they are glued or pinned.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import gcd, lcm

from arenite.graph import Block, Problem
from arenite.packing.side_by_side import side_by_side
from arenite.packing.stacking import stack_height


@dataclass(frozen=True)
class Item:
    """``parts``: (block, distance in bytes from the item's base). The base must be ``residue`` modulo ``modulus``:
    so the alignments of all parts come together. ``pinned`` is the base that the caller demands."""

    parts: tuple[tuple[int, int], ...]
    span: int
    modulus: int
    residue: int
    pinned: int | None

    def aligned(self, offset: int) -> int:
        """The smallest admissible base >= ``offset``."""
        return offset + (self.residue - offset) % self.modulus


@dataclass(frozen=True)
class Packing:
    """``plain``: every item is a single block without a pin and no overlaps are allowed, so that a layout is a stack
    of rectangles. ``sizes``: the bytes that a block keeps from the others, which is more than its own if all offsets
    are multiples of some number."""

    problem: Problem
    items: tuple[Item, ...]
    item_of: tuple[int, ...]
    plain: bool
    sizes: tuple[int, ...]

    @cached_property
    def conflicts(self) -> tuple[tuple[int, ...], ...]:
        """Per block the blocks of other items that must not share bytes with it; those that may be written in place are
        among them, for ``in_place.merge`` comes before packing. Thousands of rows have millions of conflicts."""
        blocks, item_of = self.problem.blocks, self.item_of
        # Where nothing is special about any pair, none is looked at.
        loose = not self.problem.overlaps and len(self.items) == len(blocks)
        conflicts: list[list[int]] = [[] for _ in blocks]
        live: list[int] = []
        for block in sorted((b for b in range(len(blocks)) if blocks[b].bytes), key=lambda b: blocks[b].first_step):
            live = [other for other in live if blocks[other].last_step >= blocks[block].first_step]
            meets = (
                live
                if loose
                else [
                    other
                    for other in live
                    if item_of[block] != item_of[other]
                    and (min(block, other), max(block, other)) not in self.problem.overlaps
                ]
            )
            conflicts[block] = list(meets)
            for other in meets:
                conflicts[other].append(block)
            live.append(block)
        return tuple(map(tuple, conflicts))

    def arena_bytes(self, offsets: tuple[int, ...]) -> int:
        """The largest end of a block, rounded up to the base alignment."""
        blocks = self.problem.blocks
        end = max((offset + block.bytes for offset, block in zip(offsets, blocks, strict=True)), default=0)
        return round_up(end, self.problem.alignment)


def round_up(value: int, alignment: int) -> int:
    return -(-value // alignment) * alignment


def granule(alignments: Iterable[int], arena_alignment: int) -> int:
    """What divides every offset and the arena's size: each block ends, for the others, at a multiple of it."""
    unit = gcd(*alignments)
    return unit if unit and arena_alignment % unit == 0 else 1


def prepare(problem: Problem) -> Packing:
    """Make ``problem`` ready.

    Raises:
        ValueError: no layout exists: a block is in two groups, pins or alignments within a group do not fit its
            distances, parts of a group or pinned blocks lie on top of each other.
    """
    blocks = problem.blocks
    groups = [group.members for group in problem.glued if group.members]
    grouped = [block for group in groups for block, _ in group]
    if len(grouped) != len(set(grouped)):
        raise ValueError("a block is glued twice")
    alone = set(range(len(blocks))) - set(grouped)
    items = tuple(_item(problem, group) for group in [*groups, *(((block, 0),) for block in sorted(alone))])
    item_of = [0] * len(blocks)
    for number, item in enumerate(items):
        for block, _ in item.parts:
            item_of[block] = number
        _check_parts(problem, item)
    plain = (
        not problem.overlaps
        and not problem.in_place
        and all(len(item.parts) == 1 and item.pinned is None for item in items)
    )
    unit = granule([block.alignment for block in blocks if block.bytes], problem.alignment) if plain else 1
    sizes = tuple(round_up(block.bytes, unit) for block in blocks)
    packing = Packing(problem, items, tuple(item_of), plain, sizes)
    _check_pins(packing)
    return packing


def _check_parts(problem: Problem, item: Item) -> None:
    """Raises ValueError if parts that live together and must not overlap lie on the same bytes."""
    blocks = problem.blocks
    solid = [(block, at) for block, at in item.parts if blocks[block].bytes] if len(item.parts) > 1 else []
    by_place = sorted((at, blocks[block].bytes) for block, at in solid)
    if all(at + size <= following for (at, size), (following, _) in pairwise(by_place)):
        return
    live: list[tuple[int, int]] = []
    for block, at in sorted(solid, key=lambda part: blocks[part[0]].first_step):
        live = [part for part in live if blocks[part[0]].last_step >= blocks[block].first_step]
        for other, other_at in live:
            if _share(at, blocks[block].bytes, other_at, blocks[other].bytes) and (
                (min(block, other), max(block, other)) not in problem.overlaps
            ):
                raise ValueError(f"{blocks[block].name} and {blocks[other].name} are glued onto the same bytes")
        live.append((block, at))


def _share(offset: int, size: int, other_offset: int, other_size: int) -> bool:
    return offset < other_offset + other_size and other_offset < offset + size


def _item(problem: Problem, members: tuple[tuple[int, int], ...]) -> Item:
    blocks = problem.blocks
    if len(members) == 1 and blocks[members[0][0]].pinned is None:
        only = blocks[members[0][0]]
        return Item(((members[0][0], 0),), only.bytes, only.alignment, 0, None)
    base = min(at for _, at in members)
    parts = tuple((block, at - base) for block, at in members)
    modulus, residue = 1, 0
    for block, at in parts:
        step = blocks[block].alignment
        wanted = -at % step
        common = gcd(modulus, step)
        if (wanted - residue) % common:
            raise ValueError(f"the alignment of {blocks[block].name} does not fit its distance in the glued group")
        while residue % step != wanted:
            residue += modulus
        modulus = modulus // common * step
        residue %= modulus
    pins = {pin - at for block, at in parts if (pin := blocks[block].pinned) is not None}
    name = blocks[parts[0][0]].name
    if len(pins) > 1:
        raise ValueError(f"pinned offsets in the glued group of {name} contradict its distances")
    pinned = pins.pop() if pins else None
    if pinned is not None and (pinned < 0 or pinned % modulus != residue):
        raise ValueError(f"the pinned offset of {name} is negative or not aligned")
    return Item(parts, max(at + blocks[block].bytes for block, at in parts), modulus, residue, pinned)


def _check_pins(packing: Packing) -> None:
    blocks = packing.problem.blocks
    at: dict[int, int] = {}
    for item in packing.items:
        if item.pinned is not None:
            at.update({block: item.pinned + distance for block, distance in item.parts if blocks[block].bytes})
    live: list[int] = []
    for block in sorted(at, key=lambda block: blocks[block].first_step):
        live = [other for other in live if blocks[other].last_step >= blocks[block].first_step]
        for other in live:
            if (
                packing.item_of[block] != packing.item_of[other]
                and (min(block, other), max(block, other)) not in packing.problem.overlaps
                and _share(at[block], blocks[block].bytes, at[other], blocks[other].bytes)
            ):
                names = " and ".join(blocks[one].name for one in sorted((block, other)))
                raise ValueError(f"{names} are pinned onto the same bytes")
        live.append(block)


def lower_bound(packing: Packing) -> int:
    """Bytes that no layout can undercut, rounded up to the base alignment.

    The largest, over the steps, of what must lie side by side there: all live blocks, less one of those that may be
    written in place just then, whichever leaves least, or where some may overlap the heaviest set of them that may
    not; with what alignment costs in a column of them; and in a glued group the holes between live parts that no other
    live block is small enough to fill. Besides, the span of each item from its lowest base on.
    """
    problem = packing.problem
    bound = 0
    for item in packing.items:
        base = item.aligned(0) if item.pinned is None else item.pinned
        bound = max(bound, base + item.span)
    covered: dict[int, set[int]] = {}
    for _, result in problem.in_place:
        covered.setdefault(_first(problem, result), set()).add(result)

    def column(step: int, live: list[int]) -> int:
        if step not in covered:
            return _column(packing, live, may)
        # Of equally large results, those with larger alignments cost more.
        return min(_column(packing, [block for block in live if block != result], may) for result in covered[step])

    may: dict[int, set[int]] = {}
    for first, second in problem.overlaps:
        may.setdefault(first, set()).add(second)
        may.setdefault(second, set()).add(first)
    ascending = sorted((b for b, block in enumerate(problem.blocks) if block.bytes), key=lambda b: _first(problem, b))
    most = _most(packing, covered)
    if most:
        fullest = max(most, key=lambda step: (most[step], -step))
        alive = [b for b in ascending if _first(problem, b) <= fullest <= problem.blocks[b].last_step]
        bound = max(bound, column(fullest, alive))
    live: list[int] = []
    position = 0
    for step, height in most.items():
        while position < len(ascending) and _first(problem, ascending[position]) <= step:
            live.append(ascending[position])
            position += 1
        if height > bound:
            live = [block for block in live if problem.blocks[block].last_step >= step]
            bound = max(bound, column(step, live))
    return round_up(bound, problem.alignment)


def _most(packing: Packing, covered: dict[int, set[int]]) -> dict[int, int]:
    """Per step in which a block is born, in ascending order: no column that ``lower_bound`` looks at is higher."""
    problem = packing.problem
    solid = [block for block in problem.blocks if block.bytes]
    step = lcm(*(block.alignment for block in solid))
    tight = all(block.bytes % step == 0 for block in solid)

    def height(block: Block) -> int:
        return block.bytes if tight else block.bytes + block.alignment - 1

    change = _holes(packing)
    for block in solid:
        change[block.first_step] = change.get(block.first_step, 0) + height(block)
        change[block.last_step + 1] = change.get(block.last_step + 1, 0) - height(block)
    births = {block.first_step for block in solid}
    most = {}
    total = 0
    for step in sorted(change):
        total += change[step]
        if step in births:
            # A part of a group that is written in place may leave a hole.
            most[step] = total - max(
                (
                    height(problem.blocks[b])
                    for b in covered.get(step, ())
                    if len(packing.items[packing.item_of[b]].parts) == 1
                ),
                default=0,
            )
    return most


def _holes(packing: Packing) -> dict[int, int]:
    """Per step by how much the bytes grow or shrink that lie between live parts of a group and belong to none."""
    blocks = packing.problem.blocks
    change: dict[int, int] = {}
    for item in packing.items if not packing.problem.overlaps else ():
        if len(item.parts) == 1:
            continue
        events = []
        for block, at in item.parts:
            if blocks[block].bytes:
                events.append((blocks[block].first_step, True, (at, blocks[block].bytes)))
                events.append((blocks[block].last_step + 1, False, (at, blocks[block].bytes)))
        live: list[tuple[int, int]] = []
        used = before = 0
        for step, born, part in sorted(events):
            if born:
                insort(live, part)
            else:
                live.remove(part)
            used += part[1] if born else -part[1]
            now = live[-1][0] + live[-1][1] - live[0][0] - used if live else 0
            change[step] = change.get(step, 0) + now - before
            before = now
    return change


def _column(packing: Packing, live: list[int], may: dict[int, set[int]]) -> int:
    """Bytes that blocks which live together need, side by side where they must not overlap.

    ``may``: the blocks that a block may overlap."""
    problem = packing.problem
    if problem.overlaps:
        return side_by_side(problem, live, may)
    column = stack_height((problem.blocks[block].bytes, problem.blocks[block].alignment) for block in live)
    return max(column, sum(packing.sizes[block] for block in live) + _wasted(packing, live))


def _first(problem: Problem, block: int) -> int:
    return problem.blocks[block].first_step


def _wasted(packing: Packing, live: list[int]) -> int:
    """Bytes in holes between live parts of a group that every live block outside the group is too large for.

    Holes of different groups cannot share bytes: each ends at live parts, and none of these lies inside the other.
    """
    blocks = packing.problem.blocks
    alive = set(live)
    groups = sorted({number for block in live if len(packing.items[number := packing.item_of[block]].parts) > 1})
    wasted = 0
    for group in groups:
        parts = sorted((at, blocks[block].bytes) for block, at in packing.items[group].parts if block in alive)
        smallest = min((blocks[block].bytes for block in live if packing.item_of[block] != group), default=None)
        for (at, size), (following, _) in pairwise(parts):
            hole = following - at - size
            if smallest is None or hole < smallest:
                wasted += hole
    return wasted
