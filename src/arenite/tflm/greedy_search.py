"""Orders for TFLM's greedy planner, which misses the smallest arena of many an order: a local search by its own answer.

One operator moves at a time, mostly one that runs while the top of the arena is in use. A move is kept when the arena
does not grow; of equally large arenas, first those with less near the top, then any. The seed is fixed: the same model
gives the same order.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from arenite.progress import Progress, tell
from arenite.tflm.arena import Orders, TflmSubgraph, requirements
from arenite.tflm.greedy import greedy_offsets

PLANS = 1_500
"""Plans that one search asks for, at most: a limit beside the time, so that a slow machine gives the same answer."""
OPERATOR_PLANS = 250_000
"""Likewise, of plans times operators: the planner's time grows with the model."""
_SEED = 3
_PATIENCE = 400
"""Moves without a smaller arena before the search goes back to the best orders."""
_DIRECTED = 0.7
"""Share of the moves that aim at the top of the arena."""
_NEAR = 1
"""How many places beside the life of the topmost buffer the moved operator may stand."""
_TOP = 0.9
"""What lies above this part of the arena counts as its top."""


@dataclass(frozen=True)
class _State:
    """``orders`` of all subgraphs, TFLM's ``head`` for them in bytes, ``crowd``: byte-times above ``_TOP``, and when
    the topmost buffer lives: ``first`` to ``last`` of ``times``."""

    orders: tuple[tuple[int, ...], ...]
    head: int
    crowd: int
    first: int
    last: int
    times: int


def improve(
    subgraphs: Sequence[TflmSubgraph], start: Orders, bound: int, *, deadline: float, plans: int = PLANS
) -> tuple[tuple[tuple[int, ...], ...], int]:
    """Orders of all subgraphs, and the head in bytes that TFLM needs for them: ``start``, or smaller.

    Ends at ``bound`` bytes, after ``plans`` plans (fewer for large models), or at the ``deadline`` (of
    ``time.monotonic``).
    """
    chance = random.Random(_SEED)
    before = [predecessors(subgraph) for subgraph in subgraphs]
    movable = [number for number, subgraph in enumerate(subgraphs) for _ in subgraph.operators]
    plans = min(plans, OPERATOR_PLANS // max(len(movable), 1)) if movable else 0
    best = current = _state(subgraphs, tuple(map(tuple, start)))
    idle = 0
    for tried in range(plans):
        if best.head <= bound or time.monotonic() > deadline:
            break
        tell(Progress("trying orders", tried, plans, arena_bytes=best.head, lower_bound_bytes=bound))
        number = chance.choice(movable)
        order = current.orders[number]
        moved = _move(order, before[number], _place(current, len(order), chance), chance)
        if moved is None:
            continue
        trial = _state(subgraphs, (*current.orders[:number], moved, *current.orders[number + 1 :]))
        idle += 1
        by_crowd = tried < plans * 2 // 3
        if (trial.head, trial.crowd * by_crowd) <= (current.head, current.crowd * by_crowd):
            current = trial
        if current.head < best.head:
            idle = 0
        if (current.head, current.crowd) < (best.head, best.crowd):
            best = current
        if idle > _PATIENCE:
            current, idle = best, 0
    return best.orders, best.head


def predecessors(subgraph: TflmSubgraph) -> list[set[int]]:
    """Of each operator, those that must run before it."""
    writers: dict[int, int] = {}
    before: list[set[int]] = []
    for index, operator in enumerate(subgraph.operators):
        before.append({writers[tensor] for tensor in operator.reads if tensor in writers})
        writers.update(dict.fromkeys(operator.writes, index))
    for first, second in subgraph.after:
        before[second].add(first)
    return before


def _state(subgraphs: Sequence[TflmSubgraph], orders: tuple[tuple[int, ...], ...]) -> _State:
    buffers = requirements(subgraphs, orders)
    ends = [offset + buffer.bytes for offset, buffer in zip(greedy_offsets(buffers), buffers, strict=True)]
    if not buffers:
        return _State(orders, 0, 0, 0, 0, 0)
    head = max(ends)
    line = int(head * _TOP)
    crowd = sum((end - line) * (one.last - one.first + 1) for end, one in zip(ends, buffers, strict=True) if end > line)
    top = buffers[ends.index(head)]
    return _State(orders, head, crowd, top.first, top.last, max(buffer.last for buffer in buffers))


def _place(state: _State, count: int, chance: random.Random) -> int:
    """The place of the operator to move. Times are places, but for what calls of subgraphs add."""
    if chance.random() > _DIRECTED:
        return chance.randrange(count)
    place = chance.randint(state.first - 1 - _NEAR, state.last - 1 + _NEAR) * count // max(state.times, 1)
    return min(max(place, 0), count - 1)


def _move(
    order: Sequence[int], before: Sequence[set[int]], place: int, chance: random.Random
) -> tuple[int, ...] | None:
    """The order with the operator at ``place`` at another one; None if it has no other."""
    operator = order[place]
    low = high = place
    while low > 0 and order[low - 1] not in before[operator]:
        low -= 1
    while high + 1 < len(order) and operator not in before[order[high + 1]]:
        high += 1
    if low == high:
        return None
    target = chance.randrange(low, high)
    target += target >= place
    moved = [one for one in order if one != operator]
    moved.insert(target, operator)
    return tuple(moved)
