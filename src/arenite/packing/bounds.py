"""What no layout of a packing problem can undercut: blocks that live at one step lie side by side."""

from __future__ import annotations

from bisect import insort
from itertools import pairwise
from math import lcm

from arenite.graph import Block, Problem
from arenite.packing.items import Packing, round_up
from arenite.packing.side_by_side import side_by_side
from arenite.packing.stacking import stack_height

MOST_LOOKED_AT = 200_000
"""Blocks, in all columns that ``lower_bound`` looks at one by one: about a second."""


def lower_bound(packing: Packing) -> int:
    """Bytes that no layout can undercut, rounded up to the base alignment.

    The largest, over the steps, of what must lie side by side there: all live blocks, less one of those that may be
    written in place just then, whichever leaves least, or where some may overlap the heaviest set of them that may
    not; with what alignment costs in a column of them; and in a glued group the holes between live parts that no other
    live block is small enough to fill. Besides, the span of each item from its lowest base on. Where thousands of
    blocks live in each of thousands of steps, not all of these are looked at: fewer make a lower bound, too.
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
    position = looked_at = 0
    for step, height in most.items():
        if looked_at > MOST_LOOKED_AT:
            break
        while position < len(ascending) and _first(problem, ascending[position]) <= step:
            live.append(ascending[position])
            position += 1
        if height > bound:
            live = [block for block in live if problem.blocks[block].last_step >= step]
            bound = max(bound, column(step, live))
            looked_at += len(live)
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
