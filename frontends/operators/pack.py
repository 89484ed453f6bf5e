"""PACK, any type: the inputs side by side along a new axis, brought there as the inputs of CONCATENATION are.

TFLite copies what is stored. A single input is the result under another shape.
"""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.operators.concatenation import copy_call, of_copies, slice_layer
from arenite.frontends.operators.moves import MOVED
from arenite.frontends.operators.tensors import as_int, is_constant, require_shape, sized_bytes

KINDS = ("PACK",)


def lower(model: Model, operator: Operator) -> Lowering:
    if len(operator.outputs) != 1 or min(operator.inputs, default=-1) < 0:
        raise NotLowered(f"it reads {list(operator.inputs)} and writes {list(operator.outputs)}")
    result = sized_bytes(model, operator.outputs[0], *MOVED)
    rank, count = len(result.shape), len(operator.inputs)
    axis = as_int(operator.attributes["axis"])
    if not -rank <= axis < rank:
        raise NotLowered(f"the axis is {axis} of {rank}")
    axis %= rank
    if result.shape[axis] != count:
        raise NotLowered(f"it has {count} inputs, and its result {result.shape[axis]} elements along axis {axis}")
    for index in operator.inputs:
        source = sized_bytes(model, index, result.dtype)
        require_shape(source, result.shape[:axis] + result.shape[axis + 1 :])
    if count == 1 and not is_constant(model, operator.inputs[0]):
        return Lowering(operator.inputs, (result.index,), alias=True)
    item = ITEM_BYTES[result.dtype]
    layers = (slice_layer(result.shape, axis, place, 1, item) for place in range(count))
    calls = [copy_call(model, index, layer) for index, layer in zip(operator.inputs, layers, strict=True)]
    return of_copies(calls, result)
