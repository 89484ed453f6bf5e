"""L2_NORMALIZATION over the last axis, int8 and uint8."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import activation, int8_tensor, require_shape
from arenite.frontends.rewrites.unsigned import is_unsigned

KINDS = ("L2_NORMALIZATION",)

RESULT_BITS = 7
MAX_DEPTH = 2**31 // 255**2
"""A sum of so many squares fits into int32."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, before = int8_tensor(model, activation(model, operator.inputs[0]))
    result, after = int8_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    fused = operator.attributes.get("fused_activation_function", "NONE")
    if fused != "NONE":
        raise NotLowered(f"it has a fused activation, {fused}")
    if (after.scale, after.zero_point) != (1 / 128, 0):
        raise NotLowered(
            f"the output has scale {after.scale} and zero point {after.zero_point}, TFLite has only 1/128 and 0 for it"
        )
    if not source.shape or source.shape[-1] > MAX_DEPTH:
        raise NotLowered(f"it has shape {list(source.shape)}; vectors of up to {MAX_DEPTH} elements are supported")
    depth = source.shape[-1]
    layer = {"rows": source.elements // depth, "depth": depth, "zero_point": before.zero_point}
    layer["early"] = RESULT_BITS if is_unsigned(operator) else 0
    call = Call("arenite_l2_normalization_s8", layer, (source.index,))
    return Lowering((source.index,), (result.index,), (call,))
