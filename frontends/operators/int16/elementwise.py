"""ADD, SUB and MUL, int16, with broadcasting along up to four groups of axes; one operand may be a constant.

Where ``pot_scale_int16`` says so and all scales are powers of 2, TFLite shifts what it adds instead of rescaling it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.operators.elementwise import broadcast_shape, stride_fields
from arenite.frontends.operators.elementwise_once import too_small
from arenite.frontends.operators.int16.tensors import activation_fields, int16_tensor
from arenite.frontends.operators.tensors import constant, contiguous, is_constant, require_shape, unique
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("ADD", "SUB", "MUL")

SUM_BITS = 15
"""Both terms of a sum are rescaled with this many more bits (TFLite's left_shift for int16)."""
MAX_SHIFT = 15
"""Of a term to the right, where scales are powers of 2."""
LOG2_TOLERANCE = 1e-3
"""TFLite takes a scale for a power of 2 whose logarithm is as close to an integer."""


@dataclass(frozen=True)
class Term:
    """``sign`` is -1 for what is subtracted."""

    tensor: Tensor
    scale: float
    sign: int


def lower(model: Model, operator: Operator) -> Lowering:
    result, quantisation = int16_tensor(model, operator.outputs[0])
    signs = (1, -1) if operator.kind == "SUB" else (1, 1)
    terms = [_term(model, index, sign) for index, sign in zip(operator.inputs, signs, strict=True)]
    # The kernel's parameters: inputs stand before constants.
    a, b = sorted(terms, key=lambda term: is_constant(model, term.tensor.index))
    if is_constant(model, a.tensor.index):
        raise NotLowered("both inputs are constants, the result should be one too")
    require_shape(result, broadcast_shape(a.tensor.shape, b.tensor.shape))
    layer = stride_fields(result.shape, {"a": a.tensor.shape, "b": b.tensor.shape})
    kernel, fields = _arithmetic(operator, a, b, quantisation)
    layer |= fields | activation_fields(operator, quantisation) | contiguous(layer["channels"])
    inputs = tuple(term.tensor.index for term in (a, b) if not is_constant(model, term.tensor.index))
    data = {"b": constant(model, b.tensor.index, "int16")} if len(inputs) == 1 else {}
    return Lowering(unique(inputs), (result.index,), (Call(kernel, layer, inputs, data),))


def _term(model: Model, index: int, sign: int) -> Term:
    tensor, quantisation = int16_tensor(model, index)
    return Term(tensor, quantisation.scale, sign)


def _arithmetic(operator: Operator, a: Term, b: Term, result: Quantisation) -> tuple[str, dict[str, int]]:
    """The kernel and the fields of its layer between strides and activation."""
    if operator.kind == "MUL":
        return "arenite_multiply_s16", product_fields(a.scale, b.scale, result.scale)
    shifts = _shifts((a.scale, b.scale, result.scale)) if operator.attributes.get("pot_scale_int16", True) else None
    if shifts is None:
        return "arenite_add_s16", sum_fields(a, b, result.scale)
    if operator.kind == "ADD" and a.tensor.shape != b.tensor.shape:
        raise NotLowered("it broadcasts with scales that are powers of 2, which TFLite does not")
    if min(shifts) != 0 or max(shifts) > MAX_SHIFT:
        raise NotLowered(f"its terms are shifted to the right by {shifts[0]} and {shifts[1]} bits")
    fields = {"a_sign": a.sign, "a_shift": shifts[0], "b_sign": b.sign, "b_shift": shifts[1]}
    return "arenite_add_shifted_s16", fields


def _shifts(scales: Sequence[float]) -> tuple[int, int] | None:
    """Of both terms to the right, for two scales and the result's; None if one is no power of 2."""
    logarithms = [math.log2(scale) for scale in scales]
    if any(abs(one - round(one)) >= LOG2_TOLERANCE for one in logarithms):
        return None
    a, b, result = (round(one) for one in logarithms)
    return result - a, result - b


def sum_fields(a: Term, b: Term, result: float) -> dict[str, int]:
    """The arithmetic of ADD and SUB: both terms are brought to twice the larger scale with ``SUM_BITS`` more bits,
    added, and brought to the output's scale."""
    twice = 2 * max(a.scale, b.scale)
    output = quantize_multiplier(twice / ((1 << SUM_BITS) * result))
    if output[1] > 0:
        raise NotLowered(too_small(result, str(twice / 2)))
    fields: dict[str, int] = {}
    for name, term in (("a", a), ("b", b)):
        multiplier, shift = quantize_multiplier(term.scale / twice)
        fields |= {f"{name}_sign": term.sign, f"{name}_multiplier": multiplier, f"{name}_shift": shift}
    return fields | {"output_multiplier": output[0], "output_shift": output[1]}


def product_fields(a: float, b: float, result: float) -> dict[str, int]:
    """The arithmetic of MUL; TFLite multiplies and divides the scales in float32."""
    with np.errstate(over="ignore", under="ignore"):
        multiplier, shift = quantize_multiplier(float(np.float32(a) * np.float32(b) / np.float32(result)))
    return {"multiplier": multiplier, "shift": shift}
