"""How operators fall into rows by kind and attributes alone: for those that arenite plans but does not compile."""

from __future__ import annotations

from arenite.codegen.kernels.rows import MAX_ROWS, InputRows, one_row, same_rows
from arenite.frontends.in_place import OF_ONE, OF_TWO
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.axes import reduced_axes
from arenite.frontends.operators.tensors import as_int
from arenite.frontends.rows import windows
from arenite.frontends.rows.operator_rows import (
    Find,
    OperatorRows,
    count_rows,
    main,
    nhwc,
    numbers,
    of_images,
    operand,
    row_axes,
)

SUM_BYTES = 4
"""Of an element of a sum of rows."""


def rows_by_kind(model: Model, operator: Operator) -> OperatorRows | None:
    """How the results fall into rows; None if they have to be computed as a whole."""
    find = KINDS.get(operator.kind)
    if find is None or not operator.outputs:
        return None
    tensors = [model.tensors[index] for index in (*operator.inputs, *operator.outputs) if index >= 0]
    if any(count_rows(tensor.shape) > MAX_ROWS for tensor in tensors):
        return None
    try:
        found = find(model, operator)
    except (NotLowered, KeyError, IndexError, ValueError, ZeroDivisionError):
        # An attribute, an operand or a constant is not there, or not what it should be.
        return None
    if found is None or found.rows < 1 or (found.rows == 1 and not found.accumulator_bytes):
        return None
    divided = [(index, found.rows) for index in operator.outputs]
    divided += [(index, needs.rows) for index, needs in found.inputs.items()]
    return None if any(model.tensors[index].bytes % rows for index, rows in divided) else found


def _element_wise(model: Model, operator: Operator) -> OperatorRows | None:
    """Operands may be broadcast; one that has rows of its own has as many as the result."""
    result = model.tensors[operator.outputs[0]]
    rows = count_rows(result.shape)
    inputs: dict[int, InputRows] = {}
    for index in operator.inputs:
        shape = model.tensors[index].shape if index >= 0 else ()
        own = (1,) * (len(result.shape) - len(shape)) + shape
        axes = row_axes(result.shape)
        if own[:axes] == result.shape[:axes]:
            inputs[index] = same_rows(rows)
    return OperatorRows(rows, inputs)


def _along_rows(model: Model, operator: Operator) -> OperatorRows | None:
    """The first input's rows are those of the result, whatever is done within one."""
    source, result = main(model, operator)
    rows = count_rows(source.shape)
    same = source.shape[: row_axes(source.shape)] == result.shape[: row_axes(source.shape)]
    return OperatorRows(rows, {source.index: same_rows(rows)}) if same else None


def _joined(model: Model, operator: Operator) -> OperatorRows | None:
    """CONCATENATION and PACK along columns or channels."""
    result = model.tensors[operator.outputs[0]]
    axes = row_axes(result.shape)
    if as_int(operator.attributes["axis"]) % len(result.shape) < axes:
        return None
    rows = count_rows(result.shape)
    return OperatorRows(rows, {index: same_rows(rows) for index in operator.inputs})


def _parted(place: int, axis_place: int | None) -> Find:
    """SPLIT, SPLIT_V and UNPACK along columns or channels."""

    def find(model: Model, operator: Operator) -> OperatorRows | None:
        source, _ = main(model, operator, place)
        given = operator.attributes["axis"] if axis_place is None else numbers(model, operator, axis_place)[0]
        # The only part is everything.
        if as_int(given) % len(source.shape) < row_axes(source.shape) and len(operator.outputs) > 1:
            return None
        rows = count_rows(source.shape)
        return OperatorRows(rows, {source.index: same_rows(rows)})

    return find


