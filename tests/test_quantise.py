"""Scales to integers: against exact rational arithmetic and float64, not against the code's own formulas."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation
from arenite.frontends.quantise import (
    activation_range,
    channel_scales,
    channel_table,
    doubling_high_mul,
    folded_bias,
    once_rounded_multiplier,
    quantize_multiplier,
    requantise_once,
    requantise_twice,
    rounding_shift,
    scale_table,
    wrap,
)

INT32 = st.integers(-(2**31), 2**31 - 1)
HALF = Fraction(1, 2)


def nearest(value: Fraction, *, away: bool) -> int:
    """To nearest; ties away from zero, or upwards."""
    if away and value < 0:
        return -math.floor(-value + HALF)
    return math.floor(value + HALF)


@given(st.floats(2.0**-31, 2.0**29))
def test_multipliers_are_the_nearest_of_31_bits(real: float) -> None:
    multiplier, shift = quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    assert -31 <= shift <= 30
    assert abs(Fraction(multiplier) * Fraction(2) ** (shift - 31) - Fraction(real)) <= Fraction(2) ** (shift - 32)


def test_multipliers_at_the_ends() -> None:
    assert quantize_multiplier(1.0) == (2**30, 1)
    assert quantize_multiplier(0.5) == (2**30, 0)
    assert quantize_multiplier(math.nextafter(1.0, 0.0)) == (2**30, 1)
    assert quantize_multiplier(2.0**-32) == (2**30, -31)
    assert quantize_multiplier(2.0**-33) == (0, 0)
    assert quantize_multiplier(0.0) == (0, 0)
    for real in (math.nan, math.inf, -1.0, 2.0**31):
        with pytest.raises(NotLowered, match="multiplier"):
            quantize_multiplier(real)


@given(INT32, INT32)
def test_doubling_high_mul(a: int, b: int) -> None:
    assert doubling_high_mul(a, b) == min(nearest(Fraction(a * b, 2**31), away=False), 2**31 - 1)


@given(INT32, st.integers(0, 31))
def test_rounding_shift(value: int, exponent: int) -> None:
    assert rounding_shift(value, exponent) == nearest(Fraction(value, 2**exponent), away=True)


@given(INT32, st.integers(2**30, 2**31 - 1), st.integers(-31, 30))
def test_requantisation_rounds_as_often_as_it_says(value: int, multiplier: int, shift: int) -> None:
    once = Fraction(value * multiplier) * Fraction(2) ** (shift - 31)
    assert requantise_once(value, multiplier << 31, shift) == nearest(once, away=False)
    scaled = (value * 2 ** max(shift, 0) + 2**31) % 2**32 - 2**31
    high = nearest(Fraction(scaled * multiplier, 2**31), away=False)
    assert requantise_twice(value, multiplier, shift) == nearest(Fraction(high, 2 ** max(-shift, 0)), away=True)


@pytest.mark.parametrize(
    ("activation", "scale", "zero_point", "expected"),
    [
        ("NONE", 0.1, 4, (-128, 127)),
        ("RELU", 0.1, 4, (4, 127)),
        ("RELU6", 0.1, 4, (4, 64)),
        ("RELU6", 6 / 255, -128, (-128, 127)),
        ("RELU6", 0.04, -128, (-128, 22)),
        ("RELU_N1_TO_1", 0.1, 4, (-6, 14)),
        ("RELU_N1_TO_1", 2.0, 0, (-1, 1)),
    ],
)
def test_activation_range(activation: str, scale: float, zero_point: int, expected: tuple[int, int]) -> None:
    quantisation = Quantisation((float(np.float32(scale)),), (zero_point,))
    assert activation_range(activation, quantisation) == expected


def test_activations_without_an_int8_form() -> None:
    for activation in ("TANH", "SIGN_BIT", None):
        with pytest.raises(NotLowered, match="activation"):
            activation_range(activation, Quantisation((0.1,), (0,)))
    with pytest.raises(NotLowered, match="too small"):
        activation_range("RELU6", Quantisation((1e-30,), (0,)))


def test_channel_scales() -> None:
    assert channel_scales(Quantisation((0.5,), (0,)), 3) == (0.5, 0.5, 0.5)
    assert channel_scales(Quantisation((0.5, 0.25), (0, 0)), 2) == (0.5, 0.25)
    for scales, channels in (((0.5, 0.25), 3), ((0.5, -1.0), 2), ((math.nan,), 1), ((0.0,), 1)):
        with pytest.raises(NotLowered):
            channel_scales(Quantisation(scales, (0,) * len(scales)), channels)


@given(st.integers(-128, 127), st.integers(0, 2**32))
def test_folded_bias(zero_point: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    weights = generator.integers(-128, 128, (3, 2, 4), np.int8)
    bias = generator.integers(-(2**31), 2**31, 3, np.int32)
    inputs = generator.integers(-128, 128, (2, 4), np.int8)
    folded = folded_bias(weights, bias, zero_point)
    for channel in range(3):
        products = (inputs.astype(int) - zero_point) * weights[channel].astype(int)
        raw = inputs.astype(int) * weights[channel].astype(int)
        assert wrap(int(bias[channel]) + int(products.sum())) == wrap(int(folded[channel]) + int(raw.sum()))
    np.testing.assert_array_equal(folded_bias(weights, None, zero_point), folded_bias(weights, 0 * bias, zero_point))


def test_tables_hold_the_same_real_numbers() -> None:
    multipliers = [quantize_multiplier(real) for real in (0.003, 0.5, 0.75, 1.0, 40.0, 2.0**-32, 0.0)]
    table = scale_table([(multiplier << 31, shift) for multiplier, shift in multipliers])
    assert table.dtype == np.int32
    for (multiplier, shift), (stored, exponent, fraction) in zip(multipliers, table.tolist(), strict=True):
        mantissa = stored % 2**32
        assert fraction == 0
        assert Fraction(mantissa) / Fraction(2) ** (33 + exponent) == Fraction(multiplier) * Fraction(2) ** (shift - 31)
        assert mantissa >= 2**31 or (mantissa == 0 and exponent < 0)
    bias = np.arange(len(multipliers), dtype=np.int32)
    np.testing.assert_array_equal(channel_table(bias, multipliers), np.column_stack([bias, table[:, :2]]))
    ((stored, exponent, fraction),) = scale_table([((2**30 + 5) * 2**31 + 12345, -3)]).tolist()
    assert (stored % 2**32, exponent, fraction) == (2**31 + 10, 2, 12345)


def once_rounded(real: float, accumulators: npt.NDArray[np.int64]) -> list[int]:
    """What TFLite's FULLY_CONNECTED makes of each accumulator, results that int8 cannot tell apart taken together."""
    exact = accumulators * real
    rounded: list[int] = np.clip(np.copysign(np.floor(np.abs(exact) + 0.5), exact), -256, 256).astype(int).tolist()
    return rounded


