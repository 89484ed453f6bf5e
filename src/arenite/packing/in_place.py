"""Written in place: a result and the operand that it lies over become one block before packing.

Where both have the same size, the block is their common rectangle; where the result is the smaller one, both are glued
to one offset. An operand that is the result of a step in place itself brings its own operand along. Where one of them
is a part of a glued group, the others join the group.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, pairwise, product
from math import lcm, prod

from arenite.graph import Block, Glue, Plan, Problem
from arenite.packing.bounds import lower_bound
from arenite.packing.ejection import best_placed
from arenite.packing.items import prepare
from arenite.packing.layouts import Layouts

MAX_WAYS = 200
"""Ways to choose among the pairs up to which all of them are tried, so that what none of them reaches is proven."""
MANY_BLOCKS = 400
"""From here on, one way to choose is packed."""
LIKELIEST = (0, 6, 9, 1, 7)
"""Of ``_likely``, those that are looked at then: over the operand that lives longer where there is need, wherever there
is a pair, wherever none is glued; then over that which lives shorter."""

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

    A source stands in one pair at most, and so does a result. Of blocks that come to lie on each other, one at most is
    glued.
    """
    home = {member: (number, at) for number, glue in enumerate(problem.glued) for member, at in glue.members}
    guests: list[list[tuple[int, int]]] = [[] for _ in problem.glued]
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
        host: tuple[int, int] | None = None
        block = start
        while True:
            if group and problem.blocks[block].bytes == blocks[group[-1]].bytes:
                blocks[group[-1]] = _joined(blocks[group[-1]], problem.blocks[block])
            else:
                group.append(len(blocks))
                blocks.append(problem.blocks[block])
            block_of[block] = group[-1]
            host = home.get(block, host)
            if block not in result_of:
                break
            block = result_of[block]
        overlaps |= set(pairwise(group))
        if host is not None:
            guests[host[0]] += [(member, host[1]) for member in group]
        elif len(group) > 1:
            glued.append(Glue(tuple((member, 0) for member in group)))
    for glue, joined in zip(problem.glued, guests, strict=True):
        members = {block_of[member]: distance for member, distance in glue.members} | dict(joined)
        glued.append(Glue(tuple(members.items())))
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
    """The pairs in place that ``merge`` can serve whichever of them are chosen: of blocks with bytes, neither glued nor
    pinned to different offsets nor free to overlap others anyway."""
    glued = {member for group in problem.glued for member, _ in group.members}
    return frozenset(pair for pair in _apart(problem) if glued.isdisjoint(pair))


def _apart(problem: Problem) -> Pairs:
    """``mergeable``, and pairs of which one or both are glued."""
    loose = {block for pair in problem.overlaps for block in pair}
    pinned = {number for number, block in enumerate(problem.blocks) if block.pinned is not None}
    barred = loose | pinned
    return frozenset(
        (source, result)
        for source, result in problem.in_place
        if problem.blocks[result].bytes and source not in barred and result not in barred
    )


class Chains:
    """Which pairs may be chosen together: blocks that come to lie on each other form a chain; of these, at most one
    is glued. The others must fit into its bytes and need no larger alignment, so that the group stays as it is."""

    def __init__(self, problem: Problem) -> None:
        self._blocks = problem.blocks
        self._hosts: set[int] = set()
        self._barred: set[int] = set()
        for glue in problem.glued:
            members = [member for member, _ in glue.members]
            places = sorted((at, at + self._blocks[member].bytes) for member, at in glue.members)
            apart = all(end <= following for (_, end), (following, _) in pairwise(places))
            (self._hosts if apart else self._barred).update(members)
            if any(self._blocks[member].pinned is not None for member in members):
                self._barred.update(members)

    def of(self, steps: Iterable[list[tuple[int, int]]]) -> Pairs:
        """The first pair of each of ``steps`` that fits to those before it."""
        chain_of: dict[int, list[int]] = {}
        chosen = []
        for pairs in steps:
            for source, result in pairs:
                joined = chain_of.get(source, [source]) + chain_of.get(result, [result])
                if self._holds(joined):
                    chosen.append((source, result))
                    chain_of.update(dict.fromkeys(joined, joined))
                    break
        return frozenset(chosen)

    def _holds(self, chain: list[int]) -> bool:
        hosts = [block for block in chain if block in self._hosts]
        if not hosts:
            return self._barred.isdisjoint(chain)
        host = self._blocks[hosts[0]]
        return (
            len(hosts) == 1
            and self._barred.isdisjoint(chain)
            and all(self._blocks[block].bytes <= host.bytes for block in chain)
            and all(host.alignment % self._blocks[block].alignment == 0 for block in chain)
        )


