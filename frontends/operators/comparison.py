"""EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL of int8, int32, bool or float32, with broadcasting.

TFLite compares int8 as multiples of 2^-8 of the real unit: what differs by less may count as equal.
"""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation
from arenite.frontends.operators.broadcast import pair_lowering
from arenite.frontends.operators.tensors import int8_tensor, sized_tensor
from arenite.frontends.quantise import quantize_multiplier

LESS, SAME, MORE, UNORDERED = 1, 2, 4, 8

ACCEPTED = {
    "EQUAL": SAME,
    "NOT_EQUAL": LESS | MORE | UNORDERED,
    "LESS": LESS,
    "LESS_EQUAL": LESS | SAME,
    "GREATER": MORE,
    "GREATER_EQUAL": MORE | SAME,
}

KINDS = ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")

KERNELS = {
    "int8": "arenite_compare_scaled_s8",
    "bool": "arenite_compare_s8",
    "int32": "arenite_compare_s32",
    "float32": "arenite_compare_f32",
}


def lower(model: Model, operator: Operator) -> Lowering:
    dtype = sized_tensor(model, operator.inputs[0], *KERNELS).dtype
    fields = {"accepted": ACCEPTED[operator.kind]}
    if dtype == "int8":
        for name, index in zip("xy", operator.inputs, strict=True):
            fields |= scaled_fields(index, int8_tensor(model, index)[1], name)
    return pair_lowering(model, operator, KERNELS[dtype], dtype, fields, "bool")


def scaled_fields(index: int, quantisation: Quantisation, name: str) -> dict[str, int]:
    """How operand ``name``, tensor ``index``, becomes a multiple of 2^-8."""
    multiplier, shift = quantize_multiplier(quantisation.scale)
    if shift > 0:
        raise NotLowered(f"tensor {index} has scale {quantisation.scale}: TFLite compares with scales below 1 only")
    return {f"{name}_offset": -quantisation.zero_point, f"{name}_multiplier": multiplier, f"{name}_shift": shift}
