"""Good orders for the subgraphs of a TFLM model: the arena's planner, on TFLM's terms."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from arenite.graph import Buffer, Graph, Step
from arenite.planner import plan_graph
from arenite.schedule import schedule
from arenite.tflm.arena import ALIGNMENT, UNUSED, TflmSubgraph, requirements, source_orders

Order = tuple[int, ...]


@dataclass(frozen=True)
class Ordered:
    """One subgraph: its best order, the bytes of an arena for that, and a bound for every order and every layout."""

    order: Order
    arena_bytes: int
    lower_bound_bytes: int


def order_subgraphs(subgraphs: Sequence[TflmSubgraph], timeout: float) -> list[Ordered]:
    """The best order of each subgraph by itself, given those of what it calls.

    Subgraphs must not call each other in a circle. ``timeout`` is in seconds; when they are over, the best orders so
    far and bounds that still hold are returned.
    """
    deadline = time.monotonic() + timeout
    found: dict[int, Ordered] = {}
    waiting = _callees_first(subgraphs)
    for position, number in enumerate(waiting):
        share = max(deadline - time.monotonic(), 0.0) / (len(waiting) - position)
        found[number] = _order(subgraphs[number], found, share)
    return [found[number] for number in range(len(subgraphs))]


def lower_bound(subgraphs: Sequence[TflmSubgraph], ordered: Sequence[Ordered]) -> int:
    """Bytes that no orders and no layout can undercut: the main subgraph's bound, or what TFLM sets aside for tensors
    that nothing touches."""
    unused = sum(one.bytes for one in requirements(subgraphs, source_orders(subgraphs)) if one.last == UNUSED)
    return max(ordered[0].lower_bound_bytes, unused)


def to_graph(subgraph: TflmSubgraph, call_bytes: Sequence[int]) -> Graph:
    """The subgraph for the planner. Step 0 stands for the call, which brings the inputs; step i + 1 is operator i.

    ``call_bytes[i]``: what the subgraphs that operator i calls need while it runs.
    """
    buffers: list[Buffer] = []
    place: dict[int, int] = {}

    def add(name: str, size: int) -> int:
        buffers.append(Buffer(name, size, ALIGNMENT))
        return len(buffers) - 1

    def tensors(indices: Sequence[int]) -> list[int]:
        wanted = dict.fromkeys(index for index in indices if index >= 0 and index not in subgraph.variables)
        return [index for index in wanted if subgraph.sizes[index]]

    def write(indices: Sequence[int]) -> tuple[int, ...]:
        for index in tensors(indices):
            place.setdefault(index, add(f"t{index}", subgraph.sizes[index]))
        return tuple(place[index] for index in tensors(indices))

    steps = [Step("call", (), write(subgraph.inputs))]
    for number, operator in enumerate(subgraph.operators):
        scratch = [size for size in (*operator.scratch, call_bytes[number]) if size]
        extra = tuple(add(f"scratch_{number}", size) for size in scratch)
        reads = tuple(place[index] for index in tensors(operator.reads))
        steps.append(Step(operator.name, reads, write(operator.writes) + extra))
    first = tuple((0, number + 1) for number in range(len(subgraph.operators)))
    return Graph(
        name=subgraph.name,
        buffers=tuple(buffers),
        steps=tuple(steps),
        inputs=(),
        outputs=tuple(place[index] for index in tensors(subgraph.outputs)),
        after=first + tuple((a + 1, b + 1) for a, b in subgraph.after),
    )


def _order(subgraph: TflmSubgraph, callees: dict[int, Ordered], timeout: float) -> Ordered:
    needs = [max((callees[called].arena_bytes for called in one.calls), default=0) for one in subgraph.operators]
    bounds = [max((callees[called].lower_bound_bytes for called in one.calls), default=0) for one in subgraph.operators]
    plan = plan_graph(to_graph(subgraph, needs), alignment=ALIGNMENT, timeout=timeout * (0.7 if any(needs) else 1.0))
    bound = plan.lower_bound_bytes
    if any(needs):
        # What a call needs is scattered over the arena, not one block: only sums of bytes prove anything.
        bound = schedule(to_graph(subgraph, bounds), timeout * 0.3).lower_bound_bytes
    return Ordered(_operators(plan.order), plan.arena_bytes, bound)


def _operators(order: Sequence[int]) -> Order:
    return tuple(step - 1 for step in order if step)


def _callees_first(subgraphs: Sequence[TflmSubgraph]) -> list[int]:
    done: dict[int, None] = {}

    def visit(number: int) -> None:
        if number not in done:
            for operator in subgraphs[number].operators:
                for called in operator.calls:
                    visit(called)
            done[number] = None

    for number in range(len(subgraphs)):
        visit(number)
    return list(done)
