"""CONV_2D, int16 with int8 weights, NHWC, weights [output channel, height, width, input channel of the group].

Sums have 64 bits and are rescaled with a multiplier of 15 bits, or 32 bits, rescaled as in int8, if the bias is int32.
"""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.windows import window_fields
from arenite.frontends.operators.int16.tensors import ITEM_BYTES, activation_fields
from arenite.frontends.operators.int16.weights import by_fours, channel_records, weighted
from arenite.frontends.operators.tensors import contiguous, require_shape
from arenite.frontends.operators.weights import row_taps

KINDS = ("CONV_2D",)

FIELDS = (
    "batches", "input_rows", "input_columns", "input_channels", "output_rows", "output_columns", "output_channels",
    "groups", "kernel_rows", "kernel_columns", "stride_rows", "stride_columns", "dilation_rows", "dilation_columns",
    "pad_top", "pad_left", "rounds_twice", "activation_min", "activation_max", "output_stride", "output_start",
)  # fmt: skip


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, operator, rank=4, channel_axis=0)
    source, result = tensors.source, tensors.result
    if len(source.shape) != 4:
        raise NotLowered(f"tensor {source.index} has {len(source.shape)} axes, not 4")
    batches, rows, columns, inputs = source.shape
    outputs, kernel_rows, kernel_columns, depth = tensors.weights.shape
    if inputs % depth or outputs % (inputs // depth):
        raise NotLowered(f"{inputs} input and {outputs} output channels do not divide into groups of {depth}")
    fields = {
        "batches": batches,
        "input_rows": rows,
        "input_columns": columns,
        "input_channels": inputs,
        "output_channels": outputs,
        "groups": inputs // depth,
        **window_fields(operator, source, result, (kernel_rows, kernel_columns)),
        "rounds_twice": int(tensors.narrow),
        **activation_fields(operator, tensors.result_quantisation),
        **contiguous(outputs),
    }
    require_shape(result, (*result.shape[:3], outputs))
    constants = {
        "taps": row_taps(kernel_rows, fields["dilation_rows"], columns * inputs * ITEM_BYTES),
        "weights": by_fours(tensors.weights, fields["groups"]),
        "channels": channel_records(tensors),
    }
    call = Call("arenite_conv2d_s16", {name: fields[name] for name in FIELDS}, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,))
