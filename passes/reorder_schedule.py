"""ReorderSchedule: put the bindings of each dataflow block into the order that needs the least memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from arenite.errors import AreniteError
from arenite.graph import ArenaPlan, Buffer, Graph, Step
from arenite.passes.bindings import Roots, is_alias, operator_name
from arenite.passes.in_place import Operand, in_place_roots
from arenite.passes.memory_request import MemoryRequest
from arenite.planner import base_alignment, plan_graph
from arenite.tvm_compat import IRModule, dtype_bytes, dtype_name, relax, tensor_bytes, tvm
from arenite.validate import validate_schedule

BOUND_ATTRIBUTE = "arenite.lower_bound_bytes"
SOURCE_ORDER_ATTRIBUTE = "arenite.source_order_bytes"


@tvm.transform.module_pass(opt_level=0, name="arenite.ReorderSchedule")
class ReorderSchedule:
    """Among all topological orders of a dataflow block, one whose packed arena is smallest.

    Every call is a step, its results are buffers; reshapes and tuple fields are names, not copies. Blocks with
    shapes that are unknown at compile time, with local functions or with calls that overwrite their arguments, and
    code outside dataflow blocks, stay as they are. A function whose only block was ordered gets
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
            dataflow = _Dataflow.of(block, function.params, body, module) if is_dataflow else None
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


@dataclass(frozen=True)
class _Dataflow:
    """A dataflow block as a Graph. ``step_bindings[i]`` is the binding of ``graph.steps[i]``."""

    graph: Graph
    step_bindings: tuple[Any, ...]
    alias_bindings: tuple[Any, ...]

    @classmethod
    def of(cls, block: Any, parameters: Any, body: Any, module: IRModule) -> _Dataflow | None:
        """None if the block is to stay as it is."""
        roots = Roots()
        buffers: list[Buffer] = []
        steps: list[Step] = []
        step_bindings, alias_bindings = [], []
        inputs: list[int] = []

        def buffer(name: str, type_: Any) -> int | None:
            size = tensor_bytes(type_)
            if size is None:
                return None
            source = int(name[1:]) if re.fullmatch(r"t[0-9]+", name) else None
            buffers.append(Buffer(name, size, min(8, dtype_bytes(dtype_name(type_))), source))
            return len(buffers) - 1

        defined = {binding.var for binding in block.bindings}
        for outside in [*parameters, *_free_variables(block, defined, set(parameters))]:
            fields = _tensor_fields(outside.ty)
            indices = [buffer(outside.name, field) for field in fields]
            if None in indices:
                return None
            inputs += [index for index in indices if index is not None]
            roots.define(outside, [[index] for index in indices if index is not None])
        for binding in block.bindings:
            if not isinstance(binding, relax.VarBinding) or not _movable(binding.value):
                return None
            if is_alias(binding.value):
                roots.define(binding.var, roots.fields(binding.value))
                alias_bindings.append(binding)
                continue
            reads = sorted(frozenset().union(*(roots.of(argument) for argument in binding.value.args)))
            fields = _tensor_fields(binding.var.ty)
            name = binding.var.name
            written = [buffer(f"{name}.{i}" if len(fields) > 1 else name, field) for i, field in enumerate(fields)]
            if None in written:
                return None
            writes = tuple(index for index in written if index is not None)
            roots.define(binding.var, [[index] for index in writes])
            in_place = _in_place(binding.value, module, roots, buffers, writes)
            steps.append(Step(f"{binding.var.name}_{len(steps)}", tuple(reads), writes, in_place=in_place))
            step_bindings.append(binding)
        outputs = frozenset(roots.of(body.body))
        for binding in block.bindings:
            if not isinstance(binding.var, relax.DataflowVar):
                outputs |= roots.of(binding.var)
        graph = Graph("block", tuple(buffers), tuple(steps), tuple(inputs), tuple(sorted(outputs)))
        return cls(graph, tuple(step_bindings), tuple(alias_bindings))

    def bindings_in(self, order: tuple[int, ...]) -> list[Any]:
        """All bindings, steps in the given order, each alias as soon as what it names is defined."""
        waiting = {binding.var for binding in (*self.step_bindings, *self.alias_bindings)}
        aliases = list(self.alias_bindings)
        ordered: list[Any] = []

        def emit(binding: Any) -> None:
            ordered.append(binding)
            waiting.discard(binding.var)
            for alias in list(aliases):
                if alias in aliases and not waiting & _used(alias.value):
                    aliases.remove(alias)
                    emit(alias)

        for alias in list(aliases):
            if alias in aliases and not waiting & _used(alias.value):
                aliases.remove(alias)
                emit(alias)
        for step in order:
            emit(self.step_bindings[step])
        return ordered


def _in_place(
    value: Any, module: IRModule, roots: Roots, buffers: Sequence[Buffer], writes: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """Pairs (read, written) of buffers for a call of a function in destination-passing style."""
    if not isinstance(value, tvm.ir.Call) or operator_name(value) != "relax.call_tir":
        return ()
    variable, arguments = value.args[:2]
    fields = list(arguments.fields) if isinstance(arguments, relax.Tuple) else []
    operands = [Operand.of(roots.of(field), field.ty, lambda root: buffers[root].bytes) for field in fields]
    operands += [Operand(frozenset((index,)), whole=True) for index in writes]
    return in_place_roots(module[variable], operands)


def _movable(value: Any) -> bool:
    """Whether what a binding reads and writes is all in its arguments and its result.

    It is not for local functions, which may capture tensors, nor for calls that write into their arguments: other
    readers of these would have to come first.
    """
    if isinstance(value, relax.Function):
        return False
    if not isinstance(value, tvm.ir.Call):
        return True
    return not isinstance(value.op, relax.Var) and operator_name(value) != "relax.call_tir_inplace"


def _tensor_fields(type_: Any) -> list[Any]:
    return list(type_.fields) if isinstance(type_, relax.TupleType) else [type_]


def _used(expr: Any) -> set[Any]:
    return set(relax.analysis.free_vars(expr))


def _free_variables(block: Any, defined: set[Any], known: set[Any]) -> list[Any]:
    """Tensors that a block takes from earlier blocks, in order of first use."""
    seen: dict[Any, None] = {}
    for binding in block.bindings:
        for variable in relax.analysis.free_vars(binding.value):
            if variable not in defined and variable not in known and isinstance(variable, relax.Var):
                seen.setdefault(variable)
    return list(seen)
