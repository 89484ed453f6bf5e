"""The calls of a program in the order of its plan, as the C printer would get them: whole operators, or rows."""

from __future__ import annotations

from functools import cache, lru_cache

from arenite.codegen.kernels import KernelParameter, kernels
from arenite.codegen.kernels.row_calls import Base, Pointer, RowCall, Taps, row_functions
from arenite.codegen.kernels.rows import SCRATCH, kernel_rows
from arenite.codegen.program import (
    AnyArgument,
    ArenaArgument,
    Argument,
    FunctionCall,
    Place,
    ProgramStep,
    StateArgument,
    StepOutput,
    TapsArgument,
)
from arenite.estimation.planned import PlannedModel
from arenite.frontends.lowering import Call
from arenite.passes.row_functions import KernelUse, output_row, taken_rows
from arenite.rows.row_graph import RowGraph, scratch_buffers

LOOPS = "loops"
"""Stands for the function of an operator that no kernel computes: TVM prints loops for it."""


def program_steps(planned: PlannedModel) -> tuple[ProgramStep, ...]:
    """Constants of rows are named after their operator and parameter, equal ones by different names; those of whole
    operators, which stand in no table, have one name."""
    rows, plan = planned.choice.rows, planned.choice.plan
    if rows is None:
        buffers = _Buffers(planned)
        return tuple(_whole(planned, number, buffers) for number in plan.order)
    builder = _Rows(planned, rows)
    return tuple(builder.step(number) for number in plan.order)


class _Buffers:
    """Where the buffers of a plan of whole operators lie."""

    def __init__(self, planned: PlannedModel) -> None:
        self._planned = planned
        graph = planned.choice.plan.graph
        self._scratch = scratch_buffers(graph)

    def argument(self, type_: str, tensor: int) -> AnyArgument:
        """A pointer to a tensor: in the arena, or in the states."""
        if tensor in self._planned.model.states:
            return StateArgument(type_, 0)
        return _pointer(type_, self.tensor(tensor))

    def constant(self, step: str, call: int, parameter: KernelParameter) -> Argument:
        """A pointer to a constant of one of the calls of a step."""
        del step, call
        return _unnamed(parameter.type)

    def tensor(self, tensor: int) -> int:
        """The offset in bytes of what lies in the arena."""
        return self._planned.choice.plan.offsets[self._planned.buffers[tensor]]

    def scratch(self, step: int) -> int:
        plan = self._planned.choice.plan
        return next((plan.offsets[b] for b in plan.graph.steps[step].writes if b in self._scratch), 0)


def _whole(planned: PlannedModel, number: int, buffers: _Buffers) -> ProgramStep:
    operator, lowering = planned.operators[number], planned.lowerings[number]
    name = f"{operator.kind.lower()}_{operator.index}"
    written = [index for index in lowering.outputs if index not in planned.model.states]
    outputs = tuple(StepOutput(None, _place(buffers.tensor(index))) for index in written)
    if not lowering.calls:
        pointers = tuple(buffers.argument("int8_t", index) for index in (*lowering.inputs, *lowering.outputs))
        return ProgramStep(name, operator.label, (FunctionCall(LOOPS, pointers),), outputs, False)
    calls = []
    for place, call in enumerate(lowering.calls):
        layer, *parameters = kernels()[call.kernel].parameters
        arguments: list[AnyArgument] = [buffers.constant(name, place, layer)]
        tensors = [*call.inputs, *(None for _ in call.constants), *lowering.states, *lowering.outputs]
        for parameter, tensor in zip(parameters, tensors, strict=False):
            if tensor is None:
                arguments.append(buffers.constant(name, place, parameter))
            else:
                arguments.append(buffers.argument(parameter.type, tensor))
        if parameters[-1].name == SCRATCH:
            arguments.append(_pointer(parameters[-1].type, buffers.scratch(number)))
        calls.append(FunctionCall(call.kernel, tuple(arguments)))
    return ProgramStep(name, operator.label, tuple(calls), outputs, False)


@cache
def _unnamed(type_: str) -> Argument:
    return Argument(type_, constant="constant")


@lru_cache(maxsize=4096)
def _pointer(type_: str, offset: int) -> Argument:
    return Argument(type_, place=_place(offset))


@lru_cache(maxsize=4096)
def _place(offset: int) -> Place:
    return Place(offset, 0, "int8", ())