def _blocks(model: Model, operator: Operator) -> OperatorRows | None:
    """SPACE_TO_DEPTH takes the rows of a block at once, DEPTH_TO_SPACE makes them."""
    source, result = main(model, operator)
    size, rows = as_int(operator.attributes["block_size"]), range(nhwc(result)[1])
    if operator.kind == "SPACE_TO_DEPTH":
        return of_images(source, result, [(row * size, (row + 1) * size) for row in rows])
    return of_images(source, result, [(row // size, row // size + 1) for row in rows])


def _fully_connected(model: Model, operator: Operator) -> OperatorRows | None:
    source, result = main(model, operator)
    rows = source.elements // operand(model, operator, 1).shape[1]
    return OperatorRows(rows, {source.index: same_rows(rows)}) if result.elements % rows == 0 else None


def _reduced(model: Model, operator: Operator) -> OperatorRows | None:
    """Over height of one image, and over width if it likes; or over width alone, row by row."""
    source, result = main(model, operator)
    axes = reduced_axes(numbers(model, operator, 1), len(source.shape))
    if len(source.shape) == 3:
        (batches, height, _), axes = source.shape, {3 if axis == 2 else axis for axis in axes}
    else:
        batches, height, _, _ = nhwc(source)
    if axes in ({2}, {3}):
        return OperatorRows(batches * height, {source.index: same_rows(batches * height)})
    if batches != 1 or axes not in ({1, 2}, {1}):
        return None
    return OperatorRows(1, {source.index: InputRows(height, ((0, height),))}, SUM_BYTES * result.elements)


def _place_in_row(model: Model, operator: Operator) -> OperatorRows | None:
    """ARG_MAX and ARG_MIN along an axis within the rows of one image."""
    source, result = main(model, operator)
    if len(source.shape) < 3 or source.shape[:2] != result.shape[:2] or source.shape[0] != 1:
        return None
    return OperatorRows(source.shape[1], {source.index: same_rows(source.shape[1])})


def _matrices(model: Model, operator: Operator) -> OperatorRows | None:
    """BATCH_MATMUL takes rows of its left operand, and all of the right one."""
    left, result = main(model, operator)
    if len(left.shape) > 3 or left.shape[:-1] != result.shape[:-1] or operator.attributes.get("adj_x"):
        return None
    rows = count_rows(left.shape)
    return OperatorRows(rows, {left.index: same_rows(rows), operand(model, operator, 1).index: one_row(rows)})


KINDS: dict[str, Find | None] = {
    **dict.fromkeys(OF_ONE | OF_TWO, _element_wise),
    **dict.fromkeys(
        (
            "ADD_N", "CAST", "DEQUANTIZE", "EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "LOGICAL_AND",
            "LOGICAL_NOT", "LOGICAL_OR", "LOOKUP", "NOT_EQUAL", "REQUANT_SHIFT", "SELECT", "SELECT_V2", "UNARY",
        ),
        _element_wise,
    ),
    **dict.fromkeys(("L2_NORMALIZATION", "LOCAL_RESPONSE_NORMALIZATION", "LOG_SOFTMAX", "LRN", "SOFTMAX"), _along_rows),
    **dict.fromkeys(("CONV_2D", "DEPTHWISE_CONV_2D"), windows.weighted_window),
    **dict.fromkeys(("AVERAGE_POOL_2D", "L2_POOL_2D"), windows.pool(SUM_BYTES)),
    "MAX_POOL_2D": windows.pool(None),
    "TRANSPOSE_CONV": windows.transposed_window,
    **dict.fromkeys(("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), windows.resized),
    "RESIZE": windows.resized_by_table,
    **dict.fromkeys(("CONCATENATION", "PACK"), _joined),
    "SPLIT": _parted(1, 0),
    "SPLIT_V": _parted(0, 2),
    "UNPACK": _parted(0, None),
    "STRIDED_SLICE": windows.strided_slice,
    "SLICE": windows.slice_,
    **dict.fromkeys(("PAD", "PADV2"), windows.padded),
    "MIRROR_PAD": windows.mirrored,
    **dict.fromkeys(("DEPTH_TO_SPACE", "SPACE_TO_DEPTH"), _blocks),
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _matrices,
    **dict.fromkeys(("ARG_MAX", "ARG_MIN"), _place_in_row),
    **dict.fromkeys(("MEAN", "REDUCE_ALL", "REDUCE_ANY", "REDUCE_MAX", "REDUCE_MIN", "SUM"), _reduced),
    # What follows is whole: it has state, elements go elsewhere, or it is no step of its own.
    **dict.fromkeys(("ASSIGN_VARIABLE", "READ_VARIABLE", "SHIFT", "SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM"), None),
    **dict.fromkeys(
        (
            "BATCH_TO_SPACE_ND", "BROADCAST_TO", "CUMSUM", "DYNAMIC_UPDATE_SLICE", "EMBEDDING_LOOKUP", "FILL", "GATHER",
            "GATHER_ND", "REVERSE_V2", "SPACE_TO_BATCH_ND", "TILE", "TRANSPOSE",
        ),
        None,
    ),
    **dict.fromkeys(("EXPAND_DIMS", "RESHAPE", "SQUEEZE"), None),
}  # fmt: skip
"""Kind -> how to find its rows, None for what is always whole. Kinds that are not listed are whole, too."""
