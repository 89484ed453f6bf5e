"""From real scales to integers, computed as TensorFlow Lite does it, so that results agree bit for bit.

A real multiplier is represented as ``multiplier * 2**(shift - 31)`` with 2**30 <= multiplier < 2**31. The header of
words in ``codegen/kernels`` has the C versions that kernels need; those here serve tables made at compile time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation

INT8_MIN, INT8_MAX = -128, 127
Integers = npt.NDArray[np.int64]
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
MIN_SHIFT, MAX_SHIFT = -31, 30
_LEAST, _MOST = 2.0 ** (MIN_SHIFT - 1), 2.0 ** (MAX_SHIFT - 1)
"""Multipliers from the one to below the other have such shifts, however they are rounded."""

_ACTIVATION_LIMITS = {
    "NONE": (-math.inf, math.inf),
    "RELU": (0.0, math.inf),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
}


def quantize_multiplier(real: float) -> tuple[int, int]:
    """``(multiplier, shift)`` of a real multiplier >= 0 (TFLite: QuantizeMultiplier); (0, 0) where it is below 2**-32.

    Raises:
        NotLowered: the multiplier is negative, not finite, or too large for a shift in [-31, 30].
    """
    if not (math.isfinite(real) and real >= 0):
        raise NotLowered(f"the scales give the multiplier {real}")
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = math.floor(math.ldexp(fraction, 31) + 0.5)
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    if shift < MIN_SHIFT:
        return 0, 0
    if shift > MAX_SHIFT:
        raise NotLowered(f"the scales give the multiplier {real}, which is too large")
    return multiplier, shift


def quantize_multipliers(reals: npt.ArrayLike) -> Integers:
    """[multipliers, 2]: ``quantize_multiplier`` of each."""
    values = np.asarray(reals, np.float64)
    least = values.min(initial=math.inf)
    if not (values.size and least > 0 and values.max() < _MOST):
        return np.array([quantize_multiplier(real) for real in values.tolist()], np.int64).reshape(-1, 2)
    fractions, shifts = np.frexp(values)
    multipliers = np.floor(np.ldexp(fractions, 31) + 0.5).astype(np.int64)
    full = multipliers >> 31
    found = np.empty((len(values), 2), np.int64)
    found[:, 0], found[:, 1] = multipliers >> full, shifts + full
    if least < _LEAST:
        found[found[:, 1] < MIN_SHIFT] = 0
    return found


def doubling_high_mul(a: int, b: int) -> int:
    """``a * b / 2**31`` to nearest, ties upwards, saturated (gemmlowp: SaturatingRoundingDoublingHighMul)."""
    return min((a * b + 2**30) >> 31, INT32_MAX)


def rounding_shift(value: int, exponent: int) -> int:
    """``value / 2**exponent`` to nearest, ties away from zero (gemmlowp: RoundingDivideByPOT); exponent in [0, 31]."""
    mask = (1 << exponent) - 1
    return (value >> exponent) + ((value & mask) > (mask >> 1) + (value < 0))


def requantise_twice(value: int, multiplier: int, shift: int) -> int:
    """``value * multiplier * 2**(shift - 31)`` as TFLite's MultiplyByQuantizedMultiplier: rounded after the
    multiplication and after the shift, where the shift to the left wraps modulo 2**32."""
    scaled = wrap(value << max(shift, 0))
    return rounding_shift(doubling_high_mul(scaled, multiplier), max(-shift, 0))


def all_requantised_twice(values: Integers, multipliers: Integers, shifts: Integers) -> Integers:
    """``requantise_twice`` of each; values are those of int32."""
    wrapped = (values << np.maximum(shifts, 0)).astype(np.uint64).astype(np.uint32).view(np.int32)
    scaled: Integers = wrapped.astype(np.int64)
    high: Integers = np.minimum((scaled * multipliers + 2**30) >> 31, INT32_MAX)
    exponents = np.maximum(-shifts, 0)
    masks = (np.int64(1) << exponents) - 1
    result: Integers = (high >> exponents) + ((high & masks) > (masks >> 1) + (high < 0))
    return result


def requantise_once(value: int, multiplier: int, shift: int) -> int:
    """``value * multiplier * 2**(shift - 62)`` to nearest, ties upwards: a multiplier of 62 bits."""
    exponent = 62 - shift
    return (value * multiplier + (1 << (exponent - 1))) >> exponent


def wrap(value: int) -> int:
    """The int32 that equals ``value`` modulo 2**32."""
    return (value - INT32_MIN) % 2**32 + INT32_MIN


def activation_range(
    activation: object, output: Quantisation, limits: tuple[int, int] = (INT8_MIN, INT8_MAX)
) -> tuple[int, int]:
    """Least and greatest value of an output with a fused activation (TFLite: CalculateActivationRangeQuantized, which
    divides in float32).

    Formats other than TFLite's may give the two values themselves as ``activation``.

    Args:
        limits: the least and the greatest value of the output's type.

    Raises:
        NotLowered: the activation is none of those that TFLite fuses into operators on integers.
    """
    if isinstance(activation, tuple):
        least, greatest = activation
        return int(least), int(greatest)
    bounds = _ACTIVATION_LIMITS.get(activation) if isinstance(activation, str) else None
    if bounds is None:
        raise NotLowered(f"the fused activation {activation} has no form on integers")
    low, high = (_quantised_limit(bound, output, limits) for bound in bounds)
    return max(low, limits[0]), min(high, limits[1])


def _quantised_limit(limit: float, output: Quantisation, limits: tuple[int, int]) -> int:
    if math.isinf(limit):
        return limits[0] if limit < 0 else limits[1]
    scaled = _float32_ratio(limit, output.scale)
    if not abs(scaled) <= INT32_MAX:
        raise NotLowered(f"the output's scale {output.scale} is too small for its activation")
    return output.zero_point + math.trunc(scaled + math.copysign(0.5, scaled))


@lru_cache(maxsize=1024)
def _float32_ratio(dividend: float, divisor: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(dividend) / np.float32(divisor))


def channel_scales(weights: Quantisation, channels: int) -> tuple[float, ...]:
    """One weight scale per output channel; a single one stands for all.

    Raises:
        NotLowered: there are neither one nor ``channels`` scales, or they are not finite and positive.
    """
    scales = weights.scales if weights.per_channel else weights.scales * channels
    if len(scales) != channels:
        raise NotLowered(f"the weights have {len(weights.scales)} scales for {channels} output channels")
    if not (min(scales, default=1.0) > 0 and math.isfinite(sum(scales))):
        raise NotLowered("a scale of the weights is not finite and positive")
    return scales


def folded_bias(
    weights: npt.NDArray[Any], bias: npt.NDArray[Any] | None, input_zero_point: int
) -> npt.NDArray[np.int32]:
    """``bias - input_zero_point * sum(weights)`` per output channel, wrapped to int32.

    With it a sum of products over raw inputs is the sum over inputs less their zero point.

    Args:
        weights: int8, output channels along the first axis.
        bias: int32 [channels], or None for zeros.
    """
    channels = weights.shape[0]
    sums = weights.reshape(channels, -1).sum(axis=1, dtype=np.int64)
    folded = (0 if bias is None else bias.reshape(channels).astype(np.int64)) - input_zero_point * sums
    result: npt.NDArray[np.int32] = folded.astype(np.uint64).astype(np.uint32).view(np.int32)
    return result


def scale_table(multipliers: Sequence[tuple[int, int]]) -> npt.NDArray[np.int32]:
    """int32 [multipliers, 3] of multipliers of 62 bits, for C an array of ``arenite_scale {multiplier, exponent,
    fraction}``."""
    scales = [(multiplier >> 30, -1 - shift, multiplier & (2**30 - 1)) for multiplier, shift in multipliers]
    return _int32(scales)


def channel_table(bias: npt.NDArray[np.int32], multipliers: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """int32 [channels, 3], what C sees as an array of ``arenite_channel {bias, multiplier, exponent}``.

    ``multipliers``: [channels, 2], with their shifts.
    """
    pairs = np.asarray(multipliers, np.int64)
    # What does not fit wraps.
    table = np.empty((len(bias), 3), np.int32)
    table[:, 0], table[:, 1], table[:, 2] = bias, 2 * pairs[:, 0], -1 - pairs[:, 1]
    return table


def _int32(rows: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Values in [-2**31, 2**32), modulo 2**32."""
    return np.asarray(rows, np.int64).astype(np.uint32).view(np.int32)


