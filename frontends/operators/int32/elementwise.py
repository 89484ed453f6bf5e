"""ADD, ADD_N, SUB, MUL, DIV, FLOOR_DIV, FLOOR_MOD and SQUARED_DIFFERENCE, int32, modulo 2^32, with broadcasting
along up to four groups of axes. TFLite refuses to go on where it divides by 0; here, the result is 0."""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import add_n
from arenite.frontends.operators.broadcast import pair_lowering
from arenite.frontends.quantise import INT32_MAX, INT32_MIN

KINDS = ("ADD", "ADD_N", "SUB", "MUL", "DIV", "FLOOR_DIV", "FLOOR_MOD", "SQUARED_DIFFERENCE")

KERNELS = {
    "ADD": "arenite_add_s32",
    "ADD_N": "arenite_add_s32",
    "SUB": "arenite_subtract_s32",
    "MUL": "arenite_multiply_s32",
    "DIV": "arenite_divide_s32",
    "FLOOR_DIV": "arenite_floor_divide_s32",
    "FLOOR_MOD": "arenite_floor_modulo_s32",
    "SQUARED_DIFFERENCE": "arenite_squared_difference_s32",
}

ACTIVATIONS = {
    "NONE": (INT32_MIN, INT32_MAX),
    "RELU": (0, INT32_MAX),
    "RELU6": (0, 6),
    "RELU_N1_TO_1": (-1, 1),
    "RELU_0_TO_1": (0, 1),
}
"""Fused activation -> the least and the greatest result."""


def lower(model: Model, operator: Operator) -> Lowering:
    if operator.kind == "ADD_N" and len(operator.inputs) != 2:
        return add_n.lower(model, operator)
    activation = operator.attributes.get("fused_activation_function", "NONE")
    if activation not in ACTIVATIONS:
        raise NotLowered(f"the fused activation is {activation}")
    low, high = ACTIVATIONS[str(activation)]
    fields = {"activation_min": low, "activation_max": high}
    return pair_lowering(model, operator, KERNELS[operator.kind], "int32", fields)
