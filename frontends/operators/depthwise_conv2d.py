"""DEPTHWISE_CONV_2D, int8, NHWC, weights [1, height, width, output channel].

Rounds twice, or once with the attribute ``requantisation`` as ONNX has it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial

import numpy as np

from arenite.frontends.lowering import Array, Arrays, Call, Entries, LateConstants, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import contiguous
from arenite.frontends.operators.weights import channel_records, folded_records, row_taps, weighted, window
from arenite.frontends.operators.wide_weights import with_wide_channels

KINDS = ("DEPTHWISE_CONV_2D",)

FIELDS = (
    "batches", "input_rows", "input_columns", "input_channels", "output_rows", "output_columns", "depth_multiplier",
    "kernel_rows", "kernel_columns", "stride_rows", "stride_columns", "dilation_rows", "dilation_columns", "pad_top",
    "pad_left", "input_zero_point", "output_zero_point", "activation_min", "activation_max",
    "output_stride", "output_start",
)  # fmt: skip
_FIXED_IN_3X3 = ("depth_multiplier", "kernel_rows", "kernel_columns", "dilation_columns")


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, operator, channel_axis=3)
    if tensors.weights.ndim != 4 or len(tensors.source.shape) != 4:
        raise NotLowered("the tensors have not 4 axes")
    batches, rows, columns, inputs = tensors.source.shape
    one, kernel_rows, kernel_columns, outputs = tensors.weights.shape
    if one != 1 or outputs % inputs:
        raise NotLowered(f"weights of shape {list(tensors.weights.shape)} do not fit {inputs} input channels")
    fields = {
        "batches": batches,
        "input_rows": rows,
        "input_columns": columns,
        "input_channels": inputs,
        "depth_multiplier": outputs // inputs,
        "kernel_rows": kernel_rows,
        "kernel_columns": kernel_columns,
        **window(operator, tensors, (kernel_rows, kernel_columns), outputs),
        "input_zero_point": tensors.source_zero_point,
        "output_zero_point": tensors.result_zero_point,
        "activation_min": tensors.activation_min,
        "activation_max": tensors.activation_max,
        **contiguous(outputs),
    }
    by_channel = np.ascontiguousarray(tensors.weights[0].transpose(2, 0, 1))
    fast = _is_3x3(fields)
    records = channel_records(tensors)
    entries: Entries = {
        "taps": row_taps(kernel_rows, fields["dilation_rows"], columns * inputs),
        "weights": by_channel if fast else tensors.weights,
        "channels": records.nbytes,
    }
    source: Arrays = {"weights": by_channel.reshape(outputs, -1), "channels": records}
    constants = LateConstants(entries, partial(_constants, source, tensors.source_zero_point), source)
    names = [name for name in FIELDS if not (fast and name in _FIXED_IN_3X3)]
    kernel = "arenite_depthwise_conv2d_3x3" if fast else "arenite_depthwise_conv2d"
    call = Call(
        f"{kernel}{tensors.kernel_suffix}", {name: fields[name] for name in names}, (tensors.source.index,), constants
    )
    return with_wide_channels(tensors, records, {**fields, "output_channels": outputs, "groups": inputs}, call)


def _constants(source: Mapping[str, Array], zero_point: int) -> Mapping[str, Array]:
    return {"channels": folded_records(source["channels"], source["weights"], zero_point)}


def _is_3x3(fields: Mapping[str, int]) -> bool:
    """Whether the kernel for 3x3 takes it: two rows and two columns of every window must lie in the input."""
    if (fields["kernel_rows"], fields["kernel_columns"], fields["depth_multiplier"]) != (3, 3, 1):
        return False
    return fields["dilation_columns"] == 1 and all(
        _fewest_inside(
            fields[f"input_{axis}"],
            fields[f"output_{axis}"],
            fields[f"stride_{axis}"],
            fields[f"dilation_{axis}"],
            fields[pad],
        )
        >= 2
        for axis, pad in (("rows", "pad_top"), ("columns", "pad_left"))
    )


@lru_cache(maxsize=1024)
def _fewest_inside(extent: int, count: int, stride: int, dilation: int, pad: int) -> int:
    """Of ``count`` windows of three along an axis, how many elements that lie in the input the emptiest one has."""
    elements = np.arange(count)[:, None] * stride - pad + np.arange(3) * dilation
    return int(((elements >= 0) & (elements < extent)).sum(axis=1).min())
