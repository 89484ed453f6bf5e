"""Written in place: a result and the operand that it lies over become one block before packing.

Where both have the same size, the block is their common rectangle; where the result is the smaller one, both are glued
to one offset. An operand that is the result of a step in place itself brings its own operand along.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, pairwise, product
from math import lcm, prod

from arenite.graph import Block, Glue, Plan, Problem
from arenite.packing.items import lower_bound, prepare

MAX_WAYS = 200
"""Ways to choose among the pairs up to which all of them are tried, so that what none of them reaches is proven."""

Pairs = frozenset[tuple[int, int]]
Pack = Callable[[Problem, float, int], Plan]


@dataclass(frozen=True)
class Merged:
    """A problem without pairs in place. ``block_of[b]`` is the block of ``problem`` that the original block b is now
    a part of; both have the same offset."""

    problem: Problem
    block_of: tuple[int, ...]

    def offsets(self, placed: tuple[int, ...]) -> tuple[int, ...]:
        """Offsets of the original blocks from those of ``problem``."""
        return tuple(placed[block] for block in self.block_of)


def merge(problem: Problem, pairs: Iterable[tuple[int, int]]) -> Merged:
    """``problem`` in which the result of each of ``pairs`` lies over its source, and no other result does.

    A source stands in one pair at most, and so does a result.
    """
    source_of = {result: source for source, result in pairs}
    result_of = {source: result for result, source in source_of.items()}
    blocks: list[Block] = []
    glued: list[Glue] = []
    overlaps: set[tuple[int, int]] = set()
    block_of = [-1] * len(problem.blocks)
    for start in range(len(problem.blocks)):
        if start in source_of:
            continue
        group: list[int] = []
        block = start
        while True:
            if group and problem.blocks[block].bytes == blocks[group[-1]].bytes:
                blocks[group[-1]] = _joined(blocks[group[-1]], problem.blocks[block])
            else:
                group.append(len(blocks))
                blocks.append(problem.blocks[block])
            block_of[block] = group[-1]
            if block not in result_of:
                break
            block = result_of[block]
        if len(group) > 1:
            glued.append(Glue(tuple((member, 0) for member in group)))
            overlaps |= set(pairwise(group))
    glued += [
        Glue(tuple((block_of[member], distance) for member, distance in glue.members)) for glue in problem.glued
    ]  # fmt: skip
    for first, second in problem.overlaps:
        overlaps.add((min(block_of[first], block_of[second]), max(block_of[first], block_of[second])))
    return Merged(
        Problem(tuple(blocks), tuple(glued), frozenset(overlaps), problem.alignment),
        tuple(block_of),
    )


def _joined(block: Block, following: Block) -> Block:
    return replace(
        block,
        last_step=following.last_step,
        alignment=lcm(block.alignment, following.alignment),
        pinned=block.pinned if following.pinned is None else following.pinned,
    )


def mergeable(problem: Problem) -> Pairs:
    """The pairs in place that ``merge`` can serve: of blocks with bytes, neither glued nor pinned to different offsets
    nor free to overlap others anyway."""
    glued = {member for group in problem.glued for member, _ in group.members}
    loose = {block for pair in problem.overlaps for block in pair}
    pinned = {number for number, block in enumerate(problem.blocks) if block.pinned is not None}
    barred = glued | loose | pinned
    return frozenset(
        (source, result)
        for source, result in problem.in_place
        if problem.blocks[result].bytes and source not in barred and result not in barred
    )


def choices(problem: Problem, bound: int = 0) -> Iterator[Pairs]:
    """Ways to choose one pair or none per step, the likely best first.

    One per step where both blocks beside each other would need more than ``bound`` bytes, then one per step wherever
    there is one: a sum over the operand that lives longer, or shorter, or is the larger one. Then none; then, if there
    are few, all others. So nothing is written in place that could as well not be.
    """
    blocks = problem.blocks
    by_step = _by_step(problem)
    live = _live_bytes(problem, by_step)
    full = {step: pairs for step, pairs in by_step.items() if live[step] > bound}

    def greedy(steps: Mapping[int, list[tuple[int, int]]], rank: Callable[[int], int]) -> Pairs:
        return frozenset(min(pairs, key=lambda pair: (rank(pair[0]), pair)) for pairs in steps.values())

    def likely() -> Iterator[Pairs]:
        for steps in (full, by_step):
            yield greedy(steps, lambda block: blocks[block].first_step)
            yield greedy(steps, lambda block: -blocks[block].first_step)
            yield greedy(steps, lambda block: -blocks[block].bytes)
        yield frozenset()

    def all_ways() -> Iterator[Pairs]:
        for combination in product(*([None, *pairs] for pairs in by_step.values())):
            yield frozenset(pair for pair in combination if pair is not None)

    seen: set[Pairs] = set()
    for chosen in chain(likely(), all_ways() if _ways(problem) <= MAX_WAYS else ()):
        if chosen not in seen:
            seen.add(chosen)
            yield chosen


def _live_bytes(problem: Problem, steps: Iterable[int]) -> dict[int, int]:
    """Sum of the blocks that live at each of ``steps``."""
    births = sorted((block.first_step, block.bytes) for block in problem.blocks)
    deaths = sorted((block.last_step, block.bytes) for block in problem.blocks)
    total = born = dead = 0
    live = {}
    for step in sorted(steps):
        while born < len(births) and births[born][0] <= step:
            total += births[born][1]
            born += 1
        while dead < len(deaths) and deaths[dead][0] < step:
            total -= deaths[dead][1]
            dead += 1
        live[step] = total
    return live


def _by_step(problem: Problem) -> dict[int, list[tuple[int, int]]]:
    by_step: dict[int, list[tuple[int, int]]] = {}
    for source, result in sorted(mergeable(problem)):
        by_step.setdefault(problem.blocks[result].first_step, []).append((source, result))
    return dict(sorted(by_step.items()))


def _ways(problem: Problem) -> int:
    return prod(len(pairs) + 1 for pairs in _by_step(problem).values())


def best_choice(problem: Problem, pack: Pack, timeout: float) -> Plan:
    """The smallest arena over the ways to write in place.

    Args:
        pack: places a problem without pairs in at most so many seconds; an arena of so many bytes is small enough.
        timeout: seconds.
    """
    deadline = time.monotonic() + timeout
    bound = lower_bound(prepare(problem))
    useful = frozenset(pair for pair in problem.in_place if problem.blocks[pair[1]].bytes)
    exhaustive = _ways(problem) <= MAX_WAYS and mergeable(problem) == useful
    best: Plan | None = None
    offsets: tuple[int, ...] = ()
    least = None
    for number, chosen in enumerate(choices(problem, bound)):
        merged = merge(problem, chosen)
        # The first ways are the likely ones: each gets half of what is left.
        plan = pack(merged.problem, max(deadline - time.monotonic(), 0.0) / 2, bound)
        least = plan.lower_bound_bytes if least is None else min(least, plan.lower_bound_bytes)
        if best is None or plan.arena_bytes < best.arena_bytes:
            best, offsets = plan, merged.offsets(plan.offsets)
        if best.arena_bytes <= bound:
            break
        if time.monotonic() > deadline - 0.01 and number > 0:
            exhaustive = False
            break
    assert best is not None
    assert least is not None
    if exhaustive:
        bound = max(bound, least)
    return Plan(offsets, best.arena_bytes, min(bound, best.arena_bytes))
