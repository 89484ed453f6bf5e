"""TRANSPOSE_CONV, int8 and uint8, NHWC, weights [output channel, height, width, input channel], the output's shape a
constant."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import contiguous
from arenite.frontends.operators.transposed_windows import (
    as_convolution,
    in_tap_order,
    transposed_fields,
    transposed_taps,
)
from arenite.frontends.operators.weights import Array, Weighted, channel_records, in_fours, quads, weighted

KINDS = ("TRANSPOSE_CONV",)
FIELDS = (
    "batches", "input_rows", "input_columns", "input_channels", "output_rows", "output_columns", "output_channels",
    "kernel_rows", "kernel_columns", "step_rows", "step_columns", "pad_top", "pad_left", "input_zero_point",
    "weight_offset", "output_zero_point", "activation_min", "activation_max", "output_stride", "output_start",
)  # fmt: skip


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, as_convolution(model, operator), channel_axis=0)
    source, result = tensors.source, tensors.result
    if tensors.rounds_once:
        raise NotLowered("it rounds once")
    weights, offset = _stored(tensors)
    outputs = tensors.weights.shape[0]
    fields = {
        **transposed_fields(operator, source, result, tensors.weights),
        "input_zero_point": tensors.source_zero_point,
        "weight_offset": offset,
        "output_zero_point": tensors.result_zero_point,
        "activation_min": tensors.activation_min,
        "activation_max": tensors.activation_max,
        **contiguous(outputs),
    }
    constants = {
        "taps": transposed_taps(fields, source.bytes // (source.shape[0] * source.shape[1])),
        "weights": quads(in_tap_order(weights, fields)),
        "channels": in_fours(channel_records(tensors)),
    }
    call = Call("arenite_transpose_conv_s8", {name: fields[name] for name in FIELDS}, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,))


def _stored(tensors: Weighted) -> tuple[Array, int]:
    """int8 weights, and what each counts more than it is: their zero point, where they are no int8 without it."""
    if not tensors.wide:
        return tensors.weights, 0
    if len(tensors.zero_points) != 1:
        raise NotLowered("the weights less their zero points are no int8")
    return tensors.stored, -tensors.zero_points[0]
