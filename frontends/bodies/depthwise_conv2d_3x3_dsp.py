"""Depthwise 3x3 convolution for the DSP extension."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.few_levels import MOST_RIGHT, few_levels
from arenite.frontends.bodies.repack import scales
from arenite.frontends.lowering import Arrays, Call, Entries, LateConstants

Layer = Mapping[str, int]
Numbers = npt.NDArray[np.int64]
PAIR_BYTES = 48
"""Of scratch, for two columns."""
MOST_SUM = 1 << 23
"""Which sums of products with a bias are less than."""
MOST_STRIDE = 65535
"""Bytes between output pixels that the body takes."""
_TAPS = (0, 1, 3, 4, 2, 6, 5, 7, 7, 0, 8, 0)
"""Of which a record begins with the weights, byte by byte; in place of the first 0 behind them stands the shift."""
_WORDS = 6
"""Of a record."""
_FOLDED = ("output_zero_point",)


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    layer = call.layer
    pixels = pixels_at_once(layer, scratch_limit)
    if pixels == 0 or len(call.constants["weights"]) < 4 or layer["output_stride"] > MOST_STRIDE:
        return None
    found = known_ties(scales(call), layer)
    if found is None:
        channels = channel_records(call.constants["weights"].astype(np.int16), call.constants["channels"], layer)
        if channels is None:
            return None
        found = channels[1]
    fields = {name: value for name, value in layer.items() if name not in _FOLDED}
    entries: Entries = {"taps": call.constants["taps"], "channels": _WORDS * 4 * len(call.constants["weights"])}
    source: Arrays = {"weights": call.constants["weights"], "channels": scales(call)}
    changed = Call(
        "arenite_depthwise_conv2d_3x3_dsp_s8",
        {**fields, "pixels": pixels, "ties_away": int(found)},
        call.inputs,
        LateConstants(entries, partial(_constants, call), source),
    )
    return changed, scratch_bytes(pixels, layer["stride_columns"])


def _constants(call: Call) -> Arrays:
    found = channel_records(call.constants["weights"].astype(np.int16), call.constants["channels"], call.layer)
    assert found is not None
    return {"channels": found[0]}


def known_ties(channels: npt.NDArray[np.int32], layer: Layer) -> bool | None:
    """How ``channel_records`` rounds ties where it cannot fail, as scales are usual and biases small; None elsewhere.

    Args:
        channels: of ``arenite_channel``, with biases for inputs less their zero point.
    """
    low, high = channels.min(axis=0).tolist(), channels.max(axis=0).tolist()
    most_bias = MOST_SUM - 9 * 128 * 256
    if not (low[2] >= 0 and high[2] < MOST_RIGHT and -most_bias < low[0] and high[0] < most_bias):
        return None
    return layer["activation_min"] < layer["output_zero_point"] and (low[1] < 0 or high[1] > 1)


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
    weights: npt.NDArray[np.int16], channels: npt.NDArray[np.generic], layer: Layer
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
    nine = weights.reshape(-1, 9)
    limits = np.abs(bias) + 128 * np.abs(nine).sum(axis=1, dtype=np.int64)
    factors, roundings, shifts, fits = scales_of(limits, factor, right, zero_point)
    if (fits & ties_away & (factors > 0) & (right <= 0)).any():
        return None
    for channel in np.flatnonzero(~fits).tolist():
        numbers = int(bias[channel]), int(factor[channel]), int(right[channel])
        found = few_levels(nine[channel].astype(np.int64), *numbers, zero_point, ties_away)
        if found is None:
            return None
        bias[channel], (factors[channel], roundings[channel], shifts[channel]) = found
    octets = np.ascontiguousarray(nine.astype(np.uint8)[:, _TAPS])
    octets[:, 9], octets[:, 11] = shifts, 0
    words = np.empty((len(nine), _WORDS), np.uint32)
    words[:, :3] = octets.view("<u4")
    words[:, 3:] = np.stack([256 * bias, factors, roundings], axis=1).astype(np.uint32)
    return words.view(np.int32), ties_away


def scales_of(
    limits: Numbers, multipliers: Numbers, right: Numbers, zero_point: int
) -> tuple[Numbers, Numbers, Numbers, npt.NDArray[np.bool_]]:
    """Of each channel multiplier, rounding and shift that round as TFLite's ``multiplier * 2**-(31 + right)`` does, and
    add the zero point; and for which channels there are any.

    With acc in units of 1/256, the first rounding adds 2**6 to floor(acc * multiplier / 2**32), the second one, which
    is there for a shift to the right only, 2**(6 + right); together they are one, as floors of floors are.

    Args:
        limits: that no accumulator exceeds.
    """
    inside = (right >= -6) & (right <= MOST_RIGHT)
    shifts = 7 + np.where(inside, right, 0)
    half = np.where(right > 0, 64, 0) + (np.int64(1) << shifts - 1)
    # All results are the zero point.
    nothing = (multipliers == 0) | ((right > 0) & (limits < np.int64(1) << np.clip(right - 1, 0, 62)))
    roundings = np.where(nothing, (zero_point << 8) + 128, half + (zero_point << shifts))
    fits = (nothing | inside) & (limits < MOST_SUM)
    return np.where(nothing, 0, multipliers), roundings, np.where(nothing, 8, shifts), fits


BODIES = (Body("arenite_depthwise_conv2d_3x3_s8", "arenite_depthwise_conv2d_3x3_dsp_s8", "dsp", rewrite),)
