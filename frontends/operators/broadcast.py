"""Functions of two tensors of one type that broadcast against each other; one of them may be a constant."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.elementwise import broadcast_shape, stride_fields
from arenite.frontends.operators.tensors import constant, is_constant, require_shape, sized_tensor, unique


def pair_lowering(
    model: Model, operator: Operator, kernel: str, dtype: str, fields: Mapping[str, int], result_dtype: str = ""
) -> Lowering:
    """The lowering to a kernel whose layer is an ``arenite_broadcast_layer`` with these fields behind it.

    Args:
        dtype: of both operands; ``result_dtype`` is that of the result, empty for the same.

    Raises:
        NotLowered: both operands are constants, or they have other types or shapes.
    """
    result = sized_tensor(model, operator.outputs[0], result_dtype or dtype)
    if len(operator.inputs) != 2:
        raise NotLowered(f"it has {len(operator.inputs)} inputs, not 2")
    operands = [sized_tensor(model, index, dtype) for index in operator.inputs]
    # The kernel's parameters: inputs stand before constants.
    a, b = sorted(operands, key=lambda operand: is_constant(model, operand.index))
    if is_constant(model, a.index):
        raise NotLowered("both inputs are constants, the result should be one too")
    require_shape(result, broadcast_shape(a.shape, b.shape))
    layer = stride_fields(result.shape, {"a": a.shape, "b": b.shape})
    layer |= {"swapped": int(a is not operands[0]), **fields}
    data: dict[str, npt.NDArray[np.generic]] = {}
    if is_constant(model, b.index):
        data["b"] = constant(model, b.index, dtype)
    inputs = (a.index,) if data else (a.index, b.index)
    return Lowering(unique(inputs), (result.index,), (Call(kernel, layer, inputs, data),))
