"""DIV, int8 and uint8, with broadcasting along up to four groups of axes. Where it divides by 0, or where the quotient
is less than half a step, what TFLite's kernels do is not defined in C, and depends on the machine; here, it is 0."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.broadcast import pair_lowering
from arenite.frontends.operators.elementwise_once import too_small
from arenite.frontends.operators.tensors import int8_tensor
from arenite.frontends.quantise import activation_range, quantize_multiplier

KINDS = ("DIV",)

MAX_SHIFT = 23
"""A dividend less its zero point has nine bits, and can be shifted left by as many."""


def lower(model: Model, operator: Operator) -> Lowering:
    x, y = (int8_tensor(model, index)[1] for index in operator.inputs)
    _, result = int8_tensor(model, operator.outputs[0])
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        ratio = np.float32(x.scale) / (np.float32(y.scale) * np.float32(result.scale))
    multiplier, shift = quantize_multiplier(float(ratio))
    if shift > MAX_SHIFT:
        raise NotLowered(too_small(result.scale, f"{x.scale} and {y.scale}"))
    low, high = activation_range(operator.attributes["fused_activation_function"], result)
    fields = {
        "x_offset": -x.zero_point,
        "y_offset": -y.zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": result.zero_point,
        "activation_min": low,
        "activation_max": high,
    }
    return pair_lowering(model, operator, "arenite_divide_s8", "int8", fields)
