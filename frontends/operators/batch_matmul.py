"""BATCH_MATMUL, int8: the right operand may be transposed, a constant, or one matrix for all of the left ones. A left
one that is transposed is so by a TRANSPOSE before it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators.axes import MAX_REDUCED
from arenite.frontends.operators.tensors import (
    activation,
    constant,
    int8_tensor,
    is_constant,
    require_shape,
    sized_tensor,
    unique,
)
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("BATCH_MATMUL",)


def lower(model: Model, operator: Operator) -> Lowering:
    _, left = int8_tensor(model, operator.inputs[0])
    _, right = int8_tensor(model, operator.inputs[1])
    _, result = int8_tensor(model, operator.outputs[0])
    # The product of the scales is one of float32 in TFLite.
    with np.errstate(over="ignore", under="ignore"):
        product = float(np.float32(left.scale) * np.float32(right.scale))
    multiplier, shift = quantize_multiplier(product / result.scale)
    fields = {
        "a_offset": -left.zero_point,
        "b_offset": -right.zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": result.zero_point,
    }
    return matmul_lowering(model, operator, "arenite_batch_matmul_s8", "int8", fields)


def matmul_lowering(
    model: Model, operator: Operator, kernel: str, dtype: str, fields: dict[str, int], narrow: str = ""
) -> Lowering:
    """The lowering to a kernel whose layer has these fields behind the extents and strides.

    Args:
        dtype: of both operands and of the result; a right one that is a constant may also be of the type ``narrow``.

    Raises:
        NotLowered: the left operand is a constant or transposed, or the shapes do not fit.
    """
    a = sized_tensor(model, activation(model, operator.inputs[0]), dtype)
    types = (dtype, narrow) if narrow and is_constant(model, operator.inputs[1]) else (dtype,)
    b = sized_tensor(model, operator.inputs[1], *types)
    result = sized_tensor(model, operator.outputs[0], dtype)
    if operator.attributes.get("adj_x"):
        raise NotLowered("its left operand is transposed")
    if min(len(a.shape), len(b.shape)) < 2:
        raise NotLowered(f"the shapes are {list(a.shape)} and {list(b.shape)}")
    layer = _extents(a, b, result, transposed=bool(operator.attributes.get("adj_y")))
    data: dict[str, npt.NDArray[np.generic]] = {}
    if is_constant(model, b.index):
        data["b"] = constant(model, b.index, *types).astype(dtype)
    inputs = (a.index,) if data else (a.index, b.index)
    return Lowering(unique(inputs), (result.index,), (Call(kernel, layer | fields, inputs, data),))


def _extents(a: Tensor, b: Tensor, result: Tensor, *, transposed: bool) -> dict[str, int]:
    *batches, rows, depth = a.shape
    *others, first, second = b.shape
    inner, columns = (second, first) if transposed else (first, second)
    if inner != depth or depth >= MAX_REDUCED:
        raise NotLowered(f"the shapes {list(a.shape)} and {list(b.shape)} do not make a product")
    shared = math.prod(others) == 1
    if not shared and [extent for extent in others if extent > 1] != [extent for extent in batches if extent > 1]:
        raise NotLowered(f"the shapes {list(a.shape)} and {list(b.shape)} broadcast but for a single right matrix")
    lead = [1] * (len(others) - len(batches)) + list(batches)
    require_shape(result, (*lead, rows, columns))
    count = math.prod(batches)
    if shared:
        # All left matrices are one.
        count, rows = 1, count * rows
    return {
        "batches": count,
        "rows": rows,
        "depth": depth,
        "columns": columns,
        "a_batch_stride": rows * depth,
        "a_row_stride": depth,
        "b_batch_stride": depth * columns,
        "b_row_stride": 0,
        "b_depth_stride": 1 if transposed else columns,
        "b_column_stride": depth if transposed else 1,
    }
