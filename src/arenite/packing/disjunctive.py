"""Exact packing of any problem under a capacity: glued groups, pins, allowed overlaps, alignments.

For each pair of conflicting blocks one lies above the other. Every decision is a difference constraint between the
bases of two items; under the constraints so far there is a lowest layout (a longest path, rounded up to the
alignments on its way), and a base only rises when a decision is added. The search decides the pair that shares the most
bytes in the lowest layout, and is done when no pair does.
"""

from __future__ import annotations

import time

from arenite.packing.items import Packing
from arenite.packing.skyline import OutOfTime


def pack_any(packing: Packing, capacity: int, *, deadline: float, nodes: int) -> tuple[int, ...] | None:
    """Offsets of all blocks below ``capacity`` bytes, or None if there are none.

    Raises OutOfTime at ``deadline`` (time.monotonic) or after ``nodes`` decisions.
    """
    items = packing.items
    lowest = [item.aligned(0) if item.pinned is None else item.pinned for item in items]
    highest = [capacity - item.span if item.pinned is None else item.pinned for item in items]
    if any(low > high or low + item.span > capacity for low, high, item in zip(lowest, highest, items, strict=True)):
        return None
    pairs = [(block, other) for block, others in enumerate(packing.conflicts) for other in others if block < other]
    distance = {block: at for item in items for block, at in item.parts}
    size = [block.bytes for block in packing.problem.blocks]
    owner = packing.item_of
    pending: list[tuple[list[int], list[tuple[int, int, int]]]] = [(lowest, [])]
    while pending:
        bases, above = pending.pop()
        nodes -= 1
        if nodes < 0 or (nodes % 64 == 0 and time.monotonic() > deadline):
            raise OutOfTime
        worst, shared = None, 0
        for block, other in pairs:
            low = bases[owner[block]] + distance[block]
            other_low = bases[owner[other]] + distance[other]
            common = min(low + size[block], other_low + size[other]) - max(low, other_low)
            if common > shared:
                worst, shared = (block, other), common
        if worst is None:
            return tuple(bases[owner[block]] + distance[block] for block in range(len(size)))
        children = []
        for under, over in (worst, worst[::-1]):
            gap = distance[under] + size[under] - distance[over]
            constraints = [*above, (owner[under], owner[over], gap)]
            raised = _raise(packing, bases, highest, constraints)
            if raised is not None:
                children.append((sum(raised), raised, constraints))
        children.sort(key=lambda child: -child[0])
        pending.extend((raised, constraints) for _, raised, constraints in children)
    return None


def _raise(
    packing: Packing, bases: list[int], highest: list[int], constraints: list[tuple[int, int, int]]
) -> list[int] | None:
    """The lowest bases >= ``bases`` under ``constraints`` (under, over, gap); None if one exceeds its ``highest``."""
    raised = list(bases)
    changed = True
    while changed:
        changed = False
        for under, over, gap in reversed(constraints):
            base = packing.items[over].aligned(raised[under] + gap)
            if base > raised[over]:
                if base > highest[over]:
                    return None
                raised[over] = base
                changed = True
    return raised
