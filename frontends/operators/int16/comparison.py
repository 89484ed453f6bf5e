"""EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL of int16, with broadcasting.

TFLite compares stored values, but for EQUAL and NOT_EQUAL of quantised ones multiples of 2^-8 of the real unit: what
differs by less may count as equal.
"""

from __future__ import annotations

from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.broadcast import pair_lowering
from arenite.frontends.operators.comparison import ACCEPTED, scaled_fields
from arenite.frontends.operators.int16.tensors import symmetric

KINDS = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")


def lower(model: Model, operator: Operator) -> Lowering:
    fields = {"accepted": ACCEPTED[operator.kind]}
    operands = [model.tensors[index] for index in operator.inputs]
    if operator.kind not in ("EQUAL", "NOT_EQUAL") or operands[0].quantisation is None:
        return pair_lowering(model, operator, "arenite_compare_s16", "int16", fields, "bool")
    for name, operand in zip("xy", operands, strict=True):
        fields |= scaled_fields(operand.index, symmetric(operand), name)
    return pair_lowering(model, operator, "arenite_compare_scaled_s16", "int16", fields, "bool")
