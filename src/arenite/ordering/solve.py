"""The best order of one part of the graph, with proof: cheap orders and cuts, contraction, search, and cuts again.

Large parts are ordered by compiled cuts first; where they consist of rows, by these alone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from arenite.ordering.cut_search import NO_LIMITS, CutSearch, Limits
from arenite.ordering.downset_search import fit, search
from arenite.ordering.flow import step_bound
from arenite.ordering.modules import contract
from arenite.ordering.network import Network, masked, within
from arenite.ordering.orders import Order, cut_order, greedy_orders, order_peak, transients
from arenite.ordering.precedence import Precedence, mask_of

FIRST_STATES = 200
"""Downsets that the exact search may hold before modules are contracted that are hard."""
QUICK_STATES = 2_000
"""Downsets that the exact search may hold before the slower heuristics get their turn."""
MAX_STATES = 400_000
"""Downsets that it may hold at the end: a limit of memory, and one that does not depend on the machine's speed."""
LARGE = 300
"""Tasks of a part beyond which compiled cuts order it first."""
SMALL = 40
"""Tasks of a part up to which exact search is faster than to load the compiled solver."""
WINDOWS = (8, 16, 32, 64)
"""How many tasks before and behind a peak are ordered anew."""


@dataclass
class Part:
    """Tasks of which every order of the graph runs all, after the same others have run; the best ``order`` known (of
    the tasks, and of the steps that they stand for), its ``peak`` and the task ``worst`` where it occurs.

    ``operators``: per task the number, below that of tasks, of the operator that it is a row of; rows of one operator
    run in ascending order. Empty: each task is an operator of its own.
    """

    tasks: Network
    operators: Sequence[int] = ()
    limits: Limits = NO_LIMITS
    order: Order = ()
    steps: Order = ()
    peak: int = 1 << 62
    worst: int = -1
    cuts: CutSearch | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        count = len(self.tasks.steps)
        if count > LARGE and self.load_cuts():
            return
        if count == 1:
            self.order, self.steps, self.peak, self.worst = (0,), self.tasks.order((0,)), self.tasks.first_peak(0), 0
            return
        for order in greedy_orders(self.index, 0, self.index.steps):
            self.offer(order)

    @cached_property
    def index(self) -> Precedence:
        """The tasks as bit masks."""
        return masked(self.tasks)

    @property
    def of_rows(self) -> bool:
        """Whether most tasks are rows of larger operators: too many for an exact search."""
        return len(self.tasks.steps) > LARGE and 2 * len(set(self.operators)) <= len(self.operators)

    def load_cuts(self) -> bool:
        """Have ``cuts`` ready and learn its order. False where there is no memory or numbers are too large."""
        try:
            self.cuts = CutSearch(self.tasks, self.operators or range(len(self.tasks.steps)), self.limits)
        except (MemoryError, OverflowError):
            return False
        self.learn_cuts()
        return True

    def learn_cuts(self) -> None:
        """Take over the order of ``cuts`` if it is better."""
        if self.cuts is not None and self.cuts.peak < self.peak:
            self.peak, self.worst = self.cuts.peak, self.cuts.worst
            self.order, self.steps = self.cuts.order, self.tasks.order(self.cuts.order)

    def offer(self, order: Order) -> None:
        peak, worst = order_peak(self.index, 0, order)
        if peak < self.peak:
            self.order, self.steps, self.peak, self.worst = order, self.tasks.order(order), peak, worst

    def contracted(self, deadline: float, *, thorough: bool) -> Part:
        """The same part with fewer tasks, or itself."""
        tasks = contract(self.tasks, deadline, thorough=thorough)
        return Part(tasks, limits=self.limits) if len(tasks.steps) < len(self.tasks.steps) else self

    def settled(self, bound: int) -> bool:
        """Whether a lower peak would not matter beside ``bound``, or there is none that is low enough."""
        return self.peak <= bound or bound > self.limits.enough

    def learn(self, other: Part) -> None:
        """Take over the order of ``other``, which has the same steps in other tasks, if it is better."""
        if other.peak < self.peak:
            self.steps, self.peak = other.steps, other.peak


