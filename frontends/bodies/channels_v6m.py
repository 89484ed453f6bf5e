"""Records of output channels, as the bodies for Armv6-M want them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.quantise import all_requantised_twice

MOST_EXPONENT = 21
"""Up to which the rounding of the shift and the zero point fit beside the product into 32 bits."""
MAX_ACCUMULATOR = 1 << 29
"""Accumulators of this magnitude or more would leave the range of the sums of partial products."""
CONSTANT = 64
"""In place of an exponent: the bias is the output, less the zero point, whatever the inputs are."""
RARE = 64
"""Less than the exponent is the code of a channel that is requantised the long way."""
_BEYOND_INT8 = 512


def coded_channels(channels: npt.NDArray[np.generic], weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int32]:
    """``arenite_channel`` of a kernel that rounds twice -> the same with codes for ``arenite_requantise_v6m``.

    Args:
        channels: int32 [channels, 3], more channels than weights have at the end where these fill up the last four.
        weights: [channels, elements]; those of channels that fill up are zero.
    """
    bias, multiplier, exponent = (channels[:, field].astype(np.int64) for field in range(3))
    totals = _products(channels, weights)
    usual = (exponent >= 0) & (exponent <= MOST_EXPONENT) & (totals + np.abs(bias) < MAX_ACCUMULATOR)
    coded = channels.astype(np.int32)
    coded[:, 2] = np.where(usual, exponent, exponent - RARE)
    constant = totals == 0
    results = all_requantised_twice(bias[constant], (multiplier[constant] & 0xFFFFFFFF) >> 1, -1 - exponent[constant])
    coded[constant, 0] = np.clip(results, -_BEYOND_INT8, _BEYOND_INT8)
    coded[constant, 1:] = 0, CONSTANT
    return coded


def may_wrap(channels: npt.NDArray[np.generic], weights: npt.NDArray[np.int8]) -> bool:
    """Whether the sum of a scaled accumulator and a zero point may leave the range of int32: kernels differ there in
    when they add the zero point. Arguments as of ``coded_channels``."""
    bias, exponents = (channels[:, column].astype(np.int64) for column in (0, 2))
    limits = _products(channels, weights) + np.abs(bias)
    return bool((np.ldexp(limits.astype(np.float64), -1 - exponents) >= 1 << 30).any())


def _products(channels: npt.NDArray[np.generic], weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """The greatest magnitude of the sum of products of each channel with int8 inputs."""
    sums = np.zeros(len(channels), np.int64)
    magnitudes: npt.NDArray[Any] = np.abs(weights.astype(np.int64)) * 128
    sums[: len(weights)] = magnitudes.sum(axis=1)[: len(channels)]
    return sums
