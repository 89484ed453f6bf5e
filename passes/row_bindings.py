"""The bindings of a row graph: calls of row functions on rows, built from the calls of operators that they replace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from arenite.codegen.kernels.row_calls import Pointer, RowCall, calls_to_text
from arenite.passes.bindings import operator_name
from arenite.passes.dataflow import Dataflow
from arenite.passes.in_place import IN_PLACE_ATTRIBUTE
from arenite.passes.row_functions import KernelUse, RowPointer, output_row, pushed_row, taken_rows
from arenite.rows.forms import RowForm
from arenite.rows.row_graph import RowGraph, Unit
from arenite.tvm_compat import IRModule, Parameter, constant, dtype_bytes, dtype_name, relax, row_function, tensor_type

SUMS_DTYPE = "int32"
UNUSED = np.zeros(1, np.int32)
"""A further argument of what brings rows to the arena: see ``pushed_row``."""
STEP_ATTRIBUTE = "arenite.step"


class RowBindings:
    """Builds the module in which each step of ``rows`` is a call.

    Args:
        function: ``main`` of ``module``, whose only block ``dataflow`` is; all its steps are ``call_tir``.
        uses: the kernels of each step of the dataflow.
        forms: how each of them falls into rows.
    """

    def __init__(
        self,
        module: IRModule,
        function: Any,
        dataflow: Dataflow,
        rows: RowGraph,
        uses: Sequence[Sequence[KernelUse]],
        forms: Sequence[RowForm | None],
    ) -> None:
        self._module, self._function, self._dataflow = module, function, dataflow
        self._rows, self._uses, self._forms = rows, uses, forms
        self._builder = relax.BlockBuilder()
        self._aliases = {binding.var: binding.value for binding in dataflow.alias_bindings}
        self._expressions: dict[Any, Any] = {}
        self._whole: dict[int, Any] = {}
        self._types: dict[int, Any] = {}
        self._names: dict[int, str] = {}
        self._pieces: dict[int, Any] = {}
        self._piece_numbers: dict[int, list[int]] = {}
        self._outside: list[Any] = []
        self._functions: dict[object, Any] = {}
        for number, piece in enumerate(rows.pieces):
            if piece.buffer in rows.bands and rows.graph.buffers[number].bytes:
                self._piece_numbers.setdefault(piece.buffer, []).append(number)

    def module(self) -> IRModule:
        """The new module; functions that nobody calls any more are left out."""
        function = self._function
        for variable in (*function.params, *(binding.var for binding in self._dataflow.step_bindings)):
            fields = list(variable.ty.fields) if isinstance(variable.ty, relax.TupleType) else [variable.ty]
            for type_, (buffer,) in zip(fields, self._dataflow.roots.fields(variable), strict=True):
                self._types[buffer], self._names[buffer] = type_, variable.name
        with self._builder.function("main", list(function.params)):
            with self._builder.dataflow():
                for buffer, parameter in zip(self._dataflow.graph.inputs, function.params, strict=True):
                    self._whole[buffer] = parameter
                    self._cut(buffer)
                for number, unit in enumerate(self._rows.units):
                    self._emit(number, unit)
                outputs = {
                    binding.var: self._builder.emit_output(self._expression(binding.var))
                    for binding in function.body.blocks[0].bindings
                    if not isinstance(binding.var, relax.DataflowVar)
                }
            body = function.body.body
            results = body.fields if isinstance(body, relax.Tuple) else [body]
            substituted = [outputs.get(result, result) for result in results]
            self._builder.emit_func_output(
                relax.Tuple(substituted) if isinstance(body, relax.Tuple) else substituted[0]
            )
        return self._builder.finalize()

    def _emit(self, number: int, unit: Unit) -> None:
        writes = self._rows.graph.steps[number].writes
        if unit.pushed:
            self._push(number, unit)
        elif unit.taken is not None or any(self._rows.pieces[piece].buffer in self._rows.bands for piece in writes):
            self._split(number, unit)
        else:
            self._keep(unit)

    def _expression(self, expr: Any) -> Any:
        """What stands for an expression of the source that computes nothing."""
        if isinstance(expr, relax.Tuple):
            return relax.Tuple([self._expression(field) for field in expr.fields])
        if isinstance(expr, relax.TupleGetItem):
            return self._all_of(self._dataflow.roots.fields(expr.tuple_value)[expr.index])
        if not isinstance(expr, relax.Var):
            return expr
        if expr not in self._expressions:
            value = self._aliases.get(expr)
            if value is None:
                self._expressions[expr] = self._all_of(self._dataflow.roots.of(expr))
            elif operator_name(value) == "relax.reshape":
                reshaped = relax.op.reshape(self._expression(value.args[0]), value.args[1])
                self._expressions[expr] = self._builder.emit(reshaped, name_hint=expr.name)
            else:
                self._expressions[expr] = self._expression(value)
        return self._expressions[expr]

    def _all_of(self, roots: frozenset[int]) -> Any:
        """The whole of a buffer, its rows one behind the other."""
        (buffer,) = roots
        if buffer not in self._whole:
            rows = [self._pieces[piece] for piece in self._piece_numbers[buffer]]
            joined = self._builder.emit(relax.op.concat(rows, axis=0), f"{self._names[buffer]}_joined")
            whole = relax.op.reshape(joined, self._types[buffer].shape)
            self._whole[buffer] = self._builder.emit(whole, name_hint=self._names[buffer])
        return self._whole[buffer]

    def _piece_type(self, piece: int) -> Any:
        """[rows, elements of a row], or the accumulator's type."""
        of, size = self._rows.pieces[piece], self._rows.graph.buffers[piece].bytes
        if of.buffer < 0:
            return tensor_type((size // 4,), SUMS_DTYPE)
        dtype = dtype_name(self._types[of.buffer])
        return tensor_type((of.last - of.first, size // (of.last - of.first) // dtype_bytes(dtype)), dtype)

    def _name(self, piece: int) -> str:
        of = self._rows.pieces[piece]
        return f"{self._names[of.buffer]}_rows_{of.first}_{of.last}"

    def _cut(self, buffer: int) -> None:
        """The rows of an input."""
        if buffer not in self._piece_numbers:
            return
        numbers, types = self._piece_numbers[buffer], self._types[buffer]
        rows = self._rows.pieces[numbers[-1]].last
        elements = prod(int(extent) for extent in types.shape.values)
        flat = self._builder.emit(relax.op.reshape(self._whole[buffer], (rows, elements // rows)))
        if len(numbers) == 1:
            self._pieces[numbers[0]] = flat
            return
        ends = [self._rows.pieces[number].last for number in numbers[:-1]]
        together = self._builder.emit(relax.op.split(flat, ends, axis=0), f"{self._names[buffer]}_split")
        values = [
            self._builder.emit(relax.TupleGetItem(together, place), self._name(number))
            for place, number in enumerate(numbers)
        ]
        if any(unit.pushed for unit in self._rows.units):
            self._outside = values
            del self._whole[buffer]  # the parameter lies with the caller; what is read are the rows brought from there
        else:
            self._pieces.update(zip(numbers, values, strict=True))

    def _push(self, number: int, unit: Unit) -> None:
        (piece,) = self._rows.graph.steps[number].writes
        type_ = self._piece_type(piece)
        unused = constant(UNUSED)
        parameters = [
            self._parameter("pushed", type_),
            self._parameter("unused", unused.ty),
            self._parameter("row", type_, written=True),
        ]
        calls = pushed_row(self._rows.graph.buffers[piece].bytes)
        function = self._function_for("push_row", parameters, calls)
        place = self._piece_numbers[self._rows.pieces[piece].buffer].index(piece)
        call = relax.call_tir(function, relax.Tuple([self._outside[place], unused]), out_ty=[type_])
        self._pieces[piece] = self._builder.emit(call, f"{self._name(piece)}_pushed")

    def _keep(self, unit: Unit) -> None:
        binding = self._dataflow.step_bindings[unit.step]
        variable, arguments = binding.value.args[:2]
        function = self._functions.get(variable)
        if function is None:
            function = self._builder.add_func(self._module[variable], variable.name_hint)
            self._functions[variable] = function
        (result,) = binding.value.ty_args
        types = list(result.fields) if isinstance(result, relax.TupleType) else [result]
        values = relax.Tuple([self._expression(argument) for argument in arguments.fields])
        together = self._builder.emit(relax.call_tir(function, values, out_ty=types), name_hint=binding.var.name)
        for place, (buffer,) in enumerate(self._dataflow.roots.fields(binding.var)):
            self._whole[buffer] = relax.TupleGetItem(together, place) if len(types) > 1 else together

    def _split(self, number: int, unit: Unit) -> None:
        step, uses = self._rows.graph.steps[number], self._uses[unit.step]
        value = self._dataflow.step_bindings[unit.step].value
        arguments = list(value.args[1].fields)
        form = self._forms[unit.step]
        assert form is not None
        buffers = {position: next(iter(self._dataflow.roots.of(a)), -1) for position, a in enumerate(arguments)}
        values: list[Any] = []
        parameters: list[Parameter] = []
        of_piece: dict[int, int] = {}
        of_buffer: dict[int, int] = {}

        def add(name: str, expr: Any, type_: Any) -> int:
            values.append(expr)
            parameters.append(self._parameter(f"{name}_{len(parameters)}", type_))
            return len(parameters) - 1

        for piece in step.reads:
            buffer = self._rows.pieces[piece].buffer
            if buffer < 0 or self._by_rows(buffer, form):
                of_piece[piece] = add("row" if buffer >= 0 else "sums", self._pieces[piece], self._piece_type(piece))
            elif buffer not in of_buffer:
                position = next(place for place, read in buffers.items() if read == buffer)
                of_buffer[buffer] = add("whole", self._expression(arguments[position]), arguments[position].ty)
        adds = any(self._rows.pieces[piece].buffer < 0 for piece in (*step.reads, *step.writes))
        needed = {
            use.constants[name]
            for use in uses
            for name in (
                "layer",
                *(known.name for known in (use.rows.constants if use.rows and not adds else ())),
            )
        }
        constants = {
            position: add("constant", arguments[position], arguments[position].ty) for position in sorted(needed)
        }
        for piece in step.writes:
            of_piece[piece] = len(parameters)
            kind = "sums" if self._rows.pieces[piece].buffer < 0 else "out"
            parameters.append(self._parameter(f"{kind}_{len(parameters)}", self._piece_type(piece), written=True))

        def source(position: int, row: int) -> Pointer:
            buffer = buffers[position]
            row_bytes = self._dataflow.graph.buffers[buffer].bytes // form.operands[buffer].rows
            if buffer in of_buffer:
                return Pointer(of_buffer[buffer], row * row_bytes)
            piece = self._piece_numbers[buffer][row // self._rows.bands[buffer]]
            return Pointer(of_piece[piece], (row - self._rows.pieces[piece].first) * row_bytes)

        calls = self._calls(unit, uses, source, constants, of_piece, form)
        name = self._dataflow.step_bindings[unit.step].value.args[0].name_hint
        in_place = [(of_piece[read], of_piece[written]) for read, written in step.in_place]
        function = self._function_for(name, parameters, calls, unit.step, in_place)
        changed = [of_piece[piece] for piece in step.reads if self._rows.pieces[piece].buffer < 0]
        types = [self._piece_type(piece) for piece in step.writes]
        hint = self._name(step.writes[-1]) if step.writes and self._rows.pieces[step.writes[-1]].buffer >= 0 else "sums"
        if changed:
            sums_type = parameters[changed[0]]
            types = [tensor_type(sums_type.shape, sums_type.dtype), *types]
            call = relax.call_tir_inplace(
                function, relax.Tuple(values), inplace_indices=[*changed, *(-1 for _ in step.writes)], out_ty=types
            )
        else:
            call = relax.call_tir(function, relax.Tuple(values), out_ty=types)
        together = self._builder.emit(call, f"{hint}_and_sums" if len(types) > 1 else hint)
        sums = [piece for piece in step.reads if self._rows.pieces[piece].buffer < 0]
        for place, piece in enumerate([*sums, *step.writes]):
            buffer = self._rows.pieces[piece].buffer
            name = hint if buffer >= 0 else "sums"
            part = self._builder.emit(relax.TupleGetItem(together, place), name) if len(types) > 1 else together
            if buffer >= 0 and buffer not in self._rows.bands:
                shaped = relax.op.reshape(part, self._types[buffer].shape)
                self._whole[buffer] = self._builder.emit(shaped, self._names[buffer])
            else:
                self._pieces[piece] = part

    def _by_rows(self, buffer: int, form: RowForm) -> bool:
        if buffer not in self._piece_numbers:
            return False
        return self._rows.pieces[self._piece_numbers[buffer][-1]].last == form.operands[buffer].rows

    def _calls(
        self,
        unit: Unit,
        uses: Sequence[KernelUse],
        source: RowPointer,
        constants: dict[int, int],
        of_piece: dict[int, int],
        form: RowForm,
    ) -> list[RowCall]:
        results = {self._rows.pieces[piece].buffer: piece for piece in of_piece}
        sums = results.get(-1)
        written = {buffer for (buffer,) in self._dataflow.roots.fields(self._dataflow.step_bindings[unit.step].var)}
        result = next((piece for buffer, piece in results.items() if buffer in written), None)

        def out(row: int) -> Pointer:
            assert result is not None
            buffer = self._rows.pieces[result].buffer
            row_bytes = self._dataflow.graph.buffers[buffer].bytes // form.rows
            return Pointer(of_piece[result], (row - self._rows.pieces[result].first) * row_bytes)

        if unit.taken is not None and sums is not None:
            (use,) = uses
            finished = out(unit.first) if result is not None else None
            return taken_rows(use, unit.first, range(*unit.taken), source, constants, Pointer(of_piece[sums]), finished)
        return [
            output_row(use, row, source, constants, out(row)) for row in range(unit.first, unit.last) for use in uses
        ]

    def _function_for(
        self,
        name: str,
        parameters: Sequence[Parameter],
        calls: Sequence[RowCall],
        step: int = -1,
        in_place: Sequence[tuple[int, int]] = (),
    ) -> Any:
        """A function that does this for the operator; rows that are computed alike share one."""
        over = json.dumps(sorted(in_place))
        key = (step, calls_to_text(calls), tuple((p.shape, p.dtype) for p in parameters), over)
        if key not in self._functions:
            function = row_function(parameters, calls, {STEP_ATTRIBUTE: name, IN_PLACE_ATTRIBUTE: over})
            self._functions[key] = self._builder.add_func(function, f"{name}_rows")
        return self._functions[key]

    @staticmethod
    def _parameter(name: str, type_: Any, *, written: bool = False) -> Parameter:
        return Parameter(name, tuple(int(extent) for extent in type_.shape.values), dtype_name(type_), written)
