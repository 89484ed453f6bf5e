"""CUMSUM along a constant axis, forwards or in reverse, int8 (as TensorFlow Lite Micro), int32 (modulo 2^32) and
float32."""

from __future__ import annotations

from math import prod

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.elementwise import SUM_BITS
from arenite.frontends.operators.elementwise_once import too_small
from arenite.frontends.operators.tensors import activation, constant, per_tensor, require_shape, sized_bytes
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("CUMSUM",)

KERNELS = {"int8": "arenite_cumsum_s8", "int32": "arenite_cumsum_s32", "float32": "arenite_cumsum_f32"}


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_bytes(model, activation(model, operator.inputs[0]), *KERNELS)
    result = sized_bytes(model, operator.outputs[0], source.dtype)
    require_shape(result, source.shape)
    axes = constant(model, operator.inputs[1], "int32").ravel().tolist()
    count = len(source.shape)
    if len(axes) != 1 or not -count <= axes[0] < count:
        raise NotLowered(f"the axis is {axes} of a tensor with {count} axes")
    axis = axes[0] % count
    layer = {
        "rows": prod(source.shape[:axis]),
        "depth": source.shape[axis],
        "inner": prod(source.shape[axis + 1 :]),
        "reverse": int(bool(operator.attributes.get("reverse", False))),
        "exclusive": int(bool(operator.attributes.get("exclusive", False))),
    }
    if source.dtype == "int8":
        layer |= _sum_fields(model, operator)
    elif source.dtype == "int32":
        layer |= dict.fromkeys(("zero_point", "start", "multiplier", "shift", "output_zero_point"), 0)
    return Lowering((source.index,), (result.index,), (Call(KERNELS[source.dtype], layer, (source.index,)),))


def _sum_fields(model: Model, operator: Operator) -> dict[str, int]:
    """TensorFlow Lite Micro's arithmetic (reference/cumsum.h): halves of the elements are added with ``SUM_BITS`` more
    bits to what begins as a stored 0, which is one zero point too many."""
    before, after = (per_tensor(model.tensors[index]) for index in (operator.inputs[0], operator.outputs[0]))
    multiplier, shift = quantize_multiplier(2 * before.scale / ((1 << SUM_BITS) * after.scale))
    if shift > 0:
        raise NotLowered(too_small(after.scale, str(before.scale)))
    return {
        "zero_point": before.zero_point,
        "start": -before.zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": after.zero_point,
    }
