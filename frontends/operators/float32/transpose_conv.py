"""TRANSPOSE_CONV, NHWC, weights [output channel, height, width, input channel], the output's shape a constant."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import activation_fields
from arenite.frontends.operators.float32.weights import by_fours, weighted
from arenite.frontends.operators.tensors import contiguous
from arenite.frontends.operators.transposed_windows import (
    as_convolution,
    in_tap_order,
    transposed_fields,
    transposed_taps,
)

KINDS = ("TRANSPOSE_CONV",)
FIELDS = (
    "batches", "input_rows", "input_columns", "input_channels", "output_rows", "output_columns", "output_channels",
    "kernel_rows", "kernel_columns", "step_rows", "step_columns", "pad_top", "pad_left", "activation_low",
    "activation_high", "output_stride", "output_start",
)  # fmt: skip


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, as_convolution(model, operator), rank=4, channel_axis=0)
    source, result = tensors.source, tensors.result
    fields = {
        **transposed_fields(operator, source, result, tensors.weights),
        **activation_fields(operator),
        **contiguous(tensors.weights.shape[0]),
    }
    constants = {
        "taps": transposed_taps(fields, source.bytes // (source.shape[0] * source.shape[1])),
        "weights": by_fours(in_tap_order(tensors.weights, fields)),
        "bias": tensors.bias,
    }
    call = Call("arenite_transpose_conv_f32", {name: fields[name] for name in FIELDS}, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,))
