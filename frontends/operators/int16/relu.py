"""RELU, RELU6 and LEAKY_RELU, int16: rescaled in integers, rounded twice. TFLite has no other bounds for int16."""

from __future__ import annotations

import math

import numpy as np

from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.int16.tensors import INT16_MAX, INT16_MIN, int16_activation, int16_tensor
from arenite.frontends.operators.lookup import RELU_LIMITS, rounded
from arenite.frontends.operators.tensors import as_float, require_shape, rows_of
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("RELU", "RELU6", "LEAKY_RELU")


def lower(model: Model, operator: Operator) -> Lowering:
    source, before = int16_activation(model, operator.inputs[0])
    result, after = int16_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    scales = np.float32(before.scale), np.float32(after.scale)
    layer = rows_of(source.shape)
    if operator.kind == "LEAKY_RELU":
        kernel, fields = "arenite_leaky_relu_s16", leaky_fields(*scales, as_float(operator.attributes.get("alpha")))
    else:
        kernel, fields = "arenite_rescale_s16_s16", relu_fields(*scales, *RELU_LIMITS[operator.kind])
    return Lowering((source.index,), (result.index,), (Call(kernel, layer | fields, (source.index,)),))


def relu_fields(before: np.float32, after: np.float32, least: float, greatest: float) -> dict[str, int]:
    """As TFLite's QuantizedReluX: scales are divided, and the limits quantised, in float32."""
    multiplier, shift = quantize_multiplier(float(before / after))
    with np.errstate(over="ignore"):
        low = rounded(np.float32(least) / after)
        high = INT16_MAX if math.isinf(greatest) else rounded(np.float32(greatest) / after)
    return {
        "input_zero_point": 0,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": 0,
        "output_min": max(low, INT16_MIN),
        "output_max": min(high, INT16_MAX),
    }


def leaky_fields(before: np.float32, after: np.float32, alpha: float) -> dict[str, int]:
    """As TFLite's QuantizeLeakyRelu: both multipliers are quotients in float32."""
    with np.errstate(over="ignore", under="ignore"):
        plain = quantize_multiplier(float(before / after))
        slope = quantize_multiplier(abs(float(before * np.float32(alpha) / after)))
    return {
        "multiplier": plain[0],
        "shift": plain[1],
        "negative_multiplier": slope[0],
        "negative_shift": slope[1],
        "sign": -1 if alpha < 0 else 1,
    }
