"""MEAN over neighbouring axes (height and width, for instance) or two groups of them, int8."""

from __future__ import annotations

from arenite.frontends.float_rounding import float_multipliers, float_scale, rounds_once
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.axes import MAX_REDUCED, neighbours, reduced_axes, reduced_shape, reduction_fields
from arenite.frontends.operators.reduce import sum_fields
from arenite.frontends.operators.tensors import activation, constant, int8_tensor, require_shape
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("MEAN",)


def lower(model: Model, operator: Operator) -> Lowering:
    source, source_quantisation = int8_tensor(model, activation(model, operator.inputs[0]))
    result, quantisation = int8_tensor(model, operator.outputs[0])
    axes = reduced_axes(constant(model, operator.inputs[1], "int32", "int64").ravel().tolist(), len(source.shape))
    require_shape(result, reduced_shape(operator, source.shape, axes))
    found = neighbours(source.shape, axes)
    if found is None:
        return _over_groups(model, operator, axes)
    outer, reduced, inner = found
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


def _over_groups(model: Model, operator: Operator, axes: set[int]) -> Lowering:
    """Over axes between which others are kept."""
    if rounds_once(operator):
        raise NotLowered(f"the axes {sorted(axes)} are not neighbours")
    source, before = int8_tensor(model, operator.inputs[0])
    result, after = int8_tensor(model, operator.outputs[0])
    layer = reduction_fields(source.shape, axes)
    multiplier, shift = mean_multiplier(before.scale / after.scale, layer["reduced"] * layer["reduced_inner"])
    layer |= sum_fields(layer, before.zero_point, after.zero_point, multiplier, shift)
    return Lowering((source.index,), (result.index,), (Call("arenite_reduce_sum_s8", layer, (source.index,)),))


def _multiplier(operator: Operator, source: float, result: float, count: int) -> tuple[int, int]:
    if rounds_once(operator):
        # In the order of ONNX Runtime's global average.
        ((multiplier, code),) = float_multipliers(float_scale(source, divisors=(float_scale(result, count),))).tolist()
        return multiplier, code
    return mean_multiplier(source / result, count)


def mean_multiplier(ratio: float, count: int) -> tuple[int, int]:
    """Multiplier and shift for ``ratio / count``: the multiplier of ``ratio``, with as many more bits as ``count`` has,
    divided by ``count`` and cut off, not rounded (TFLite's QuantizedMeanOrSum)."""
    multiplier, shift = quantize_multiplier(ratio)
    gained = min(count.bit_length() - 1, 31 + shift)
    return (multiplier << gained) // count, shift - gained