def choices(problem: Problem, bound: int = 0) -> Iterator[Pairs]:
    """Ways to choose one pair or none per step, the likely best first.

    One per step where both blocks beside each other would need more than ``bound`` bytes, then one per step wherever
    there is one: a sum over the operand that lives longer, or shorter, or is the larger one. Then none; then, if there
    are few, all others. So nothing is written in place that could as well not be.
    """

    def all_ways() -> Iterator[Pairs]:
        by_step = _by_step(problem, mergeable(problem))
        for combination in product(*([None, *pairs] for pairs in by_step.values())):
            yield frozenset(pair for pair in combination if pair is not None)

    seen: set[Pairs] = set()
    for chosen in chain(_likely(problem, bound), all_ways() if _ways(problem) <= MAX_WAYS else ()):
        if chosen not in seen:
            seen.add(chosen)
            yield chosen


def _likely(problem: Problem, bound: int) -> Iterator[Pairs]:
    """The first of ``choices``: 3 where there is need, with glued blocks and without; 3 wherever there is a pair,
    with glued blocks and without; none."""
    blocks = problem.blocks
    by_step = _by_step(problem, mergeable(problem))
    with_glued = _by_step(problem, _apart(problem))
    live = _live_bytes(problem, with_glued)
    full = [{step: pairs for step, pairs in steps.items() if live[step] > bound} for steps in (with_glued, by_step)]
    chains = Chains(problem)

    def greedy(steps: Mapping[int, list[tuple[int, int]]], rank: Callable[[int], int]) -> Pairs:
        return chains.of(sorted(pairs, key=lambda pair: (rank(pair[0]), pair)) for pairs in steps.values())

    for steps in (*full, with_glued, by_step):
        yield greedy(steps, lambda block: blocks[block].first_step)
        yield greedy(steps, lambda block: -blocks[block].first_step)
        yield greedy(steps, lambda block: -blocks[block].bytes)
    yield frozenset()


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


def _by_step(problem: Problem, pairs: Pairs) -> dict[int, list[tuple[int, int]]]:
    by_step: dict[int, list[tuple[int, int]]] = {}
    for source, result in sorted(pairs):
        by_step.setdefault(problem.blocks[result].first_step, []).append((source, result))
    return dict(sorted(by_step.items()))


def _ways(problem: Problem) -> int:
    return prod(len(pairs) + 1 for pairs in _by_step(problem, mergeable(problem)).values())


def best_choice(problem: Problem, pack: Pack, timeout: float) -> Plan:
    """The smallest arena over the ways to write in place.

    Args:
        pack: places a problem without pairs in at most so many seconds; an arena of so many bytes is small enough.
        timeout: seconds.
    """
    deadline = time.monotonic() + timeout
    bound = lower_bound(prepare(problem))
    if len(problem.blocks) > MANY_BLOCKS:
        merged = _likeliest(problem, bound, deadline)
        plan = pack(merged.problem, max(deadline - time.monotonic(), 0.0), bound)
        return Plan(merged.offsets(plan.offsets), plan.arena_bytes, min(bound, plan.arena_bytes))
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


def _likeliest(problem: Problem, bound: int, deadline: float) -> Merged:
    """Of the likely ways to write in place, the one with the lowest bound; of equals, the one whose layouts in fixed
    orders are the lowest."""
    ways = list(_likely(problem, bound))
    best: Merged | None = None
    best_key = 0, 0
    for chosen in dict.fromkeys(ways[number] for number in LIKELIEST):
        merged = merge(problem, chosen)
        packing = prepare(merged.problem)
        needed = lower_bound(packing)
        if best is not None and (needed > best_key[0] or time.monotonic() > deadline):
            continue
        try:
            offsets = best_placed(Layouts(packing), packing, needed, lambda: time.monotonic() > deadline)
        except (MemoryError, OverflowError):
            return best or merged
        key = needed, packing.arena_bytes(offsets)
        if best is None or key < best_key:
            best, best_key = merged, key
        if best_key[1] <= bound:
            break
    assert best is not None
    return best
