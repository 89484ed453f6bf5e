"""The order of calls in ``relay.build``: the lets of ``main`` after LowerTE, in the order that needs least RAM."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from arenite.allocate import allocate
from arenite.graph import Glue, Plan
from arenite.packing.items import round_up
from arenite.passes.relay.order.call_phases import LoweredGraph
from arenite.passes.relay.order.lowered_graph import let_chain, lowered_graph
from arenite.planner import packing_problem, plan_graph
from arenite.relay_compat import relay, tir
from arenite.schedule import peak_bytes, schedule
from arenite.validate import validate_plan, validate_schedule

Order = tuple[int, ...]


@dataclass(frozen=True)
class ScheduleReport:
    """What the order of calls is worth, in bytes of workspace.

    ``source_peak_bytes``, ``peak_bytes``: the largest sum of live bytes in TVM's order and in the one taken, each
    buffer as large as it is. ``source_bytes``, ``planned_bytes``: the smallest workspace found for them, rounded up to
    the alignment. ``lower_bound_bytes``: no order of the calls and no layout does with less. ``moved``: whether the
    order is another than TVM's.
    """

    source_peak_bytes: int
    peak_bytes: int
    source_bytes: int
    planned_bytes: int
    lower_bound_bytes: int
    moved: bool
    seconds: float

    @property
    def optimal(self) -> bool:
        return self.planned_bytes == self.lower_bound_bytes


def reorder(
    module: Any, *, workspace_io: bool, in_place: bool = False, timeout: float = 10.0
) -> tuple[Any, ScheduleReport]:
    """``main`` with its calls in the order that needs the smallest workspace, and what that is worth.

    ``main`` itself comes back where no order is better than its own. ``module`` is not changed.

    Args:
        module: right after the pass LowerTE.
        workspace_io: inputs and outputs are in the workspace (``tir.usmp.use_workspace_io``).
        in_place: the planner may write results over operands where ``in_place_kernels`` allows it.
        timeout: seconds; when they are over, the best order so far and a bound that still holds are taken.

    Raises:
        UnsupportedError: a branch, a closure or a size that is unknown at compile time.
    """
    began = time.monotonic()
    graph = lowered_graph(module, workspace_io=workspace_io, in_place="always possible" if in_place else "never")
    order, plans, bound = best_order(graph, timeout)
    if in_place:
        relaxed = lowered_graph(module, workspace_io=workspace_io, in_place="ever possible")
        if relaxed != graph:
            least = schedule(relaxed.phases, max(timeout - (time.monotonic() - began), 0.1)).lower_bound_bytes
            bound = min(bound, round_up(least, graph.alignment))
    source = tuple(range(len(order)))
    validate_schedule(graph.calls, order)
    main = module["main"]
    report = ScheduleReport(
        peak_bytes(graph.as_counted(source), graph.phase_order(source)),
        peak_bytes(graph.as_counted(order), graph.phase_order(order)),
        plans[source].arena_bytes,
        plans[order].arena_bytes,
        bound,
        order != source,
        time.monotonic() - began,
    )
    return (in_order(main, [graph.lets[call] for call in order]) if order != source else main), report


def best_order(graph: LoweredGraph, timeout: float) -> tuple[Order, dict[Order, Plan], int]:
    """An order of the calls, the layouts of all orders that were looked at, and what none can undercut.

    Phases are planned as if others could run between them, which gives the bound; then each call's are drawn together
    where the largest, the last or the first of them stood. Where that costs memory, the order in which a call is one
    piece from the start is tried as well.
    """
    deadline = time.monotonic() + timeout
    source = tuple(range(len(graph.calls.steps)))

    def share(part: float) -> float:
        return max(deadline - time.monotonic(), 0.0) * part

    plans = {source: _layout(graph, source, share(0.1))}
    loose = plan_graph(graph.phases, alignment=graph.alignment, timeout=share(0.6))
    bound = loose.lower_bound_bytes

    def try_orders(orders: Iterable[Order]) -> None:
        for order in orders:
            if order not in plans and min(plan.arena_bytes for plan in plans.values()) > bound:
                plans[order] = _layout(graph, order, share(0.3))

    try_orders(_drawn_together(graph, loose.order))
    if min(plan.arena_bytes for plan in plans.values()) > bound:
        try_orders([plan_graph(graph.calls, alignment=graph.alignment, timeout=share(0.7)).order])
    best = min(plans, key=lambda order: (plans[order].arena_bytes, order != source))
    return best, plans, min(bound, plans[best].arena_bytes)


def _drawn_together(graph: LoweredGraph, phase_order: Sequence[int]) -> Iterable[Order]:
    """Orders of calls in which each stands where one of its phases is in ``phase_order``."""
    place = {phase: position for position, phase in enumerate(phase_order)}
    buffers = graph.phases.buffers

    def largest(phases: Sequence[int]) -> int:
        def touched(phase: int) -> int:
            step = graph.phases.steps[phase]
            return sum(buffers[buffer].bytes for buffer in (*step.reads, *step.writes))

        return max(phases, key=touched)

    for choose in (largest, max, min):
        yield tuple(sorted(range(len(graph.phases_of)), key=lambda call: place[choose(graph.phases_of[call])]))


def _layout(graph: LoweredGraph, order: Order, timeout: float) -> Plan:
    """The smallest workspace for ``order``; a temporary of a function that is called twice has one offset in USMP."""
    problem = packing_problem(graph.as_counted(order), graph.phase_order(order), graph.alignment)
    problem = replace(problem, glued=tuple(Glue(tuple((buffer, 0) for buffer in group)) for group in graph.shared))
    plan = allocate(problem, timeout)
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    return plan


def in_order(main: Any, positions: Sequence[int]) -> Any:
    """``main`` with its calls, whose lets stand at ``positions``, in this order.

    Each other let goes right before the first that needs it, or to the end.
    """
    lets, body = let_chain(main)
    defined = {let.var: number for number, let in enumerate(lets)}
    needs = [[defined[name] for name in _names(let.value) if name in defined] for let in lets]
    placed: dict[int, None] = {}
    for wanted in (*positions, *range(len(lets))):
        pending = [wanted]
        while pending:
            missing = [number for number in needs[pending[-1]] if number not in placed]
            if missing:
                pending.append(missing[0])
            else:
                placed[pending.pop()] = None
    for number in reversed(placed):
        body = relay.expr.LetWithFields(lets[number], None, None, body, None, None)
    return relay.function.FunctionWithFields(main, None, body)


def _names(value: Any) -> list[Any]:
    """Variables in the value of a let, which in A-normal form is no let itself."""
    return [name for name in relay.analysis.free_vars(value) if not isinstance(name, tir.Var)]