def check_once_rounded(real: float, limit: int, accumulators: npt.NDArray[np.int64]) -> None:
    multiplier, shift = once_rounded_multiplier(real, limit)
    ours = [min(max(requantise_once(value, multiplier, shift), -256), 256) for value in accumulators.tolist()]
    assert ours == once_rounded(real, accumulators)


def real_multipliers(real: float, accumulators: npt.NDArray[np.int64]) -> tuple[Fraction, Fraction]:
    """``(low, high)``: the real numbers that round, ties upwards, as TFLite does lie in [low, high], if any does."""
    low, high = Fraction(0), Fraction(2**31)
    for accumulator, result in zip(accumulators.tolist(), once_rounded(real, accumulators), strict=True):
        if accumulator:
            ends = [(result + half) / accumulator for half in (Fraction(-1, 2), Fraction(1, 2))]
            if result > -256:
                low, high = (max(low, ends[0]), high) if accumulator > 0 else (low, min(high, ends[0]))
            if result < 256:
                low, high = (low, min(high, ends[1])) if accumulator > 0 else (max(low, ends[1]), high)
    return low, high


@pytest.mark.parametrize("real", [2.0**-9, 2.0**-3, 0.5, 3 * 2.0**-8, 1.0, 1 / 3, 0.0078, 5.0, 1e-12, 0.000731])
def test_once_rounded_everywhere(real: float) -> None:
    check_once_rounded(real, 200_000, np.arange(-200_000, 200_001))


@given(st.floats(1e-8, 4.0), st.integers(10, 2**31))
@example(0.7, 45)
@example(0.7, 44)
def test_once_rounded_around_every_boundary(real: float, limit: int) -> None:
    near = np.round((np.arange(-256, 257) - 0.5) / real)
    accumulators = np.unique(np.concatenate([near + offset for offset in (-2, -1, 0, 1, 2)]))
    accumulators = accumulators[np.abs(accumulators) <= limit].astype(np.int64)
    try:
        check_once_rounded(real, limit, accumulators)
    except NotLowered:
        # 5 * 0.7 in float64 is 3.5 and rounds to 4, 45 * 0.7 lies below 31.5: no real number does both.
        low, high = real_multipliers(real, accumulators)
        assert high - low < Fraction(2) ** -50 * Fraction(real)
