"""ADD_N of up to eight tensors of one shape, int8 (as TensorFlow Lite Micro), int32 (modulo 2^32) and float32."""

from __future__ import annotations

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.elementwise import SUM_BITS
from arenite.frontends.operators.elementwise_once import too_small
from arenite.frontends.operators.tensors import activation, per_tensor, require_shape, rows_of, sized_bytes, unique
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("ADD_N",)

KERNELS = {"int8": "arenite_add_n_s8", "int32": "arenite_add_n_s32", "float32": "arenite_add_n_f32"}
MAX_OPERANDS = 8
"""Parameters of the kernels. A sum of 16 numbers of int8 could overflow in the reference."""


def lower(model: Model, operator: Operator) -> Lowering:
    result = sized_bytes(model, operator.outputs[0], *KERNELS)
    count = len(operator.inputs)
    if not 2 <= count <= MAX_OPERANDS:
        raise NotLowered(f"it has {count} inputs, not 2 to {MAX_OPERANDS}")
    for index in operator.inputs:
        require_shape(sized_bytes(model, activation(model, index), result.dtype), result.shape)
    layer = rows_of(result.shape) | {"operands": count}
    if result.dtype == "int8":
        layer |= _sum_fields(model, operator)
    elif result.dtype == "int32":
        layer |= dict.fromkeys(("offset", "multiplier", "shift", "output_zero_point"), 0)
    # Parameters that stand for no operand are not read.
    inputs = operator.inputs + operator.inputs[:1] * (MAX_OPERANDS - count)
    return Lowering(unique(inputs), (result.index,), (Call(KERNELS[result.dtype], layer, inputs),))


def _sum_fields(model: Model, operator: Operator) -> dict[str, int]:
    """TensorFlow Lite Micro's arithmetic (reference/add_n.h): all operands are quantised alike, and halves of them are
    added with ``SUM_BITS`` more bits to what begins as a stored 0, which is one zero point too many."""
    first, *others = (per_tensor(model.tensors[index]) for index in operator.inputs)
    result = per_tensor(model.tensors[operator.outputs[0]])
    for other in others:
        if (other.scale, other.zero_point) != (first.scale, first.zero_point):
            raise NotLowered("its inputs are not quantised alike; TensorFlow Lite Micro sums no others")
    multiplier, shift = quantize_multiplier(2 * first.scale / ((1 << SUM_BITS) * result.scale))
    if shift > 0:
        raise NotLowered(too_small(result.scale, str(first.scale)))
    offset = -first.zero_point * (len(operator.inputs) + 1)
    return {"offset": offset, "multiplier": multiplier, "shift": shift, "output_zero_point": result.zero_point}
