"""Integers that stand for float32: the C words against numpy's float32, around ties and at the ends."""

from __future__ import annotations

import ctypes
import math
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arenite.codegen.host import load_host_library
from arenite.frontends.float_rounding import float_multipliers, float_scale, mantissa
from arenite.frontends.lowering import NotLowered

Array = npt.NDArray[Any]
FAR = 400
"""What is beyond may be any other number beyond, of the same sign."""


def word(name: str, result: Any, *parameters: Any) -> Any:
    function = getattr(load_host_library(), name)
    function.restype, function.argtypes = result, parameters
    return function


def scaled(values: Array, scales: Array, offset: int) -> Array:
    function = word("arenite_scale_as_float", ctypes.c_int32, *[ctypes.c_int32] * 4)
    multipliers = float_multipliers(scales).tolist()
    return np.array([function(value, *pair, offset) for value, pair in zip(values.tolist(), multipliers, strict=True)])


@pytest.mark.parametrize("offset", [0, 17, 128, 255])
@pytest.mark.parametrize("powers", [(-22, -14), (-16, -8), (-10, 3), (0, 19)])
@pytest.mark.parametrize("kind", ["random", "decimal", "power of two"])
def test_scaling_has_the_bits_of_float32(offset: int, powers: tuple[int, int], kind: str) -> None:
    generator = np.random.default_rng(offset)
    scales = np.exp2(generator.uniform(*powers, 20_000)).astype(np.float32)
    if kind == "decimal":
        scales = np.array([float(f"{scale:.2g}") for scale in scales], np.float32)
    if kind == "power of two":
        scales = np.exp2(np.floor(np.log2(scales)))
    results = generator.integers(-300, 300, scales.size) + 0.5 * (generator.random(scales.size) < 0.9)
    values = np.rint(results / scales.astype(np.float64)) + generator.integers(-1, 2, scales.size)
    values = np.clip(values, -(2**31), 2**31 - 1).astype(np.int64)
    expected = np.rint(values.astype(np.float32) * scales + np.float32(offset)) - offset
    ours = scaled(values, scales, offset)
    np.testing.assert_array_equal(np.clip(ours, -FAR, FAR), np.clip(expected, -FAR, FAR))


@given(st.integers(-(2**62), 2**62))
def test_float_of(value: int) -> None:
    assert word("arenite_float_of", ctypes.c_int64, ctypes.c_int64)(value) == int(np.float32(value))


@given(st.integers(-(2**61), 2**61), st.integers(1, 70))
def test_round_to_even(value: int, exponent: int) -> None:
    expected = round(Fraction(value, 2**exponent))
    if abs(expected) < 2**31:
        ours = word("arenite_round_to_even", ctypes.c_int32, ctypes.c_int64, ctypes.c_int32)(value, exponent)
        assert ours == expected


@given(st.integers(-(2**24), 2**24), st.integers(0, 30), st.integers(1, 2**24), st.integers(-20, 20))
def test_float_quotient(value: int, zeros: int, divisor: int, exponent: int) -> None:
    function = word("arenite_float_quotient", ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int32)
    changed = ctypes.c_int32(exponent)
    quotient = function(value << zeros, ctypes.byref(changed), divisor)
    expected = Fraction(float(np.float32(value) / np.float32(divisor)))
    assert quotient / Fraction(2) ** changed.value == expected * Fraction(2) ** (zeros - exponent)


@given(st.floats(2.0**-21, 2.0**19, width=32))
def test_multipliers_are_the_scales(scale: float) -> None:
    ((multiplier, code),) = float_multipliers(scale).tolist()
    exponent, left = code % 64, -1 - code // 64
    assert 0 <= multiplier < 2**31
    assert 0 <= exponent <= 12
    assert 0 <= left <= 30
    assert code < -32
    assert Fraction(multiplier) * Fraction(2) ** (left - 33 - exponent) == Fraction(scale)


@pytest.mark.parametrize("scale", [math.nan, math.inf, -1.0, 2.0**20])
def test_impossible_scales_are_refused(scale: float) -> None:
    with pytest.raises(NotLowered, match="too small"):
        float_multipliers([0.1, scale])


def test_scales_are_float32_at_every_step() -> None:
    a, b, c = (np.float32(value) for value in (0.1, 0.3, 0.7))
    assert float_scale(0.1, 0.3, divisors=(0.7,)) == float((a * b) / c)
    assert float_scale(1e-30, 1e-30) == 0
    assert mantissa(float(np.float32(0.1))) == (13421773, -27)
