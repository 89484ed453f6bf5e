"""Depthwise convolution on Armv6-M: inputs of one channel as words, side by side as a window needs them, so that one
instruction loads several."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.channels_v6m import coded_channels
from arenite.frontends.lowering import Call
from arenite.frontends.operators.depthwise_conv2d import FIELDS

_UNROLLED = 9
"""Weights of a filter are filled up to a multiple of this."""


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    """Of the kernel for any filter, but not of columns that lie apart."""
    if call.layer["dilation_columns"] != 1:
        return None
    by_channel = call.constants["weights"].astype(np.int8)[0].transpose(2, 1, 0)
    return _rewritten(call, call.layer, by_channel, scratch_limit)


def rewrite_3x3(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    """Of the kernel for filters of 3x3."""
    fixed = {"depth_multiplier": 1, "kernel_rows": 3, "kernel_columns": 3, "dilation_columns": 1}
    by_channel = call.constants["weights"].astype(np.int8).transpose(0, 2, 1)
    return _rewritten(call, {**fixed, **call.layer}, by_channel, scratch_limit)


def _rewritten(
    call: Call, fields: Mapping[str, int], by_channel: npt.NDArray[np.int8], scratch_limit: int
) -> tuple[Call, int] | None:
    """``by_channel``: weights, [output channel, kernel column, kernel row]."""
    weights = by_channel.reshape(by_channel.shape[0], -1)
    packed = np.pad(weights, ((0, 0), (0, -weights.shape[1] % _UNROLLED)))
    height, width, stride = fields["kernel_rows"], fields["kernel_columns"], fields["stride_columns"]
    # For any number of pixels; the last window reaches as far as a filter that is filled up.
    words = 1 + 2 * packed.shape[1] - stride * height
    most = min((scratch_limit // 4 - words) // (1 + stride * height), fields["output_columns"])
    if most < 1:
        return None
    segment = -(-fields["output_columns"] // -(-fields["output_columns"] // most))
    once = call.kernel.endswith("_once_s8")
    channels = call.constants["channels"]
    layer = {name: fields[name] for name in FIELDS if name != "dilation_columns"}
    rewritten = Call(
        "arenite_depthwise_conv2d_v6m_once_s8" if once else "arenite_depthwise_conv2d_v6m_s8",
        {**layer, "segment": segment, "filter": packed.shape[1]},
        call.inputs,
        {
            "taps": call.constants["taps"],
            "weights": np.ascontiguousarray(packed),
            "channels": channels if once else coded_channels(channels, weights),
        },
    )
    assert height * width <= packed.shape[1]
    return rewritten, 4 * (words + segment * (1 + stride * height))


def instructions(layer: Mapping[str, int]) -> float:
    height, columns = layer["kernel_rows"], layer["output_columns"]
    segments = -(-columns // layer["segment"])
    rows = layer["batches"] * layer["output_rows"]
    per_output = 2.8 * layer["filter"] + 12 + 30
    per_channel = (3.5 * layer["filter"] + 110) * layer["depth_multiplier"]
    spread = (3.5 if height == 3 else 7) * height * columns * layer["stride_columns"] + 60 * segments
    channels = layer["input_channels"]
    return rows * (
        channels * (layer["depth_multiplier"] * columns * per_output + segments * per_channel + spread) + 300
    )


BODIES = tuple(
    Body(f"{of}{rounding}_s8", f"arenite_depthwise_conv2d_v6m{rounding}_s8", "v6m", rewriting, instructions, code_bytes)
    for of, rewriting in (("arenite_depthwise_conv2d", rewrite), ("arenite_depthwise_conv2d_3x3", rewrite_3x3))
    for rounding, code_bytes in (("", 1680), ("_once", 1420))
)
