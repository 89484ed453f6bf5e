"""Exact packing of plain blocks under a capacity: the search of native/pack.c, made ready and run from here.

The search runs twice side by side, sharing the states that have failed: once steadily, and once in short runs that
begin anew each time with another order of the blocks and another rule for sections. Lengths of the short runs follow
Luby, Sinclair and Zuckerman (Optimal speedup of Las Vegas algorithms, 1993). The steady run is what a proof that there
is no layout usually comes from.
"""

from __future__ import annotations

import random
import time
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, count
from math import gcd

from arenite.packing.items import Packing

LARGEST_CAPACITY = 1 << 29
"""In units: what divides all sizes, and divides or is divided by the alignments."""
SLOTS = 1 << 18
"""States that have failed and are remembered; a power of two. One takes 16 bytes."""
SHORTEST_RUN = 500
"""Nodes."""
NOISE = 0.3
"""Later runs weigh each block by a random factor from 1 - NOISE / 2 to 1 + NOISE / 2."""
SLICE_SECONDS = 0.05
"""How long the search runs at a time; then the deadline is looked at, and Ctrl-C works."""

UNDECIDED, FOUND, NONE, TOO_DEEP = range(4)
FEWEST, TROUBLED, RANKED = range(3)
"""How sections are picked: see native/branching.h."""
RULES = (RANKED, TROUBLED, FEWEST)
"""Of the short runs, in turn."""


class OutOfTime(Exception):
    """The search was cut short: neither a layout nor a proof that there is none."""


@dataclass(frozen=True)
class Rectangles:
    """What the search sees: blocks in ascending order of their first section, in units.

    A section is a maximal set of blocks that live at once; block b lives in sections begin[b]..end[b] (closed).
    ``numbers``: the blocks of the problem; ``total``: what lives in a section, in units."""

    numbers: tuple[int, ...]
    unit: int
    size: tuple[int, ...]
    alignment: tuple[int, ...]
    begin: tuple[int, ...]
    end: tuple[int, ...]
    total: tuple[int, ...]


def pack_plain(packing: Packing, capacity: int, *, deadline: float, nodes: int) -> tuple[int, ...] | None:
    """Offsets of all blocks below ``capacity`` bytes, or None if there are none. ``packing`` must be plain.

    Raises OutOfTime at ``deadline`` (time.monotonic), after ``nodes`` nodes, or where the problem is too large.
    """
    problem = rectangles(packing)
    offsets = [0] * len(packing.problem.blocks)
    units = capacity // problem.unit
    if max(problem.total, default=0) > units:
        return None
    if problem.size:
        if nodes <= 0 or time.monotonic() > deadline or units > LARGEST_CAPACITY:
            raise OutOfTime
        try:
            found = _search(problem, units, deadline, nodes)
        except MemoryError as error:
            raise OutOfTime from error
        if found is None:
            return None
        for block, offset in zip(problem.numbers, found, strict=True):
            offsets[block] = offset * problem.unit
    return tuple(offsets)


def rectangles(packing: Packing) -> Rectangles:
    """The blocks of a plain problem that have bytes."""
    blocks = packing.problem.blocks
    solid = [block for block in range(len(blocks)) if blocks[block].bytes]
    unit = gcd(*(packing.sizes[block] for block in solid)) or 1
    for block in solid:
        # Offsets are sums of sizes, rounded up to alignments: multiples of the unit where one divides the other.
        if unit % blocks[block].alignment:
            unit = gcd(unit, blocks[block].alignment)
    starts = sorted({blocks[block].first_step for block in solid})
    ends = sorted(blocks[block].last_step for block in solid)
    sections = [
        step
        for step, following in zip(starts, [*starts[1:], ends[-1] + 1] if ends else [], strict=True)
        if bisect_left(ends, step) < bisect_left(ends, following)
    ]
    begin = {block: bisect_left(sections, blocks[block].first_step) for block in solid}
    end = {block: bisect_right(sections, blocks[block].last_step) - 1 for block in solid}
    solid.sort(key=lambda block: (begin[block], block))
    size = [packing.sizes[block] // unit for block in solid]
    change = [0] * (len(sections) + 1)
    for block, units in zip(solid, size, strict=True):
        change[begin[block]] += units
        change[end[block] + 1] -= units
    return Rectangles(
        tuple(solid),
        unit,
        tuple(size),
        tuple(max(blocks[block].alignment // unit, 1) for block in solid),
        tuple(begin[block] for block in solid),
        tuple(end[block] for block in solid),
        tuple(accumulate(change[:-1])),
    )


def _search(problem: Rectangles, capacity: int, deadline: float, nodes: int) -> list[int] | None:
    from arenite.native import Solvers

    solvers = Solvers()
    blocks, sections = len(problem.size), len(problem.total)
    arrays = [solvers.put(values) for values in (problem.size, problem.alignment, problem.begin, problem.end)]
    failed = solvers.reserve(SLOTS * 16)
    ranks = [solvers.put([0] * blocks) for _ in range(2)]
    steady, restarting = (
        solvers.call("pack_new", blocks, sections, capacity, *arrays, failed, SLOTS, pointer=True) for _ in range(2)
    )
    rows = [max(problem.total[begin : end + 1]) for begin, end in zip(problem.begin, problem.end, strict=True)]
    solvers.write(ranks[0], _ranks(problem, rows, 0))
    solvers.call("pack_start", steady, ranks[0], TROUBLED)
    shortest = max(SHORTEST_RUN, 2 * blocks)
    slice_nodes = 100
    too_deep = False
    for number in count():
        solvers.write(ranks[1], _ranks(problem, rows, number))
        solvers.call("pack_start", restarting, ranks[1], RULES[number % len(RULES)])
        budget = shortest * luby(number + 1)
        for search in (restarting, steady):
            left = budget if search == restarting or not too_deep else 0
            while left > 0:
                if nodes <= 0 or time.monotonic() > deadline:
                    raise OutOfTime
                began = time.monotonic()
                now = min(left, nodes, slice_nodes)
                state = solvers.call("pack_run", search, now)
                if state == FOUND:
                    return solvers.get(solvers.call("pack_offsets", search), blocks)
                if state == NONE:
                    return None
                left -= now
                nodes -= now
                if state == TOO_DEEP:
                    too_deep |= search == steady
                    break
                if time.monotonic() - began < SLICE_SECONDS:
                    slice_nodes = min(2 * slice_nodes, 1 << 24)
                elif slice_nodes > 1:
                    slice_nodes //= 2
    raise AssertionError("unreachable")


def luby(number: int) -> int:
    """The ``number``-th length, from 1 on: 1 1 2 1 1 2 4 1 1 2 1 1 2 4 8 ..."""
    while True:
        bits = number.bit_length()
        if number == (1 << bits) - 1:
            return 1 << (bits - 1)
        number -= (1 << (bits - 1)) - 1


def _ranks(problem: Rectangles, rows: list[int], number: int) -> list[int]:
    """Places of the blocks in the order of run ``number``: by lifetime, by area, or by the fullest section."""
    rng = random.Random(number)
    noise = NOISE if number >= 3 * len(RULES) else 0.0
    keys = []
    for block, size in enumerate(problem.size):
        life = problem.end[block] - problem.begin[block] + 1
        key = (life, life * size, rows[block])[number // len(RULES) % 3]
        keys.append((-key * (1 + noise * (rng.random() - 0.5)), -life * size, block))
    ranks = [0] * len(keys)
    for rank, (*_, block) in enumerate(sorted(keys)):
        ranks[block] = rank
    return ranks
