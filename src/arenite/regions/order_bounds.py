"""What every order of a graph needs of the slowest region: what lives while a step runs, in whatever order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd

from arenite.graph import Graph
from arenite.ordering.network import precedence
from arenite.ordering.precedence import Precedence, bits
from arenite.packing.items import granule, round_up
from arenite.regions.model import Region
from arenite.regions.spill_bound import spill


def spill_of_any_order(
    graph: Graph,
    regions: Sequence[Region],
    allowed: Sequence[tuple[int, ...]],
    capacities: Sequence[int | None],
    target: int,
) -> int:
    """Bytes of region ``target`` that every order and layout needs at least, if the regions may use no more than
    ``capacities``.

    While a step runs, a buffer lives in every order if the step or one before it writes it (or nobody does) and the
    step or one behind it reads it (or it is an output).
    """
    index = precedence(graph)
    producer = {buffer: number for number, step in enumerate(graph.steps) for buffer in step.writes}
    readers = [0] * len(graph.buffers)
    for number, step in enumerate(graph.steps):
        for buffer in step.reads:
            readers[buffer] |= 1 << number
    unit = granule(
        [buffer.alignment for buffer in graph.buffers if buffer.bytes], gcd(*(one.alignment for one in regions)) or 1
    )
    sizes = [round_up(buffer.bytes, unit) for buffer in graph.buffers]
    solid = [buffer for buffer, size in enumerate(sizes) if size]
    bound = 0
    for number, step in enumerate(graph.steps):
        here = 1 << number
        before, behind = index.ancestors[number] | here, index.descendants[number] | here
        live = [
            buffer
            for buffer in solid
            if (buffer not in producer or before >> producer[buffer] & 1)
            and (buffer in graph.outputs or readers[buffer] & behind or producer.get(buffer) == number)
        ]
        covered = {
            written
            for read, written in step.in_place
            if read not in graph.outputs and not readers[read] & index.descendants[number]
        }
        spilt = [
            spill([(sizes[buffer], allowed[buffer]) for buffer in live if buffer != written], capacities, target)
            for written in (covered or {-1})
        ]
        known = [one for one in spilt if one is not None]
        if known:
            bound = max(bound, min(known))
    return round_up(bound, regions[target].alignment)


def few_orders(graph: Graph, most: int) -> list[tuple[int, ...]] | None:
    """All orders of the steps, or None if there are more than ``most``."""
    found = []
    for order in _orders(precedence(graph)):
        found.append(order)
        if len(found) > most:
            return None
    return found


def _orders(index: Precedence) -> Iterator[tuple[int, ...]]:
    """Every order, by going through the choices at each position like an odometer."""
    order: list[int] = []
    pending = [list(bits(index.ready(0, index.steps)))]
    executed = 0
    while pending:
        if not pending[-1]:
            if len(order) == len(index.predecessors):
                yield tuple(order)
            pending.pop()
            if order:
                executed ^= 1 << order.pop()
            continue
        step = pending[-1].pop()
        order.append(step)
        executed |= 1 << step
        pending.append(list(bits(index.ready(executed, index.steps))))
