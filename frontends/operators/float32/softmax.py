"""SOFTMAX and LOG_SOFTMAX over the last axis, float32."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import float_activation, float_attribute, float_bits, float_tensor
from arenite.frontends.operators.tensors import require_shape

KINDS = ("SOFTMAX", "LOG_SOFTMAX")

KERNELS = {"SOFTMAX": "arenite_softmax_f32", "LOG_SOFTMAX": "arenite_log_softmax_f32"}


def lower(model: Model, operator: Operator) -> Lowering:
    source = float_activation(model, operator.inputs[0])
    result = float_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    beta = float_attribute(operator, "beta", 1.0)
    if not source.shape or not beta > 0:
        raise NotLowered(f"it has shape {list(source.shape)} and beta {beta}")
    depth = source.shape[-1]
    layer = {"rows": source.elements // depth, "depth": depth, "beta": float_bits(beta)}
    return Lowering((source.index,), (result.index,), (Call(KERNELS[operator.kind], layer, (source.index,)),))
