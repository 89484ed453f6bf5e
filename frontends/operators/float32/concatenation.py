"""CONCATENATION, float32: the copying of bytes that int8 has."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.concatenation import KERNEL, slice_layer
from arenite.frontends.operators.float32.tensors import activation_fields, float_bits, float_constant, float_tensor
from arenite.frontends.operators.parts import operand_tensor, operands, part_call
from arenite.frontends.operators.tensors import as_int, is_constant, require_shape, unique

KINDS = ("CONCATENATION",)

BYTES = 4


def lower(model: Model, operator: Operator) -> Lowering:
    result = float_tensor(model, operator.outputs[0])
    if tuple(activation_fields(operator).values()) != (float_bits(-np.inf), float_bits(np.inf)):
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
        source = float_tensor(model, index)
        if len(source.shape) != rank:
            raise NotLowered(f"tensor {index} has {len(source.shape)} axes, not {rank}")
        require_shape(source, [*result.shape[:axis], source.shape[axis], *result.shape[axis + 1 :]])
        layer = slice_layer(result.shape, axis, position, source.shape[axis])
        layer |= {name: layer[name] * BYTES for name in ("bytes", "stride", "offset")}
        if isinstance(operand, Operator):
            calls.append(part_call(model, operand, Call(KERNEL, layer, (index,))))
        elif is_constant(model, index):
            data = float_constant(model, index).reshape(-1).view(np.int8)
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
