"""Offsets for blocks with fixed live ranges in the smallest arena: heuristics first, then an exact search."""

from __future__ import annotations

import time
from bisect import bisect_left
from itertools import chain, repeat

from arenite.graph import Plan, Problem
from arenite.packing.bounds import lower_bound
from arenite.packing.disjunctive import pack_any
from arenite.packing.ejection import EFFORT, best_placed, lowered
from arenite.packing.first_fit import Offsets, best_of_orders
from arenite.packing.in_place import best_choice
from arenite.packing.items import Packing, prepare
from arenite.packing.layouts import Layouts
from arenite.packing.skyline import OutOfTime, pack_plain

MAX_NODES = 2_000_000
"""Nodes of one exact search; a limit beside the time, so that a slow machine gives the same answer."""
FEW_BLOCKS = 40
"""Up to so many, an exact search alone does best."""
MANY_BLOCKS = 400
"""From here on, layouts in fixed orders come from compiled code."""
MANY_NODES = 40_000_000_000
"""Nodes of one exact search of many blocks, times the square of their number: most are easy, or hopeless."""
MOST_BARRIERS = 2_000
"""Between two items each, counted twice, up to which an exact search of a problem that is not plain makes sense."""
OTHER_WAYS_EFFORT = 20_000_000
"""Of ejection for each way to write in place but the first."""
MOST_MEETINGS = 10_000_000
"""Pairs of blocks that live together, up to which an exact search is worth looking at all of them."""
EFFORT_PER_NODE = 500
"""Barriers that ejection looks at in the time of a node of the exact search, roughly."""


def allocate(
    problem: Problem,
    timeout: float = 10.0,
    *,
    capacity: int | None = None,
    nodes: int = MAX_NODES,
    effort: int | None = None,
) -> Plan:
    """Find offsets in the smallest arena.

    Args:
        timeout: seconds; when they are over, the best layout so far and a bound that still holds are returned.
        nodes: of each exact search.
        effort: barriers that ejection looks at (see ``ejection.lowered``), if not what suits ``nodes``.
        capacity: an arena of this many bytes is small enough; the search goes no further.

    Raises:
        ValueError: no layout exists, because pins, glue and alignments contradict each other.
    """
    if problem.in_place:
        # The likeliest way to write in place comes first.
        efforts = chain((effort,), repeat(min(effort or OTHER_WAYS_EFFORT, OTHER_WAYS_EFFORT)))
        return best_choice(
            problem,
            lambda merged, seconds, bound: allocate(
                merged, seconds, capacity=max(bound, capacity or 0), nodes=nodes, effort=next(efforts)
            ),
            timeout,
        )
    deadline = time.monotonic() + timeout
    packing = prepare(problem)
    bound = lower_bound(packing)
    enough = bound if capacity is None else max(bound, capacity // problem.alignment * problem.alignment)

    def late() -> bool:
        return time.monotonic() > deadline

    count = len(problem.blocks)
    many = count > (MANY_BLOCKS if packing.plain else FEW_BLOCKS)
    layouts = _layouts(packing) if many else None
    offsets = best_of_orders(packing, enough, late) if layouts is None else best_placed(layouts, packing, enough, late)
    arena = packing.arena_bytes(offsets)
    if effort is None:
        effort = min(nodes * EFFORT_PER_NODE, EFFORT) if count <= MANY_BLOCKS or not nodes else EFFORT
    eject = count > FEW_BLOCKS
    if eject and not packing.plain:
        offsets, arena, eject = *_ejected(packing, layouts, offsets, enough, deadline, effort), False
        if arena > enough and (layouts is None or layouts.barriers > MOST_BARRIERS):
            return Plan(offsets, arena, min(bound, arena))
    if count > MANY_BLOCKS:
        nodes = min(nodes, MANY_NODES // count**2)
        if arena > enough and _meetings(problem) > MOST_MEETINGS:
            return Plan(offsets, arena, min(bound, arena))
    # The bound itself is the likeliest answer. Then by halves; what is not decided in time is left behind.
    target = untried = enough
    while arena > untried:
        now = time.monotonic()
        try:
            found = pack_within(packing, target, deadline=now + (deadline - now) / 2, nodes=nodes)
        except OutOfTime:
            untried = target + problem.alignment
            if late():
                break
            if eject:
                until = deadline - (deadline - time.monotonic()) / 4
                offsets, arena, eject = *_ejected(packing, layouts, offsets, enough, until, effort), False
        else:
            if found is None:
                untried = target + problem.alignment
                bound = max(bound, untried)
            else:
                offsets, arena = found, packing.arena_bytes(found)
        steps = (arena - untried) // problem.alignment
        target = untried + steps // 2 * problem.alignment
    return Plan(offsets, arena, min(bound, arena))


def _meetings(problem: Problem) -> int:
    """How many pairs of blocks live in a common step."""
    births = sorted(block.first_step for block in problem.blocks)
    deaths = sorted(block.last_step for block in problem.blocks)
    return sum(earlier - bisect_left(deaths, birth) for earlier, birth in enumerate(births))


def _layouts(packing: Packing) -> Layouts | None:
    """None where the problem is too large for compiled code."""
    try:
        return Layouts(packing)
    except (MemoryError, OverflowError):
        return None


def _ejected(
    packing: Packing, layouts: Layouts | None, offsets: Offsets, enough: int, deadline: float, effort: int
) -> tuple[Offsets, int]:
    """The layout ``offsets`` or a lower one, and its arena."""
    layouts = layouts or _layouts(packing)
    if layouts is not None:
        offsets = lowered(layouts, packing, offsets, enough, lambda: time.monotonic() > deadline, effort)
    return offsets, packing.arena_bytes(offsets)


def pack_within(packing: Packing, capacity: int, *, deadline: float, nodes: int = MAX_NODES) -> tuple[int, ...] | None:
    """Offsets below ``capacity`` bytes, or None if there are none; raises OutOfTime when cut short."""
    pack = pack_plain if packing.plain else pack_any
    return pack(packing, capacity, deadline=deadline, nodes=nodes)
