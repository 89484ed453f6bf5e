"""The arithmetic of ADD, SUB and MUL as ONNX Runtime's fused operators have it, in float32, as integers.

    ADD   rint((offset + b * (b's scale / scale)) + a * (a's scale / scale))
    MUL   rint((a - zero point) * (b - zero point) * (a's scale * b's scale / scale) + zero point)

a and b and the results are uint8 there, ``offset`` is the output's zero point less the inputs' scaled ones; the sums of
ADD are fused multiply-adds. SUB is not fused there:

    SUB   rint(((a - zero point) * a's scale - (b - zero point) * b's scale) / scale) + zero point

Next to ties the kernels compute with these formulas in 64 bits, elsewhere with an approximation in int32.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from arenite.frontends.float_rounding import float_multipliers, float_scale, mantissa
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation

SUM_FIELDS = (
    "a_gain", "b_gain", "offset", "shift", "window", "exact_a_high", "exact_a_low", "exact_b_high", "exact_b_low",
    "exact_offset_high", "exact_offset_low", "exact_shift", "swapped", "divisor", "a_stored", "b_stored",
    "output_offset",
)  # fmt: skip
UINT8 = 128
"""What int8 values are less than those that stand for the same numbers in uint8."""
FLOAT_ERROR = Fraction(3, 2**24)
"""Of a sum in float32, relative to the greatest term or partial sum: at most half a unit for each of its roundings."""
MAX_GAIN = 2**17
"""One step of an input is less than so many of the output, which keep a bit after the point in int32."""
EXACT_BITS = 61
"""Of the numbers next to ties, with a sign."""


def sum_fields(
    a: Quantisation, b: Quantisation, result: Quantisation, signs: tuple[int, int] = (1, 1), *, swapped: bool = False
) -> dict[str, int]:
    """The fields of ``arenite_add_once_layer`` from ``a_gain`` to ``output_offset``.

    Args:
        signs: of a and b, -1 for what is subtracted.
        swapped: b is the operator's first operand.
    """
    if not all(own.scale < MAX_GAIN * result.scale for own in (a, b)):
        raise NotLowered(too_small(result.scale, f"{a.scale} and {b.scale}"))
    fields = _fused_sum(a, b, result) if signs == (1, 1) else _difference(a, b, result, signs)
    fields["swapped"] = int(swapped)
    return {name: fields[name] for name in SUM_FIELDS}


def _fused_sum(a: Quantisation, b: Quantisation, result: Quantisation) -> dict[str, int]:
    gains = [np.float32(float_scale(own.scale, divisors=(result.scale,))) for own in (a, b)]
    points = [own.zero_point + UINT8 for own in (a, b, result)]
    # In float64 a product of float32 and uint8 is exact; the first one here is part of a fused multiply-add.
    scaled = np.float32(float(gains[0]) * points[0] + float(gains[1] * np.float32(points[1])))
    offset = Fraction(float(np.float32(points[2]) - scaled))
    exact_a, exact_b = (Fraction(float(gain)) for gain in gains)
    fields = _approximate(exact_a, exact_b, offset + UINT8 * (exact_a + exact_b) - UINT8)
    fields |= _exact(exact_a, exact_b, offset)
    return fields | {"divisor": 0, "a_stored": UINT8, "b_stored": UINT8, "output_offset": -UINT8}


def _difference(a: Quantisation, b: Quantisation, result: Quantisation, signs: tuple[int, int]) -> dict[str, int]:
    scale = Fraction(result.scale)
    real_a, real_b = signs[0] * Fraction(a.scale), signs[1] * Fraction(b.scale)
    offset = result.zero_point - (real_a * a.zero_point + real_b * b.zero_point) / scale
    fields = _approximate(real_a / scale, real_b / scale, offset)
    fields |= _exact(real_a, real_b, Fraction(0))
    divisor, power = mantissa(result.scale)
    fields |= {"exact_shift": fields["exact_shift"] + power, "divisor": divisor}
    return fields | {"a_stored": -a.zero_point, "b_stored": -b.zero_point, "output_offset": result.zero_point}


def _exact(a: Fraction, b: Fraction, offset: Fraction) -> dict[str, int]:
    """The numbers of 64 bits, in the smallest unit that leaves room for every sum."""
    exponent = EXACT_BITS - math.ceil(math.log2(abs(offset) + 256 * (abs(a) + abs(b))))
    fields: dict[str, int] = {}
    for name, value in (("a", a), ("b", b), ("offset", offset)):
        units = round(value * Fraction(2) ** exponent)
        fields |= {f"exact_{name}_high": units >> 32, f"exact_{name}_low": _low(units)}
    return fields | {"exact_shift": exponent}


def _approximate(a: Fraction, b: Fraction, offset: Fraction) -> dict[str, int]:
    """``(a_gain * x + b_gain * y + offset) >> shift`` in int32, with the half and the window's half in the offset."""
    everything = abs(offset) + 512 * (abs(a) + abs(b)) + 512
    shift = 29 - math.ceil(math.log2(everything))
    a_gain, b_gain = round(a * 2**shift), round(b * 2**shift)
    inexact = 128 * (abs(a * 2**shift - a_gain) + abs(b * 2**shift - b_gain)) + everything * 2**shift * FLOAT_ERROR
    margin = math.ceil(inexact) + 1
    return {
        "a_gain": a_gain,
        "b_gain": b_gain,
        "offset": round(offset * 2**shift) + 2**shift // 2 + margin,
        "shift": shift,
        "window": 2 * margin,
    }


def _low(value: int) -> int:
    """The lower 32 bits, as an int32."""
    return (value + 2**31) % 2**32 - 2**31


def product_fields(a: Quantisation, b: Quantisation, result: Quantisation) -> dict[str, int]:
    """The fields of ``arenite_multiply_once_layer`` from ``a_offset`` to ``output_zero_point``."""
    ((multiplier, code),) = float_multipliers(float_scale(a.scale, b.scale, divisors=(result.scale,))).tolist()
    return {
        "a_offset": -a.zero_point,
        "b_offset": -b.zero_point,
        "multiplier": multiplier,
        "code": code,
        "float_offset": result.zero_point + UINT8,
        "output_zero_point": result.zero_point,
    }


def too_small(scale: float, inputs: str) -> str:
    """The usual reason is an output that calibration saw constant; the file then has a scale around 1e-8."""
    return f"the output's scale {scale} is too small beside the inputs' {inputs}, as if it never varied in calibration"
