"""Good orders of large graphs, and a bound: pulled orders, divide and conquer by minimum cuts, windows around the peak.

The bound of all orders is that of the worst task. One that ran within the bound in some order cannot raise it, so that
few tasks are looked at.
"""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from arenite.ordering.cut_proof import refuted
from arenite.ordering.native_cuts import WEIGHTINGS, CutSolver, Order, OutOfTime, Peak, Rule
from arenite.ordering.network import Network

RULES = tuple(
    Rule(weighting, largest, hardest, candidates)
    for candidates, hardest, weighting, largest in (
        *product((1,), (True,), WEIGHTINGS, (False, True)),
        *product((6,), (False, True), WEIGHTINGS, (False, True)),
    )
)
"""Of divide and conquer, in turn. Six candidates are often enough to find the bottleneck; fewer find other orders."""
GRACE_SECONDS = 0.5
"""For the first bound, however little time there is."""
FIRST_BOUNDS = 8
"""How many tasks are looked at for the bound before the search for windows."""
REACHES = (16, 32, 64, 128, 256, 512, 1024, 2048)
"""How many tasks before and behind a peak are ordered anew, at most."""
DIVIDE_WORK = 30_000
"""How much work (see ``CutSolver.work``) goes into orders by one rule after the other. The first few bring most."""
BOUND_WORK = 30_000
"""How much goes into bounds of single tasks at a time."""
FRUITLESS = 15_000
"""How much work in a row may bring nothing before the search for a better order ends."""
PROVABLE = 2000
"""Tasks beyond which a proof from pairs of tasks takes too long."""
WINDOW_WORK = 20
"""What a window costs apart from cuts."""


@dataclass(frozen=True)
class Limits:
    """``enough``: a proof that every peak is larger, in bytes, ends the search. ``work``: so does that much of it (see
    ``CutSolver.work``)."""

    enough: int = 1 << 62
    work: int = 1 << 62


NO_LIMITS = Limits()


