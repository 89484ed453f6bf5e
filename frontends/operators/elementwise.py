"""ADD, SUB and MUL, int8, with broadcasting along up to four groups of axes; one operand may be a constant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arenite.frontends.float_rounding import rounds_once
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation
from arenite.frontends.operators import elementwise_once as once
from arenite.frontends.operators.elementwise_once import too_small
from arenite.frontends.operators.tensors import (
    ROW_CHANNELS,
    constant,
    contiguous,
    int8_tensor,
    is_constant,
    require_shape,
    unique,
)
from arenite.frontends.quantise import activation_range, quantize_multiplier

KINDS = ("ADD", "SUB", "MUL")

SUM_BITS = 20
"""Both terms of a sum are rescaled with this many more bits (TFLite's left_shift for 8-bit types)."""
EXACT = 2**31 - 1
"""As a multiplier for half: |value| <= 255 * 2^21 loses less than 1/8 against 2^31, which rounding restores."""
MAX_LEFT_SHIFT = 14
"""Of a product of two differences of int8 values, so that it stays in int32."""


@dataclass(frozen=True)
class Operand:
    """``tensor`` is its index, or None for a constant; ``sign`` is -1 for what is subtracted."""

    tensor: int | None
    data: npt.NDArray[np.int8] | None
    shape: tuple[int, ...]
    quantisation: Quantisation
    sign: int


def lower(model: Model, operator: Operator) -> Lowering:
    result, quantisation = int8_tensor(model, operator.outputs[0])
    signs = (1, -1) if operator.kind == "SUB" else (1, 1)
    operands = [_operand(model, index, sign) for index, sign in zip(operator.inputs, signs, strict=True)]
    # The kernel's parameters: inputs stand before constants.
    a, b = sorted(operands, key=lambda operand: operand.tensor is None)
    if a.tensor is None:
        raise NotLowered("both inputs are constants, the result should be one too")
    require_shape(result, broadcast_shape(a.shape, b.shape))
    limits = activation_range(operator.attributes["fused_activation_function"], quantisation)
    strides = stride_fields(result.shape, {"a": a.shape, "b": b.shape})
    kernel, fields = _arithmetic(operator, a, b, quantisation, swapped=a is not operands[0])
    layer = strides | fields | {"activation_min": limits[0], "activation_max": limits[1]}
    layer |= contiguous(layer["channels"])
    inputs = tuple(operand.tensor for operand in (a, b) if operand.tensor is not None)
    data: dict[str, npt.NDArray[np.generic]] = {} if b.data is None else {"b": b.data}
    return Lowering(unique(inputs), (result.index,), (Call(kernel, layer, inputs, data),))


def _arithmetic(
    operator: Operator, a: Operand, b: Operand, result: Quantisation, *, swapped: bool
) -> tuple[str, dict[str, int]]:
    """The kernel and the fields of its layer between strides and activation."""
    if rounds_once(operator):
        if operator.kind == "MUL":
            return "arenite_multiply_once_s8", once.product_fields(a.quantisation, b.quantisation, result)
        signs = (a.sign, b.sign)
        return "arenite_add_once_s8", once.sum_fields(a.quantisation, b.quantisation, result, signs, swapped=swapped)
    fields = (
        product_fields(a.quantisation, b.quantisation, result) if operator.kind == "MUL" else sum_fields(a, b, result)
    )
    kernel = "arenite_multiply_s8" if operator.kind == "MUL" else "arenite_add_s8"
    return kernel, fields | {"output_zero_point": result.zero_point}


def _operand(model: Model, index: int, sign: int) -> Operand:
    tensor, quantisation = int8_tensor(model, index)
    if is_constant(model, index):
        return Operand(None, constant(model, index, "int8"), tensor.shape, quantisation, sign)
    return Operand(index, None, tensor.shape, quantisation, sign)


def broadcast_shape(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(tuple(a), tuple(b))
    except ValueError:
        raise NotLowered(f"the shapes {list(a)} and {list(b)} do not broadcast") from None


def stride_fields(shape: Sequence[int], operands: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Extents of the output and strides of each operand (by name), in elements, 0 along a broadcast axis.

    Columns become part of the channels where no operand needs them apart, so that the inner loop is long. Of three axes
    or less, the last but one are the rows, if there are ``ROW_CHANNELS`` or more.
    """
    if len(shape) > 4:
        shape, operands = _joined(shape, operands)
    extents = [1] * (4 - len(shape)) + list(shape)
    strides = {name: _strides(own, extents) for name, own in operands.items()}
    columns, channels = extents[2:]
    if extents[:2] == [1, 1] and channels >= ROW_CHANNELS:
        # The columns of a single row are rows, which can be computed one by one.
        extents[1:3] = [columns, 1]
        strides = {name: [batch, column, 0, channel] for name, (batch, _, column, channel) in strides.items()}
    elif columns > 1 and all(column == channels * channel for _, _, column, channel in strides.values()):
        extents[2:] = [1, columns * channels]
    elif columns > 1 and channels == 1:
        extents[2:] = [1, columns]
        strides = {name: [batch, row, 0, column] for name, (batch, row, column, _) in strides.items()}
    fields = dict(zip(("batches", "rows", "columns", "channels"), extents, strict=True))
    for name, own in strides.items():
        for axis, stride in zip(("batch", "row", "column", "channel"), own, strict=True):
            fields[f"{name}_{axis}_stride"] = stride
    return fields


def _joined(shape: Sequence[int], operands: Mapping[str, Sequence[int]]) -> tuple[list[int], dict[str, list[int]]]:
    """The same tensors with four axes: two neighbouring axes become one where each operand either has all elements
    along both or is broadcast along both."""
    extents = list(shape)
    padded = {name: [1] * (len(shape) - len(own)) + list(own) for name, own in operands.items()}
    axis = len(extents) - 2
    while axis >= 0 and len(extents) > 4:
        pairs = [(own[axis], own[axis + 1]) for own in padded.values()]
        if all(pair in ((1, 1), (extents[axis], extents[axis + 1])) for pair in pairs):
            for own in (extents, *padded.values()):
                own[axis : axis + 2] = [own[axis] * own[axis + 1]]
        axis -= 1
    if len(extents) > 4:
        raise NotLowered(f"it broadcasts along {len(extents)} axes in turn, more than 4")
    return extents, padded


def _strides(shape: Sequence[int], extents: Sequence[int]) -> list[int]:
    padded = [1] * (4 - len(shape)) + list(shape)
    strides = []
    distance = 1
    for own, extent in zip(reversed(padded), reversed(extents), strict=True):
        # An axis of extent 1 never moves on; its stride is free, and this one lets columns join the channels.
        strides.append(0 if own < extent else distance)
        distance *= own
    return strides[::-1]


def sum_fields(a: Operand, b: Operand, result: Quantisation) -> dict[str, int]:
    """The arithmetic of ADD and SUB as TFLite's reference does it (integer_ops/add.h, sub.h): both terms are brought to
    twice the larger scale with ``SUM_BITS`` more bits, added, and brought to the output's scale. The operand with the
    larger scale is then just halved, which is exact."""
    swapped = b.quantisation.scale > a.quantisation.scale
    exact, scaled = (b, a) if swapped else (a, b)
    twice = 2 * exact.quantisation.scale
    multiplier, shift = quantize_multiplier(scaled.quantisation.scale / twice)
    if shift == 0:
        # Half, or nothing at all.
        multiplier, shift = (EXACT if multiplier else 0), -1
    output_multiplier, output_shift = quantize_multiplier(twice / ((1 << SUM_BITS) * result.scale))
    if output_multiplier == 0:
        output_shift = -1
    if output_shift > 0:
        raise NotLowered(too_small(result.scale, str(twice / 2)))
    exact_gain = exact.sign << SUM_BITS
    return {
        "swapped": int(swapped),
        "exact_gain": exact_gain,
        "exact_offset": -exact.quantisation.zero_point * exact_gain,
        "scaled_offset": -scaled.quantisation.zero_point << (SUM_BITS + 1),
        "scaled_multiplier": multiplier,
        "scaled_shift": -shift,
        "scaled_gain": 2 * scaled.sign,
        "output_multiplier": output_multiplier,
        "output_shift": -output_shift,
    }


def product_fields(a: Quantisation, b: Quantisation, result: Quantisation) -> dict[str, int]:
    """The arithmetic of MUL; TFLite multiplies and divides the scales in float32."""
    with np.errstate(over="ignore", under="ignore"):
        ratio = np.float32(a.scale) * np.float32(b.scale) / np.float32(result.scale)
    if not np.isfinite(ratio):
        raise NotLowered(too_small(result.scale, f"{a.scale} and {b.scale}"))
    multiplier, shift = quantize_multiplier(float(ratio))
    if shift > MAX_LEFT_SHIFT:
        raise NotLowered(too_small(result.scale, f"{a.scale} and {b.scale}"))
    gain = 2 << max(shift, 0)
    return {
        "gain": gain,
        "a_offset": -a.zero_point * gain,
        "b_offset": -b.zero_point,
        "multiplier": multiplier,
        "shift": max(-shift, 0),
    }
