"""CONV_2D, int8, NHWC, weights [output channel, height, width, input channel of the group].

Rounds twice, or once with the attribute ``requantisation`` as ONNX has it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from arenite.frontends.lowering import Array, Arrays, Call, Entries, LateConstants, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import contiguous
from arenite.frontends.operators.weights import (
    CONVOLUTION_FIELDS,
    channel_records,
    folded_records,
    in_fours,
    quads,
    row_taps,
    weighted,
    window,
)
from arenite.frontends.operators.wide_weights import with_wide_channels

KINDS = ("CONV_2D",)


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, operator, channel_axis=0)
    if tensors.weights.ndim != 4 or len(tensors.source.shape) != 4:
        raise NotLowered("the tensors have not 4 axes")
    batches, rows, columns, inputs = tensors.source.shape
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
        "kernel_rows": kernel_rows,
        "kernel_columns": kernel_columns,
        **window(operator, tensors, (kernel_rows, kernel_columns), outputs),
        "input_zero_point": tensors.source_zero_point,
        "output_zero_point": tensors.result_zero_point,
        "activation_min": tensors.activation_min,
        "activation_max": tensors.activation_max,
        **contiguous(outputs),
    }
    fast = fields["groups"] == 1 and fields["dilation_columns"] == 1
    records = channel_records(tensors)
    channels = in_fours(records) if fast else records
    entries: Entries = {
        "taps": row_taps(kernel_rows, fields["dilation_rows"], columns * inputs),
        "weights": channels.shape[0] * tensors.weights[0].size if fast else tensors.weights,
        "channels": channels.nbytes,
    }
    source: Arrays = {"weights": tensors.weights.reshape(outputs, -1), "channels": channels}
    constants = LateConstants(entries, partial(_constants, source, tensors.source_zero_point, fast), source)
    kernel, names = ("arenite_conv2d", FAST_FIELDS) if fast else ("arenite_conv2d_general", CONVOLUTION_FIELDS)
    call = Call(
        f"{kernel}{tensors.kernel_suffix}", {name: fields[name] for name in names}, (tensors.source.index,), constants
    )
    return with_wide_channels(tensors, records, fields, call)


def _constants(source: Mapping[str, Array], zero_point: int, fast: bool) -> Mapping[str, Array]:
    weights, channels = source["weights"], source["channels"]
    folded = folded_records(channels[: len(weights)], weights, zero_point)
    return {"weights": quads(weights), "channels": in_fours(folded)} if fast else {"channels": folded}


FAST_FIELDS = tuple(name for name in CONVOLUTION_FIELDS if name not in ("groups", "dilation_columns"))
