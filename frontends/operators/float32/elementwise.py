"""ADD, SUB, MUL and other functions of two float32 tensors, with broadcasting along up to four groups of axes; one
operand may be a constant."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import add_n
from arenite.frontends.operators.elementwise import broadcast_shape, stride_fields
from arenite.frontends.operators.float32.tensors import activation_fields, float_constant, float_tensor
from arenite.frontends.operators.tensors import contiguous, is_constant, require_shape, unique

KINDS = (
    "ADD", "ADD_N", "SUB", "MUL", "DIV", "FLOOR_DIV", "FLOOR_MOD", "MINIMUM", "MAXIMUM", "POW", "PRELU",
    "SQUARED_DIFFERENCE",
)  # fmt: skip

KERNELS = {
    "ADD": "arenite_add_f32",
    "ADD_N": "arenite_add_f32",
    "SUB": "arenite_subtract_f32",
    "MUL": "arenite_multiply_f32",
    "DIV": "arenite_divide_f32",
    "FLOOR_DIV": "arenite_floor_divide_f32",
    "FLOOR_MOD": "arenite_floor_modulo_f32",
    "MINIMUM": "arenite_minimum_f32",
    "MAXIMUM": "arenite_maximum_f32",
    "POW": "arenite_power_f32",
    "PRELU": "arenite_prelu_f32",
    "SQUARED_DIFFERENCE": "arenite_squared_difference_f32",
}


def lower(model: Model, operator: Operator) -> Lowering:
    if operator.kind == "ADD_N" and len(operator.inputs) != 2:
        return add_n.lower(model, operator)
    result = float_tensor(model, operator.outputs[0])
    if len(operator.inputs) != 2:
        raise NotLowered(f"it has {len(operator.inputs)} inputs, not 2")
    operands = [float_tensor(model, index) for index in operator.inputs]
    # The kernel's parameters: inputs stand before constants.
    a, b = sorted(operands, key=lambda operand: is_constant(model, operand.index))
    if is_constant(model, a.index):
        raise NotLowered("both inputs are constants, the result should be one too")
    require_shape(result, broadcast_shape(a.shape, b.shape))
    layer = stride_fields(result.shape, {"a": a.shape, "b": b.shape})
    layer |= {"swapped": int(a is not operands[0]), **activation_fields(operator), **contiguous(layer["channels"])}
    constant_b = is_constant(model, b.index)
    inputs = (a.index,) if constant_b else (a.index, b.index)
    data = {"b": float_constant(model, b.index)} if constant_b else {}
    call = Call(KERNELS[operator.kind], layer, inputs, data)
    return Lowering(unique(inputs), (result.index,), (call,))
