"""Offsets for blocks with fixed live ranges in the smallest arena: heuristics first, then an exact search."""

from __future__ import annotations

import time

from arenite.graph import Plan, Problem
from arenite.packing.disjunctive import pack_any
from arenite.packing.first_fit import best_of_orders
from arenite.packing.in_place import best_choice
from arenite.packing.items import Packing, lower_bound, prepare
from arenite.packing.skyline import OutOfTime, pack_plain

MAX_NODES = 2_000_000
"""Nodes of one exact search; a limit beside the time, so that a slow machine gives the same answer."""


def allocate(problem: Problem, timeout: float = 10.0, *, capacity: int | None = None, nodes: int = MAX_NODES) -> Plan:
    """Find offsets in the smallest arena.

    Args:
        timeout: seconds; when they are over, the best layout so far and a bound that still holds are returned.
        nodes: of each exact search.
        capacity: an arena of this many bytes is small enough; the search goes no further.

    Raises:
        ValueError: no layout exists, because pins, glue and alignments contradict each other.
    """
    if problem.in_place:
        return best_choice(
            problem, lambda merged, seconds, enough: allocate(merged, seconds, capacity=enough, nodes=nodes), timeout
        )
    deadline = time.monotonic() + timeout
    packing = prepare(problem)
    bound = lower_bound(packing)
    enough = bound if capacity is None else max(bound, capacity // problem.alignment * problem.alignment)
    offsets = best_of_orders(packing, enough, lambda: time.monotonic() > deadline)
    arena = packing.arena_bytes(offsets)
    # The bound itself is the likeliest answer. Then by halves; what is not decided in time is left behind.
    target = untried = enough
    while arena > untried:
        now = time.monotonic()
        try:
            found = pack_within(packing, target, deadline=now + (deadline - now) / 2, nodes=nodes)
        except OutOfTime:
            untried = target + problem.alignment
            if time.monotonic() > deadline:
                break
        else:
            if found is None:
                untried = target + problem.alignment
                bound = max(bound, untried)
            else:
                offsets, arena = found, packing.arena_bytes(found)
        steps = (arena - untried) // problem.alignment
        target = untried + steps // 2 * problem.alignment
    return Plan(offsets, arena, min(bound, arena))


def pack_within(packing: Packing, capacity: int, *, deadline: float, nodes: int = MAX_NODES) -> tuple[int, ...] | None:
    """Offsets below ``capacity`` bytes, or None if there are none; raises OutOfTime when cut short."""
    pack = pack_plain if packing.plain else pack_any
    return pack(packing, capacity, deadline=deadline, nodes=nodes)
