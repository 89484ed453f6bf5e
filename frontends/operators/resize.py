"""RESIZE of height and width, NHWC: to chosen elements, any type, or by linear interpolation, float32.

The attributes say what each output row and column is made of: ``rows`` and ``columns`` are indices into the input,
[extent, 1] or, for interpolation, [extent, 2], and ``row_weights`` and ``column_weights`` their weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.operators.tensors import activation, require_shape, sized_tensor

KINDS = ("RESIZE",)


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_tensor(model, activation(model, operator.inputs[0]), *ITEM_BYTES)
    result = sized_tensor(model, operator.outputs[0], source.dtype)
    rows, columns = _indices(operator, "rows"), _indices(operator, "columns")
    if len(source.shape) != 4 or rows.shape[1] != columns.shape[1] or rows.shape[1] > 2:
        raise NotLowered(
            f"it resizes tensor {source.index} of shape {list(source.shape)} from {rows.shape[1]} rows each"
        )
    require_shape(result, (source.shape[0], len(rows), len(columns), source.shape[3]))
    batches, height, width, channels = source.shape
    extents = {"batches": batches, "input_rows": height, "input_columns": width}
    resized = {"output_rows": len(rows), "output_columns": len(columns)}
    constants: dict[str, npt.NDArray[Any]] = {"rows": rows.ravel(), "columns": columns.ravel()}
    if rows.shape[1] == 1:
        layer = {**extents, **resized, "pixel_bytes": channels * ITEM_BYTES[source.dtype]}
        call = Call("arenite_resize", layer, (source.index,), constants)
        return Lowering((source.index,), (result.index,), (call,))
    if source.dtype != "float32":
        raise NotLowered(f"it interpolates {source.dtype}")
    weights = {name: np.asarray(operator.attributes[name], np.float32) for name in ("row_weights", "column_weights")}
    constants = {
        "rows": constants["rows"],
        "row_weights": weights["row_weights"].ravel(),
        "columns": constants["columns"],
        "column_weights": weights["column_weights"].ravel(),
    }
    call = Call("arenite_resize_linear_f32", {**extents, "channels": channels, **resized}, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,))


def _indices(operator: Operator, name: str) -> npt.NDArray[np.int32]:
    indices = np.asarray(operator.attributes[name])
    if indices.ndim != 2:
        raise NotLowered(f"{name} has {indices.ndim} axes")
    return indices.astype(np.int32)