class _Rows:
    """Steps of a row graph, each of which computes what ``passes.row_steps`` makes of it."""

    def __init__(self, planned: PlannedModel, rows: RowGraph) -> None:
        self._planned, self._graph = planned, rows
        self._offsets = planned.choice.plan.offsets
        self._scratch = scratch_buffers(rows.source)
        self._pieces: dict[int, list[int]] = {}
        for number, piece in enumerate(rows.pieces):
            if piece.buffer >= 0 and not rows.graph.buffers[number].caller_bytes:
                self._pieces.setdefault(piece.buffer, []).append(number)
        self._uses = [self._uses_of(number) for number in range(len(planned.lowerings))]
        self._pushed = 0

    def _uses_of(self, number: int) -> list[tuple[KernelUse, Call, tuple[int, ...]]]:
        """Kernels of an operator; their inputs' positions are buffers, those of their constants count from 0."""
        found = []
        for call in self._planned.lowerings[number].calls:
            shapes = [self._planned.model.tensors[index].shape for index in call.inputs]
            names = [parameter.name for parameter in kernels()[call.kernel].parameters]
            form = kernel_rows(call.kernel, call.layer, call.constants, shapes)
            buffers = tuple(self._planned.buffers.get(index, -1) for index in call.inputs)
            constants = {name: place for place, name in enumerate(("layer", *call.constants))}
            sizes = {name: array.dtype.itemsize for name, array in call.constants.items()}
            inputs = dict(zip(names[1:], buffers, strict=False))
            found.append((KernelUse(call.kernel, inputs, constants, sizes, form, names[-1] == SCRATCH), call, buffers))
        return found

    def step(self, number: int) -> ProgramStep:
        unit, step = self._graph.units[number], self._graph.graph.steps[number]
        outputs = tuple(StepOutput(None, _place(self._offsets[piece])) for piece in step.writes)
        if unit.pushed:
            self._pushed += 1
            return ProgramStep("push", "", (), outputs, False, self._pushed - 1)
        operator = self._planned.operators[unit.step]
        name = f"{operator.kind.lower()}_{operator.index}"
        pieces = self._graph.pieces
        if unit.taken is None and not any(pieces[piece].buffer in self._graph.bands for piece in step.writes):
            return _whole(self._planned, unit.step, _Kept(self._planned, self))
        form = self._planned.forms[unit.step]
        assert form is not None
        results = [p for p in step.writes if pieces[p].buffer >= 0 and pieces[p].buffer not in self._scratch]
        scratch = next((self._offsets[p] for p in step.writes if pieces[p].buffer in self._scratch), None)
        sums = [p for p in (*step.reads, *step.writes) if pieces[p].buffer < 0]

        def source(buffer: int, row: int) -> Pointer:
            rows = form.operands[buffer].rows
            return Pointer(0, self.row(buffer, row, rows))

        def out(row: int) -> Pointer:
            return Pointer(0, self.row(pieces[results[0]].buffer, row, form.rows))

        calls: list[FunctionCall] = []
        for place, (use, call, _) in enumerate(self._uses[unit.step]):
            constant = {at: -1 - at for at in range(1 + len(call.constants))}
            if unit.taken is not None and sums:
                finished = out(unit.first) if results else None
                at_sums = Pointer(0, self._offsets[sums[0]])
                found = taken_rows(use, unit.first, range(*unit.taken), source, constant, at_sums, finished)
            else:
                to = None if scratch is None else Pointer(0, scratch)
                rows = range(unit.first, unit.last)
                found = [output_row(use, row, source, constant, out(row), to) for row in rows]
            calls += [self._row_call(f"{name}_{place}", each, call) for each in found]
        if len(self._uses[unit.step]) > 1:  # row by row, not kernel by kernel
            count = unit.last - unit.first
            calls = [calls[kernel * count + row] for row in range(count) for kernel in range(len(calls) // count)]
        return ProgramStep(name, operator.label, tuple(calls), outputs, False)

    def row(self, buffer: int, row: int, rows: int) -> int:
        """Where row ``row`` of a buffer of ``rows`` rows begins."""
        pieces = self._pieces[buffer]
        row_bytes = self._graph.source.buffers[buffer].bytes // rows
        band = self._graph.bands.get(buffer)
        if band is None or self._graph.pieces[pieces[-1]].last != rows:
            return self._offsets[pieces[0]] + row * row_bytes
        piece = pieces[row // band]
        return self._offsets[piece] + (row - self._graph.pieces[piece].first) * row_bytes

    def whole(self, buffer: int) -> int:
        return self._offsets[self._pieces[buffer][0]]

    def _row_call(self, step: str, row: RowCall, call: Call) -> FunctionCall:
        names = ("layer", *call.constants)
        sizes = {name: array.dtype.itemsize for name, array in call.constants.items()}
        arguments: list[AnyArgument] = []
        for parameter, argument in zip(row_functions()[row.function].parameters, row.arguments, strict=True):
            if isinstance(argument, Taps):
                arguments.append(TapsArgument(argument.first, tuple(_place(tap.bytes) for tap in argument.rows)))
            elif isinstance(argument, Base):
                arguments.append(ArenaArgument(parameter.type))
            elif argument is None:
                arguments.append(Argument(parameter.type))
            elif isinstance(argument, int):
                arguments.append(argument)
            elif argument.parameter < 0:
                name = names[-1 - argument.parameter]
                element = argument.bytes // sizes.get(name, 4)
                arguments.append(Argument(parameter.type, constant=f"{step}_{name}", element=element))
            elif parameter.name == SCRATCH:
                arguments.append(ArenaArgument(parameter.type, argument.bytes, const=False))
            else:
                arguments.append(Argument(parameter.type, place=_place(argument.bytes)))
        return FunctionCall(row.function, tuple(arguments))


class _Kept(_Buffers):
    """Where what an operator needs lies that is left whole among rows."""

    def __init__(self, planned: PlannedModel, rows: _Rows) -> None:
        self._planned, self._rows = planned, rows

    def constant(self, step: str, call: int, parameter: KernelParameter) -> Argument:
        return Argument(parameter.type, constant=f"{step}_{call}_{parameter.name}")

    def tensor(self, tensor: int) -> int:
        return self._rows.whole(self._planned.buffers[tensor])

    def scratch(self, step: int) -> int:
        return 0
