"""MEAN, SUM, REDUCE_MAX and REDUCE_MIN, float32, over up to two groups of neighbouring axes."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.axes import reduced_axes, reduced_shape, reduction_fields
from arenite.frontends.operators.float32.tensors import float_activation, float_tensor
from arenite.frontends.operators.tensors import constant, require_shape

KINDS = ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN")

KERNELS = {
    "MEAN": "arenite_mean_f32",
    "SUM": "arenite_sum_f32",
    "REDUCE_MAX": "arenite_reduce_max_f32",
    "REDUCE_MIN": "arenite_reduce_min_f32",
}


def lower(model: Model, operator: Operator) -> Lowering:
    source = float_activation(model, operator.inputs[0])
    result = float_tensor(model, operator.outputs[0])
    shape = source.shape
    axes = reduced_axes(constant(model, operator.inputs[1], "int32", "int64").ravel().tolist(), len(shape))
    require_shape(result, reduced_shape(operator, shape, axes))
    call = Call(KERNELS[operator.kind], reduction_fields(shape, axes), (source.index,))
    return Lowering((source.index,), (result.index,), (call,))
