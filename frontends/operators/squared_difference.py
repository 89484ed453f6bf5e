"""SQUARED_DIFFERENCE, int8, with broadcasting along up to four groups of axes."""

from __future__ import annotations

from collections.abc import Sequence

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation
from arenite.frontends.operators.broadcast import pair_lowering
from arenite.frontends.operators.tensors import int8_tensor
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("SQUARED_DIFFERENCE",)

DIFFERENCE_BITS = 7
"""More bits of both terms, which are brought to twice the larger scale."""


def lower(model: Model, operator: Operator) -> Lowering:
    operands = [int8_tensor(model, index)[1] for index in operator.inputs]
    _, result = int8_tensor(model, operator.outputs[0])
    fields = squared_fields(operands, result, DIFFERENCE_BITS)
    return pair_lowering(model, operator, "arenite_squared_difference_s8", "int8", fields)


def squared_fields(operands: Sequence[Quantisation], result: Quantisation, bits: int) -> dict[str, int]:
    """The arithmetic of an ``arenite_squared_difference_layer``, whose terms have ``bits`` more bits than operands."""
    twice = 2 * max(one.scale for one in operands)
    fields: dict[str, int] = {}
    for name, one in zip("xy", operands, strict=True):
        multiplier, shift = quantize_multiplier(one.scale / twice)
        fields |= {f"{name}_offset": -one.zero_point, f"{name}_multiplier": multiplier, f"{name}_shift": shift}
    multiplier, shift = quantize_multiplier(twice * twice / (4**bits * result.scale))
    if shift > 0:
        raise NotLowered(f"the output's scale {result.scale} is too small for squares of {twice / 2}")
    return fields | {"output_multiplier": multiplier, "output_shift": shift, "output_zero_point": result.zero_point}
