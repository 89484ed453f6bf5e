"""Weights of two output channels in each half of a word, and channels: constants of the words for the DSP extension."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.quantise import INT8_MAX, INT8_MIN, INT32_MAX, INT32_MIN, all_requantised_twice

LARGEST_INPUT = 128
SUM_BITS = 23
"""Product sums of the second channel of a pair, with a sign bit in front."""
ACCUMULATOR_BITS = 30
"""Accumulators of channels that are scaled the short way."""
MAX_EXPONENT = 22
OTHER_EXPONENT = -64
"""What is added to the exponents of other channels: all are negative then."""


SHORT = (1 << SUM_BITS) // (LARGEST_INPUT * 128) - 1
"""Elements of a channel up to which no weights make these sums too large."""


def fits_pairs(weights: npt.NDArray[np.int8]) -> bool:
    """Whether no inputs make the sums of int8 [output channels, elements] too large."""
    sums = np.abs(weights[1::2].astype(np.int64)).sum(axis=1)
    return int(sums.max(initial=0)) * LARGEST_INPUT < 1 << SUM_BITS


def pair_weights(weights: npt.NDArray[np.int8], *, offset: int = 128) -> npt.NDArray[np.uint32]:
    """int8 [output channels, elements] -> uint32 [output channels / 4, elements / 4, 4], both rounded up.

    The words of four channels and elements: channels 0 and 1 with elements 0 and 2, channels 2 and 3 with these, then
    both with elements 1 and 3. Halves are 256 times the weight of the second channel plus that of the first, plus
    ``offset``.
    """
    channels, elements = weights.shape
    halves = np.zeros((-(-channels // 4) * 2, -(-elements // 4) * 4), np.int64)
    halves[: -(-channels // 2), :elements] = weights[::2].astype(np.int64) + offset
    halves[: channels // 2, :elements] += 256 * weights[1::2].astype(np.int64)
    # [block, pair of channels, four, element: half and which of the two words]
    parts: npt.NDArray[Any] = halves.reshape(-1, 2, halves.shape[1] // 4, 2, 2).astype(np.uint32)
    words = parts[:, :, :, 0] & 0xFFFF | parts[:, :, :, 1] << 16
    packed: npt.NDArray[np.uint32] = np.ascontiguousarray(words.transpose(0, 2, 3, 1)).reshape(len(words), -1, 4)
    return packed


def pair_channels(
    channels: npt.NDArray[np.int32], weights: npt.NDArray[np.int8], zero_point: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int8]]:
    """int32 [channels, 3] of ``arenite_channel`` -> of ``arenite_pair_channel``, and the weights that go with them.

    Channels whose output is the same whatever the inputs are get no weights.

    Args:
        weights: int8 [channels, elements].
        zero_point: of the output.
    """
    bias, multiplier, exponent = (channels[:, field].astype(np.int64) for field in range(3))
    reach = LARGEST_INPUT * np.abs(weights.astype(np.int64)).sum(axis=1)
    multiplier = (multiplier & 0xFFFFFFFF) >> 1
    short = (np.abs(bias) + reach < 1 << ACCUMULATOR_BITS) & (exponent >= 0) & (exponent <= MAX_EXPONENT)
    fields = np.stack([2 * bias, multiplier, exponent], axis=1)
    without = weights.copy()
    least, most = bias - reach, bias + reach
    # What wraps in between may be anything.
    straight = (least >= INT32_MIN) & (most <= INT32_MAX) & ((exponent >= -1) | (reach == 0))
    others = np.flatnonzero(~short & straight)
    scales = multiplier[others], -1 - exponent[others]
    low, high = (
        np.clip(all_requantised_twice(ends[others], *scales), INT8_MIN - zero_point, INT8_MAX - zero_point)
        for ends in (least, most)
    )
    constant, values = others[low == high], low[low == high]
    short[constant], without[constant] = True, 0
    # 2^30 * 8 * value / 2^32 is twice the value, as the exponent 0 wants it.
    fields[constant] = np.stack([np.full_like(values, 1 << 30), 8 * values, np.zeros_like(values)], axis=1)
    of_four = np.repeat(short.reshape(-1, 4).all(axis=1), 4)
    packed: npt.NDArray[np.int32] = np.where(of_four[:, None], fields, other_channels(channels)).astype(np.int32)
    return packed, np.where(of_four[:, None], without, weights)


def other_channels(channels: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The same, all of which are scaled in full."""
    return np.add(channels, np.array([0, 0, OTHER_EXPONENT], np.int32), dtype=np.int32)
