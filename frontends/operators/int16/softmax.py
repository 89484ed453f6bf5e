"""SOFTMAX over the last axis, int16, with TFLite's tables of exponentials and reciprocals."""

from __future__ import annotations

import math

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.int16.tables import interpolation_table
from arenite.frontends.operators.int16.tensors import INT16_MAX, INT16_MIN, int16_activation, int16_tensor
from arenite.frontends.operators.tensors import require_shape
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("SOFTMAX",)

MAX_DEPTH = 2**16
"""The sum of so many exponentials in Q0.15 fits into int32."""
RANGE = INT16_MAX - INT16_MIN
STEEPEST = 10.0
"""Of the difference to the maximum; exp(-10) is nothing."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, quantisation = int16_activation(model, operator.inputs[0])
    result, own = int16_tensor(model, operator.outputs[0])
    if abs(own.scale * 2**15 - 1) > 0.001:
        raise NotLowered(f"the output has scale {own.scale}, TFLite has only 2^-15 for it")
    if not source.shape or source.shape[-1] > MAX_DEPTH:
        raise NotLowered(f"it has shape {list(source.shape)}; at most {MAX_DEPTH} classes are supported")
    require_shape(result, source.shape)
    beta = operator.attributes["beta"]
    if not isinstance(beta, float) or not (math.isfinite(beta) and beta > 0):
        raise NotLowered(f"beta is {beta}")
    step = float(np.float32(quantisation.scale) * np.float32(beta))
    multiplier, shift = quantize_multiplier(step / (STEEPEST / RANGE))
    depth = source.shape[-1]
    layer = {"rows": source.elements // depth, "depth": depth, "multiplier": multiplier, "shift": shift}
    output = 2.0 / RANGE
    constants = {
        "exponentials": interpolation_table(np.exp, STEEPEST / RANGE, output, INT16_MAX, double=True),
        "reciprocals": interpolation_table(lambda x: 1.0 / (1.0 + x), 1.0 / RANGE, output, INT16_MIN, double=True),
    }
    return Lowering((source.index,), (result.index,), (Call("arenite_softmax_s16", layer, (source.index,), constants),))
