"""Multiplications that an operator's definition asks for, one count per multiply-accumulate."""

from __future__ import annotations

from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import PARTS
from arenite.frontends.operators.parts import operators_in
from arenite.frontends.operators.shift import JOINED


def operator_macs(model: Model, operator: Operator) -> int:
    """Multiply-accumulates of a convolution or fully connected layer, padding included; 0 for other kinds.

    Each output value takes one per weight of its filter: ``kernel height * width * input channels`` for CONV_2D (filter
    OHWI), ``kernel height * width`` for DEPTHWISE_CONV_2D (filter 1HWC), the input depth for FULLY_CONNECTED (filter
    OI). TRANSPOSE_CONV (filter OHWI) takes ``output channels * kernel height * width`` per *input* value.
    """
    joined = operator.attributes.get(JOINED)
    if isinstance(joined, Operator):
        return operator_macs(model, joined)
    if PARTS in operator.attributes:
        return sum(operator_macs(model, part) for part in operators_in(operator))
    if len(operator.inputs) < 2 or not operator.outputs:
        return 0
    filter_index = operator.inputs[1]
    weights = model.tensors[filter_index].shape if filter_index >= 0 else ()
    outputs = model.tensors[operator.outputs[0]].elements
    if operator.kind == "CONV_2D" and len(weights) == 4:
        return outputs * weights[1] * weights[2] * weights[3]
    if operator.kind == "DEPTHWISE_CONV_2D" and len(weights) == 4:
        return outputs * weights[1] * weights[2]
    if operator.kind == "FULLY_CONNECTED" and len(weights) == 2:
        return outputs * weights[1]
    if operator.kind == "TRANSPOSE_CONV" and len(weights) == 4 and len(operator.inputs) > 2 and operator.inputs[2] >= 0:
        return model.tensors[operator.inputs[2]].elements * weights[0] * weights[1] * weights[2]
    return 0
