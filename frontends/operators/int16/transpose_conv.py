"""TRANSPOSE_CONV, int16 with int8 weights, NHWC, weights [output channel, height, width, input channel], the output's
shape a constant. Sums have 64 bits, or 32 where ``quantized_bias_type`` says so."""

from __future__ import annotations

from dataclasses import replace

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.int16.tensors import activation_fields
from arenite.frontends.operators.int16.weights import by_fours, channel_records, weighted
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
    "kernel_rows", "kernel_columns", "step_rows", "step_columns", "pad_top", "pad_left", "rounds_twice",
    "activation_min", "activation_max", "output_stride", "output_start",
)  # fmt: skip


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, as_convolution(model, operator), rank=4, channel_axis=0)
    source, result = tensors.source, tensors.result
    narrow = operator.attributes.get("quantized_bias_type") == "INT32"
    if tensors.narrow and not narrow:
        raise NotLowered("its bias is int32, not int64, but its quantized_bias_type does not say so")
    tensors = replace(tensors, narrow=narrow)
    fields = {
        **transposed_fields(operator, source, result, tensors.weights),
        "rounds_twice": int(narrow),
        **activation_fields(operator, tensors.result_quantisation),
        **contiguous(tensors.weights.shape[0]),
    }
    constants = {
        "taps": transposed_taps(fields, source.bytes // (source.shape[0] * source.shape[1])),
        "weights": by_fours(in_tap_order(tensors.weights, fields)),
        "channels": channel_records(tensors),
    }
    call = Call("arenite_transpose_conv_s16", {name: fields[name] for name in FIELDS}, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,))
