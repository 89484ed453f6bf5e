"""Depthwise convolution on Armv6-M: inputs of one channel as words, side by side as a window needs them, so that one
instruction loads several."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.channels_v6m import coded_channels, may_wrap
from arenite.frontends.bodies.repack import scales
from arenite.frontends.lowering import Array, Arrays, Call, Entries, LateConstants
from arenite.frontends.operators.depthwise_conv2d import FIELDS

_UNROLLED = 9
"""Weights of a filter are filled up to a multiple of this."""


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    """Of the kernel for any filter, but not of columns that lie apart."""
    if call.layer["dilation_columns"] != 1:
        return None
    by_channel = call.constants["weights"].astype(np.int8)[0].transpose(2, 1, 0)
    once = call.kernel.endswith("_once_s8")
    if not once and may_wrap(call.constants["channels"], by_channel.reshape(by_channel.shape[0], -1)):
        return None
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
    taps = -(-weights.shape[1] // _UNROLLED) * _UNROLLED
    sizes = _sizes(fields, taps, scratch_limit // 4)
    if sizes is None:
        return None
    segment, words = sizes
    once = call.kernel.endswith("_once_s8")
    records = scales(call)
    entries: Entries = {"taps": call.constants["taps"], "weights": len(weights) * taps, "channels": records.nbytes}
    source: Arrays = {"weights": weights, "channels": records}
    layer = {name: fields[name] for name in FIELDS if name != "dilation_columns"}
    rewritten = Call(
        "arenite_depthwise_conv2d_v6m_once_s8" if once else "arenite_depthwise_conv2d_v6m_s8",
        {**layer, "segment": segment, "filter": taps},
        call.inputs,
        LateConstants(entries, partial(_constants, once, call, weights), source),
    )
    return rewritten, 4 * words


def _constants(once: bool, call: Call, weights: npt.NDArray[np.int8]) -> Mapping[str, Array]:
    channels = call.constants["channels"]
    return {
        "weights": np.pad(weights, ((0, 0), (0, -weights.shape[1] % _UNROLLED))),
        "channels": channels if once else coded_channels(channels, weights),
    }


def _sizes(fields: Mapping[str, int], taps: int, limit: int) -> tuple[int, int] | None:
    """Pixels at a time, and words of scratch, of which ``limit`` may be used.

    An input of one column is computed as one row, too: elements of a column are then those of a row.
    """
    turned = fields["input_columns"] == fields["kernel_columns"] == fields["output_columns"] == 1
    height = 1 if turned else fields["kernel_rows"]
    step = height * fields["stride_rows" if turned else "stride_columns"]
    pixels = fields["output_rows" if turned else "output_columns"]
    # The last window reaches as far as a filter that is filled up.
    fixed = 1 + 2 * taps - step
    most = min((limit - fixed) // (1 + step), pixels)
    if most < 1:
        return None
    segment = -(-pixels // -(-pixels // most))
    return segment, fixed + segment * (1 + step)


BODIES = tuple(
    Body(f"{of}{rounding}_s8", f"arenite_depthwise_conv2d_v6m{rounding}_s8", "v6m", rewriting)
    for of, rewriting in (("arenite_depthwise_conv2d", rewrite), ("arenite_depthwise_conv2d_3x3", rewrite_3x3))
    for rounding in ("", "_once")
)