def survey(part: Part, bound: int, deadline: float) -> int:
    """What is cheap, before any part gets more: lower ``part.peak`` by divide and conquer as far as it matters beside
    ``bound``, and return the bound that this part proves.

    Peaks below ``bound`` are as good as ``bound``, for another part needs that much anyway.
    """
    if part.settled(bound):
        return bound
    if part.cuts is None:
        bound = max(bound, step_bound(part.index, part.worst))
        if part.settled(bound) or len(part.tasks.steps) <= SMALL or not part.load_cuts():
            return bound
    assert part.cuts is not None
    part.cuts.divide(bound, _quarter(deadline))
    part.learn_cuts()
    return max(bound, part.cuts.bound)


def improve(part: Part, bound: int, deadline: float) -> int:
    """Lower ``part.peak`` with all means, else like ``survey``, which has been there before."""
    if part.of_rows and part.cuts is not None:
        return _search_windows(part, bound, deadline)
    smaller = part
    for thorough, states in ((False, FIRST_STATES), (True, QUICK_STATES)):
        if part.settled(bound):
            return bound
        before, smaller = smaller, smaller.contracted(_quarter(deadline), thorough=thorough)
        if not smaller.settled(bound):
            if not thorough or smaller is not before:
                bound = _raise_bound(smaller, bound, deadline)
            bound = _search(smaller, bound, states, _quarter(deadline))
        part.learn(smaller)
    bound = _search_windows(part, bound, _quarter(deadline))
    if not smaller.settled(bound):
        bound = _widen(smaller, bound, deadline)
        part.learn(smaller)
    return bound


def _search_windows(part: Part, bound: int, deadline: float) -> int:
    """What compiled cuts find in windows around the peak; they are not needed any more then."""
    if part.cuts is not None and not part.settled(bound):
        part.cuts.search_windows(bound, deadline)
        if part.of_rows:
            part.cuts.prove(bound, deadline)
        part.learn_cuts()
        bound = max(bound, part.cuts.bound)
    part.cuts = None
    return bound


def _widen(part: Part, bound: int, deadline: float) -> int:
    """Divide and conquer, windows, and searches of more and more states."""
    _reorder_peaks(part, bound, deadline)
    until = _quarter(deadline)
    for largest, by_output in ((False, False), (True, False), (False, True), (True, True)):
        if part.settled(bound) or time.monotonic() > until:
            break
        order = cut_order(
            part.index, 0, part.index.steps, until, known=part.order, largest=largest, by_output=by_output
        )
        if order_peak(part.index, 0, order)[0] < part.peak:
            part.offer(order)
            _reorder_peaks(part, bound, deadline)
    states = QUICK_STATES
    while not part.settled(bound) and states < MAX_STATES and time.monotonic() < deadline:
        states *= 4
        bound = _search(part, bound, states, deadline)
    return bound


def _quarter(deadline: float) -> float:
    """The time when a quarter of what is left until ``deadline`` is over."""
    now = time.monotonic()
    return now + max(deadline - now, 0.0) / 4


def _raise_bound(part: Part, bound: int, deadline: float) -> int:
    """The largest bound of a task, those with the largest working sets first, in a quarter of the time that is left.
    One that a known order runs within ``bound`` cannot raise it."""
    index = part.index
    until = _quarter(deadline)
    candidates = [
        (index.allocates[task] + sum(index.values[read].bytes for read in index.reads[task]), task)
        for task, transient in transients(index, 0, part.order)
        if transient > bound
    ]
    for _, task in sorted(candidates, reverse=True):
        if bound >= part.peak or time.monotonic() > until:
            break
        bound = max(bound, step_bound(index, task))
    return bound


def _search(part: Part, bound: int, states: int, deadline: float) -> int:
    found = search(part.index, bound, part.peak, states=states, deadline=deadline)
    if found.order is not None:
        part.offer(found.order)
    return found.bound


def _reorder_peaks(part: Part, bound: int, deadline: float) -> None:
    """Order the tasks around the worst ones anew, as long as that lowers the peak."""
    order = part.order
    while not part.settled(bound) and time.monotonic() < deadline:
        peak, worst = order_peak(part.index, 0, order)
        if peak < part.peak:
            part.offer(order)
            continue
        at = order.index(worst)
        for reach in WINDOWS:
            low, high = max(at - reach, 0), min(at + reach + 1, len(order))
            if high - low >= len(order):
                return
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