def once_rounded_multiplier(real: float, limit: int) -> tuple[int, int]:
    """``(multiplier, shift)`` with which ``requantise_once`` equals TFLite's FULLY_CONNECTED on every accumulator.

    TFLite's reference computes ``round(accumulator * real)`` in float64, ties away from zero. Every result that int8
    can tell apart begins at some least accumulator; each of these bounds the multiplier from below, the accumulator
    before it from above, and the multiplier nearest to the usual one within all bounds is taken. Where shift >= 0 the
    accumulators at the bounds are small and the lower 31 bits of the multiplier stay 0.

    Args:
        real: input scale * weight scale / output scale.
        limit: no accumulator is beyond [-limit, limit].

    Raises:
        NotLowered: as ``quantize_multiplier``, or no multiplier meets all bounds.
    """
    usual, shift = quantize_multiplier(real)
    unit = 1 if shift < 0 else 2**31
    exponent = 62 - shift
    low, high = 0, 2**62 - 1
    results = np.arange(-255, 257)
    first = _first_accumulators(real, results, limit)
    for accumulators, reaches in ((first, True), (first - 1, False)):
        for result, accumulator in _narrowest(results, accumulators, limit, reaches):
            # requantise_once(accumulator) >= result  <=>  accumulator * multiplier >= threshold
            threshold = (2 * result - 1) << (exponent - 1)
            factor, least = (accumulator, threshold) if reaches else (-accumulator, 1 - threshold)
            if factor > 0:
                low = max(low, -(-least // factor))
            else:
                high = min(high, least // factor)
    low, high = -(-low // unit) * unit, high // unit * unit
    if low > high:
        raise NotLowered(f"no integer multiplier rounds as {real} does for accumulators up to {limit}")
    return min(max(usual << 31, low), high), shift


def _first_accumulators(real: float, results: Integers, limit: int) -> Integers:
    """For each of ``results`` the least accumulator in [-limit, limit] that TFLite scales to it or more; limit + 1 if
    none does. The limit is below 2**53."""
    with np.errstate(divide="ignore", over="ignore"):
        estimates = np.ceil((results - 0.5) / np.float64(real))
    first = np.clip(estimates, -limit, limit + 1)
    while (too_high := (first > -limit) & (_round_half_away((first - 1) * real) >= results)).any():
        first -= too_high
    while (too_low := (first <= limit) & (_round_half_away(first * real) < results)).any():
        first += too_low
    found: Integers = first.astype(np.int64)
    return found


def _narrowest(results: Integers, accumulators: Integers, limit: int, reaches: bool) -> Iterable[tuple[int, int]]:
    """Those results and accumulators that bound a multiplier the most, from below and from above, if the multiple of
    the accumulator has to reach its result, or not. Among equals in float64, which keeps order, are the most."""
    used = (np.abs(accumulators) <= limit) & (accumulators != 0)
    results, accumulators = results[used], accumulators[used]
    bounds = (2 * results - 1) / accumulators
    from_below = (accumulators > 0) == reaches
    least, most = bounds[from_below].max(initial=-math.inf), bounds[~from_below].min(initial=math.inf)
    found = np.where(from_below, bounds == least, bounds == most)
    return zip(results[found].tolist(), accumulators[found].tolist(), strict=True)


def _round_half_away(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    magnitudes = np.abs(values)
    rounded: npt.NDArray[np.float64] = np.copysign(np.floor(magnitudes + 0.5), values)
    return np.where(magnitudes < 2**51, rounded, values)
