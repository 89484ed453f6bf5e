"""READ_VARIABLE and ASSIGN_VARIABLE, any type: copies between a state and other tensors.

TFLite gives a variable the shape of what is assigned; here it has one shape and type from the start.
"""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.operators.concatenation import KERNEL
from arenite.frontends.operators.tensors import constant, is_constant

KINDS = ("READ_VARIABLE", "ASSIGN_VARIABLE")


def lower(model: Model, operator: Operator) -> Lowering:
    state, *values = operator.inputs
    if state not in model.states:
        raise NotLowered("what its variable holds is known at run time only")
    tensor = model.tensors[state]
    size = tensor.elements * ITEM_BYTES[tensor.dtype]
    # A concatenation of one tensor copies it.
    layer = {"rows": 1, "chunks": 1, "bytes": size, "stride": size, "offset": 0}
    if operator.kind == "READ_VARIABLE":
        return Lowering((state,), operator.outputs, (Call(KERNEL, layer, (state,)),))
    (value,) = values
    if is_constant(model, value):
        call = Call(KERNEL, layer, (), {"in": constant(model, value, tensor.dtype)})
        return Lowering((), (), (call,), states=(state,))
    return Lowering((value,), (), (Call(KERNEL, layer, (value,)),), states=(state,))
