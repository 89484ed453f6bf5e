"""Which operators of a model fall into rows, in terms of the buffers of its graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arenite.codegen.kernels.rows import InputRows, KernelRows, kernel_rows, one_row
from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.rows.kinds import rows_by_kind
from arenite.rows.forms import Operand, RowForm


def row_form(model: Model, operator: Operator, lowering: Lowering | None, place: Mapping[int, int]) -> RowForm | None:
    """How the operator's result falls into rows; None if it has to be computed as a whole, as what has state is.

    Args:
        lowering: None for an operator that arenite does not compile.
        place: tensor -> buffer, for all that lies in the arena.
    """
    if any(model.tensors[index].variable for index in (*operator.inputs, *operator.outputs) if index >= 0):
        return None
    if lowering is None:
        return _form_by_kind(model, operator, place)
    if not lowering.calls or len(lowering.outputs) != 1:
        return None
    found: list[tuple[Sequence[int], KernelRows]] = []
    for call in lowering.calls:
        shapes = [model.tensors[index].shape for index in call.inputs]
        rows = kernel_rows(call.kernel, call.layer, call.constants, shapes)
        if rows is None:
            return None
        found.append((call.inputs, rows))
    (count, *others) = {rows.rows for _, rows in found}
    if others:
        return None
    operands: dict[int, Operand] = {}
    for inputs, rows in found:
        for index, needs in zip(inputs, rows.inputs, strict=True):
            buffer = place.get(index)
            if buffer is None:
                continue
            joined = _joined(operands.get(buffer), needs)
            if joined is None:
                return None
            operands[buffer] = joined
    if any(index in place and place[index] not in operands for index in operator.inputs):
        return None
    accumulator = found[0][1].accumulator if len(found) == 1 else None
    return RowForm(count, operands, accumulator.bytes if accumulator is not None else 0)


def _form_by_kind(model: Model, operator: Operator, place: Mapping[int, int]) -> RowForm | None:
    found = rows_by_kind(model, operator)
    if found is None:
        return None
    operands: dict[int, Operand] = {}
    for index in operator.inputs:
        if index in place:
            needs = found.inputs.get(index, one_row(found.rows))
            joined = _joined(operands.get(place[index]), needs)
            if joined is None:
                return None
            operands[place[index]] = joined
    return RowForm(found.rows, operands, found.accumulator_bytes if len(operands) == 1 else 0)


def _joined(known: Operand | None, needs: InputRows) -> Operand | None:
    """What an operator needs that reads a buffer several times; None if it sees other rows each time."""
    if known is None:
        return Operand(needs.rows, needs.ranges)
    if known.rows != needs.rows:
        return None
    ranges = zip(known.needs, needs.ranges, strict=True)
    return Operand(needs.rows, tuple((min(a[0], b[0]), max(a[1], b[1])) for a, b in ranges))
