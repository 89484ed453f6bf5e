"""HARD_SWISH, LEAKY_RELU, ELU, GELU, ABS, SQRT, RSQRT, EXP and LOG, int8: tabulated as TFLite's reference rounds them.

Of a negative number, of which the reference refuses to take the root when it meets one, the root is that of 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation
from arenite.frontends.operators.lookup import Table, float_table, lookup
from arenite.frontends.operators.tensors import as_float, int8_tensor
from arenite.frontends.quantise import doubling_high_mul, quantize_multiplier, requantise_twice

KINDS = ("HARD_SWISH", "LEAKY_RELU", "ELU", "GELU", "ABS", "SQRT", "RSQRT", "EXP", "LOG")

ROOT_BITS = 20
"""After the point of a reciprocal root, before it is rescaled."""


def lower(model: Model, operator: Operator) -> Lowering:
    _, source = int8_tensor(model, operator.inputs[0])
    _, result = int8_tensor(model, operator.outputs[0])
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        return lookup(model, operator, _table(operator, source, result))


def _table(operator: Operator, source: Quantisation, result: Quantisation) -> Table:
    kind = operator.kind
    if kind == "LEAKY_RELU":
        return leaky_table(source, result, as_float(operator.attributes.get("alpha")))
    if kind == "GELU":
        return float_table(source, result, gelu_by_tanh if operator.attributes.get("approximate") else gelu)
    if kind == "LOG":
        least = float(np.float32(-128 - result.zero_point) * np.float32(result.scale))
        return float_table(source, result, lambda value: math.log(value) if value > 0 else least)
    return _TABLES[kind](source, result)


def table_of(function: Callable[[int], int], source: Quantisation, result: Quantisation) -> Table:
    """The table of a function of the stored value less the zero point; the result's zero point is added."""
    values = [function(x - source.zero_point) + result.zero_point for x in (*range(128), *range(-128, 0))]
    table: Table = np.clip(values, -128, 127).astype(np.int8)
    return table


def leaky_table(source: Quantisation, result: Quantisation, alpha: float) -> Table:
    """As TFLite's QuantizeLeakyRelu: both multipliers are quotients in float32."""
    scale = np.float32(source.scale)
    plain = quantize_multiplier(float(scale / np.float32(result.scale)))
    sign = -1 if alpha < 0 else 1
    slope = quantize_multiplier(abs(float(scale * np.float32(alpha) / np.float32(result.scale))))

    def leaky(value: int) -> int:
        return requantise_twice(value, *plain) if value >= 0 else sign * requantise_twice(value, *slope)

    return table_of(leaky, source, result)


def hard_swish_table(source: Quantisation, result: Quantisation) -> Table:
    """As TFLite's HardSwish, in numbers of 16 bits that have 7 more bits than the input: x on the output's scale, times
    what goes from 0 to 1 where x goes from -3 to 3."""
    scale = np.float32(source.scale) * np.float32(1 / 128)
    multiplier, shift = _short_multiplier(float(scale / np.float32(result.scale)))
    share, share_shift = _short_multiplier(float(scale / np.float32(3 / 32768)))
    if shift > 0:
        raise NotLowered(f"the output's scale {result.scale} is too small for an input's scale of {source.scale}")

    def hard_swish(value: int) -> int:
        value *= 128
        part = _saturated(value << max(share_shift - 1, 0))
        part = _short_product(part, share)
        part = _saturated(2 * part) if share_shift > 0 else _short_shift(part, -share_shift)
        product = (part + 2**15 >> 1) * _short_product(value, multiplier)
        # Towards zero.
        return _short_shift(int(math.copysign(abs(product) >> 15, product)), -shift)

    return table_of(hard_swish, source, result)


def _short_multiplier(real: float) -> tuple[int, int]:
    """A multiplier of 16 bits and its shift (TFLite: DownScaleInt32ToInt16Multiplier)."""
    multiplier, shift = quantize_multiplier(real)
    return min(multiplier + 2**15 >> 16, 2**15 - 1), shift


