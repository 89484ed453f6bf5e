"""Which operands of an operator its result may be written over."""

from __future__ import annotations

from arenite.codegen.kernels.in_place import in_place_positions
from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator, Tensor

OF_ONE = frozenset(
    (
        "ABS", "CEIL", "COS", "ELU", "EXP", "FLOOR", "GELU", "HARD_SWISH", "LEAKY_RELU", "LOG", "LOGISTIC", "NEG",
        "PRELU", "QUANTIZE", "RELU", "RELU6", "RELU_0_TO_1", "RELU_N1_TO_1", "ROUND", "RSQRT", "SIGN", "SIN", "SQRT",
        "SQUARE", "TANH",
    )
)  # fmt: skip
OF_TWO = frozenset(
    ("ADD", "DIV", "FLOOR_DIV", "FLOOR_MOD", "MAXIMUM", "MINIMUM", "MUL", "POW", "SQUARED_DIFFERENCE", "SUB")
)


def in_place_operands(model: Model, operator: Operator, lowering: Lowering | None) -> tuple[int, ...]:
    """Tensors that the operator reads and may write its output over, if nobody needs them afterwards.

    An operator that arenite compiles may do what its kernel can, if it is one call of a kernel. Without a lowering the
    kind decides: one output element depends on the elements at the same place, and all have one size.
    """
    if lowering is None:
        return _by_kind(model, operator)
    if len(lowering.calls) != 1 or len(lowering.outputs) != 1:
        return ()
    (call,) = lowering.calls
    result = model.tensors[lowering.outputs[0]]
    # A kernel's first parameter is its layer, the inputs follow.
    places = [read - 1 for read, _ in in_place_positions(call.kernel)]
    operands = [model.tensors[call.inputs[place]] for place in places if place < len(call.inputs)]
    return _as_large(operands, result)


def may_overwrite(lowering: Lowering | None, index: int) -> bool:
    """Whether an operator's only result may lie where a tensor of its size and type does, wherever it reads that."""
    if lowering is None or len(lowering.calls) != 1 or len(lowering.outputs) != 1 or lowering.states:
        return False
    (call,) = lowering.calls
    places = {read - 1 for read, _ in in_place_positions(call.kernel)}
    return all(place in places for place, one in enumerate(call.inputs) if one == index)


def _by_kind(model: Model, operator: Operator) -> tuple[int, ...]:
    count = 1 if operator.kind in OF_ONE else 2 if operator.kind in OF_TWO else 0
    if not count or len(operator.outputs) != 1:
        return ()
    result = model.tensors[operator.outputs[0]]
    operands = [model.tensors[index] for index in operator.inputs[:count] if index >= 0]
    return tuple(index for index in _as_large(operands, result) if model.tensors[index].bytes == result.bytes)


def _as_large(operands: list[Tensor], result: Tensor) -> tuple[int, ...]:
    return tuple(dict.fromkeys(operand.index for operand in operands if operand.elements == result.elements))
