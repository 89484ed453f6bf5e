"""Orders that are found without search: greedy ones, and one that minimum cuts divide and conquer.

Each function orders the steps between two downsets, ``lower`` (already executed) and ``upper``, and returns them.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator

from arenite.ordering.flow import least_transient
from arenite.ordering.precedence import Precedence, bits

Order = tuple[int, ...]
CANDIDATES = 6
"""How many steps compete for being the bottleneck in one division; six was enough for the bound on real networks."""


def transients(index: Precedence, lower: int, order: Order) -> Iterator[tuple[int, int]]:
    """Each step of ``order``, which runs after ``lower``, with the number of live bytes while it runs."""
    memory = index.memory(lower)
    executed = lower
    for step in order:
        yield step, memory + index.allocated(executed, step) + (0 if executed else index.first_bytes)
        memory += index.leaves[step] - index.freed(executed, step)
        executed |= 1 << step


def order_peak(index: Precedence, lower: int, order: Order) -> tuple[int, int]:
    """The largest number of live bytes while ``order`` runs after ``lower``, and the first step at which it occurs
    (-1 for an empty order)."""
    peak, where = 0, -1
    for step, live in transients(index, lower, order):
        if live > peak or where < 0:
            peak, where = live, step
    return peak, where


def greedy_orders(index: Precedence, lower: int, upper: int) -> Iterator[Order]:
    """Source order; then always the ready step with the least growth, the latest operands, the least transient."""
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
    """Always the ready step of least rank, which may change only for what has become the last reader of a value."""
    executed = lower
    born: dict[int, int] = {}
    ranks: dict[int, tuple[int, ...]] = {}
    heap: list[tuple[tuple[int, ...], int]] = []

    def enter(step: int) -> None:
        ranks[step] = rank(executed, step, born)
        heapq.heappush(heap, (ranks[step], step))

    for step in bits(index.ready(lower, upper)):
        enter(step)
    order: list[int] = []
    while heap:
        key, step = heapq.heappop(heap)
        if ranks.get(step) != key:
            continue
        del ranks[step]
        order.append(step)
        born[step] = len(order)
        executed |= 1 << step
        for read in index.reads[step]:
            left = index.values[read].readers & ~executed
            if left and not left & (left - 1) and left.bit_length() - 1 in ranks:
                enter(left.bit_length() - 1)
        for behind in bits(index.released(executed, step) & upper):
            enter(behind)
    return tuple(order)


def cut_order(
    index: Precedence,
    lower: int,
    upper: int,
    deadline: float,
    *,
    known: Order = (),
    largest: bool = False,
    by_output: bool = False,
) -> Order:
    """Divide and conquer: the step that is the worst bottleneck even at its best moment runs at that moment; what the
    minimum cut puts before it is ordered first, the rest behind it.

    Candidates for the bottleneck are the steps with the most bytes read and written, or only written if ``by_output``;
    ``largest`` takes the largest of several minimum cuts. What is not divided at ``deadline`` (time.monotonic) is
    ordered as in ``known``, or else as in the source.
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
            rest = upper & ~lower
            order.extend([step for step in known if rest >> step & 1] if known else bits(rest))
            continue
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
