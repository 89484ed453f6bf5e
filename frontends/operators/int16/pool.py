"""AVERAGE_POOL_2D and MAX_POOL_2D, int16. Input and output have the same scale, as TFLite does not rescale."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.windows import window_fields
from arenite.frontends.operators.int16.tensors import ITEM_BYTES, activation_fields, int16_activation, int16_tensor
from arenite.frontends.operators.tensors import as_int, contiguous, require_shape
from arenite.frontends.operators.weights import row_taps

KINDS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")

KERNELS = {"AVERAGE_POOL_2D": "arenite_average_pool_s16", "MAX_POOL_2D": "arenite_max_pool_s16"}
FIELDS = (
    "batches", "input_rows", "input_columns", "channels", "output_rows", "output_columns", "kernel_rows",
    "kernel_columns", "stride_rows", "stride_columns", "pad_top", "pad_left", "activation_min", "activation_max",
    "output_stride", "output_start",
)  # fmt: skip
MAX_COUNT = 2**16 - 1
"""Sums of so many elements fit into int32."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, _ = int16_activation(model, operator.inputs[0])
    result, quantisation = int16_tensor(model, operator.outputs[0])
    if len(source.shape) != 4:
        raise NotLowered(f"tensor {source.index} has {len(source.shape)} axes, not 4")
    batches, rows, columns, channels = source.shape
    kernel_rows, kernel_columns = (as_int(operator.attributes[name]) for name in ("filter_height", "filter_width"))
    fields = {
        "batches": batches,
        "input_rows": rows,
        "input_columns": columns,
        "channels": channels,
        **window_fields(operator, source, result, (kernel_rows, kernel_columns)),
        **activation_fields(operator, quantisation),
        **contiguous(channels),
    }
    require_shape(result, (*result.shape[:3], channels))
    if operator.kind == "AVERAGE_POOL_2D" and kernel_rows * kernel_columns > MAX_COUNT:
        raise NotLowered(f"its windows have {kernel_rows} rows and {kernel_columns} columns")
    taps = row_taps(kernel_rows, 1, columns * channels * ITEM_BYTES)
    call = Call(KERNELS[operator.kind], {name: fields[name] for name in FIELDS}, (source.index,), {"taps": taps})
    return Lowering((source.index,), (result.index,), (call,))
