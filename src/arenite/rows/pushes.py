"""When rows come that the caller hands in."""

from __future__ import annotations

from collections.abc import Sequence

from arenite.graph import Step
from arenite.rows.row_graph import RowGraph, Unit


def eager_order(
    steps: Sequence[Step], after: Sequence[tuple[int, int]], units: Sequence[Unit], eager: frozenset[int]
) -> tuple[list[int], list[tuple[int, int]]]:
    """An order in which each step stands behind the last push that it needs, directly or not, and before the next; and
    ``after`` with what makes every order do so for the units of the operators ``eager``. What needs no push may stand
    before the first. Without pushes, nothing changes."""
    numbers = list(range(len(steps)))
    pushed = [number for number in numbers if units[number].pushed]
    if not pushed:
        return numbers, list(after)
    before: list[list[int]] = [[] for _ in steps]
    for first, second in after:
        before[second].append(first)
    writer = {buffer: number for number in numbers for buffer in steps[number].writes}
    stage = [0] * len(steps)
    feeding: set[int] = set()
    for place, number in enumerate(pushed):
        stage[number] = place
    for number in numbers:
        if units[number].pushed:
            continue
        needed = [*before[number], *(writer[read] for read in steps[number].reads if read in writer)]
        stage[number] = max((stage[other] for other in needed), default=0)
        if units[number].step in eager:
            feeding.update(other for other in needed if stage[other] == stage[number])
    bounds = [
        (number, pushed[stage[number] + 1])
        for number in numbers
        if units[number].step in eager and number not in feeding and stage[number] + 1 < len(pushed)
    ]
    return sorted(numbers, key=lambda number: (stage[number], not units[number].pushed, number)), [*after, *bounds]


def late_pushes(rows: RowGraph, order: Sequence[int]) -> tuple[int, ...]:
    """``order`` with each row handed in just before the first step that needs it, so that as much as possible runs
    before. No step then meets more live bytes than one did: a row is not there while steps run that do without it.
    Rows behind the last that somebody needs come where they came: later there may be less room for them."""
    graph = rows.graph
    pushes = [step for step in order if rows.units[step].pushed]
    writer = {buffer: place for place, step in enumerate(pushes) for buffer in graph.steps[step].writes}
    last = max((writer[read] + 1 for step in graph.steps for read in step.reads if read in writer), default=0)
    moved: list[int] = []
    handed = came = 0
    for step in order:
        pushed = rows.units[step].pushed
        came += pushed
        reads = graph.steps[step].reads
        needed = max((writer[read] + 1 for read in reads if read in writer), default=came if came > last else 0)
        moved += pushes[handed:needed]
        handed = max(handed, needed)
        moved += [] if pushed else [step]
    return tuple(moved)
