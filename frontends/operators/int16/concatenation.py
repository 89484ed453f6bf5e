"""CONCATENATION, int16: the copying of bytes that int8 has. TFLite does not rescale: all tensors have one scale."""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators.concatenation import byte_copies
from arenite.frontends.operators.int16.tensors import int16_tensor

KINDS = ("CONCATENATION",)


def lower(model: Model, operator: Operator) -> Lowering:
    if operator.attributes["fused_activation_function"] != "NONE":
        raise NotLowered(f"it has a fused activation, {operator.attributes['fused_activation_function']}")
    _, quantisation = int16_tensor(model, operator.outputs[0])

    def alike(index: int) -> Tensor:
        tensor, own = int16_tensor(model, index)
        if own.scale != quantisation.scale:
            raise NotLowered(f"tensor {index} and the output differ in scale")
        return tensor

    return byte_copies(model, operator, alike)
