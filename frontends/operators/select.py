"""SELECT and SELECT_V2 of any type, with broadcasting along up to four groups of axes.

The condition is computed at run time. SELECT's may be a vector that has an element for each row of the others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.operators.elementwise import broadcast_shape, stride_fields
from arenite.frontends.operators.tensors import (
    activation,
    constant,
    is_constant,
    require_shape,
    sized_tensor,
    unique,
)

KINDS = ("SELECT", "SELECT_V2")

TYPES = ("bool", "int8", "uint8", "int16", "int32", "int64", "float32")


def lower(model: Model, operator: Operator) -> Lowering:
    if len(operator.inputs) != 3:
        raise NotLowered(f"it has {len(operator.inputs)} inputs, not 3")
    result = sized_tensor(model, operator.outputs[0], *TYPES)
    condition = sized_tensor(model, activation(model, operator.inputs[0]), "bool")
    operands = [sized_tensor(model, index, result.dtype) for index in operator.inputs[1:]]
    b, c = sorted(operands, key=lambda operand: is_constant(model, operand.index))
    shape = condition.shape
    if operator.kind == "SELECT" and len(shape) == 1 and len(b.shape) > 1:
        shape = (*shape, *(1 for _ in b.shape[1:]))
    require_shape(result, broadcast_shape(shape, broadcast_shape(b.shape, c.shape)))
    layer = stride_fields(result.shape, {"a": shape, "b": b.shape, "c": c.shape})
    layer |= {"swapped": int(b is not operands[0]), "bytes": ITEM_BYTES[result.dtype]}
    given = [index for index in (b.index, c.index) if not is_constant(model, index)]
    data: dict[str, npt.NDArray[np.generic]] = {
        name: constant(model, tensor.index, result.dtype)
        for name, tensor in (("b", b), ("c", c))
        if is_constant(model, tensor.index)
    }
    inputs = (condition.index, *given)
    return Lowering(unique(inputs), (result.index,), (Call("arenite_select_s8", layer, inputs, data),))
