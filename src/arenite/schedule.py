"""The order of execution with the smallest peak of live bytes: exact, with a bound when time runs out.

A step that is comparable with every other one splits the graph: what has run before it is the same in every order. The
parts between such steps are ordered one by one, the one with the highest peak first: what it needs, the others may.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from arenite.graph import Graph, Schedule
from arenite.ordering.cut_search import NO_LIMITS, Limits
from arenite.ordering.network import network, serial_cuts, serial_parts
from arenite.ordering.orders import Order
from arenite.ordering.solve import Part, improve, survey

MOST_WORK = 300_000
"""Of an order of rows (see ``CutSolver.work``): some seconds."""


def live_ranges(graph: Graph, order: Order) -> list[tuple[int, int]]:
    """Closed range of steps (positions in ``order``) in which each buffer is live.

    Inputs from 0, outputs until the last step; a buffer that nobody reads, only while its step runs (an input: step 0).
    Without any steps, everything is live in (0, 0).
    """
    end = max(len(order) - 1, 0)
    first = [0] * len(graph.buffers)
    last = [0] * len(graph.buffers)
    for position, step in enumerate(order):
        for buffer in graph.steps[step].writes:
            first[buffer] = position
            last[buffer] = max(last[buffer], position)
        for buffer in graph.steps[step].reads:
            last[buffer] = position
    for buffer in graph.outputs:
        last[buffer] = end
    return list(zip(first, last, strict=True))


def in_place_pairs(graph: Graph, order: Order, ranges: Sequence[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Pairs (read, written) of buffers of which the one may be written over the other under ``order``.

    ``ranges``: what ``live_ranges`` returns for it.
    """
    outputs = frozenset(graph.outputs)
    return frozenset(
        (read, written)
        for position, step in enumerate(order)
        for read, written in graph.steps[step].in_place
        if ranges[read][1] == position and read not in outputs
    )


def peak_bytes(graph: Graph, order: Order) -> int:
    """The largest sum of live bytes over the steps of ``order``, less what each can write in place."""
    change = [0] * (len(order) + 2)
    ranges = live_ranges(graph, order)
    for buffer, (first, last) in zip(graph.buffers, ranges, strict=True):
        change[first] += buffer.bytes
        change[last + 1] -= buffer.bytes
    saved = [0] * (len(order) + 2)
    for _, written in in_place_pairs(graph, order, ranges):
        first = ranges[written][0]
        saved[first] = max(saved[first], graph.buffers[written].bytes)
    peak = live = 0
    for difference, less in zip(change, saved, strict=True):
        live += difference
        peak = max(peak, live - less)
    return peak


def row_operators(graph: Graph) -> list[int]:
    """For each step the first one of the operator that it is a row of: a chain of steps in ``graph.after``, in
    ascending order, each with no other step right before or behind. For most steps, itself."""
    before: list[list[int]] = [[] for _ in graph.steps]
    behind = [0] * len(graph.steps)
    for first, second in graph.after:
        before[second].append(first)
        behind[first] += 1
    operators = list(range(len(graph.steps)))
    for step, others in enumerate(before):
        if len(others) == 1 and others[0] < step and behind[others[0]] == 1:
            operators[step] = operators[others[0]]
    return operators


def _numbered(operators: Sequence[int]) -> tuple[int, ...]:
    """The same groups, numbered from 0."""
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(operator, len(numbers)) for operator in operators)


def schedule(graph: Graph, timeout: float = 10.0, *, enough: int | None = None, work: int = MOST_WORK) -> Schedule:
    """Order the steps of ``graph`` so that the peak of live bytes is as small as any order's.

    Args:
        timeout: seconds; when they are over, the best order so far and a bound that still holds are returned.
        enough: a peak of this many bytes is low enough: the search ends with an order that has it, or with a bound
            above it, which proves that there is none. A bound that does not is 0.
        work: how much the search for an order of rows may do (see ``CutSolver.work``): it ends there, on any machine.
    """
    deadline = time.monotonic() + timeout
    if not graph.steps:
        peak = peak_bytes(graph, ())
        return Schedule((), peak, peak)
    tasks = network(graph)
    if enough is None and len(serial_cuts(tasks)) > len(graph.steps):
        # There is one order.
        source = tuple(range(len(graph.steps)))
        peak = peak_bytes(graph, source)
        return Schedule(source, peak, peak)
    operators = row_operators(graph)
    limits = NO_LIMITS if enough is None else Limits(enough)
    limits = replace(limits, work=work)
    parts = [Part(part, _numbered([operators[step] for (step,) in part.steps]), limits) for part in serial_parts(tasks)]
    bound = wanted = enough or 0
    for stage in (survey, improve):
        for part in sorted(parts, key=lambda part: -part.peak):
            if bound <= limits.enough:
                bound = max(bound, stage(part, bound, deadline))
    order = tuple(step for part in parts for step in part.steps)
    return Schedule(order, peak_bytes(graph, order), bound if bound > wanted or enough is None else 0)
