"""PlanMemory: one arena, every tensor at an offset in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from arenite.allocate import allocate
from arenite.graph import Block, Glue, Plan, Problem
from arenite.packing.items import round_up
from arenite.passes.bindings import (
    ALLOCATIONS,
    RESIDENT,
    Roots,
    is_alias,
    operator_name,
    rows_of,
    split_parameters,
    without_states,
)
from arenite.passes.in_place import Operand, in_place_roots
from arenite.passes.memory_request import CALLER, PLACES_ATTRIBUTE, noted_places, read_regions
from arenite.passes.reorder_schedule import BOUND_ATTRIBUTE
from arenite.planner import base_alignment
from arenite.tvm_compat import (
    IRModule,
    accept_offsets,
    dtype_bytes,
    dtype_name,
    needs_base,
    relax,
    tensor_bytes,
    tirx,
    tvm,
)
from arenite.validate import validate_plan

INPUT_OFFSETS_ATTRIBUTE = "arenite.input_offsets"
ALIGNMENT_ATTRIBUTE = "arenite.alignment"
ARENA = "arena"
"""Name of the variable that is the storage of all tensors but those in the caller's memory."""


@tvm.transform.module_pass(opt_level=0, name="arenite.PlanMemory")
class PlanMemory:
    """Replace the allocations of straight-line functions by one storage and exact offsets into it.

    Stands where TVM's default pipeline has StaticPlanBlockMemory, behind CallTIRRewrite. The function's inputs get room
    in the arena too: the offsets stand in the attribute ``arenite.input_offsets``, and generated C uses them; TVM's
    virtual machine gets its inputs from the caller. States have memory of their own. Offsets that ReorderSchedule has
    noted are checked and taken.
    Functions with branches, with sizes that are unknown at compile time, with memory of other devices or with calls
    that take no tensor inside a storage stay as they are, for the passes behind; so do those that are planned already.

    Args:
        alignment: of the arena's base and size, in bytes; that of an element where it is larger.
        timeout: seconds for each function; when they are over, the best layout found so far is taken.
    """

    def __init__(self, alignment: int = 16, timeout: float = 10.0) -> None:
        self.alignment = alignment
        self.timeout = timeout

    def transform_module(self, module: IRModule, _context: Any) -> IRModule:
        changed, planned = IRModule(module.functions, module.attrs), False
        for variable, function in module.functions_items():
            if not isinstance(function, relax.Function) or not isinstance(function.body, relax.SeqExpr):
                continue
            if INPUT_OFFSETS_ATTRIBUTE in (function.attrs or {}):
                # Functions that it calls may be new: the virtual machine's pipeline makes some of what C does not need.
                planned = True
                continue
            lives = _Lives.of(function, module)
            if lives is not None:
                changed[variable] = self._plan(function, lives)
                planned = True
        if planned:
            for variable, function in module.functions_items():
                if isinstance(function, tirx.PrimFunc) and not needs_base(function):
                    changed[variable] = accept_offsets(function)
        return changed

    def _plan(self, function: Any, lives: _Lives) -> Any:
        alignment = base_alignment(self.alignment, lives.blocks)
        attributes = function.attrs or {}
        places = noted_places(attributes, len(lives.blocks))
        if places is None:
            problem = Problem(lives.blocks, lives.glued, alignment=alignment, in_place=lives.in_place)
            plan = allocate(problem, timeout=self.timeout)
            offsets: Sequence[int] = plan.offsets
        else:
            problem, plan = _noted_plan(lives, places, attributes, alignment)
            offsets = places
            function = function.without_attr(PLACES_ATTRIBUTE)
        validate_plan(problem, plan.offsets, plan.arena_bytes)
        planned = _place(function, lives, offsets, plan.arena_bytes)
        bound = int(attributes.get(BOUND_ATTRIBUTE, plan.lower_bound_bytes))
        if bound > plan.arena_bytes:  # passes since ReorderSchedule have fused steps: its bound is not of these
            bound = plan.lower_bound_bytes
        planned = planned.with_attr(BOUND_ATTRIBUTE, bound)
        inputs = [offsets[block] for block in lives.inputs]
        return planned.with_attr(INPUT_OFFSETS_ATTRIBUTE, inputs).with_attr(ALIGNMENT_ATTRIBUTE, problem.alignment)


@dataclass(frozen=True)
class View:
    """Bytes that another variable owns: of the parameter ``of``, from byte ``at`` on, or, if that is None, of the
    block ``block`` and those glued behind it."""

    of: Any
    at: int
    block: int


