"""A Problem made ready for packing: glued blocks as one item, conflicts as adjacency, and what no layout can undercut.

An *item* is what gets one base offset: a block on its own or a glued group, whose parts lie at fixed distances >= 0
from the base. Blocks of 0 bytes take part only if they are glued or pinned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import gcd

from arenite.graph import Problem
from arenite.packing.stacking import stack_height

LARGEST_COMPONENT = 16
"""Blocks that may overlap, directly or through others, up to which the heaviest set is found exactly."""


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
    """``conflicts[b]``: blocks of other items that must not share bytes with block b; those that may be written in
    place are among them, for ``in_place.merge`` comes before packing. ``plain``: every item is a single block without
    a pin and no overlaps are allowed, so that a layout is a stack of rectangles. ``sizes``: the bytes
    that a block keeps from the others, which is more than its own if all offsets are multiples of some number."""

    problem: Problem
    items: tuple[Item, ...]
    item_of: tuple[int, ...]
    conflicts: tuple[tuple[int, ...], ...]
    plain: bool
    sizes: tuple[int, ...]

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
    distance = [0] * len(blocks)
    for number, item in enumerate(items):
        for block, at in item.parts:
            item_of[block], distance[block] = number, at

    # Thousands of blocks may live at once: where nothing is special about any pair, none is looked at.
    loose = not problem.overlaps and not groups
    conflicts: list[list[int]] = [[] for _ in blocks]
    live: list[int] = []
    for block in sorted((b for b in range(len(blocks)) if blocks[b].bytes), key=lambda b: blocks[b].first_step):
        live = [other for other in live if blocks[other].last_step >= blocks[block].first_step]
        if loose:
            conflicts[block] = list(live)
            for other in live:
                conflicts[other].append(block)
            live.append(block)
            continue
        for other in live:
            if (min(block, other), max(block, other)) in problem.overlaps:
                continue
            if item_of[block] != item_of[other]:
                conflicts[block].append(other)
                conflicts[other].append(block)
            elif _share(distance[block], blocks[block].bytes, distance[other], blocks[other].bytes):
                raise ValueError(f"{blocks[block].name} and {blocks[other].name} are glued onto the same bytes")
        live.append(block)
    plain = (
        not problem.overlaps
        and not problem.in_place
        and all(len(item.parts) == 1 and item.pinned is None for item in items)
    )
    unit = granule([block.alignment for block in blocks if block.bytes], problem.alignment) if plain else 1
    sizes = tuple(round_up(block.bytes, unit) for block in blocks)
    packing = Packing(problem, items, tuple(item_of), tuple(map(tuple, conflicts)), plain, sizes)
    _check_pins(packing)
    return packing


def _share(offset: int, size: int, other_offset: int, other_size: int) -> bool:
    return offset < other_offset + other_size and other_offset < offset + size


def _item(problem: Problem, members: tuple[tuple[int, int], ...]) -> Item:
    blocks = problem.blocks
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
            at.update({block: item.pinned + distance for block, distance in item.parts})
    for block, offset in at.items():
        for other in packing.conflicts[block]:
            if other in at and _share(offset, blocks[block].bytes, at[other], blocks[other].bytes):
                raise ValueError(f"{blocks[block].name} and {blocks[other].name} are pinned onto the same bytes")


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
            return _column(packing, live)
        # Of equally large results, those with larger alignments cost more.
        return min(_column(packing, [block for block in live if block != result]) for result in covered[step])

    starts = sorted({block.first_step for block in problem.blocks if block.bytes})
    ascending = sorted((b for b, block in enumerate(problem.blocks) if block.bytes), key=lambda b: _first(problem, b))
    # Without groups no column is higher than its blocks with the widest gaps below them: most need no closer look once
    # the fullest one is known.
    most = [block.bytes + block.alignment - 1 for block in problem.blocks]
    if starts and not problem.glued:
        fullest = _fullest(problem, starts)
        alive = [b for b in ascending if _first(problem, b) <= fullest <= problem.blocks[b].last_step]
        bound = max(bound, column(fullest, alive))
    live: list[int] = []
    position = 0
    for step in starts:
        live = [block for block in live if problem.blocks[block].last_step >= step]
        while position < len(ascending) and _first(problem, ascending[position]) == step:
            live.append(ascending[position])
            position += 1
        if problem.glued or sum(map(most.__getitem__, live)) > bound:
            bound = max(bound, column(step, live))
    return round_up(bound, problem.alignment)


def _fullest(problem: Problem, starts: list[int]) -> int:
    """The one of ``starts`` at which most bytes live."""
    change = dict.fromkeys(starts, 0)
    for block in problem.blocks:
        if block.bytes:
            change[block.first_step] += block.bytes
            change[block.last_step + 1] = change.get(block.last_step + 1, 0) - block.bytes
    live = dict(zip(sorted(change), accumulate(change[step] for step in sorted(change)), strict=True))
    return max(starts, key=live.__getitem__)


def _column(packing: Packing, live: list[int]) -> int:
    """Bytes that blocks which live together need, side by side where they must not overlap."""
    problem = packing.problem
    if problem.overlaps:
        return _side_by_side(problem, live)
    column = stack_height((problem.blocks[block].bytes, problem.blocks[block].alignment) for block in live)
    return max(column, sum(packing.sizes[block] for block in live) + _wasted(packing, live))


def _first(problem: Problem, block: int) -> int:
    return problem.blocks[block].first_step


def _wasted(packing: Packing, live: list[int]) -> int:
    """Bytes in holes between live parts of a group that every live block outside the group is too large for.

    Holes of different groups cannot share bytes: each ends at live parts, and none of these lies inside the other.
    """
    blocks = packing.problem.blocks
    groups = sorted({number for block in live if len(packing.items[number := packing.item_of[block]].parts) > 1})
    wasted = 0
    for group in groups:
        parts = sorted((at, blocks[block].bytes) for block, at in packing.items[group].parts if block in live)
        smallest = min((blocks[block].bytes for block in live if packing.item_of[block] != group), default=None)
        for (at, size), (following, _) in pairwise(parts):
            hole = following - at - size
            if smallest is None or hole < smallest:
                wasted += hole
    return wasted


def _side_by_side(problem: Problem, live: list[int]) -> int:
    """Bytes of a heavy set of live blocks no two of which may overlap: greedy while a component is large, then
    the heaviest."""
    may: dict[int, set[int]] = {block: set() for block in live}
    for first, second in problem.overlaps:
        if first in may and second in may:
            may[first].add(second)
            may[second].add(first)
    total = 0
    unseen = set(live)
    while unseen:
        component = [unseen.pop()]
        for block in component:
            component.extend(sorted(may[block] & unseen))
            unseen -= may[block]
        total += _heaviest(problem, may, sorted(component, key=lambda block: (-problem.blocks[block].bytes, block)))
    return total


def _heaviest(problem: Problem, may: dict[int, set[int]], component: list[int]) -> int:
    greedy = 0
    while len(component) > LARGEST_COMPONENT:
        greedy += problem.blocks[component[0]].bytes
        component = [block for block in component[1:] if block not in may[component[0]]]
    if not component:
        return greedy
    block, rest = component[0], component[1:]
    apart = [other for other in rest if other not in may[block]]
    best = problem.blocks[block].bytes + _heaviest(problem, may, apart)
    if len(apart) < len(rest):
        best = max(best, _heaviest(problem, may, rest))
    return greedy + best
