"""CONCATENATION, int8: one copying call per input.

TFLite does not rescale: all tensors have the same quantisation. ONNX's inputs (attribute ``requantisation``) may have
others than the output; what is copied then goes through a table. Of an operand that is computed in its place (attribute
``parts``) there is no copy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from arenite.frontends.float_rounding import rounds_once
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators.lookup import once_requantised_table
from arenite.frontends.operators.parts import operand_tensor, operands, part_call
from arenite.frontends.operators.tensors import as_int, constant, int8_tensor, is_constant, require_shape, unique

KINDS = ("CONCATENATION",)

KERNEL = "arenite_concatenate_s8"
LOOKUP_KERNEL = "arenite_concatenate_lookup_s8"


def lower(model: Model, operator: Operator) -> Lowering:
    result, quantisation = int8_tensor(model, operator.outputs[0])
    if operator.attributes["fused_activation_function"] != "NONE":
        raise NotLowered(f"it has a fused activation, {operator.attributes['fused_activation_function']}")
    rank = len(result.shape)
    axis = as_int(operator.attributes["axis"])
    if not -rank <= axis < rank:
        raise NotLowered(f"the axis is {axis} of {rank}")
    axis %= rank
    calls: list[Call] = []
    position = 0
    for operand in operands(operator):
        index = operand_tensor(operand)
        source, own = int8_tensor(model, index)
        same = (own.scale, own.zero_point) == (quantisation.scale, quantisation.zero_point)
        if not same and not rounds_once(operator):
            raise NotLowered(f"tensor {index} and the output differ in quantisation")
        if len(source.shape) != rank:
            raise NotLowered(f"tensor {index} has {len(source.shape)} axes, not {rank}")
        require_shape(source, [*result.shape[:axis], source.shape[axis], *result.shape[axis + 1 :]])
        layer = slice_layer(result.shape, axis, position, source.shape[axis])
        table = None if same else once_requantised_table(own, quantisation)
        if isinstance(operand, Operator):
            if table is not None:
                raise NotLowered(f"tensor {index} and the output differ in quantisation")
            calls.append(part_call(model, operand, Call(KERNEL, layer, (index,))))
        elif is_constant(model, index):
            data = constant(model, index, "int8")
            calls.append(Call(KERNEL, layer, (), {"in": data if table is None else table[data]}))
        elif table is None:
            calls.append(Call(KERNEL, layer, (index,)))
        else:
            calls.append(Call(LOOKUP_KERNEL, layer, (index,), {"table": table}))
        position += source.shape[axis]
    if position != result.shape[axis]:
        raise NotLowered(f"the inputs have {position} elements along axis {axis}, the output {result.shape[axis]}")
    inputs = unique(index for call in calls for index in call.inputs)
    if not inputs:
        raise NotLowered("all inputs are constants, the result should be one too")
    return Lowering(inputs, (result.index,), tuple(calls))


def byte_copies(model: Model, operator: Operator, tensor_of: Callable[[int], Tensor]) -> Lowering:
    """The concatenation of tensors of any one type, copied as bytes.

    Args:
        tensor_of: the tensor of that index; raises NotLowered if it is none that can be joined with the others.
    """
    result = tensor_of(operator.outputs[0])
    item = result.bytes // result.elements
    rank = len(result.shape)
    axis = as_int(operator.attributes["axis"])
    if not -rank <= axis < rank:
        raise NotLowered(f"the axis is {axis} of {rank}")
    axis %= rank
    calls: list[Call] = []
    position = 0
    for operand in operands(operator):
        index = operand_tensor(operand)
        source = tensor_of(index)
        if len(source.shape) != rank:
            raise NotLowered(f"tensor {index} has {len(source.shape)} axes, not {rank}")
        require_shape(source, [*result.shape[:axis], source.shape[axis], *result.shape[axis + 1 :]])
        layer = slice_layer(result.shape, axis, position, source.shape[axis])
        layer |= {name: layer[name] * item for name in ("bytes", "stride", "offset")}
        if isinstance(operand, Operator):
            calls.append(part_call(model, operand, Call(KERNEL, layer, (index,))))
        elif is_constant(model, index):
            data = constant(model, index, result.dtype).reshape(-1).view(np.int8)
            calls.append(Call(KERNEL, layer, (), {"in": data}))
        else:
            calls.append(Call(KERNEL, layer, (index,)))
        position += source.shape[axis]
    if position != result.shape[axis]:
        raise NotLowered(f"the inputs have {position} elements along axis {axis}, the output {result.shape[axis]}")
    inputs = unique(index for call in calls for index in call.inputs)
    if not inputs:
        raise NotLowered("all inputs are constants, the result should be one too")
    return Lowering(inputs, (result.index,), tuple(calls))


def slice_layer(shape: Sequence[int], axis: int, position: int, extent: int) -> dict[str, int]:
    """The layer that copies to [position, position + extent) along ``axis`` of an output of this shape. The axes before
    are rows, but for the one next to it, whose elements make the chunks of a row (the columns of NHWC)."""
    chunk_axis = min(2, axis) if len(shape) == 4 else axis
    inner = math.prod(shape[axis + 1 :])
    return {
        "rows": math.prod(shape[:chunk_axis]),
        "chunks": math.prod(shape[chunk_axis:axis]),
        "bytes": extent * inner,
        "stride": shape[axis] * inner,
        "offset": position * inner,
    }
