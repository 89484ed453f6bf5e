"""The order of execution with the smallest peak of live bytes: exact, with a bound when time runs out.

A step that is comparable with every other one splits the graph: what has run before it is the same in every order. The
parts between such steps are ordered one by one. In each, cheap orders come first; a minimum cut at the step where the
best of them peaks often proves it already. Otherwise the exact search runs, and where it is cut short, the order by
divide and conquer remains.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from arenite.graph import Graph, Schedule
from arenite.ordering.downset_search import search
from arenite.ordering.flow import step_bound
from arenite.ordering.orders import Order, cut_order, greedy_orders, order_peak
from arenite.ordering.precedence import Precedence, bits, precedence

QUICK_STATES = 2_000
"""Downsets that the exact search may hold before the slower heuristics get their turn."""
MAX_STATES = 400_000
"""Downsets that it may hold at the end: a limit of memory, and one that does not depend on the machine's speed."""


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


@dataclass
class _Part:
    """The steps between two downsets that every order passes through, the best order known and its peak."""

    lower: int
    upper: int
    order: Order
    peak: int
    worst: int

    def offer(self, index: Precedence, order: Order) -> None:
        peak, worst = order_peak(index, self.lower, order)
        if peak < self.peak:
            self.order, self.peak, self.worst = order, peak, worst


def schedule(graph: Graph, timeout: float = 10.0) -> Schedule:
    """Order the steps of ``graph`` so that the peak of live bytes is as small as any order's.

    Args:
        timeout: seconds; when they are over, the best order so far and a bound that still holds are returned.
    """
    deadline = time.monotonic() + timeout
    if not graph.steps:
        peak = peak_bytes(graph, ())
        return Schedule((), peak, peak)
    index = precedence(graph)
    parts = [_start(index, lower, upper) for lower, upper in _split(index)]
    bound = 0
    for part in sorted(parts, key=lambda part: -part.peak):
        bound = max(bound, _improve(index, part, bound, deadline))
    order = tuple(step for part in parts for step in part.order)
    return Schedule(order, peak_bytes(graph, order), bound)


def _split(index: Precedence) -> list[tuple[int, int]]:
    """Pairs of downsets that every order passes through, one after the other, from nothing to all steps."""
    count = len(index.predecessors)
    forced = [
        step for step in range(count) if index.ancestors[step] | index.descendants[step] | 1 << step == index.steps
    ]
    marks = {0, index.steps}
    for step in forced:
        marks |= {index.ancestors[step], index.ancestors[step] | 1 << step}
    ascending = sorted(marks, key=int.bit_count)
    return list(pairwise(ascending))


def _start(index: Precedence, lower: int, upper: int) -> _Part:
    """The best of the cheap orders."""
    steps = upper & ~lower
    alone = not steps & (steps - 1)
    orders: list[Order] = [tuple(bits(steps))] if alone else list(greedy_orders(index, lower, upper))
    part = _Part(lower, upper, orders[0], *order_peak(index, lower, orders[0]))
    for order in orders[1:]:
        part.offer(index, order)
    return part


def _improve(index: Precedence, part: _Part, bound: int, deadline: float) -> int:
    """Lower ``part.peak`` as far as it matters beside ``bound``, and return the bound that this part proves.

    Peaks below ``bound`` are as good as ``bound``, for another part needs that much anyway.
    """
    if part.peak <= bound:
        return bound
    bound = max(bound, step_bound(index, part.worst))
    if part.peak <= bound:
        return bound
    bound = _raise_bound(index, part, bound, deadline)
    bound, done = _search(index, part, bound, deadline, QUICK_STATES)
    for largest, by_output in ((False, False), (True, False), (False, True), (True, True)):
        if done or part.peak <= bound or time.monotonic() > deadline:
            return bound
        order = cut_order(index, part.lower, part.upper, deadline, largest=largest, by_output=by_output)
        if order is not None:
            part.offer(index, order)
    states = QUICK_STATES
    while part.peak > bound and not done and states < MAX_STATES and time.monotonic() < deadline:
        states *= 4
        bound, done = _search(index, part, bound, deadline, states)
    return bound


def _raise_bound(index: Precedence, part: _Part, bound: int, deadline: float) -> int:
    """The largest bound of a step. One that a known order runs within ``bound`` cannot raise it."""
    executed = part.lower
    for step in part.order:
        if index.transient(executed, step) > bound and time.monotonic() < deadline:
            bound = max(bound, step_bound(index, step))
        executed |= 1 << step
    return bound


def _search(index: Precedence, part: _Part, bound: int, deadline: float, states: int) -> tuple[int, bool]:
    """Search from both ends with ``states`` downsets each; the bound reached, and whether the part is solved."""
    for backward in (False, True):
        result = search(
            index,
            part.lower,
            part.upper,
            budget=bound,
            ceiling=part.peak,
            deadline=deadline,
            states=states,
            backward=backward,
        )
        if result.order is not None:
            part.offer(index, result.order)
        bound = max(bound, result.bound)
        if result.exhaustive:
            return bound, True
    return bound, False