@dataclass(frozen=True)
class _Lives:
    """``blocks``: first the inputs or their rows, then the allocations. ``inputs``: the block with which each of the
    function's inputs begins. ``allocations``: variable -> index of its block. ``views``: variable that is some rows of
    an input or several rows as one -> the block with which it begins. ``unused``: variables that only such views need.
    ``glued`` and ``in_place``: as ``Problem`` has them."""

    blocks: tuple[Block, ...]
    inputs: tuple[int, ...]
    allocations: dict[Any, int]
    in_place: frozenset[tuple[int, int]]
    glued: tuple[Glue, ...]
    views: dict[Any, View]
    unused: frozenset[Any]

    @classmethod
    def of(cls, function: Any, module: IRModule) -> _Lives | None:
        """None if the function is to stay as it is."""
        roots = Roots()
        types: list[Any] = []
        names: list[str] = []
        rows = rows_of(function)
        bindings = [binding for block in function.body.blocks for binding in block.bindings]
        given, states = without_states(function)
        roots.define_states(states)
        splits = split_parameters(given, bindings) if rows else {}
        cut = {binding.var: parameter for parameter, binding in splits.items()}
        inputs: list[int] = []
        glued: list[Glue] = []
        views: dict[Any, View] = {}
        unused = set(cut)
        starts = {parameter: _row_starts(binding.var) for parameter, binding in splits.items()}
        for parameter in given:
            if not isinstance(parameter.ty, relax.TensorType):
                return None
            inputs.append(len(types))
            pieces = list(splits[parameter].var.ty.fields) if parameter in splits and rows == RESIDENT else []
            own = [[len(types) + place] for place in range(len(pieces) or 1)]
            roots.define(parameter, [[block for field in own for block in field]])
            if pieces:
                roots.define(splits[parameter].var, own)
                glued.append(_side_by_side([block for (block,) in own], pieces))
            types += pieces or [parameter.ty]
            names += [parameter.name] * len(own)
        input_blocks = len(types)
        allocations: dict[Any, int] = {}
        first = dict.fromkeys(range(input_blocks), 0)
        last = dict(first)
        step = 0
        candidates: list[tuple[int, int, int]] = []
        for binding in bindings:
            value, operator = binding.value, operator_name(binding.value)
            if isinstance(value, relax.If | relax.Function) or not isinstance(binding, relax.VarBinding):
                return None
            if isinstance(value, tvm.ir.Call) and not _plannable(value, module):
                return None
            if operator in ALLOCATIONS:
                allocations[binding.var] = len(types)
                roots.define(binding.var, [[len(types)]])
                types.append(binding.var.ty)
                names.append(binding.var.name)
                continue
            if binding.var not in cut or rows != RESIDENT:
                roots.define(binding.var, roots.fields(value))
            if is_alias(value, rows=bool(rows)):
                if isinstance(value, relax.TupleGetItem) and value.tuple_value in cut:
                    parameter = cut[value.tuple_value]
                    views[binding.var] = View(parameter, starts[parameter][value.index], -1)
                elif operator == "relax.concat" and rows:
                    joined = [next(iter(roots.of(piece))) for piece in value.args[0].fields]
                    glued.append(_side_by_side(joined, [piece.ty for piece in value.args[0].fields]))
                    views[binding.var] = View(None, 0, joined[0])
                continue
            for argument in value.args:
                for root in roots.of(argument):
                    first.setdefault(root, step)
                    last[root] = step
            candidates += [(step, *pair) for pair in _in_place(value, module, roots, types)]
            step += 1
        end = max(step - 1, 0)
        outputs = {root for root in roots.of(function.body.body) if root >= 0}
        for root in outputs:
            first.setdefault(root, end)
            last[root] = end
        blocks = []
        for index, (type_, name) in enumerate(zip(types, names, strict=True)):
            size = tensor_bytes(type_)
            if size is None:
                return None
            start = first.get(index, 0)
            alignment = min(8, dtype_bytes(dtype_name(type_)))
            blocks.append(Block(name, size, start, last.get(index, start), alignment))
        in_place = frozenset(
            (source, result)
            for at, source, result in candidates
            if source not in outputs and last[source] == at == first[result]
        )
        unused |= {split.value.args[0] for split in splits.values()} - set(function.params)
        return cls(
            tuple(blocks), tuple(inputs), allocations, in_place, tuple(glued), views, frozenset(unused)
        )  # fmt: skip


