"""SQUARED_DIFFERENCE, int16, as TFLite Micro has it, with broadcasting along up to four groups of axes."""

from __future__ import annotations

from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.broadcast import pair_lowering
from arenite.frontends.operators.int16.tensors import int16_tensor
from arenite.frontends.operators.squared_difference import squared_fields

KINDS = ("SQUARED_DIFFERENCE",)


def lower(model: Model, operator: Operator) -> Lowering:
    operands = [int16_tensor(model, index)[1] for index in operator.inputs]
    _, result = int16_tensor(model, operator.outputs[0])
    fields = squared_fields(operands, result, bits=0)
    return pair_lowering(model, operator, "arenite_squared_difference_s16", "int16", fields)
