"""SOFTMAX over the last axis, int8 to int8 or int16, in fixed point as TFLite's reference (and TFLM) computes it.

exp() of the difference to the maximum is a function of at most 256 differences: it is tabulated here, bit for bit, and
the kernel only sums, takes one reciprocal per row, and multiplies. With the attribute ``requantisation``, which ONNX's
have, the output may have any scale and zero point.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from arenite.frontends.float_rounding import float_scale, rounds_once
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.operators.tensors import activation, int8_tensor, require_shape, sized_tensor
from arenite.frontends.quantise import quantize_multiplier

Integers = npt.NDArray[np.int64]

KINDS = ("SOFTMAX",)

INTEGER_BITS = 5
"""Of the fixed-point number that goes into exp(): differences from 0 down to -32."""
FRACTION_BITS = 31 - INTEGER_BITS
MAX_DEPTH = 4095
"""The sum of the exponentials is kept with 12 bits before the point. From 512 on, TFLite's reference gives up; this
implementation goes on, with zeros."""
MAX_MULTIPLIER = 2.0**30 - 1
"""Of one step of the input in Q5.26. TFLite's limit is twice that, but from exp(-16) on nothing contributes."""
MAX_STEPS = 2**24
"""Of the output between 0 and 1."""
LEAST_EXPONENTIAL = 1 << 11
"""In Q0.31. Anything less is rounded to 0 both in the sum (19 bits after the point) and in the result (8 bits)."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, source_quantisation = int8_tensor(model, activation(model, operator.inputs[0]))
    once = rounds_once(operator)
    if not once and model.tensors[operator.outputs[0]].dtype == "int16":
        return _wide(model, operator, source, source_quantisation)
    result, quantisation = int8_tensor(model, operator.outputs[0])
    if not once and (quantisation.zero_point != -128 or abs(quantisation.scale * 256 - 1) > 0.001):
        raise NotLowered(
            f"the output has scale {quantisation.scale} and zero point {quantisation.zero_point}, "
            "TFLite has only 1/256 and -128 for it"
        )
    require_shape(result, source.shape)
    step = _step(operator, source_quantisation)
    exponentials = exact_exponential_table(step) if once else exponential_table(step)
    layer = _layer(source, exponentials)
    if once:
        layer |= {"steps": _steps(quantisation.scale), "output_zero_point": quantisation.zero_point}
    call = Call(
        "arenite_softmax_once_s8" if once else "arenite_softmax_s8",
        layer,
        (source.index,),
        {"exponentials": exponentials},
    )
    return Lowering((source.index,), (result.index,), (call,))


def _wide(model: Model, operator: Operator, source: Tensor, quantisation: Quantisation) -> Lowering:
    """TFLite does not ask for the output's scale and zero point: they stand for 1/65536 and -32768."""
    result = sized_tensor(model, operator.outputs[0], "int16")
    require_shape(result, source.shape)
    exponentials = exponential_table(_step(operator, quantisation))
    layer, constants = _layer(source, exponentials), {"exponentials": exponentials}
    return Lowering(
        (source.index,), (result.index,), (Call("arenite_softmax_s8_s16", layer, (source.index,), constants),)
    )


def _step(operator: Operator, source: Quantisation) -> float:
    """What the argument of exp() changes by with one step of the input."""
    beta = operator.attributes["beta"]
    if not isinstance(beta, float) or not (math.isfinite(beta) and beta > 0):
        raise NotLowered(f"beta is {beta}")
    return beta * source.scale