def _side_by_side(blocks: Sequence[int], types: Sequence[Any]) -> Glue:
    ends = accumulate(tensor_bytes(type_) or 0 for type_ in types)
    return Glue(tuple(zip(blocks, [0, *ends], strict=False)))


def _row_starts(together: Any) -> list[int]:
    """The byte at which each piece of a split tensor begins."""
    sizes = [tensor_bytes(type_) or 0 for type_ in together.ty.fields]
    return [0, *accumulate(sizes[:-1])]


def _in_place(value: Any, module: IRModule, roots: Roots, types: Sequence[Any]) -> tuple[tuple[int, int], ...]:
    """Pairs (read, written) of blocks for a call that writes into its last arguments."""
    if not isinstance(value, tvm.ir.Call) or not isinstance(value.op, tvm.ir.GlobalVar):
        return ()
    operands = [
        Operand.of(roots.of(argument), argument.ty, lambda root: tensor_bytes(types[root]) if root >= 0 else None)
        for argument in value.args
    ]
    return in_place_roots(module[value.op], operands)


def _plannable(call: Any, module: IRModule) -> bool:
    if isinstance(call.op, tvm.ir.GlobalVar):
        callee = module[call.op]
        return not (isinstance(callee, tirx.PrimFunc) and needs_base(callee))
    if operator_name(call) in ALLOCATIONS:
        _, _, device, scope = call.args
        return int(device.value) == 0 and str(scope.value) == "global"
    return operator_name(call) != "relax.memory.alloc_storage"


def _noted_plan(
    lives: _Lives, places: Sequence[int], attributes: Mapping[str, Any], alignment: int
) -> tuple[Problem, Plan]:
    """The plan that ReorderSchedule has noted; tensors in the caller's memory have no bytes in it."""
    blocks = tuple(
        replace(block, bytes=0) if place == CALLER else block
        for block, place in zip(lives.blocks, places, strict=True)
    )  # fmt: skip
    elsewhere = {index for index, place in enumerate(places) if place == CALLER}
    in_place = frozenset(pair for pair in lives.in_place if elsewhere.isdisjoint(pair))
    offsets = tuple(max(place, 0) for place in places)
    regions = read_regions(attributes)
    ends = [round_up(place + block.bytes, alignment) for place, block in zip(offsets, blocks, strict=True)]
    arena_bytes = regions[-1].start + regions[-1].used_bytes if regions else max(ends, default=0)
    problem = Problem(blocks, lives.glued, alignment=alignment, in_place=in_place)
    return problem, Plan(offsets, arena_bytes, arena_bytes)


def _place(function: Any, lives: _Lives, offsets: Sequence[int], arena_bytes: int) -> Any:
    """Tensors that lie in the caller's memory get a storage each."""
    if not lives.allocations:
        return function
    builder = relax.BlockBuilder()
    storages: list[Any] = []

    def storage(name: str, size: int) -> Any:
        shape = relax.ShapeExpr([size])
        allocation = builder.normalize(relax.op.memory.alloc_storage(shape, 0, "global", "uint8"))
        storages.append(relax.VarBinding(relax.Var(name, allocation.ty), allocation))
        return storages[-1].var

    shared = any(offsets[index] != CALLER for index in lives.allocations.values())
    arena = storage(ARENA, arena_bytes) if shared else None
    blocks = []
    for block in function.body.blocks:
        bindings = []
        for binding in block.bindings:
            index, view = lives.allocations.get(binding.var), lives.views.get(binding.var)
            if binding.var in lives.unused:
                continue
            if view is not None and view.of is not None:
                type_ = binding.var.ty
                rows = relax.op.memory.view(view.of, type_.shape, dtype_name(type_), view.at)
                bindings.append(relax.VarBinding(binding.var, builder.normalize(rows)))
                continue
            index = view.block if view is not None else index
            if index is None:
                bindings.append(binding)
                continue
            type_, offset = binding.var.ty, offsets[index]
            if offset == CALLER:
                memory, offset = storage(f"caller_{len(storages)}", lives.blocks[index].bytes), 0
            else:
                memory = arena
            tensor = relax.op.memory.alloc_tensor(memory, offset, type_.shape, dtype_name(type_))
            bindings.append(relax.VarBinding(binding.var, builder.normalize(tensor)))
        kind = type(block)
        blocks.append(kind(bindings))
    body = relax.SeqExpr([relax.BindingBlock(storages), *blocks], function.body.body)
    return relax.Function(function.params, body, function.ret_ty, function.is_pure, function.attrs)
