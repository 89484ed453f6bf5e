"""CONCATENATION, any type: one copying call per input.

TFLite does not rescale int8: all tensors have the same quantisation. Inputs of uint8, and ONNX's (attribute
``requantisation``), may have others than the output; what is copied then goes through a table. Of an operand that is
computed in its place (attribute ``parts``) there is no copy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from arenite.frontends.float_rounding import rounds_once
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator, Quantisation, Tensor
from arenite.frontends.operators.lookup import Table, once_requantised_table
from arenite.frontends.operators.moves import MOVED
from arenite.frontends.operators.parts import operand_tensor, operands, part_calls
from arenite.frontends.operators.tensors import (
    as_int,
    constant,
    is_constant,
    per_tensor,
    require_shape,
    sized_bytes,
    unique,
)
from arenite.frontends.rewrites.unsigned import is_unsigned

KINDS = ("CONCATENATION",)

KERNEL = "arenite_concatenate_s8"
LOOKUP_KERNEL = "arenite_concatenate_lookup_s8"
MAX_STEPS = 2.0**31
"""What C's conversion to int32 has to hold."""


def lower(model: Model, operator: Operator) -> Lowering:
    result = sized_bytes(model, operator.outputs[0], *MOVED)
    activation = operator.attributes.get("fused_activation_function", "NONE")
    if activation != "NONE":
        raise NotLowered(f"it has a fused activation, {activation}")
    rank = len(result.shape)
    axis = as_int(operator.attributes["axis"])
    if not -rank <= axis < rank:
        raise NotLowered(f"the axis is {axis} of {rank}")
    axis %= rank
    calls: list[Call] = []
    position = 0
    for operand in operands(operator):
        source = sized_bytes(model, operand_tensor(operand), result.dtype)
        if len(source.shape) != rank:
            raise NotLowered(f"tensor {source.index} has {len(source.shape)} axes, not {rank}")
        require_shape(source, [*result.shape[:axis], source.shape[axis], *result.shape[axis + 1 :]])
        layer = slice_layer(result.shape, axis, position, source.shape[axis], ITEM_BYTES[result.dtype])
        calls += _calls(model, operator, operand, result, layer)
        position += source.shape[axis]
    if position != result.shape[axis]:
        raise NotLowered(f"the inputs have {position} elements along axis {axis}, the output {result.shape[axis]}")
    return of_copies(calls, result)


def of_copies(calls: Sequence[Call], result: Tensor) -> Lowering:
    """The lowering whose calls fill the result."""
    inputs = unique(index for call in calls for index in call.inputs)
    if not inputs:
        raise NotLowered("all inputs are constants, the result should be one too")
    return Lowering(inputs, (result.index,), tuple(calls))


def copy_call(model: Model, index: int, layer: dict[str, int]) -> Call:
    """The call that brings a tensor, which may be a constant, to its place."""
    if not is_constant(model, index):
        return Call(KERNEL, layer, (index,))
    data = constant(model, index, model.tensors[index].dtype)
    return Call(KERNEL, layer, (), {"in": data if data.dtype == np.int8 else data.reshape(-1).view(np.int8)})


def _calls(
    model: Model, operator: Operator, operand: int | Operator, result: Tensor, layer: dict[str, int]
) -> tuple[Call, ...]:
    """What brings an operand to its place, as the numbers that it has there."""
    index = operand_tensor(operand)
    table = None
    if result.dtype == "int8":
        own, quantisation = per_tensor(model.tensors[index]), per_tensor(result)
        if (own.scale, own.zero_point) != (quantisation.scale, quantisation.zero_point):
            if isinstance(operand, Operator):
                raise NotLowered(f"tensor {index} and the output differ in quantisation")
            table = _table(operator, index, own, quantisation)
    elif result.dtype in ("int16", "uint8") and model.tensors[index].quantisation != result.quantisation:
        raise NotLowered(f"tensor {index} and the output differ in quantisation")
    if isinstance(operand, Operator):
        return part_calls(model, operand, Call(KERNEL, layer, (index,)))
    if table is None:
        return (copy_call(model, index, layer),)
    if is_constant(model, index):
        return (Call(KERNEL, layer, (), {"in": table[constant(model, index, "int8")]}),)
    return (Call(LOOKUP_KERNEL, layer, (index,), {"table": table}),)


def _table(operator: Operator, index: int, source: Quantisation, result: Quantisation) -> Table:
    if rounds_once(operator):
        return once_requantised_table(source, result)
    if is_unsigned(operator):
        return unsigned_requantised_table(source, result)
    raise NotLowered(f"tensor {index} and the output differ in quantisation")


def unsigned_requantised_table(source: Quantisation, result: Quantisation) -> Table:
    """The value times the ratio of the scales less the zero point times that, every step on uint8 and in float32, to
    nearest with ties away from zero (TFLite's ConcatenationWithScaling)."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ratio = np.float32(source.scale) * (np.float32(1) / np.float32(result.scale))
        offset = np.float32(-(source.zero_point + 128)) * ratio
        steps = np.arange(256).astype(np.float32) * ratio + offset
    if not (np.abs(steps) < MAX_STEPS).all():
        raise NotLowered("the scales are too far apart")
    away = np.copysign(np.floor(np.abs(steps.astype(np.float64)) + 0.5), steps)
    stored = np.clip(away + result.zero_point, -128, 127).astype(np.int8)
    return np.roll(stored, 128)


def slice_layer(shape: Sequence[int], axis: int, position: int, extent: int, item: int = 1) -> dict[str, int]:
    """The layer that copies to [position, position + extent) along ``axis`` of an output of this shape and of elements
    of ``item`` bytes. The axes before are rows, but for the one next to it, whose elements make the chunks of a row
    (the columns of NHWC)."""
    chunk_axis = min(2, axis) if len(shape) == 4 else axis
    inner = math.prod(shape[axis + 1 :]) * item
    return {
        "rows": math.prod(shape[:chunk_axis]),
        "chunks": math.prod(shape[chunk_axis:axis]),
        "bytes": extent * inner,
        "stride": shape[axis] * inner,
        "offset": position * inner,
    }
