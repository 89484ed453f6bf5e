"""Problems that are derived from the one to be solved."""

from __future__ import annotations

from dataclasses import replace

from arenite.graph import Problem
from arenite.packing.bounds import lower_bound
from arenite.packing.items import prepare


def one_region_per_step(problem: Problem) -> Problem:
    """``problem`` without pairs in place that could be made use of in two regions at one step: of those with no block
    in common only the largest result's stay."""
    by_step: dict[int, list[tuple[int, int]]] = {}
    for pair in sorted(problem.in_place):
        by_step.setdefault(problem.blocks[pair[1]].first_step, []).append(pair)
    kept: set[tuple[int, int]] = set()
    for pairs in by_step.values():
        together = len({source for source, _ in pairs}) == 1 or len({result for _, result in pairs}) == 1
        largest = max(pairs, key=lambda pair: (problem.blocks[pair[1]].bytes, -pair[1]))[1]
        kept |= {pair for pair in pairs if together or pair[1] == largest}
    return replace(problem, in_place=frozenset(kept))


def unpinned(problem: Problem) -> Problem:
    """``problem`` without pinned offsets, which may contradict each other in one region, yet not in several."""
    return replace(problem, blocks=tuple(replace(block, pinned=None) for block in problem.blocks))


def live_bytes(problem: Problem) -> int:
    """Bytes that live at one time at least, however many regions they are spread over; alignment left out."""
    blocks = tuple(replace(block, alignment=1, pinned=None) for block in problem.blocks)
    return lower_bound(prepare(replace(problem, blocks=blocks, glued=(), alignment=1)))
