"""SUM, int16, over up to two groups of neighbouring axes."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.axes import reduced_axes, reduced_shape, reduction_fields
from arenite.frontends.operators.int16.mean import sum_fields
from arenite.frontends.operators.int16.tensors import int16_activation, int16_tensor
from arenite.frontends.operators.tensors import constant, require_shape
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("SUM",)


def lower(model: Model, operator: Operator) -> Lowering:
    source, before = int16_activation(model, operator.inputs[0])
    result, after = int16_tensor(model, operator.outputs[0])
    axes = reduced_axes(constant(model, operator.inputs[1], "int32", "int64").ravel().tolist(), len(source.shape))
    require_shape(result, reduced_shape(operator, source.shape, axes))
    layer = reduction_fields(source.shape, axes)
    count = layer["reduced"] * layer["reduced_inner"]
    layer |= sum_fields(count, *quantize_multiplier(before.scale / after.scale))
    return Lowering((source.index,), (result.index,), (Call("arenite_reduce_sum_s16", layer, (source.index,)),))
