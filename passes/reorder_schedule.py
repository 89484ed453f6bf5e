"""ReorderSchedule: put the bindings of each dataflow block into the order that needs the least memory."""

from __future__ import annotations

from typing import Any, Literal

from arenite.errors import AreniteError
from arenite.graph import ArenaPlan
from arenite.passes.dataflow import Dataflow
from arenite.passes.memory_request import MemoryRequest
from arenite.planner import base_alignment, plan_graph
from arenite.tvm_compat import IRModule, relax, tvm
from arenite.validate import validate_schedule

BOUND_ATTRIBUTE = "arenite.lower_bound_bytes"
SOURCE_ORDER_ATTRIBUTE = "arenite.source_order_bytes"


@tvm.transform.module_pass(opt_level=0, name="arenite.ReorderSchedule")
class ReorderSchedule:
    """Among all topological orders of a dataflow block, one whose packed arena is smallest.

    Every call is a step, its results are buffers; reshapes and tuple fields are names, not copies. Blocks with
    shapes that are unknown at compile time, with local functions or with calls that overwrite arguments other than
    states, and code outside dataflow blocks, stay as they are. A function whose only block was ordered gets
    ``arenite.lower_bound_bytes`` (no order and no layout does with less) and ``arenite.source_order_bytes`` as
    attributes.

    Args:
        order: "best", or "source" to keep the order and only take the bound.
        timeout: seconds for each block; when they are over, the best order found so far is taken.
        alignment: of the arena in bytes, which both attributes are rounded up to; that of PlanMemory.
        request: what is asked of the memory of ``main``, which then must be one dataflow block; the offsets are noted
            for PlanMemory.
    """

    def __init__(
        self,
        order: Literal["best", "source"] = "best",
        timeout: float = 10.0,
        alignment: int = 16,
        request: MemoryRequest | None = None,
    ) -> None:
        self.order = order
        self.timeout = timeout
        self.alignment = alignment
        self.request = request

    def transform_module(self, module: IRModule, _context: Any) -> IRModule:
        changed = IRModule(module.functions, module.attrs)
        for variable, function in module.functions_items():
            if isinstance(function, relax.Function) and isinstance(function.body, relax.SeqExpr):
                request = self.request if variable.name_hint == "main" else None
                changed[variable] = self._reorder(function, module, request)
        return changed

    def _reorder(self, function: Any, module: IRModule, request: MemoryRequest | None) -> Any:
        body, plans, blocks = function.body, [], []
        for block in body.blocks:
            is_dataflow = isinstance(block, relax.DataflowBlock)
            dataflow = Dataflow.of(block, function, module) if is_dataflow else None
            if dataflow is None:
                blocks.append(block)
                continue
            graph = dataflow.graph
            alignment = base_alignment(self.alignment, graph.buffers)
            solve = plan_graph if request is None else request.plan
            plan = solve(graph, order=self.order, alignment=alignment, timeout=self.timeout)
            validate_schedule(graph, plan.order)
            plans.append(plan)
            blocks.append(relax.DataflowBlock(dataflow.bindings_in(plan.order)))
        if request is not None and not len(plans) == len(blocks) == 1:
            raise AreniteError(
                "memory regions, and inputs and outputs outside of the arena, need a main that is one dataflow block",
                remedy="use straight-line code with static shapes",
            )
        if not plans:
            return function
        ordered = relax.Function(
            function.params, relax.SeqExpr(blocks, body.body), function.ret_ty, function.is_pure, function.attrs
        )
        if request is not None:
            alignment = base_alignment(self.alignment, plans[0].graph.buffers)
            ordered = ordered.with_attrs(request.attributes(plans[0], alignment))
        return _note_bounds(ordered, plans) if len(blocks) == 1 else ordered


def _note_bounds(function: Any, plans: list[ArenaPlan]) -> Any:
    (plan,) = plans
    return function.with_attr(BOUND_ATTRIBUTE, plan.lower_bound_bytes).with_attr(
        SOURCE_ORDER_ATTRIBUTE, plan.source_order_bytes
    )