class CutSearch:
    """The best ``order`` of a problem's tasks known, its ``peak`` and a lower ``bound`` of every order, in bytes.

    Begins with orders that need no search. Raises what ``CutSolver`` does.
    """

    def __init__(self, tasks: Network, operators: Sequence[int], limits: Limits = NO_LIMITS) -> None:
        """``operators``: see ``CutSolver``."""
        self.tasks, self.operators, self.limits = tasks, operators, limits
        self.solver = CutSolver(tasks, operators)
        self._best = Peak(1 << 62, 0, 0, 0)
        self._offer()
        for descending in (False, True):
            self.solver.pull_on_demand(descending=descending)
            self._offer()
        self.solver.pull_latest()
        self._offer()
        self.bound = min(ends_bound(tasks), self.peak)

    @property
    def peak(self) -> int:
        """Of the best order."""
        return self._best.bytes

    @property
    def order(self) -> Order:
        """The best one; so is the solver's."""
        return self.solver.order()

    @property
    def worst(self) -> int:
        """The first task where it occurs."""
        return self.order[self._best.first]

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to find, or nothing that matters."""
        return self.peak <= self.bound or self.bound > self.limits.enough or self.solver.work() > self.limits.work

    def divide(self, bound: int, deadline: float) -> None:
        """Improve order and bound by divide and conquer until they meet, or at ``deadline`` (time.monotonic).

        Peaks below ``bound`` are as good as ``bound``.
        """
        self.bound = max(self.bound, min(bound, self.peak))
        pulled = self.order
        try:
            self._raise_bound(1, max(deadline, time.monotonic() + GRACE_SECONDS))
            for number, rule in enumerate(RULES):
                if self.settled or self.solver.work() > DIVIDE_WORK:
                    break
                self.solver.load(pulled)
                self._reorder(0, self.solver.count, self.bound, deadline, rule)
                if not number:
                    self._raise_bound(FIRST_BOUNDS, deadline)
        except OutOfTime:
            pass

    def search_windows(self, bound: int, deadline: float) -> None:
        """Order windows around peaks anew until that brings nothing more, else like ``divide``."""
        self.bound = max(self.bound, min(bound, self.peak))
        try:
            self._search_windows(deadline)
            self._raise_bound(self.solver.count, deadline)
        except OutOfTime:
            pass

    def prove(self, bound: int, deadline: float) -> None:
        """Try to prove that no order has a smaller peak; else like ``divide``."""
        self.bound = max(self.bound, min(bound, self.peak))
        if self.settled or self.solver.count > PROVABLE:
            return
        try:
            if refuted(self.tasks, self.operators, self.peak - 1, deadline, caps=self.solver.caps()):
                self.bound = self.peak
        except (OutOfTime, MemoryError):
            pass

    def _offer(self) -> bool:
        """Keep the solver's order if it is the best so far, else go back to that. Whether it was better."""
        peak = self.solver.peak()
        better = (peak.bytes, peak.times) < (self._best.bytes, self._best.times)
        if (peak.bytes, peak.times) <= (self._best.bytes, self._best.times):
            self._best = peak
            self.solver.keep()
        else:
            self.solver.go_back()
        return better

    def _reorder(self, low: int, high: int, target: int, deadline: float, rule: Rule) -> bool:
        try:
            self.solver.reorder(low, high, target, deadline, rule)
        except OutOfTime:
            self._offer()
            raise
        return self._offer()

    def _raise_bound(self, tasks: int, deadline: float) -> None:
        """Compute the bounds of that many tasks at most, those that needed most in every order first."""
        heap = [(-cap, task) for task, cap in enumerate(self.solver.caps()) if cap > self.bound]
        heapq.heapify(heap)
        until = self.solver.work() + BOUND_WORK
        while heap and tasks and not self.settled and self.solver.work() <= until:
            tasks -= 1
            _, task = heapq.heappop(heap)
            self.bound = max(self.bound, self.solver.bound(task, deadline))

    def _search_windows(self, deadline: float) -> None:
        """Order windows around peaks anew. Each reach gets the same share of the work."""
        rng = random.Random(self.solver.count)
        spent = dict.fromkeys(REACHES, 0)
        fruitless = 0
        while not self.settled and fruitless < FRUITLESS:
            at = rng.choice((self._best.first, self._best.last))
            reach = min(REACHES, key=lambda reach: spent[reach])
            low = max(at - rng.randint(reach // 2, reach), 0)
            high = min(at + rng.randint(reach // 2, reach), self.solver.count)
            target = rng.choice((self.peak - 1, self.bound))
            before = self.solver.work()
            better = self._reorder(low, high, target, deadline, rng.choice(RULES))
            work = self.solver.work() - before + WINDOW_WORK
            spent[reach] += work
            fruitless = 0 if better else fruitless + work


def ends_bound(tasks: Network) -> int:
    """Bytes that the first task needs or the last one, whichever these are: a lower bound of every peak.

    Everything that is kept lives while the last task runs. A large result of a long stream sets the peak there.
    """
    count = len(tasks.steps)
    followed = {before for predecessors in tasks.predecessors for before in predecessors}
    at_start = tasks.first_bytes + sum(value.bytes for value in tasks.values if value.producer < 0)
    at_end = sum(value.bytes for value in tasks.values if value.kept)
    operands, kept = [0] * count, [0] * count
    for value in tasks.values:
        if value.kept and value.producer >= 0:
            kept[value.producer] += value.bytes
        for reader in () if value.kept else value.readers:
            operands[reader] += value.bytes
    first = min(
        tasks.allocates[task] - max((size for others, size in tasks.in_place[task] if not others), default=0)
        for task in range(count)
        if not tasks.predecessors[task]
    )
    last = min(
        operands[task] - kept[task] + tasks.allocates[task] - max((size for _, size in tasks.in_place[task]), default=0)
        for task in range(count)
        if task not in followed
    )
    return max(at_start + first, at_end + last)
