"""L2_NORMALIZATION over the last axis, float32."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import float_activation, float_tensor
from arenite.frontends.operators.tensors import require_shape

KINDS = ("L2_NORMALIZATION",)


def lower(model: Model, operator: Operator) -> Lowering:
    source = float_activation(model, operator.inputs[0])
    result = float_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    fused = operator.attributes.get("fused_activation_function", "NONE")
    if fused != "NONE" or not source.shape:
        raise NotLowered(f"it has shape {list(source.shape)} and the fused activation {fused}")
    depth = source.shape[-1]
    call = Call("arenite_l2_normalization_f32", {"rows": source.elements // depth, "depth": depth}, (source.index,))
    return Lowering((source.index,), (result.index,), (call,))
