"""BATCH_MATMUL, int16: the right operand may be transposed, a constant, also int8, or one matrix for all left ones."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.batch_matmul import matmul_lowering
from arenite.frontends.operators.int16.tensors import int16_tensor, symmetric
from arenite.frontends.operators.int16.weights import MAX_SUM, reduced_multiplier
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("BATCH_MATMUL",)

MAX_DEPTH = MAX_SUM // 2**30
"""The sum of so many products does not go beyond what TFLite rescales."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, left = int16_tensor(model, operator.inputs[0])
    right = symmetric(model.tensors[operator.inputs[1]])
    _, result = int16_tensor(model, operator.outputs[0])
    if source.shape and source.shape[-1] >= MAX_DEPTH:
        raise NotLowered(f"its sums are over {source.shape[-1]} elements")
    # The product of the scales is one of float32 in TFLite.
    with np.errstate(over="ignore", under="ignore"):
        product = float(np.float32(left.scale) * np.float32(right.scale))
    multiplier, shift = reduced_multiplier(*quantize_multiplier(product / result.scale))
    fields = {"multiplier": multiplier, "shift": shift}
    return matmul_lowering(model, operator, "arenite_batch_matmul_s16", "int16", fields, narrow="int8")
