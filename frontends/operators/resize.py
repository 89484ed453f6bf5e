"""Height and width resized, NHWC: to the nearest elements, any type, or by linear interpolation, int8, uint8,
int16 and float32.

RESIZE says itself what each output row and column is made of: its attributes ``rows`` and ``columns`` are indices into
the input, [extent, 1] or, for interpolation of float32, [extent, 2], and ``row_weights`` and ``column_weights`` their
weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator, Tensor
from arenite.frontends.operators.resize_places import Axis, linear, linear_beyond, linear_units, nearest
from arenite.frontends.operators.tensors import activation, constant, require_shape, sized_tensor
from arenite.frontends.rewrites.unsigned import is_unsigned

KINDS = ("RESIZE", "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")

Array = npt.NDArray[Any]

LINEAR = {
    "int8": "arenite_resize_linear_s8",
    "int16": "arenite_resize_linear_s16",
    "float32": "arenite_resize_linear_f32",
}
"""Kernels that interpolate, by type."""
LINEAR_UNSIGNED = "arenite_resize_linear_up_s8"


@dataclass(frozen=True, eq=False)
class Places:
    """Of each output row or column: indices into the input, [extent, 1], or [extent, 2] with their weights."""

    indices: Array
    weights: Array | None = None


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_tensor(model, activation(model, operator.inputs[0]), *ITEM_BYTES)
    result = sized_tensor(model, operator.outputs[0], source.dtype)
    if len(source.shape) != 4:
        raise NotLowered(f"tensor {source.index} has {len(source.shape)} axes, not 4")
    rows, columns = _given(operator, source.dtype) if operator.kind == "RESIZE" else _sized(model, operator, source)
    batches, height, width, channels = source.shape
    require_shape(result, (batches, len(rows.indices), len(columns.indices), channels))
    extents = {"batches": batches, "input_rows": height, "input_columns": width}
    resized = {"output_rows": len(rows.indices), "output_columns": len(columns.indices)}
    if rows.weights is None or columns.weights is None:
        layer = {**extents, **resized, "pixel_bytes": channels * ITEM_BYTES[source.dtype]}
        constants = {"rows": rows.indices.ravel(), "columns": columns.indices.ravel()}
        return _called("arenite_resize", layer, source, result, constants)
    layer = {**extents, "channels": channels, **resized}
    constants = {
        "rows": rows.indices.ravel(),
        "row_weights": rows.weights.ravel(),
        "columns": columns.indices.ravel(),
        "column_weights": columns.weights.ravel(),
    }
    return _called(LINEAR_UNSIGNED if is_unsigned(operator) else LINEAR[source.dtype], layer, source, result, constants)


def _called(
    kernel: str, layer: dict[str, int], source: Tensor, result: Tensor, constants: dict[str, Array]
) -> Lowering:
    return Lowering((source.index,), (result.index,), (Call(kernel, layer, (source.index,), constants),))


def _given(operator: Operator, dtype: str) -> list[Places]:
    """From the attributes of RESIZE."""
    indices = [np.asarray(operator.attributes[name], np.int32) for name in ("rows", "columns")]
    if any(each.shape[1:] not in ((1,), (2,)) for each in indices) or indices[0].shape[1] != indices[1].shape[1]:
        raise NotLowered(f"rows and columns have shapes {[list(each.shape) for each in indices]}")
    if indices[0].shape[1] == 1:
        return [Places(each) for each in indices]
    if dtype != "float32":
        raise NotLowered(f"it interpolates {dtype} with weights of float32")
    names = ("row_weights", "column_weights")
    weights = [np.asarray(operator.attributes[name], np.float32) for name in names]
    return [Places(*both) for both in zip(indices, weights, strict=True)]


def _sized(model: Model, operator: Operator, source: Tensor) -> list[Places]:
    """From the height and width that a constant gives."""
    size = constant(model, operator.inputs[1], "int32")
    if size.shape != (2,):
        raise NotLowered(f"the size has shape {list(size.shape)}, not [2]")
    corners, half = (bool(operator.attributes.get(name)) for name in ("align_corners", "half_pixel_centers"))
    axes = [Axis(*extents, corners, half) for extents in zip(source.shape[1:3], size.tolist(), strict=True)]
    if operator.kind == "RESIZE_NEAREST_NEIGHBOR":
        return [Places(nearest(axis)) for axis in axes]
    if source.dtype not in LINEAR:
        raise NotLowered(f"it interpolates {source.dtype}")
    between = linear if source.dtype == "float32" else linear_beyond if is_unsigned(operator) else linear_units
    try:
        return [Places(*between(axis)) for axis in axes]
    except ValueError as error:
        raise NotLowered(str(error)) from error
