"""Depthwise 3x3 convolution for the DSP extension."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.few_levels import MOST_RIGHT, Scale, few_levels
from arenite.frontends.lowering import Call

Layer = Mapping[str, int]
PAIR_BYTES = 48
"""Of scratch, for two columns."""
MOST_SUM = 1 << 23
"""Which sums of products with a bias are less than."""
MOST_STRIDE = 65535
"""Bytes between output pixels that the body takes."""
_FOLDED = ("output_zero_point",)


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    layer = call.layer
    weights = call.constants["weights"].astype(np.int64)
    if len(weights) < 4 or layer["output_stride"] > MOST_STRIDE:
        return None
    pixels = pixels_at_once(layer, scratch_limit)
    channels = channel_records(weights, call.constants["channels"], layer)
    if pixels == 0 or channels is None:
        return None
    records, ties_away = channels
    fields = {name: value for name, value in layer.items() if name not in _FOLDED}
    constants = {"taps": call.constants["taps"], "channels": records}
    changed = Call(
        "arenite_depthwise_conv2d_3x3_dsp_s8",
        {**fields, "pixels": pixels, "ties_away": int(ties_away)},
        call.inputs,
        constants,
    )
    return changed, scratch_bytes(pixels, layer["stride_columns"])


def column_pairs(pixels: int, stride: int) -> int:
    """Pairs of columns that the windows of so many pixels reach."""
    return (pixels + 3) // 2 if stride == 1 else pixels + 1


def scratch_bytes(pixels: int, stride: int) -> int:
    return PAIR_BYTES * column_pairs(pixels, stride)


def pixels_at_once(layer: Layer, scratch_limit: int) -> int:
    """Output pixels of a row that there is scratch for, in parts of about equal size; 0 without scratch for one."""
    columns, stride = layer["output_columns"], layer["stride_columns"]
    pairs = scratch_limit // PAIR_BYTES
    if pairs < column_pairs(1, stride):
        return 0
    if stride > 2:
        return 1
    most = min(2 * pairs - 2 if stride == 1 else pairs - 1, 256)
    parts = -(-columns // most)
    even = -(-columns // parts)
    return min(even + even % 2, most) if stride == 1 and parts > 1 else even


def channel_records(
    weights: npt.NDArray[np.int64], channels: npt.NDArray[np.generic], layer: Layer
) -> tuple[npt.NDArray[np.int32], bool] | None:
    """int32 [channels, 6] of ``arenite_3x3_channel``, and whether ties of negative numbers are rounded away from zero.

    Args:
        weights: [channels, 3, 3].
        channels: int32 [channels, 3] of ``arenite_channel``.

    Returns:
        None where a channel's numbers are too large.
    """
    bias, multiplier, exponent = channels.astype(np.int64).T
    factor, right = multiplier % 2**32 >> 1, exponent + 1
    zero_point = layer["output_zero_point"]
    # Negative numbers end up below the activation's range, or a shift to the left has no second rounding.
    ties_away = layer["activation_min"] < zero_point and bool(((factor > 0) & (right > 0)).any())
    limits = np.abs(bias) + 128 * np.abs(weights).sum(axis=(1, 2))
    known: list[Scale] = []
    for channel, limit in enumerate(limits.tolist()):
        numbers = int(factor[channel]), int(right[channel]), zero_point
        scale = scale_of(limit, *numbers) if limit < MOST_SUM else None
        if scale is None:
            found = few_levels(weights[channel], int(bias[channel]), *numbers, ties_away)
            if found is None:
                return None
            bias[channel], scale = found
        elif ties_away and scale[0] > 0 and right[channel] <= 0:
            return None
        known.append(scale)
    factors, roundings, shifts = np.array(known, np.int64).T
    nine = weights.reshape(-1, 9) & 255
    first, second = (
        sum(nine[:, tap] << 8 * byte for byte, tap in enumerate(taps)) for taps in ((0, 1, 3, 4), (2, 6, 5, 7))
    )
    third = nine[:, 7] | shifts << 8 | nine[:, 8] << 16
    records = np.column_stack([first, second, third, 256 * bias, factors, roundings])
    return records.astype(np.uint64).astype(np.uint32).view(np.int32), ties_away


def scale_of(limit: int, multiplier: int, right: int, zero_point: int) -> Scale | None:
    """The scale that rounds as TFLite's ``multiplier * 2**-(31 + right)`` does, and adds the zero point.

    With acc in units of 1/256, the first rounding adds 2**6 to floor(acc * multiplier / 2**32), the second one, which
    is there for a shift to the right only, 2**(6 + right); together they are one, as floors of floors are.

    Args:
        limit: that no accumulator exceeds.
    """
    if multiplier == 0 or (right > 0 and limit < 1 << right - 1):
        # All results are the zero point.
        return 0, (zero_point << 8) + 128, 8
    if not -6 <= right <= MOST_RIGHT:
        return None
    half = 64 + (1 << 6 + right) if right > 0 else 1 << 6 + right
    return multiplier, half + (zero_point << 7 + right), 7 + right


BODIES = (Body("arenite_depthwise_conv2d_3x3_s8", "arenite_depthwise_conv2d_3x3_dsp_s8", "dsp", rewrite),)
