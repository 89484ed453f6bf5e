"""PRELU, int8: slopes are another tensor, which broadcasts against the input."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.broadcast import pair_lowering
from arenite.frontends.operators.tensors import activation, int8_tensor, require_shape
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("PRELU",)


def lower(model: Model, operator: Operator) -> Lowering:
    source, before = int8_tensor(model, activation(model, operator.inputs[0]))
    _, slopes = int8_tensor(model, operator.inputs[1])
    result, after = int8_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    # TFLite's PreluPrepare divides in float32.
    with np.errstate(over="ignore", under="ignore"):
        scale = np.float32(before.scale)
        positive = float(scale / np.float32(after.scale))
        negative = float(scale * np.float32(slopes.scale) / np.float32(after.scale))
    fields = {"x_offset": -before.zero_point, "y_offset": -slopes.zero_point}
    for name, real in (("positive", positive), ("negative", negative)):
        fields[f"{name}_multiplier"], fields[f"{name}_shift"] = quantize_multiplier(real)
        if fields[f"{name}_shift"] > MAX_SHIFT[name]:
            raise NotLowered(f"the output's scale {after.scale} is too small for those of its inputs")
    fields["output_zero_point"] = after.zero_point
    return pair_lowering(model, operator, "arenite_prelu_s8", "int8", fields)


MAX_SHIFT = {"positive": 22, "negative": 14}
"""So that what is shifted to the left, a number of 9 or 17 bits, stays in int32."""
