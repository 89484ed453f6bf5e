"""LOG_SOFTMAX over the last axis, int8, in fixed point as TFLite's reference (and TFLM) computes it."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.softmax import (
    FRACTION_BITS,
    INTEGER_BITS,
    MAX_DEPTH,
    MAX_MULTIPLIER,
    exponential_table,
)
from arenite.frontends.operators.tensors import activation, int8_tensor, require_shape
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("LOG_SOFTMAX",)


def lower(model: Model, operator: Operator) -> Lowering:
    source, before = int8_tensor(model, activation(model, operator.inputs[0]))
    result, after = int8_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    if (after.scale, after.zero_point) != (1 / 16, 127):
        raise NotLowered(
            f"the output has scale {after.scale} and zero point {after.zero_point}, TFLite has only 1/16 and 127 for it"
        )
    if not source.shape or source.shape[-1] > MAX_DEPTH:
        raise NotLowered(f"it has shape {list(source.shape)}; at most {MAX_DEPTH} classes are supported")
    depth = source.shape[-1]
    exponentials = exponential_table(before.scale)
    layer = {"rows": source.elements // depth, "depth": depth, "entries": len(exponentials)}
    layer |= _difference_fields(before.scale)
    call = Call("arenite_log_softmax_s8", layer, (source.index,), {"exponentials": exponentials})
    return Lowering((source.index,), (result.index,), (call,))


def _difference_fields(scale: float) -> dict[str, int]:
    """TFLite's PreprocessLogSoftmaxScalingExp and CalculateInputRadius. From MAX_MULTIPLIER on, one step is 16,
    beyond the least result."""
    multiplier, shift = quantize_multiplier(min(scale * (1 << FRACTION_BITS), MAX_MULTIPLIER))
    reverse_multiplier, reverse_shift = quantize_multiplier((1 << (31 - shift)) / multiplier)
    return {
        "multiplier": multiplier,
        "shift": shift,
        "farthest": (((1 << INTEGER_BITS) - 1) << FRACTION_BITS) >> shift,
        "reverse_multiplier": reverse_multiplier,
        "reverse_shift": reverse_shift,
    }
