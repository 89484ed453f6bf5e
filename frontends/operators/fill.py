"""FILL, any type, whose shape is a constant: one value everywhere, which may be computed. ZEROS_LIKE becomes one."""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.fills import fill_call
from arenite.frontends.operators.moves import MOVED, View, move_call, whole
from arenite.frontends.operators.tensors import constant, is_constant, require_shape, sized_bytes, sized_tensor

KINDS = ("FILL",)


def lower(model: Model, operator: Operator) -> Lowering:
    shape = tuple(int(one) for one in constant(model, operator.inputs[0], "int32", "int64").ravel())
    result = sized_bytes(model, operator.outputs[0], *MOVED)
    require_shape(result, shape)
    value = sized_tensor(model, operator.inputs[1], result.dtype)
    if value.elements != 1:
        raise NotLowered(f"the value, tensor {value.index}, has {value.elements} elements")
    if is_constant(model, value.index):
        data = constant(model, value.index, result.dtype)
        return Lowering((), (result.index,), (fill_call(result, data),))
    everywhere = View(shape, (0,) * len(shape))
    return Lowering((value.index,), (result.index,), (move_call(value, result, everywhere, whole(shape)),))