def _layer(source: Tensor, exponentials: npt.NDArray[np.int32]) -> dict[str, int]:
    if not source.shape or source.shape[-1] > MAX_DEPTH:
        raise NotLowered(f"it has shape {list(source.shape)}; at most {MAX_DEPTH} classes are supported")
    depth = source.shape[-1]
    return {"rows": source.elements // depth, "depth": depth, "entries": len(exponentials)}


def _steps(scale: float) -> int:
    """What a share of 1 becomes: ONNX Runtime's kernel cuts off the fraction of the reciprocal, taken in float32."""
    reciprocal = float_scale(divisors=(scale,))
    steps = math.floor(min(reciprocal, MAX_STEPS))
    if steps >= MAX_STEPS:
        raise NotLowered(f"the output's scale {scale} is too small for shares of 1, as if it never varied")
    return steps


def exact_exponential_table(scale: float) -> npt.NDArray[np.int32]:
    """exp(-d * scale) in Q1.30, to nearest, for d = 0, 1, 2 ..., at most 256, without zeros at the end."""
    values = np.rint(np.exp(-scale * np.arange(256)) * 2.0**30)
    table: npt.NDArray[np.int32] = values[values > 0].astype(np.int32)
    return table


def exponential_table(scale: float) -> npt.NDArray[np.int32]:
    """exp(-d * scale) in Q0.31 for d = 0, 1, 2 ..., at most 256, without the end that contributes nothing.

    The argument's multiplier is that of TFLite's PreprocessSoftmaxScaling, its range that of CalculateInputRadius.
    """
    step = scale * (1 << FRACTION_BITS)
    if step <= 1:
        raise NotLowered(
            f"beta times the input's scale is {scale}, too little for TFLite's fixed point, "
            "as if the input never varied in calibration"
        )
    multiplier, shift = quantize_multiplier(min(step, MAX_MULTIPLIER))
    farthest = (((1 << INTEGER_BITS) - 1) << FRACTION_BITS) >> shift
    differences = np.arange(min(farthest, 255) + 1, dtype=np.int64)
    values = exp_of_negative((-(differences << shift) * multiplier + 2**30) >> 31)
    table: npt.NDArray[np.int32] = values[np.cumprod(values >= LEAST_EXPONENTIAL).astype(bool)].astype(np.int32)
    return table


def exp_of_negative(argument: Integers) -> Integers:
    """exp(argument) in Q0.31 of numbers <= 0 in Q5.26, rounded as gemmlowp's ``exp_on_negative_values`` is.

    The argument is split into r in [-1/4, 0), whose exponential is a Taylor polynomial around -1/8, and a multiple of
    1/4, each of whose bits multiplies by a constant.
    """
    quarter = 1 << (FRACTION_BITS - 2)
    remainder = argument % quarter - quarter
    result = _exp_near_eighth(remainder << INTEGER_BITS)
    for bit, exponential in enumerate(_EXP_OF_BITS):
        has_bit = ((remainder - argument) >> (FRACTION_BITS - 2 + bit) & 1) == 1
        result = np.where(has_bit, _high_mul(result, exponential), result)
    return np.where(argument == 0, 2**31 - 1, result)


def _high_mul(a: Integers, b: Integers | int) -> Integers:
    """``doubling_high_mul`` of numbers whose product does not saturate."""
    return (a * b + 2**30) >> 31


def _shifted(value: Integers, exponent: int) -> Integers:
    """``rounding_shift`` of each."""
    mask = (1 << exponent) - 1
    return (value >> exponent) + ((value & mask) > (mask >> 1) + (value < 0))


def _exp_near_eighth(argument: Integers) -> Integers:
    """exp(a) in Q0.31 for a in [-1/4, 0): exp(-1/8) * (1 + x + x^2/2 + x^3/6 + x^4/24) with x = a + 1/8."""
    x = argument + (1 << 28)
    x2 = _high_mul(x, x)
    x3 = _high_mul(x2, x)
    x4 = _high_mul(x2, x2)
    higher = _high_mul(_shifted(x4, 2) + x3, _ONE_THIRD) + x2
    return _EXP_OF_MINUS_EIGHTH + _high_mul(x + _shifted(higher, 1), _EXP_OF_MINUS_EIGHTH)


_ONE_THIRD = round(2**31 / 3)
_EXP_OF_MINUS_EIGHTH = round(2**31 * math.exp(-1 / 8))
_EXP_OF_BITS = tuple(round(2**31 * math.exp(-(2.0**power))) for power in range(-2, INTEGER_BITS))
