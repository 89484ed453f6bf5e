"""RESHAPE, SQUEEZE and EXPAND_DIMS, any type: the same bytes under another shape."""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.operators.tensors import activation, is_constant, sized_tensor

KINDS = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_tensor(model, activation(model, operator.inputs[0]), *ITEM_BYTES)
    result = sized_tensor(model, operator.outputs[0], source.dtype)
    for index in operator.inputs[1:]:
        if index >= 0 and not is_constant(model, index):
            raise NotLowered(f"the shape is computed at run time, by tensor {index}")
    if source.elements != result.elements:
        raise NotLowered(f"{list(source.shape)} has not as many elements as {list(result.shape)}")
    return Lowering((source.index,), (result.index,), alias=True)
