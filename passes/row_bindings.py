"""The bindings of a row graph: calls of row functions on rows, built from the calls of operators that they replace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import prod
from typing import Any

from arenite.codegen.kernels.row_calls import calls_to_text
from arenite.passes.bindings import operator_name, without_states
from arenite.passes.dataflow import Dataflow
from arenite.passes.in_place import IN_PLACE_ATTRIBUTE
from arenite.passes.row_functions import KernelUse, pushed_row
from arenite.passes.row_steps import (
    UNUSED,
    UNUSED_PARAMETER,
    Argument,
    OperatorArgument,
    PieceArgument,
    RowStep,
    row_step,
)
from arenite.passes.row_tensors import RowTensors, parameter_of
from arenite.rows.forms import RowForm
from arenite.rows.row_graph import RowGraph, Unit
from arenite.tvm_compat import IRModule, constant, relax, row_function

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
        self._tensors = RowTensors.of(function.params, dataflow, rows)
        self._builder, self._unused = relax.BlockBuilder(), constant(UNUSED)
        self._aliases = {binding.var: binding.value for binding in dataflow.alias_bindings}
        self._expressions: dict[Any, Any] = {}
        self._whole: dict[int, Any] = {}
        self._pieces: dict[int, Any] = {}
        self._outside: list[Any] = []
        self._functions: dict[object, Any] = {}

    def module(self) -> IRModule:
        """The new module; functions that nobody calls any more are left out."""
        function = self._function
        with self._builder.function("main", list(function.params)):
            with self._builder.dataflow():
                parameters, states = without_states(function)
                for state in states:
                    (root,) = self._dataflow.roots.of(state)
                    self._whole[root] = state
                for buffer, parameter in zip(self._dataflow.graph.inputs, parameters, strict=True):
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
            rows = [self._pieces[piece] for piece in self._tensors.pieces_of[buffer]]
            joined = self._builder.emit(relax.op.concat(rows, axis=0), f"{self._tensors.names[buffer]}_joined")
            whole = relax.op.reshape(joined, self._tensors.types[buffer].shape)
            self._whole[buffer] = self._builder.emit(whole, name_hint=self._tensors.names[buffer])
        return self._whole[buffer]

    def _cut(self, buffer: int) -> None:
        """The rows of an input."""
        if buffer not in self._tensors.pieces_of:
            return
        numbers, types = self._tensors.pieces_of[buffer], self._tensors.types[buffer]
        rows = self._rows.pieces[numbers[-1]].last
        elements = prod(int(extent) for extent in types.shape.values)
        flat = self._builder.emit(relax.op.reshape(self._whole[buffer], (rows, elements // rows)))
        if len(numbers) == 1:
            self._pieces[numbers[0]] = flat
            return
        ends = [self._rows.pieces[number].last for number in numbers[:-1]]
        together = self._builder.emit(relax.op.split(flat, ends, axis=0), f"{self._tensors.names[buffer]}_split")
        values = [
            self._builder.emit(relax.TupleGetItem(together, place), self._tensors.name(number))
            for place, number in enumerate(numbers)
        ]
        if any(unit.pushed for unit in self._rows.units):
            self._outside = values
            del self._whole[buffer]  # the parameter lies with the caller; what is read are the rows brought from there
        else:
            self._pieces.update(zip(numbers, values, strict=True))

    def _push(self, number: int, unit: Unit) -> None:
        (piece,) = self._rows.graph.steps[number].writes
        type_ = self._tensors.type(piece)
        parameters = (parameter_of("pushed", type_), UNUSED_PARAMETER, parameter_of("row", type_, written=True))
        calls = (pushed_row(self._rows.graph.buffers[piece].bytes, 0, 2),)
        function = self._function_for("push_row", RowStep((), parameters, calls), -1)
        place = self._tensors.pieces_of[self._rows.pieces[piece].buffer].index(piece)
        call = relax.call_tir(function, relax.Tuple([self._outside[place], self._unused]), out_ty=[type_])
        self._pieces[piece] = self._builder.emit(call, f"{self._tensors.name(piece)}_pushed")

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
        if operator_name(binding.value) == "relax.call_tir_inplace":
            places = [int(place) for place in binding.value.attrs.inplace_indices]
            call = relax.op.call_tir_inplace(function, values, places, types)
        else:
            call = relax.call_tir(function, values, out_ty=types)
        together = self._builder.emit(call, name_hint=binding.var.name)
        for place, (buffer,) in enumerate(self._dataflow.roots.fields(binding.var)):
            if buffer in self._tensors.scratch:
                continue
            name, field = self._tensors.names.get(buffer, "state"), relax.TupleGetItem(together, place)
            self._whole[buffer] = self._builder.emit(field, name_hint=name) if len(types) > 1 else together

    def _split(self, number: int, unit: Unit) -> None:
        operator = self._dataflow.step_bindings[unit.step].value
        form = self._forms[unit.step]
        assert form is not None
        step = row_step(number, self._tensors, self._dataflow, self._uses[unit.step], form)
        function = self._function_for(operator.args[0].name_hint, step, unit.step)
        given = operator.args[1].fields
        values = relax.Tuple([self._argument(argument, given) for argument in step.arguments])
        written = self._rows.graph.steps[number].writes
        results = [*step.sums.values(), *written]
        types = [self._tensors.type(piece) for piece in results]
        if step.sums:
            places = [*step.sums, *(-1 for _ in written)]
            call = relax.call_tir_inplace(function, values, inplace_indices=places, out_ty=types)
        else:
            call = relax.call_tir(function, values, out_ty=types)
        last = [piece for piece in results if self._tensors.buffer(piece) not in self._tensors.scratch][-1]
        hint = "sums" if self._tensors.buffer(last) < 0 else self._tensors.name(last)
        together = self._builder.emit(call, f"{hint}_and_more" if len(results) > 1 else hint)
        for place, piece in enumerate(results):
            buffer = self._tensors.buffer(piece)
            if buffer in self._tensors.scratch:
                continue
            name = "sums" if buffer < 0 else hint
            part = self._builder.emit(relax.TupleGetItem(together, place), name) if len(results) > 1 else together
            if buffer >= 0 and buffer not in self._rows.bands:
                shaped = relax.op.reshape(part, self._tensors.types[buffer].shape)
                self._whole[buffer] = self._builder.emit(shaped, self._tensors.names[buffer])
            else:
                self._pieces[piece] = part

    def _argument(self, argument: Argument, given: Sequence[Any]) -> Any:
        """``given``: the arguments of the operator."""
        if isinstance(argument, PieceArgument):
            return self._pieces[argument.piece]
        return self._expression(given[argument.position]) if isinstance(argument, OperatorArgument) else self._unused

    def _function_for(self, name: str, step: RowStep, operator: int) -> Any:
        """A function that does the step; rows of an operator that are computed alike share one."""
        over = json.dumps(sorted(step.in_place))
        key = (operator, calls_to_text(step.calls), tuple((p.shape, p.dtype) for p in step.parameters), over)
        if key not in self._functions:
            attributes = {STEP_ATTRIBUTE: name, IN_PLACE_ATTRIBUTE: over}
            function = row_function(step.parameters, step.calls, attributes)
            self._functions[key] = self._builder.add_func(function, f"{name}_rows")
        return self._functions[key]
