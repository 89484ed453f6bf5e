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


class AnyOrder:
    """What lives while a step runs, in every order of ``graph``, aligned as ``regions`` demand.

    A buffer does if the step or one before it writes it (or nobody does) and the step or one behind it reads it (or it
    is an output).
    """

    def __init__(self, graph: Graph, regions: Sequence[Region], allowed: Sequence[tuple[int, ...]]) -> None:
        self.graph = graph
        self.regions = regions
        self.allowed = allowed
        unit = granule(
            [buffer.alignment for buffer in graph.buffers if buffer.bytes],
            gcd(*(one.alignment for one in regions)) or 1,
        )
        self.sizes = [round_up(buffer.bytes, unit) for buffer in graph.buffers]
        index = precedence(graph)
        producer = {buffer: number for number, step in enumerate(graph.steps) for buffer in step.writes}
        needed = [index.steps if buffer in graph.outputs else 0 for buffer in range(len(graph.buffers))]
        read_by = [0] * len(graph.buffers)
        for number, step in enumerate(graph.steps):
            for buffer in step.reads:
                needed[buffer] |= index.ancestors[number] | 1 << number
                read_by[buffer] |= 1 << number
        self.live: list[list[int]] = [[] for _ in graph.steps]
        for buffer, size in enumerate(self.sizes):
            mask = needed[buffer]
            if buffer in producer:
                mask = mask & index.descendants[producer[buffer]] | 1 << producer[buffer]
            for number in bits(mask if size else 0):
                self.live[number].append(buffer)
        self.covered = [
            {
                written
                for read, written in step.in_place
                if read not in graph.outputs and not read_by[read] & index.descendants[number]
            }
            for number, step in enumerate(graph.steps)
        ]

    def spill(self, capacities: Sequence[int | None], target: int) -> int:
        """Bytes of region ``target`` that every order and layout needs at least, if the regions may use no more than
        ``capacities``."""
        bound = 0
        for live, covered in zip(self.live, self.covered, strict=True):
            if bound and sum(self.sizes[buffer] for buffer in live) <= bound:
                continue
            spilt = [
                spill(
                    [(self.sizes[buffer], self.allowed[buffer]) for buffer in live if buffer != written],
                    capacities,
                    target,
                )
                for written in (covered or {-1})
            ]
            known = [one for one in spilt if one is not None]
            if known:
                bound = max(bound, min(known))
        return round_up(bound, self.regions[target].alignment)


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
    ready = [index.ready(0, index.steps)]
    pending = [list(bits(ready[0]))]
    executed = 0
    while pending:
        if not pending[-1]:
            if len(order) == len(index.predecessors):
                yield tuple(order)
            pending.pop()
            ready.pop()
            if order:
                executed ^= 1 << order.pop()
            continue
        step = pending[-1].pop()
        order.append(step)
        executed |= 1 << step
        ready.append(ready[-1] & ~(1 << step) | index.released(executed, step))
        pending.append(list(bits(ready[-1])))
