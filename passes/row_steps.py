"""What a step of a row graph does that computes rows of an operator: the parameters of its function, its calls, and
what is passed to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from arenite.codegen.kernels.row_calls import Pointer, RowCall
from arenite.passes.dataflow import Dataflow
from arenite.passes.row_functions import KernelUse, output_row, taken_rows
from arenite.passes.row_tensors import RowTensors, parameter_of
from arenite.rows.forms import RowForm
from arenite.tvm_compat import Parameter


@dataclass(frozen=True)
class PieceArgument:
    """A piece of the row graph, by its number."""

    piece: int


@dataclass(frozen=True)
class OperatorArgument:
    """What the operator gets as its argument number ``position``, as a whole: a tensor, or a constant."""

    position: int


@dataclass(frozen=True)
class UnusedArgument:
    """A constant that no call reads. TVM's RewriteDataflowReshape takes functions that use a single argument apart, to
    see whether they only reshape, and stops where they have no loops: such functions get this one, too."""


Argument = PieceArgument | OperatorArgument | UnusedArgument
UNUSED = np.zeros(1, np.int32)
UNUSED_PARAMETER = Parameter("unused", UNUSED.shape, UNUSED.dtype.name)
"""The values of ``UnusedArgument``, and what takes them."""


@dataclass(frozen=True)
class RowStep:
    """``parameters``: one for each of ``arguments``, then one for each piece that is written. ``in_place``: pairs
    (read, written) of parameters; the written one may begin where the read one does. ``sums``: accumulators among the
    arguments, place -> piece; the calls change them."""

    arguments: tuple[Argument, ...]
    parameters: tuple[Parameter, ...]
    calls: tuple[RowCall, ...]
    in_place: tuple[tuple[int, int], ...] = ()
    sums: Mapping[int, int] = field(default_factory=dict)


def row_step(number: int, tensors: RowTensors, dataflow: Dataflow, uses: Sequence[KernelUse], form: RowForm) -> RowStep:
    """Step ``number`` of the row graph ``tensors.rows``.

    Args:
        dataflow: what was split.
        uses: the kernels of the operator that the step is a part of.
        form: how it falls into rows.
    """
    step, unit = tensors.rows.graph.steps[number], tensors.rows.units[number]
    operator = dataflow.step_bindings[unit.step]
    given = list(operator.value.args[1].fields)
    buffers = {position: next(iter(dataflow.roots.of(argument)), -1) for position, argument in enumerate(given)}
    arguments: list[Argument] = []
    parameters: list[Parameter] = []
    of_piece: dict[int, int] = {}
    of_buffer: dict[int, int] = {}

    def add(name: str, argument: PieceArgument | OperatorArgument) -> int:
        type_ = tensors.type(argument.piece) if isinstance(argument, PieceArgument) else given[argument.position].ty
        arguments.append(argument)
        parameters.append(parameter_of(f"{name}_{len(parameters)}", type_))
        return len(parameters) - 1

    for piece in step.reads:
        buffer = tensors.buffer(piece)
        if buffer < 0 or _by_rows(buffer, tensors, form):
            of_piece[piece] = add("row" if buffer >= 0 else "sums", PieceArgument(piece))
        elif buffer not in of_buffer:
            position = next(place for place, read in buffers.items() if read == buffer)
            of_buffer[buffer] = add("whole", OperatorArgument(position))
    adds = any(tensors.buffer(piece) < 0 for piece in (*step.reads, *step.writes))
    constants = {position: add("constant", OperatorArgument(position)) for position in _constants(uses, adds)}
    if len(arguments) == 1:
        arguments.append(UnusedArgument())
        parameters.append(UNUSED_PARAMETER)
    scratch = None
    for piece in step.writes:
        of_piece[piece] = len(parameters)
        kind = "sums" if tensors.buffer(piece) < 0 else "out"
        if tensors.buffer(piece) in tensors.scratch:
            kind, scratch = "scratch", Pointer(len(parameters))
        parameters.append(parameter_of(f"{kind}_{len(parameters)}", tensors.type(piece), written=True))

    def source(position: int, row: int) -> Pointer:
        buffer = buffers[position]
        row_bytes = dataflow.graph.buffers[buffer].bytes // form.operands[buffer].rows
        if buffer in of_buffer:
            return Pointer(of_buffer[buffer], row * row_bytes)
        piece = tensors.pieces_of[buffer][row // tensors.rows.bands[buffer]]
        return Pointer(of_piece[piece], (row - tensors.rows.pieces[piece].first) * row_bytes)

    results = {buffer for (buffer,) in dataflow.roots.fields(operator.var)} - tensors.scratch
    result = next((piece for piece in step.writes if tensors.buffer(piece) in results), None)

    def out(row: int) -> Pointer:
        assert result is not None
        row_bytes = dataflow.graph.buffers[tensors.buffer(result)].bytes // form.rows
        return Pointer(of_piece[result], (row - tensors.rows.pieces[result].first) * row_bytes)

    if unit.taken is not None and adds:
        (use,) = uses
        (sums,) = (Pointer(place) for piece, place in of_piece.items() if tensors.buffer(piece) < 0)
        finished = out(unit.first) if result is not None else None
        calls = taken_rows(use, unit.first, range(*unit.taken), source, constants, sums, finished)
    else:
        rows = range(unit.first, unit.last)
        calls = [output_row(use, row, source, constants, out(row), scratch) for row in rows for use in uses]
    return RowStep(
        tuple(arguments),
        tuple(parameters),
        tuple(calls),
        tuple((of_piece[read], of_piece[written]) for read, written in step.in_place),
        {of_piece[piece]: piece for piece in step.reads if tensors.buffer(piece) < 0},
    )


def _by_rows(buffer: int, tensors: RowTensors, form: RowForm) -> bool:
    """Whether the operator reads the rows that the buffer falls into."""
    pieces = tensors.pieces_of.get(buffer)
    return pieces is not None and tensors.rows.pieces[pieces[-1]].last == form.operands[buffer].rows


def _constants(uses: Sequence[KernelUse], adds: bool) -> list[int]:
    """Positions of the constants that the calls need. ``adds``: they only add rows to an accumulator."""
    needed = set()
    for use in uses:
        known = use.rows.constants if use.rows and not adds else ()
        needed |= {use.constants[name] for name in ("layer", *(constant.name for constant in known))}
    return sorted(needed)
