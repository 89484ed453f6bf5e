"""What the int16 lowerings ask of tensors; whoever asks in vain gets a NotLowered."""

from __future__ import annotations

import math

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.operators.tensors import MAX_ELEMENTS, activation, sized_tensor
from arenite.frontends.quantise import activation_range

INT16_MIN, INT16_MAX = -(2**15), 2**15 - 1
ITEM_BYTES = 2


def int16_tensor(model: Model, index: int) -> tuple[Tensor, Quantisation]:
    """Tensor ``index`` if it is int16 with one scale (finite, positive) and the zero point 0, as TFLite has it."""
    tensor = sized_tensor(model, index, "int16")
    if tensor.bytes > MAX_ELEMENTS:
        raise NotLowered(f"tensor {index} has {tensor.bytes} bytes")
    return tensor, symmetric(tensor)


def int16_activation(model: Model, index: int) -> tuple[Tensor, Quantisation]:
    """The same for a tensor that must not be a constant."""
    return int16_tensor(model, activation(model, index))


def symmetric(tensor: Tensor) -> Quantisation:
    """The one scale of an int16 tensor."""
    quantisation = tensor.quantisation
    if quantisation is None or not quantisation.scales:
        raise NotLowered(f"tensor {tensor.index} is {tensor.dtype} without a scale")
    if quantisation.per_channel:
        raise NotLowered(f"tensor {tensor.index} is quantised per channel")
    if not (math.isfinite(quantisation.scale) and quantisation.scale > 0):
        raise NotLowered(f"tensor {tensor.index} has scale {quantisation.scale}")
    if any(quantisation.zero_points):
        raise NotLowered(f"tensor {tensor.index} has zero point {quantisation.zero_point}, TFLite has only 0 for int16")
    return quantisation if quantisation.zero_points else Quantisation(quantisation.scales, (0,), quantisation.axis)


def activation_fields(operator: Operator, output: Quantisation) -> dict[str, int]:
    """``activation_min`` and ``activation_max`` of a layer."""
    low, high = activation_range(operator.attributes["fused_activation_function"], output, (INT16_MIN, INT16_MAX))
    return {"activation_min": low, "activation_max": high}
