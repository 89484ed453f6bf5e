"""The order of a module that serves in every surrounding, as pieces between which others may run.

The order leads from the state before the module down to the valley of least memory, always over the lowest hill that
leads to less memory, and as far down as that hill allows; and the same from the module's end, in reverse. This is Liu's
(1987) exchange argument for trees; submodularity carries it over to any module, as follows for the way down. Let h be
the lowest hill from X to less memory and Y the least that is reached over it. An order crosses a hill of h at some
time, and until then has at least the memory of X: it may wait at X. At that time it may run X to Y, and then all that
it ran before: for each P that it has run, mem(P + Y) <= mem(P), since no state between X and Y has less than Y.
"""

from __future__ import annotations

import heapq
import time

from arenite.ordering.downset_search import State, View, search
from arenite.ordering.flow import least_downset, least_transient
from arenite.ordering.network import Network, masked, within
from arenite.ordering.orders import Order, greedy_orders, order_peak
from arenite.ordering.precedence import Precedence, bits, mask_of

QUICK_STATES = 1_000
"""Downsets of a module that are looked at before cuts are tried."""
SEARCH_STATES = 1_000
"""Downsets of each search that cuts lead to."""
MAX_STATES = 20_000
"""Downsets that are looked at before it is left as it is."""


def linearised(tasks: Network, deadline: float, *, thorough: bool = True) -> list[tuple[tuple[int, ...], int]] | None:
    """The order of ``tasks`` that is as good as any in every surrounding: pieces between which others may run, each
    with the bytes that it needs beyond those live before it. None if there are too many states to look at."""
    index = masked(tasks)
    low = least_downset(index, 0, index.steps)
    high = least_downset(index, low, index.steps, largest=True)
    down = _valleys(tasks, index, 0, low, deadline, backward=False, thorough=thorough)
    if down is None:
        return None
    level = _lowest_hill(tasks, index, low, high, deadline)
    if level is None:
        return None
    up = _valleys(tasks, index, high, index.steps, deadline, backward=True, thorough=thorough)
    if up is None:
        return None
    pieces = [*down, *([level[0]] if level[0] else []), *(piece[::-1] for piece in reversed(up))]
    result = []
    done, memory = 0, index.memory(0)
    for piece in pieces:
        before = worst = memory
        for task in piece:
            worst = max(worst, memory + index.allocated(done, task))
            memory += index.leaves[task] - index.freed(done, task)
            done |= 1 << task
        result.append((piece, worst - before))
    return result


def _valleys(
    tasks: Network, index: Precedence, lower: int, upper: int, deadline: float, *, backward: bool, thorough: bool
) -> list[tuple[int, ...]] | None:
    if lower == upper:
        return []
    pieces = _descend(index, lower, upper, QUICK_STATES, deadline, backward=backward)
    if pieces is None and thorough:
        found = _descend_by_cuts(tasks, index, lower, upper, deadline, backward=backward)
        pieces = found[0] if found else _descend(index, lower, upper, MAX_STATES, deadline, backward=backward)
    return pieces


