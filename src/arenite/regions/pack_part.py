"""The blocks of one region: a Problem of their own for the packer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from math import gcd

from arenite.allocate import MAX_NODES, allocate
from arenite.graph import Glue, Plan, Problem
from arenite.packing.bounds import lower_bound
from arenite.packing.items import prepare


def part_of(problem: Problem, members: Sequence[int], alignment: int) -> Problem:
    """The blocks ``members`` alone, with what holds between them; glued groups are in it as a whole or not at all."""
    place = {member: number for number, member in enumerate(members)}

    def within(pairs: frozenset[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(place[a], place[b]) for a, b in pairs if a in place and b in place]

    return Problem(
        tuple(problem.blocks[member] for member in members),
        tuple(
            Glue(tuple((place[member], at) for member, at in group.members))
            for group in problem.glued
            if group.members and group.members[0][0] in place
        ),
        frozenset((min(pair), max(pair)) for pair in within(problem.overlaps)),
        alignment,
        frozenset(within(problem.in_place)),
    )


def pack_part(
    problem: Problem,
    members: Sequence[int],
    alignment: int,
    timeout: float,
    *,
    capacity: int | None = None,
    nodes: int = MAX_NODES,
) -> Plan:
    """Place the blocks ``members`` in as few bytes as can be; offsets are in their order.

    Args:
        alignment: of the region: the bytes used are a multiple of it.
        timeout: seconds; the best layout that was found till then is returned.
        capacity: bytes that are few enough, so that the search may stop there.
        nodes: branchings of an exact search.
    """
    part = part_of(problem, members, alignment)
    unit = gcd(*(block.alignment for block in part.blocks if block.bytes)) or 1
    if alignment % unit == 0:
        return allocate(part, timeout, capacity=capacity, nodes=nodes)
    # The packer is at its best where every end is aligned like every beginning; that of the topmost block need not be.
    deadline = time.monotonic() + timeout
    best = _tight(part, allocate(replace(part, alignment=unit), timeout, capacity=capacity, nodes=nodes))
    bound = max(best.lower_bound_bytes - unit + 1, lower_bound(prepare(part)))
    if best.arena_bytes > max(bound, capacity or 0):
        left = max(deadline - time.monotonic(), 0.0) / 2
        closer = _tight(part, allocate(part, left, capacity=capacity, nodes=nodes))
        bound = max(bound, closer.lower_bound_bytes)
        if closer.arena_bytes < best.arena_bytes:
            best = closer
    return Plan(best.offsets, best.arena_bytes, min(bound, best.arena_bytes))


def _tight(part: Problem, plan: Plan) -> Plan:
    ends = (offset + block.bytes for offset, block in zip(plan.offsets, part.blocks, strict=True))
    end = max(ends, default=0)
    return replace(plan, arena_bytes=-(-end // part.alignment) * part.alignment)
