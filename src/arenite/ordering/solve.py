"""The best order of one part of the graph, with proof: cheap orders and cuts, contraction, search, and cuts again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from arenite.ordering.downset_search import fit, search
from arenite.ordering.flow import step_bound
from arenite.ordering.modules import contract
from arenite.ordering.network import Network, masked, within
from arenite.ordering.orders import Order, cut_order, greedy_orders, order_peak, transients
from arenite.ordering.precedence import Precedence, mask_of

QUICK_STATES = 2_000
"""Downsets that the exact search may hold before the slower heuristics get their turn."""
MAX_STATES = 400_000
"""Downsets that it may hold at the end: a limit of memory, and one that does not depend on the machine's speed."""
WINDOWS = (8, 16, 32, 64)
"""How many tasks before and behind a peak are ordered anew."""


@dataclass
class Part:
    """Tasks of which every order of the graph runs all, after the same others have run; the best ``order`` known (of
    the tasks, and of the steps that they stand for), its ``peak`` and the task ``worst`` where it occurs."""

    tasks: Network
    index: Precedence = field(init=False)
    order: Order = ()
    steps: Order = ()
    peak: int = 1 << 62
    worst: int = -1

    def __post_init__(self) -> None:
        self.index = masked(self.tasks)
        for order in greedy_orders(self.index, 0, self.index.steps) if len(self.tasks.steps) > 1 else [(0,)]:
            self.offer(order)

    def offer(self, order: Order) -> None:
        peak, worst = order_peak(self.index, 0, order)
        if peak < self.peak:
            self.order, self.steps, self.peak, self.worst = order, self.tasks.order(order), peak, worst

    def contracted(self, deadline: float) -> Part:
        """The same part with fewer tasks."""
        tasks = contract(self.tasks, deadline)
        if len(tasks.steps) == len(self.tasks.steps):
            return self
        return Part(tasks)


def improve(part: Part, bound: int, deadline: float) -> int:
    """Lower ``part.peak`` as far as it matters beside ``bound``, and return the bound that this part proves.

    Peaks below ``bound`` are as good as ``bound``, for another part needs that much anyway.
    """
    if part.peak <= bound:
        return bound
    bound = max(bound, step_bound(part.index, part.worst))
    if part.peak <= bound:
        return bound
    smaller = part.contracted(deadline)
    bound = _solve(smaller, bound, deadline)
    if smaller.peak < part.peak:
        part.steps, part.peak = smaller.steps, smaller.peak
    return bound


def _solve(part: Part, bound: int, deadline: float) -> int:
    if part.peak <= bound:
        return bound
    bound = _raise_bound(part, bound, deadline)
    states = QUICK_STATES
    bound = _search(part, bound, states, deadline)
    _reorder_peaks(part, bound, deadline)
    for largest, by_output in ((False, False), (True, False), (False, True), (True, True)):
        if part.peak <= bound or time.monotonic() > deadline:
            return bound
        order = cut_order(
            part.index, 0, part.index.steps, deadline, known=part.order, largest=largest, by_output=by_output
        )
        part.offer(order)
        _reorder_peaks(part, bound, deadline)
    while part.peak > bound and states < MAX_STATES and time.monotonic() < deadline:
        states *= 4
        bound = _search(part, bound, states, deadline)
    return bound


def _raise_bound(part: Part, bound: int, deadline: float) -> int:
    """The largest bound of a task. One that a known order runs within ``bound`` cannot raise it."""
    for task, transient in transients(part.index, 0, part.order):
        if transient > bound and time.monotonic() < deadline:
            bound = max(bound, step_bound(part.index, task))
    return bound


def _search(part: Part, bound: int, states: int, deadline: float) -> int:
    found = search(part.index, bound, part.peak, states=states, deadline=deadline)
    if found.order is not None:
        part.offer(found.order)
    return found.bound


def _reorder_peaks(part: Part, bound: int, deadline: float) -> None:
    """Order the tasks around the worst ones anew, as long as that lowers the peak."""
    order = part.order
    while part.peak > bound and time.monotonic() < deadline:
        peak, worst = order_peak(part.index, 0, order)
        if peak < part.peak:
            part.offer(order)
            continue
        at = order.index(worst)
        for reach in WINDOWS:
            low, high = max(at - reach, 0), at + reach + 1
            lower, upper = mask_of(order[:low]), mask_of(order[:high])
            window = within(part.tasks, part.index, lower, upper)
            index = masked(window)
            budget = part.peak - 1 - (part.index.memory(lower) - index.memory(0))
            found = fit(index, budget, deadline=deadline, states=QUICK_STATES)
            if found.order is not None:
                order = order[:low] + window.order(found.order) + order[high:]
                break
        else:
            return
