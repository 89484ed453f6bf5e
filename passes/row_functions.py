"""What one step of a row graph calls: the row functions of its operator's kernels, on the pieces that it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from arenite.codegen.kernels.row_calls import COPY, Base, Pointer, RowArgument, RowCall, Taps
from arenite.codegen.kernels.rows import KernelRows

RowPointer = Callable[[int, int], Pointer]
"""(position of an operand among the arguments of the operator, row of it) -> where that row begins."""


@dataclass(frozen=True)
class KernelUse:
    """A kernel that an operator calls. ``inputs`` and ``constants``: its parameters -> positions among the operator's
    arguments. ``element_bytes``: of each constant. ``has_scratch``: it works in memory that it gets besides."""

    kernel: str
    inputs: Mapping[str, int]
    constants: Mapping[str, int]
    element_bytes: Mapping[str, int]
    rows: KernelRows | None
    has_scratch: bool = False


def output_row(
    use: KernelUse,
    row: int,
    source: RowPointer,
    constant: Mapping[int, int],
    out: Pointer,
    scratch: Pointer | None = None,
) -> RowCall:
    """The call that computes row ``row`` of what ``use`` computes.

    Args:
        constant: position of a constant among the operator's arguments -> its parameter in the new function.
        out: where the row begins.
        scratch: if the kernel has any.
    """
    rows = use.rows
    assert rows is not None
    positions = list(use.inputs.values())

    def constants() -> list[RowArgument]:
        return [
            Pointer(constant[use.constants[known.name]], known.step * row * use.element_bytes[known.name])
            for known in rows.constants
        ]

    layer = Pointer(constant[use.constants["layer"]])
    if rows.form == "window":
        k0, k1 = rows.taps[row]
        first = rows.inputs[0].ranges[row][0]
        taps = Taps(k0, tuple(source(positions[0], first + i * rows.dilation) for i in range(k1 - k0)))
        inputs: list[RowArgument] = [Base(), 0, taps, k0, k1]
    elif rows.form == "linear":
        inputs = [source(positions[0], line) for line in rows.sources[row]]
    else:
        inputs = [
            source(position, needs.ranges[row][0]) if needs.ranges[row][0] < needs.ranges[row][1] else None
            for position, needs in zip(positions, rows.inputs, strict=True)
        ]
    working = (scratch,) if use.has_scratch and scratch is not None else ()
    return RowCall(rows.function, (layer, *inputs, *constants(), out, *working))


def taken_rows(
    use: KernelUse,
    row: int,
    taken: range,
    source: RowPointer,
    constant: Mapping[int, int],
    sums: Pointer,
    out: Pointer | None,
) -> list[RowCall]:
    """The calls that add input rows to the accumulator of output row ``row``, and finish it if ``out`` is given."""
    rows = use.rows
    assert rows is not None
    assert rows.accumulator is not None
    accumulator = rows.accumulator
    layer = Pointer(constant[use.constants["layer"]])
    (position,) = use.inputs.values()
    first, last = rows.inputs[0].ranges[row]
    calls = [
        RowCall(
            accumulator.add, (layer, source(position, line), accumulator.columns, int(line == first), sums)
        )
        for line in taken
    ]  # fmt: skip
    if out is not None:
        calls.append(RowCall(accumulator.finish, (layer, last - first, sums, out)))
    return calls


def pushed_row(size: int, source: int, row: int) -> RowCall:
    """The call that brings ``size`` bytes from one parameter to another."""
    return RowCall(COPY, (Pointer(row), Pointer(source), size))
