"""MEAN over neighbouring axes (height and width, for instance), int8."""

from __future__ import annotations

import math

from arenite.frontends.float_rounding import float_multipliers, float_scale, rounds_once
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import activation, constant, int8_tensor, require_shape
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("MEAN",)

MAX_REDUCED = 2**23
"""Sums of so many differences of two int8 values fit into int32."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, source_quantisation = int8_tensor(model, activation(model, operator.inputs[0]))
    result, quantisation = int8_tensor(model, operator.outputs[0])
    shape = source.shape
    axes = reduced_axes(constant(model, operator.inputs[1], "int32", "int64").ravel().tolist(), len(shape))
    if operator.attributes["keep_dims"]:
        require_shape(result, [1 if axis in axes else extent for axis, extent in enumerate(shape)])
    else:
        require_shape(result, [extent for axis, extent in enumerate(shape) if axis not in axes])
    # Axes of extent 1 neither add to the mean nor separate two axes that are reduced.
    wide = [axis for axis in sorted(axes) if shape[axis] > 1]
    first, last = (wide[0], wide[-1]) if wide else (len(shape), len(shape) - 1)
    if any(axis not in axes and shape[axis] > 1 for axis in range(first, last + 1)):
        raise NotLowered(f"the axes {sorted(axes)} are not neighbours")
    outer, reduced, inner = (math.prod(part) for part in (shape[:first], shape[first : last + 1], shape[last + 1 :]))
    if reduced >= MAX_REDUCED:
        raise NotLowered(f"the mean is over {reduced} elements")
    multiplier, shift = _multiplier(operator, source_quantisation.scale, quantisation.scale, reduced)
    layer = {
        "outer": outer,
        "reduced": reduced,
        "inner": inner,
        "offset": -reduced * source_quantisation.zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": quantisation.zero_point,
    }
    call = Call("arenite_mean_once_s8" if rounds_once(operator) else "arenite_mean_s8", layer, (source.index,))
    return Lowering((source.index,), (result.index,), (call,))


def _multiplier(operator: Operator, source: float, result: float, count: int) -> tuple[int, int]:
    if rounds_once(operator):
        # In the order of ONNX Runtime's global average.
        ((multiplier, code),) = float_multipliers(float_scale(source, divisors=(float_scale(result, count),))).tolist()
        return multiplier, code
    return mean_multiplier(source / result, count)


def reduced_axes(axes: list[int], rank: int) -> set[int]:
    """The axes as a set of numbers in [0, rank); negative ones count from the end."""
    if not all(-rank <= axis < rank for axis in axes):
        raise NotLowered(f"the axes are {axes} of {rank}")
    return {axis % rank for axis in axes}


def mean_multiplier(ratio: float, count: int) -> tuple[int, int]:
    """Multiplier and shift for ``ratio / count``: the multiplier of ``ratio``, with as many more bits as ``count`` has,
    divided by ``count`` and cut off, not rounded (TFLite's QuantizedMeanOrSum)."""
    multiplier, shift = quantize_multiplier(ratio)
    gained = min(count.bit_length() - 1, 31 + shift)
    return (multiplier << gained) // count, shift - gained
