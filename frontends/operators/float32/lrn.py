"""LRN (of ONNX) and LOCAL_RESPONSE_NORMALIZATION (of TFLite), float32, over the last axis."""

from __future__ import annotations

import math

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import float_activation, float_attribute, float_bits, float_tensor
from arenite.frontends.operators.tensors import as_int, require_shape

KINDS = ("LRN", "LOCAL_RESPONSE_NORMALIZATION")


def lower(model: Model, operator: Operator) -> Lowering:
    source = float_activation(model, operator.inputs[0])
    result = float_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    if not source.shape:
        raise NotLowered("its input has no axes")
    *outer, channels = source.shape
    rows = math.prod(outer[:2]) if len(outer) == 3 else 1
    before, after, alpha = _neighbours(operator)
    layer = {
        "rows": rows,
        "columns": math.prod(outer) // rows,
        "channels": channels,
        # Beyond all channels is nothing to count; so much less than the limit of int32 that c + after stays in it.
        "before": min(before, channels),
        "after": min(after, channels),
        "alpha": float_bits(alpha),
        "beta": float_bits(float_attribute(operator, "beta", 0.75)),
        "bias": float_bits(float_attribute(operator, "bias", 1.0)),
    }
    return Lowering((source.index,), (result.index,), (Call("arenite_lrn_f32", layer, (source.index,)),))


def _neighbours(operator: Operator) -> tuple[int, int, float]:
    """Channels before and after the own one that count, and the factor of their sum of squares. ONNX has the number of
    all and divides by it. TFLite has a radius and does not divide; its reference leaves the channel at c + radius out.
    """
    if operator.kind == "LRN":
        size = as_int(operator.attributes["size"])
        if size < 1:
            raise NotLowered(f"its size is {size}")
        return (size - 1) // 2, size // 2, float_attribute(operator, "alpha", 0.0001) / size
    radius = as_int(operator.attributes["radius"])
    if radius < 0:
        raise NotLowered(f"its radius is {radius}")
    return radius, radius - 1, float_attribute(operator, "alpha")
