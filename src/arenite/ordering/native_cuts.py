"""Minimum cuts in large ordering problems: native/divide.c, made ready and run from here.

The solver holds an order of all tasks at any time. It orders parts of it anew by divide and conquer, and computes the
bound of a task: the least memory from which it can run, and what it adds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from arenite.ordering.network import Network, Value

Order = tuple[int, ...]
Weighting = Literal["tasks", "operands", "results"]
WEIGHTINGS: tuple[Weighting, ...] = ("tasks", "operands", "results")

LARGEST_TOTAL = 1 << 29
"""Sum of all values in units (what divides all sizes): the solver counts in 32 bits."""
IMPOSSIBLE = (1 << 31) - 1
"""Bytes of a task that cannot run under what is asked; more than all values."""
SLICE_SECONDS = 0.05
"""How long the solver runs at a time; then the deadline is looked at, and Ctrl-C works."""
FIRST_SLICE = 1 << 16
LARGEST_SLICE = 1 << 28
"""Of work, at first and at most: about as many arcs are looked at."""


class OutOfTime(Exception):
    """The deadline has come in the middle of a computation."""


@dataclass(frozen=True, order=True)
class Peak:
    """The largest number of live bytes while an order runs, how often it occurs, and the first and last position."""

    bytes: int
    times: int
    first: int
    last: int


@dataclass(frozen=True)
class Rule:
    """How divide and conquer picks what to divide by.

    Candidates for the bottleneck are the middle tasks of the ``candidates`` (64 at most) operators with the most
    ``weighting`` left: number of tasks, bytes read and written, or bytes written; and, if ``hardest``, the task where
    the order so far needs most. ``largest`` takes the largest of several minimum cuts, not the smallest.
    """

    weighting: Weighting
    largest: bool
    hardest: bool
    candidates: int


class CutSolver:
    """A problem in the solver's memory, with a current order, at first that of the numbers, and one that is kept.

    Raises:
        MemoryError: there is none for the solver.
        OverflowError: the sizes are too large for it.
    """

    def __init__(self, tasks: Network, operators: Sequence[int]) -> None:
        """``operators``: for each task the number (below that of tasks) of the operator that it is a row of; the rows
        of one operator run in ascending order."""
        from arenite.native import Solvers

        count = len(tasks.steps)
        values = [value for value in tasks.values if value.bytes and (value.kept or value.readers)]
        operands = list(tasks.allocates)
        for value in values:
            for reader in () if value.kept else value.readers:
                operands[reader] += value.bytes
        if max(sum(operands), sum(value.bytes for value in values)) + tasks.first_bytes >= LARGEST_TOTAL * _unit(tasks):
            raise OverflowError("too many bytes for the solver")
        self.count = count
        self._unit = _unit(tasks)
        self._slice = FIRST_SLICE
        self._solvers = Solvers()
        self._tasks = self._load(tasks, values)
        self._operators = self._solvers.put(operators)
        self._divide = self._solvers.call("divide_new", self._tasks, self._operators, pointer=True)
        self._order = self._solvers.call("divide_order", self._divide)
        most = max(operands) or 1
        self._weights = {
            # Where operators have one task each, the largest come first.
            "tasks": self._solvers.put([1000 + 999 * size // most for size in operands]),
            "operands": self._scaled(operands),
            "results": self._scaled(tasks.allocates),
        }

    def _load(self, tasks: Network, values: Sequence[Value]) -> int:
        put = self._solvers.put
        address = self._solvers.call(
            "tasks_new",
            len(tasks.steps),
            len(values),
            tasks.first_bytes // self._unit,
            *self._lists(tasks.predecessors),
            *self._lists(() if value.kept else sorted(value.readers) for value in values),
            self._scaled(tasks.allocates),
            put([value.producer for value in values]),
            self._scaled([value.bytes for value in values]),
            put([int(value.kept) for value in values]),
            pointer=True,
        )
        ways = [way for task_ways in tasks.in_place for way in task_ways]
        if ways:
            starts = put(list(accumulate((len(task_ways) for task_ways in tasks.in_place), initial=0)))
            saved = self._scaled([size for _, size in ways])
            self._solvers.call("tasks_in_place", address, starts, saved, *self._lists(others for others, _ in ways))
        return address

    def _scaled(self, sizes: Sequence[int]) -> int:
        return self._solvers.put([size // self._unit for size in sizes])

    def _lists(self, rows: Iterable[Sequence[int]]) -> tuple[int, int]:
        """The addresses of where each row begins, and of the rows, one behind the other."""
        filled = [tuple(row) for row in rows]
        starts = list(accumulate(map(len, filled), initial=0))
        return self._solvers.put(starts), self._solvers.put([item for row in filled for item in row])

    def pull_on_demand(self, *, descending: bool) -> None:
        """Make the current order one where every task runs as late as what needs it allows; ``descending``: of several
        tasks that are needed, the one with the highest number first."""
        self._solvers.call("pull_on_demand", self._tasks, self._operators, self._order, int(descending), pointer=True)

    def pull_latest(self) -> None:
        """Make the current order one where always that task runs whose operands were there last."""
        self._solvers.call("pull_latest", self._tasks, self._operators, self._order, pointer=True)

    def load(self, order: Order) -> None:
        """Make ``order``, which must be a valid one of all tasks, the current order."""
        self._solvers.write(self._order, order)

    def order(self) -> Order:
        """The current order."""
        return tuple(self._solvers.get(self._order, self.count))

    def keep(self) -> None:
        """Keep the current order."""
        self._solvers.call("divide_keep", self._divide)

    def go_back(self) -> None:
        """Make the order that was kept the current one."""
        self._solvers.call("divide_go_back", self._divide)

    def peak(self) -> Peak:
        """Of the current order."""
        call, divide = self._solvers.call, self._divide
        most = call("divide_measure", divide) * self._unit
        return Peak(most, call("divide_peaks", divide), call("divide_first", divide), call("divide_last", divide))

    def work(self) -> int:
        """Done since the beginning by ``reorder`` and ``bound``: about a thousandth of the arcs looked at."""
        return self._solvers.call("divide_work", self._divide)

    def caps(self) -> list[int]:
        """Per task the fewest bytes that were live while it ran in any order whose peak was asked for."""
        address = self._solvers.call("divide_caps", self._divide)
        return [cap * self._unit for cap in self._solvers.get(address, self.count)]

    def reorder(self, low: int, high: int, target: int, deadline: float, rule: Rule) -> None:
        """Order the positions ``low`` to ``high`` (half-open) of the current order anew by divide and conquer, as far
        as they need more than ``target`` bytes.

        Raises OutOfTime at ``deadline`` (time.monotonic); the current order is a valid one even so.
        """
        options = (rule.candidates, self._weights[rule.weighting], int(rule.largest), int(rule.hardest))
        self._solvers.call("divide_start", self._divide, low, high, target // self._unit, *options)
        self._finish(deadline)

    def bound(self, task: int, deadline: float, *, sooner: int = -1, later: int = -1) -> int:
        """Bytes that are live while ``task`` runs, whatever the order: a lower bound of every peak.

        Only of orders in which the task ``sooner`` has run by then, and ``later`` has not (-1: any). Where there is
        none, IMPOSSIBLE or more.

        Raises OutOfTime at ``deadline`` (time.monotonic).
        """
        self._solvers.call("divide_bound", self._divide, task, sooner, later)
        self._finish(deadline)
        return self._solvers.call("divide_answer", self._divide) * self._unit

    def _finish(self, deadline: float) -> None:
        while True:
            now = time.monotonic()
            if now > deadline:
                raise OutOfTime
            if self._solvers.call("divide_run", self._divide, self._slice):
                return
            if time.monotonic() - now > SLICE_SECONDS:
                self._slice = max(self._slice // 2, 1)
            else:
                self._slice = min(self._slice * 2, LARGEST_SLICE)


def _unit(tasks: Network) -> int:
    """A number of bytes of which all that may be live is a multiple."""
    sizes = [value.bytes for value in tasks.values]
    saved = [size for ways in tasks.in_place for _, size in ways]
    return math.gcd(*sizes, *saved, *tasks.allocates, tasks.first_bytes) or 1
