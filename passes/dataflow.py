"""A dataflow block of Relax as a Graph: what the passes order and split."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import accumulate
from typing import Any

from arenite.graph import Buffer, Glue, Graph, Step
from arenite.passes.bindings import (
    RESIDENT,
    Roots,
    is_alias,
    operator_name,
    rows_of,
    split_parameters,
    without_states,
)
from arenite.passes.in_place import Operand, in_place_roots
from arenite.tvm_compat import IRModule, dtype_bytes, dtype_name, relax, row_calls, tensor_bytes, tvm

CALLS = ("relax.call_tir", "relax.call_tir_inplace")


@dataclass(frozen=True)
class Dataflow:
    """A dataflow block as a Graph. ``step_bindings[i]`` is the binding of ``graph.steps[i]``; ``roots`` knows the
    buffers behind every variable."""

    graph: Graph
    step_bindings: tuple[Any, ...]
    alias_bindings: tuple[Any, ...]
    roots: Roots

    @classmethod
    def of(cls, block: Any, function: Any, module: IRModule) -> Dataflow | None:
        """Of a block of ``function``; None if it is to stay as it is."""
        roots = Roots()
        body, rows = function.body, rows_of(function)
        parameters, states = without_states(function)
        roots.define_states(states)
        glued: list[Glue] = []
        splits = split_parameters(parameters, block.bindings) if rows else {}
        cut = {binding.var for binding in splits.values()} if rows == RESIDENT else set()
        buffers: list[Buffer] = []
        steps: list[Step] = []
        step_bindings, alias_bindings = [], []
        inputs: list[int] = []
        working: list[int] = []
        accesses: list[tuple[set[int], set[int]]] = []

        def buffer(name: str, type_: Any) -> int | None:
            size = tensor_bytes(type_)
            if size is None:
                return None
            source = int(name[1:]) if re.fullmatch(r"t[0-9]+", name) else None
            buffers.append(Buffer(name, size, min(8, dtype_bytes(dtype_name(type_))), source))
            return len(buffers) - 1

        defined = {binding.var for binding in block.bindings}
        field_names = {
            (binding.value.tuple_value, binding.value.index): binding.var.name
            for binding in block.bindings
            if isinstance(binding, relax.VarBinding) and isinstance(binding.value, relax.TupleGetItem)
        }
        for outside in [*parameters, *_free_variables(block, defined, set(function.params))]:
            pieces = outside in splits and rows == RESIDENT
            fields = _tensor_fields(splits[outside].var.ty if pieces else outside.ty)
            indices = [buffer(outside.name, field) for field in fields]
            if None in indices:
                return None
            own = [index for index in indices if index is not None]
            inputs += own
            roots.define(outside, [own] if pieces else [[index] for index in own])
            if pieces:
                roots.define(splits[outside].var, [[index] for index in own])
                glued.append(side_by_side(own, buffers))
            elif outside in splits:
                buffers[own[0]] = replace(buffers[own[0]], bytes=0, caller_bytes=buffers[own[0]].bytes)
        for binding in block.bindings:
            if not isinstance(binding, relax.VarBinding) or not _movable(binding.value):
                return None
            if is_alias(binding.value, rows=bool(rows)):
                if binding.var not in cut:
                    roots.define(binding.var, roots.fields(binding.value))
                if operator_name(binding.value) == "relax.concat":
                    joined = [roots.of(field) for field in binding.value.args[0].fields]
                    glued.append(side_by_side([number for (number,) in joined], buffers))
                alias_bindings.append(binding)
                continue
            read = frozenset().union(*(roots.of(argument) for argument in binding.value.args))
            reads = sorted(root for root in read if root >= 0)
            fields = _tensor_fields(binding.var.ty)
            name = binding.var.name
            by_rows = bool(rows) and len(fields) > 1 and _computes_rows(binding.value, module)
            results: list[frozenset[int]] = []
            writes: list[int] = []
            overwritten: set[int] = set()
            for place, (field, changed) in enumerate(
                zip(fields, changed_arguments(binding.value, roots, len(fields)), strict=True)
            ):
                if changed is None:
                    own_name = field_names.get((binding.var, place), f"{name}.{place}") if len(fields) > 1 else name
                    new = buffer(own_name, field)
                    if new is None:
                        return None
                    writes.append(new)
                    if by_rows and (binding.var, place) not in field_names:
                        working.append(new)
                    changed = frozenset((new,))
                elif not rows and min(changed, default=0) >= 0:
                    return None
                overwritten |= {root for root in changed if root < 0}
                results.append(changed)
            roots.define(binding.var, results)
            in_place = _in_place(binding.value, module, roots, buffers, tuple(writes))
            accesses.append(({root for root in read if root < 0} - overwritten, overwritten))
            steps.append(Step(f"{binding.var.name}_{len(steps)}", tuple(reads), tuple(writes), in_place=in_place))
            step_bindings.append(binding)
        if working:
            glued.append(Glue(tuple((number, 0) for number in working)))
        outputs = frozenset(roots.of(body.body))
        for binding in block.bindings:
            if not isinstance(binding.var, relax.DataflowVar):
                outputs |= roots.of(binding.var)
        graph = Graph(
            "block",
            tuple(buffers),
            tuple(steps),
            tuple(inputs),
            tuple(sorted(output for output in outputs if output >= 0)),
            tuple(sorted({*(_ascending(step_bindings, module) if rows else ()), *_around_writes(accesses)})),
            glued=tuple(glued),
        )
        return cls(graph, tuple(step_bindings), tuple(alias_bindings), roots)

    def bindings_in(self, order: tuple[int, ...]) -> list[Any]:
        """All bindings, steps in the given order, each alias as soon as what it names is defined."""
        defined = {binding.var for binding in (*self.step_bindings, *self.alias_bindings)}
        needs = [_used(alias.value) & defined for alias in self.alias_bindings]
        missing = [len(used) for used in needs]
        waiting: dict[Any, list[int]] = {}
        for number, used in enumerate(needs):
            for variable in used:
                waiting.setdefault(variable, []).append(number)
        ready = [number for number, count in enumerate(missing) if not count]
        ordered: list[Any] = []

        def emit(binding: Any) -> None:
            ordered.append(binding)
            for number in waiting.get(binding.var, ()):
                missing[number] -= 1
                if not missing[number]:
                    heappush(ready, number)

        def emit_aliases() -> None:
            while ready:
                emit(self.alias_bindings[heappop(ready)])

        emit_aliases()
        for step in order:
            emit(self.step_bindings[step])
            emit_aliases()
        return ordered


def side_by_side(members: Sequence[int], buffers: Sequence[Buffer]) -> Glue:
    """Buffers one behind the other."""
    ends = accumulate(buffers[member].bytes for member in members)
    return Glue(tuple(zip(members, [0, *ends], strict=False)))


def changed_arguments(value: Any, roots: Roots, results: int) -> list[frozenset[int] | None]:
    """For each result of a call, the roots of the argument that the call changes and returns; None if it is new."""
    if operator_name(value) != "relax.call_tir_inplace":
        return [None] * results
    arguments = value.args[1].fields
    places = [int(place) for place in value.attrs.inplace_indices]
    return [roots.of(arguments[place]) if place >= 0 else None for place in places]


def _computes_rows(value: Any, module: IRModule) -> bool:
    return operator_name(value) in CALLS and row_calls(module[value.args[0]]) is not None


def _ascending(step_bindings: Sequence[Any], module: IRModule) -> Iterator[tuple[int, int]]:
    """Pairs of steps that compute neighbouring rows of one operator."""
    latest: dict[str, int] = {}
    for number, binding in enumerate(step_bindings):
        function = module[binding.value.args[0]] if operator_name(binding.value) in CALLS else None
        name = str((function.attrs or {}).get("arenite.step", "")) if function is not None else ""
        if name and name in latest:
            yield latest[name], number
        latest[name] = number


def _around_writes(accesses: Sequence[tuple[Collection[int], Collection[int]]]) -> Iterator[tuple[int, int]]:
    """Pairs of steps, the first of which has to run first, because one of them overwrites a state.

    Args:
        accesses: of each step, the states that it reads only and those that it overwrites.
    """
    writer: dict[int, int] = {}
    readers: dict[int, list[int]] = {}
    for number, (read, overwritten) in enumerate(accesses):
        for state in (*read, *overwritten):
            if state in writer:
                yield writer[state], number
        for state in read:
            readers.setdefault(state, []).append(number)
        for state in overwritten:
            yield from ((reader, number) for reader in readers.pop(state, ()))
            writer[state] = number


def _in_place(
    value: Any, module: IRModule, roots: Roots, buffers: Sequence[Buffer], writes: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """Pairs (read, written) of buffers for a call of a function in destination-passing style."""
    if not isinstance(value, tvm.ir.Call) or operator_name(value) != "relax.call_tir":
        return ()
    variable, arguments = value.args[:2]
    fields = list(arguments.fields) if isinstance(arguments, relax.Tuple) else []
    operands = [
        Operand.of(roots.of(field), field.ty, lambda root: buffers[root].bytes if root >= 0 else None)
        for field in fields
    ]
    operands += [Operand(frozenset((index,)), whole=True) for index in writes]
    return in_place_roots(module[variable], operands)


def _movable(value: Any) -> bool:
    """Whether what a binding reads and writes is all in its arguments and its result: local functions may capture
    tensors."""
    if not isinstance(value, tvm.ir.Call):
        return not isinstance(value, relax.Function)
    return not isinstance(value.op, relax.Var)


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