def _short_product(a: int, b: int) -> int:
    """``a * b / 2**15`` to nearest, ties upwards."""
    return a * b + 2**14 >> 15


def _saturated(value: int) -> int:
    return min(max(value, -(2**15)), 2**15 - 1)


def _short_shift(value: int, exponent: int) -> int:
    """``value / 2**exponent`` to nearest, ties away from zero. From 16 on the mask of what is cut off, which has 16
    bits too, has its sign bit set."""
    mask = (1 << exponent) - 1 if exponent < 16 else -1
    return (value >> exponent) + ((value & mask) > (mask >> 1) + (value < 0))


def absolute_table(source: Quantisation, result: Quantisation) -> Table:
    if source.scale == result.scale:
        return table_of(abs, source, result)
    multiplier, shift = quantize_multiplier(float(np.float32(source.scale) / np.float32(result.scale)))
    return table_of(lambda value: requantise_twice(abs(value), multiplier, shift), source, result)


def root_table(source: Quantisation, result: Quantisation) -> Table:
    """Cut off, not rounded."""
    scale, root_scale = np.float32(source.scale), np.float32(result.scale)

    def root(value: int) -> int:
        quotient = float(np.sqrt(scale * np.float32(max(value, 0))) / root_scale)
        return int(min(quotient, 2.0**30))

    return table_of(root, source, result)


def reciprocal_root_table(source: Quantisation, result: Quantisation) -> Table:
    """As TFLite's RsqrtEvalQuantizedInt8; the greatest value stands for 1 / 0."""
    scale = float(np.sqrt(np.float32(source.scale)) * np.float32(result.scale))
    if scale == 0:
        raise NotLowered("the scales are too small")
    multiplier, shift = quantize_multiplier(1 / scale)

    def reciprocal_root(value: int) -> int:
        if value <= 0:
            return 127 - result.zero_point
        inverse, inverse_shift = inverse_root(value)
        return requantise_twice(requantise_twice(1, inverse, inverse_shift + ROOT_BITS), multiplier, shift - ROOT_BITS)

    return table_of(reciprocal_root, source, result)


def inverse_root(value: int) -> tuple[int, int]:
    """Multiplier and shift for 1 / sqrt(value), 0 < value < 2**29: five of Newton's steps in Q3.28, from 1 on (TFLite:
    GetInvSqrtQuantizedMultiplierExp)."""
    if value == 1:
        return 2**31 - 1, 0
    pairs = (31 - value.bit_length()) // 2 - 1
    shift = pairs - 11
    argument = value << 2 * pairs >> 1
    half = argument + 1 >> 1
    root = 2**28
    for _ in range(5):
        cube = doubling_high_mul(doubling_high_mul(root, root), root) << 6
        root = doubling_high_mul(3 * 2**27, root) - doubling_high_mul(half, cube) << 3
    inverse = doubling_high_mul(root, round(2**31 * math.sqrt(0.5)))
    return (inverse << shift, 0) if shift > 0 else (inverse, shift)


def gelu(value: float) -> float:
    """Each step in float32."""
    x = np.float32(value)
    return float(np.float32(0.5) * x * np.float32(math.erfc(float(x * np.float32(-math.sqrt(0.5))))))


def gelu_by_tanh(value: float) -> float:
    """Each step in float32."""
    x, one = np.float32(value), np.float32(1)
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    return float(np.float32(0.5) * x * (one + np.float32(math.tanh(float(inner)))))


def elu(value: float) -> float:
    return math.expm1(value) if value < 0 else value


def exponential(value: float) -> float:
    return math.exp(value) if value < 89 else math.inf


_TABLES: dict[str, Callable[[Quantisation, Quantisation], Table]] = {
    "HARD_SWISH": hard_swish_table,
    "ELU": lambda source, result: float_table(source, result, elu),
    "ABS": absolute_table,
    "SQRT": root_table,
    "RSQRT": reciprocal_root_table,
    "EXP": lambda source, result: float_table(source, result, exponential),
}
