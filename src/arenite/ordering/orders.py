"""Orders that are found without search: greedy ones, and one that minimum cuts divide and conquer.

Each function orders the steps between two downsets, ``lower`` (already executed) and ``upper``, and returns them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from arenite.ordering.flow import least_transient
from arenite.ordering.precedence import Precedence, bits

Order = tuple[int, ...]
CANDIDATES = 6
"""How many steps compete for being the bottleneck in one division; six was enough for the bound on real networks."""


def order_peak(index: Precedence, lower: int, order: Order) -> tuple[int, int]:
    """The largest number of live bytes while ``order`` runs after ``lower``, and the first step at which it occurs
    (-1 for an empty order)."""
    memory = index.memory(lower)
    executed = lower
    peak, where = 0, -1
    for step in order:
        transient = memory + index.allocated(executed, step) + (0 if executed else index.first_bytes)
        if transient > peak or where < 0:
            peak, where = transient, step
        memory += index.leaves[step] - index.freed(executed, step)
        executed |= 1 << step
    return peak, where


def greedy_orders(index: Precedence, lower: int, upper: int) -> Iterator[Order]:
    """Source order; then always the ready step with the least growth, the least transient, the latest operands."""
    yield tuple(bits(upper & ~lower))

    def growth(executed: int, step: int, born: dict[int, int]) -> tuple[int, ...]:
        return index.leaves[step] - index.freed(executed, step), -_latest(index, step, born), step

    def transient(executed: int, step: int, born: dict[int, int]) -> tuple[int, ...]:
        return index.allocated(executed, step), index.leaves[step] - index.freed(executed, step), step

    def pull(executed: int, step: int, born: dict[int, int]) -> tuple[int, ...]:
        return -_latest(index, step, born), index.leaves[step] - index.freed(executed, step), step

    for rank in (growth, pull, transient):
        yield _greedy(index, lower, upper, rank)


def _latest(index: Precedence, step: int, born: dict[int, int]) -> int:
    return max((born.get(before, 0) for before in bits(index.predecessors[step])), default=0)


def _greedy(
    index: Precedence, lower: int, upper: int, rank: Callable[[int, int, dict[int, int]], tuple[int, ...]]
) -> Order:
    executed = lower
    ready = index.ready(lower, upper)
    born: dict[int, int] = {}
    order = []
    while ready:
        step = min(bits(ready), key=lambda step: rank(executed, step, born))
        order.append(step)
        born[step] = len(order)
        executed |= 1 << step
        ready &= ~(1 << step)
        ready |= index.released(executed, step) & upper
    return tuple(order)


def cut_order(
    index: Precedence, lower: int, upper: int, deadline: float, *, largest: bool = False, by_output: bool = False
) -> Order | None:
    """Divide and conquer: the step that is the worst bottleneck even at its best moment runs at that moment; what the
    minimum cut puts before it is ordered first, the rest behind it.

    Candidates for the bottleneck are the steps with the most bytes read and written, or only written if ``by_output``;
    ``largest`` takes the largest of several minimum cuts. None if it is not done at ``deadline`` (time.monotonic).
    """

    def weight(step: int) -> int:
        operands = 0 if by_output else sum(index.values[read].bytes for read in index.reads[step])
        return index.allocates[step] + operands

    order: list[int] = []
    pending = [(lower, upper, -1)]
    while pending:
        lower, upper, first = pending.pop()
        ready = index.ready(lower, upper) if first < 0 else 1 << first
        while ready and not ready & (ready - 1):
            step = ready.bit_length() - 1
            order.append(step)
            lower |= ready
            ready = index.released(lower, step) & upper if first < 0 else index.ready(lower, upper)
            first = -1
        if not ready:
            continue
        if time.monotonic() > deadline:
            return None
        heaviest = sorted(bits(upper & ~lower), key=lambda step: (-weight(step), step))[:CANDIDATES]
        worst, bottleneck, before = -1, -1, 0
        for step in heaviest:
            transient, downset = least_transient(index, step, lower, upper, largest=largest)
            if transient > worst:
                worst, bottleneck, before = transient, step, downset
        pending.append((before, upper, bottleneck))
        if before != lower:
            pending.append((lower, before, -1))
    return tuple(order)
