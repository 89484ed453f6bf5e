"""Proofs by minimum cuts that no order has a peak within a target.

Suppose that there is one. Let task v be critical and u a task that may run before or behind it. If the least memory
from which v can run once u has run is above the target, u runs behind v; if it is above without u, before. For the rows
of one operator, that is a matter of bisection. What must run before what then makes later cuts dearer: it is added, and
all is asked again, until a task does not fit any more, or there is nothing new.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from arenite.ordering.native_cuts import IMPOSSIBLE, CutSolver
from arenite.ordering.network import Network, Value

PASSES = 6
"""How often all critical tasks are gone through."""
MOST_WORK = 100_000
"""See ``CutSolver.work``."""
MOST_CRITICAL = 40
"""Tasks that are critical, one of each operator at most."""
NEAR = 0.7
"""Of the target: tasks with a smaller bound are not critical."""


def refuted(
    tasks: Network,
    operators: Sequence[int],
    target: int,
    deadline: float,
    *,
    caps: Sequence[int] = (),
    work: int = MOST_WORK,
) -> bool:
    """Whether it is proved that no order has a peak of at most ``target`` bytes.

    Args:
        operators: see ``CutSolver``.
        caps: for each task some bytes that its bound does not exceed, if known.
        work: how much may be done (see ``CutSolver.work``); then the answer is no.

    Raises OutOfTime at ``deadline`` (time.monotonic), and what ``CutSolver`` does.
    """
    proof = _Proof(tasks, operators, target, deadline, caps or [IMPOSSIBLE] * len(tasks.steps), work)
    return any(proof.advance() for _ in range(PASSES) if not proof.finished)


@dataclass
class _Proof:
    """``critical`` tasks; ``known``: for each and each operator the last of its rows that must run before, and the
    first one that must run behind. ``finished``: there was nothing new, or the work is done."""

    tasks: Network
    operators: Sequence[int]
    target: int
    deadline: float
    caps: Sequence[int]
    work: int
    rows: dict[int, list[int]] = field(default_factory=dict)
    critical: list[int] = field(default_factory=list)
    known: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    finished: bool = False

    def __post_init__(self) -> None:
        for task, operator in enumerate(self.operators):
            self.rows.setdefault(operator, []).append(task)

    def advance(self) -> bool:
        """One round over all critical tasks; whether the target is refuted."""
        edges = [
            edge
            for (task, operator), (before, behind) in self.known.items()
            for edge in (
                *([(self.rows[operator][before], task)] if before >= 0 else []),
                *([(task, self.rows[operator][behind])] if behind < len(self.rows[operator]) else []),
            )
        ]
        order = _topological(self.tasks, edges)
        if order is None:
            return True
        number = {task: place for place, task in enumerate(order)}
        tasks = _renumbered(self.tasks, edges, order, number)
        solver = CutSolver(tasks, [self.operators[task] for task in order])
        if not self.critical:
            self.critical = self._critical(solver)
        self.finished = True
        for task in self.critical:
            if solver.bound(number[task], self.deadline) > self.target:
                return True
        for task in self.critical:
            before, behind = _comparable(tasks, number[task])
            for operator, rows in self.rows.items():
                if operator == self.operators[task]:
                    continue
                if solver.work() > self.work:
                    self.finished = True
                    return False
                places = [number[row] for row in rows]
                old = sum(place in before for place in places) - 1, len(rows) - sum(place in behind for place in places)
                new = self._bisect(solver, number[task], places, *old)
                if new[0] >= new[1]:
                    return True
                if new != old:
                    self.known[task, operator] = new
                    self.finished = False
        self.work -= solver.work()
        return False

    def _critical(self, solver: CutSolver) -> list[int]:
        """The tasks with the largest bounds, one of each operator. At first, numbers are those of the tasks."""
        near = [task for task, cap in enumerate(self.caps) if cap >= NEAR * self.target]
        bounds = [(solver.bound(task, self.deadline), -task) for task in near]
        chosen: dict[int, int] = {}
        for bound, negative in sorted(bounds, reverse=True):
            if bound >= NEAR * self.target and len(chosen) < MOST_CRITICAL:
                chosen.setdefault(self.operators[-negative], -negative)
        return list(chosen.values())

    def _bisect(self, solver: CutSolver, task: int, rows: list[int], before: int, behind: int) -> tuple[int, int]:
        """The last row that must run before the task, and the first one that must run behind it, from what is known of
        them on. Equal or the wrong way round if the target is refuted."""

        def runs_behind(row: int) -> bool:
            return solver.bound(task, self.deadline, sooner=rows[row]) > self.target

        def runs_before(row: int) -> bool:
            return solver.bound(task, self.deadline, later=rows[row]) > self.target

        if behind - before > 1 and runs_behind(behind - 1):
            low, behind = before, behind - 1
            while behind - low > 1:
                middle = (low + behind) // 2
                low, behind = (low, middle) if runs_behind(middle) else (middle, behind)
            if runs_before(behind):
                return behind, behind
        if behind - before > 1 and runs_before(before + 1):
            before, high = before + 1, behind
            while high - before > 1:
                middle = (before + high) // 2
                before, high = (middle, high) if runs_before(middle) else (before, middle)
        return before, behind


def _comparable(tasks: Network, task: int) -> tuple[set[int], set[int]]:
    """The tasks that must run before ``task``, and those that must run behind it."""
    before, behind = set(tasks.predecessors[task]), {task}
    for other in range(task - 1, -1, -1):
        if other in before:
            before.update(tasks.predecessors[other])
    for other in range(task + 1, len(tasks.steps)):
        if not behind.isdisjoint(tasks.predecessors[other]):
            behind.add(other)
    return before, behind - {task}


def _topological(tasks: Network, edges: Sequence[tuple[int, int]]) -> list[int] | None:
    """The tasks in an order that respects the ``edges``, too; None if there is none."""
    behind: list[list[int]] = [[] for _ in tasks.steps]
    needs = [0] * len(tasks.steps)
    for before, task in (*edges, *((b, task) for task, many in enumerate(tasks.predecessors) for b in many)):
        behind[before].append(task)
        needs[task] += 1
    ready = [task for task, need in enumerate(needs) if not need]
    order = []
    while ready:
        task = heapq.heappop(ready)
        order.append(task)
        for other in behind[task]:
            needs[other] -= 1
            if not needs[other]:
                heapq.heappush(ready, other)
    return order if len(order) == len(tasks.steps) else None


def _renumbered(
    tasks: Network, edges: Sequence[tuple[int, int]], order: Sequence[int], number: dict[int, int]
) -> Network:
    """``tasks`` in ``order``, with the ``edges`` as further predecessors."""
    predecessors = [set(before) for before in tasks.predecessors]
    for before, task in edges:
        predecessors[task].add(before)
    return replace(
        tasks,
        steps=tuple(tasks.steps[task] for task in order),
        predecessors=tuple(tuple(sorted(number[before] for before in predecessors[task])) for task in order),
        allocates=tuple(tasks.allocates[task] for task in order),
        in_place=tuple(
            tuple((tuple(number[other] for other in others), size) for others, size in tasks.in_place[task])
            for task in order
        ),
        values=tuple(
            Value(
                number[value.producer] if value.producer >= 0 else -1,
                tuple(number[reader] for reader in value.readers),
                value.bytes,
                value.kept,
            )
            for value in tasks.values
        ),
    )
