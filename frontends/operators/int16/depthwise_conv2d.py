"""DEPTHWISE_CONV_2D, int16 with int8 weights [1, height, width, output channel], NHWC; sums have 64 bits."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.windows import window_fields
from arenite.frontends.operators.int16.tensors import ITEM_BYTES, activation_fields
from arenite.frontends.operators.int16.weights import channel_records, weighted
from arenite.frontends.operators.tensors import contiguous, require_shape
from arenite.frontends.operators.weights import row_taps

KINDS = ("DEPTHWISE_CONV_2D",)

FIELDS = (
    "batches", "input_rows", "input_columns", "input_channels", "output_rows", "output_columns", "depth_multiplier",
    "kernel_rows", "kernel_columns", "stride_rows", "stride_columns", "dilation_rows", "dilation_columns", "pad_top",
    "pad_left", "activation_min", "activation_max", "output_stride", "output_start",
)  # fmt: skip
MAX_COLUMNS = 256
"""Of a filter: the products of a row are added up in 32 bits."""


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, operator, rank=4, channel_axis=3)
    source, result = tensors.source, tensors.result
    if len(source.shape) != 4:
        raise NotLowered(f"tensor {source.index} has {len(source.shape)} axes, not 4")
    if tensors.narrow:
        raise NotLowered("the bias is int32, TFLite has only int64 for it")
    batches, rows, columns, inputs = source.shape
    one, kernel_rows, kernel_columns, outputs = tensors.weights.shape
    if one != 1 or outputs % inputs or kernel_columns > MAX_COLUMNS:
        raise NotLowered(f"weights of shape {list(tensors.weights.shape)} do not fit {inputs} input channels")
    fields = {
        "batches": batches,
        "input_rows": rows,
        "input_columns": columns,
        "input_channels": inputs,
        "depth_multiplier": outputs // inputs,
        **window_fields(operator, source, result, (kernel_rows, kernel_columns)),
        **activation_fields(operator, tensors.result_quantisation),
        **contiguous(outputs),
    }
    require_shape(result, (*result.shape[:3], outputs))
    constants = {
        "taps": row_taps(kernel_rows, fields["dilation_rows"], columns * inputs * ITEM_BYTES),
        "weights": tensors.weights,
        "channels": channel_records(tensors),
    }
    call = Call("arenite_depthwise_conv2d_s16", {name: fields[name] for name in FIELDS}, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,))