def _descend(
    index: Precedence, lower: int, upper: int, states: int, deadline: float, *, backward: bool
) -> list[tuple[int, ...]] | None:
    """Pieces from ``lower`` to ``upper``, which is the only state between them with the least memory; ``backward``:
    from ``upper`` to ``lower``, steps in the order of being undone. None if there are more ``states`` to look at."""
    view = View(index, backward=backward)
    begin, goal = (index.steps & ~upper, index.steps & ~lower) if backward else (lower, upper)
    valley = view.state(begin, goal)
    pieces: list[tuple[int, ...]] = []
    piece: tuple[int, ...] = ()
    hill = count = 0
    heap: list[tuple[int, int, int, State]] = [(0, 0, 0, valley)]
    seen: dict[int, int] = {}
    while valley.done != goal:
        reached, _, _, state = heapq.heappop(heap)
        if reached > seen.get(state.done, reached):
            continue
        if reached > hill:
            if piece:
                pieces.append(piece)
                piece = ()
            hill = reached
        if state.memory < valley.memory:
            steps = _least_within(view, valley, state)
            settled = view.settle(view.advance(valley, steps, goal), goal, hill)
            piece += settled.steps
            valley = State(settled.done, settled.ready, settled.memory)
            heap = [(hill, 0, 0, valley)]
            seen = {}
            continue
        for step in bits(state.ready):
            transient, _ = view.move(state.done, state.memory, step)
            top = max(reached, transient)
            following = view.settle(view.advance(state, (step,), goal), goal, top)
            if top < seen.get(following.done, top + 1):
                seen[following.done] = top
                count += 1
                heapq.heappush(heap, (top, following.memory, count, following))
        if count > states or time.monotonic() > deadline:
            return None
    if piece:
        pieces.append(piece)
    return pieces


def _least_within(view: View, valley: State, state: State) -> tuple[int, ...]:
    """The steps of the path to ``state`` that lead to the state of least memory between ``valley`` and it."""
    steps = view.index.steps
    if view.backward:
        least = steps & ~least_downset(view.index, steps & ~state.done, steps & ~valley.done)
    else:
        least = least_downset(view.index, valley.done, state.done, largest=True)
    return tuple(step for step in state.path() if least >> step & 1)


def _descend_by_cuts(
    tasks: Network, index: Precedence, lower: int, upper: int, deadline: float, *, backward: bool
) -> tuple[list[tuple[int, ...]], int] | None:
    """As ``_descend``, with the hill of the last piece. From the goal back: what can be reached over less than the hill
    to the goal has only tasks whose own least moment is lower; the least memory there is the valley before, if that can
    be reached so."""
    found = _lowest_hill(tasks, index, lower, upper, deadline, backward=backward)
    if found is None:
        return None
    order, hill = found
    within_reach = mask_of(
        task for task in bits(upper & ~lower) if least_transient(index, task, lower, upper)[0] < hill
    )
    beyond = upper & ~lower & ~within_reach
    if backward:
        for task in bits(beyond):
            beyond |= index.ancestors[task]
        start, valley = upper, least_downset(index, lower | beyond & upper, upper)
    else:
        for task in bits(beyond):
            beyond |= index.descendants[task]
        start, valley = lower, least_downset(index, lower, upper & ~beyond, largest=True)
    if index.memory(valley) == index.memory(start):
        return [order[::-1] if backward else order], hill
    if valley == (lower if backward else upper):
        return None
    ends = (valley, upper) if backward else (lower, valley)
    before = _descend_by_cuts(tasks, index, *ends, deadline, backward=backward)
    last = _lowest_hill(tasks, index, *((lower, valley) if backward else (valley, upper)), deadline, backward=backward)
    if before is None or last is None or before[1] >= hill:
        return None
    return [*before[0], last[0][::-1] if backward else last[0]], hill


def _lowest_hill(
    tasks: Network, index: Precedence, lower: int, upper: int, deadline: float, *, backward: bool = False
) -> tuple[Order, int] | None:
    """All tasks from ``lower`` to ``upper`` in the order with the least worst moment, and this; None if too hard."""
    if lower == upper:
        return (), 0
    orders = greedy_orders(index, lower, upper)
    (hill, worst), order = min((order_peak(index, lower, order), order) for order in orders)
    bound = least_transient(index, worst, lower, upper)[0]
    if bound < hill:
        window = within(tasks, index, lower, upper)
        inner = masked(window)
        offset = index.memory(lower) - inner.memory(0)
        found = search(inner, bound - offset, hill - offset, states=SEARCH_STATES, deadline=deadline, backward=backward)
        if found.order is not None:
            order = window.order(found.order)
        hill, bound = found.peak + offset, found.bound + offset
    return (order, hill) if hill == bound else None
