"""MEAN over neighbouring axes (height and width, for instance) or two groups of them, int16."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.axes import neighbours, reduced_axes, reduced_shape, reduction_fields
from arenite.frontends.operators.int16.tensors import int16_activation, int16_tensor
from arenite.frontends.operators.mean import mean_multiplier
from arenite.frontends.operators.tensors import constant, require_shape

KINDS = ("MEAN",)

MAX_REDUCED = 2**16
"""Sums of fewer elements fit into int32."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, source_quantisation = int16_activation(model, operator.inputs[0])
    result, quantisation = int16_tensor(model, operator.outputs[0])
    axes = reduced_axes(constant(model, operator.inputs[1], "int32", "int64").ravel().tolist(), len(source.shape))
    require_shape(result, reduced_shape(operator, source.shape, axes))
    found = neighbours(source.shape, axes)
    if found is None:
        groups = reduction_fields(source.shape, axes)
        count = groups["reduced"] * groups["reduced_inner"]
        layer = groups | sum_fields(count, *mean_multiplier(source_quantisation.scale / quantisation.scale, count))
        return Lowering((source.index,), (result.index,), (Call("arenite_reduce_sum_s16", layer, (source.index,)),))
    outer, reduced, inner = found
    if reduced >= MAX_REDUCED:
        raise NotLowered(f"the mean is over {reduced} elements")
    multiplier, shift = mean_multiplier(source_quantisation.scale / quantisation.scale, reduced)
    layer = {"outer": outer, "reduced": reduced, "inner": inner, "multiplier": multiplier, "shift": shift}
    return Lowering((source.index,), (result.index,), (Call("arenite_mean_s16", layer, (source.index,)),))


def sum_fields(count: int, multiplier: int, shift: int) -> dict[str, int]:
    """What a layer of ``arenite_reduce_sum_s16`` has behind its shape, for sums of ``count`` elements."""
    if count >= MAX_REDUCED:
        raise NotLowered(f"the sum is over {count} elements")
    return {"offset": 0, "multiplier": multiplier, "shift": shift, "output_zero_point": 0}
