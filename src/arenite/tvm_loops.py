"""What the fusion of loop nests asks of TVM's schedules and PrimFuncs. As tvm_compat, it holds for apache-tvm 0.27."""

from __future__ import annotations

import math
from typing import Any

from tvm_ffi import structural_map, structural_walk

from arenite.tvm_compat import OPAQUE, IRModule, s_tir, tirx, tvm, with_allocations

CALL_COST = 10
"""Work of a call of the mathematical library, in simple operations."""
INJECTIVE = 2
"""TVM's operator pattern for functions that compute each element from whatever elements of the inputs."""
SELECTIONS = ("prim.if_then_else", "prim.likely")
PACKED_CALLS = ("tirx.tvm_call_packed", "tirx.tvm_call_cpacked", "tirx.call_packed")


def is_loops(function: Any) -> bool:
    """Whether a function is a PrimFunc without calls of TVM's run-time library, so that ``loops_to_c`` can print it."""
    if not isinstance(function, tirx.PrimFunc):
        return False
    called: list[str] = []
    structural_walk(function.body, (tvm.ir.Call, lambda call: called.append(str(getattr(call.op, "name", "")))))
    return not any(name in PACKED_CALLS for name in called)


def allow_fusion(function: Any) -> Any:
    """The same function, which TVM fuses with others also where it reads at places that are values themselves, as
    Gather does; TVM takes these for functions of which it knows nothing."""
    if not is_loops(function) or int((function.attrs or {}).get("op_pattern", INJECTIVE)) != OPAQUE:
        return function
    try:
        schedule = s_tir.Schedule(function)
        blocks = [schedule.get(schedule.get_sblock(name)) for name in child_blocks(schedule)]
    except s_tir.ScheduleError:
        return function
    plain = len(blocks) == 1 and isinstance(blocks[0].body, tirx.BufferStore) and _is_spatial(blocks[0])
    return function.with_attr("op_pattern", INJECTIVE) if plain else function


def _is_spatial(block: Any) -> bool:
    return all(variable.iter_type == tirx.IterVar.DataPar for variable in block.iter_vars)


def serial(function: Any) -> Any:
    """The same function without parallel loops."""

    def one_by_one(loop: Any) -> Any:
        if loop.kind != tirx.ForKind.PARALLEL:
            return loop
        return tirx.For(loop.loop_var, loop.min, loop.extent, tirx.ForKind.SERIAL, loop.body)

    body = structural_map(function.body, (tirx.For, one_by_one))
    return tirx.PrimFunc(function.params, body, function.ret_type, function.attrs)


def child_blocks(schedule: Any) -> list[str]:
    """Names of the blocks below the root of the function ``main``, in order of execution."""
    root = schedule.get_sblock("root")
    return [str(schedule.get(block).name_hint) for block in schedule.get_child_blocks(root)]


def writes_temporary(schedule: Any, name: str) -> bool:
    """Whether the block writes nothing but what the function allocates itself."""
    allocated = list(schedule.get(schedule.get_sblock("root")).alloc_buffers)
    writes = [region.source for region in schedule.get(schedule.get_sblock(name)).writes]
    return bool(writes) and all(any(buffer.same_as(own) for own in allocated) for buffer in writes)


def only_moves(schedule: Any, name: str) -> bool:
    """Whether the block sums nothing up and calls no mathematics."""
    block = schedule.get(schedule.get_sblock(name))
    called: list[str] = []
    structural_walk(block.body, (tvm.ir.Call, lambda call: called.append(str(getattr(call.op, "name", "")))))
    return block.init is None and all(name in SELECTIONS for name in called)


def loop_cost(function: Any) -> float:
    """Work of a PrimFunc with static loops, in simple operations; infinite where an extent is unknown."""

    def cost(node: Any) -> float:
        if isinstance(node, tirx.For):
            return cost(node.body) * (int(node.extent) if isinstance(node.extent, tirx.IntImm) else math.inf)
        if isinstance(node, tirx.SeqStmt):
            return sum(cost(part) for part in node.seq)
        if isinstance(node, s_tir.SBlockRealize):
            return cost(node.block.body)
        if isinstance(node, tirx.IfThenElse):
            return cost(node.then_case) + (cost(node.else_case) if node.else_case is not None else 0)
        return float(_operations(node))

    return cost(function.body)


def _operations(node: Any) -> int:
    costs: list[int] = []
    structural_walk(
        node,
        (
            (tvm.ir.Call, lambda _: costs.append(CALL_COST)),
            (tvm.ir.Expr, lambda _: costs.append(1)),
        ),
    )
    return sum(costs)


def lower_temporaries(function: Any) -> Any:
    """The same function with every temporary as small as its use allows: arrays allocated at the root block, single
    numbers where they are used."""
    lowered = tvm.transform.Sequential(
        [
            s_tir.transform.CanonicalizeLoop(),
            s_tir.transform.LowerInitBlock(),
            s_tir.transform.PlanAndUpdateBufferAllocationLocation(),
            s_tir.transform.ConvertBlocksToOpaque(),
            s_tir.transform.CompactBufferAllocation(),
        ]
    )(IRModule({"main": function}))["main"]
    arrays: list[Any] = []

    def without_arrays(block: Any) -> Any:
        own = list(block.alloc_buffers)
        scalars = [buffer for buffer in own if _elements(buffer) == 1]
        if len(scalars) == len(own):
            return block
        arrays.extend(buffer for buffer in own if _elements(buffer) != 1)
        return with_allocations(block, scalars)

    realize = structural_map(lowered.body, (s_tir.SBlock, without_arrays))
    root = with_allocations(realize.block, [*realize.block.alloc_buffers, *arrays])
    body = s_tir.SBlockRealize(realize.iter_values, realize.predicate, root)
    return tirx.PrimFunc(lowered.params, body, lowered.ret_type, lowered.attrs)


def _elements(buffer: Any) -> int:
    return math.prod(int(extent) for extent in buffer.ty.shape)
