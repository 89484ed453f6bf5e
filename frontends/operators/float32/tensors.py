"""What the float32 lowerings ask of tensors and attributes; whoever asks in vain gets a NotLowered."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators.tensors import MAX_ELEMENTS, activation, constant, sized_tensor

Array = npt.NDArray[np.float32]

ACTIVATIONS = {
    "NONE": (-math.inf, math.inf),
    "RELU": (0.0, math.inf),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU_0_TO_1": (0.0, 1.0),
}
"""Fused activation -> the least and the greatest result."""


def float_tensor(model: Model, index: int) -> Tensor:
    """Tensor ``index`` if it is float32 of a static shape; kernels count its bytes in int32."""
    tensor = sized_tensor(model, index, "float32")
    if tensor.bytes > MAX_ELEMENTS:
        raise NotLowered(f"tensor {index} has {tensor.bytes} bytes")
    return tensor


def float_activation(model: Model, index: int) -> Tensor:
    """The same for a tensor that must not be a constant."""
    return float_tensor(model, activation(model, index))


def float_constant(model: Model, index: int) -> Array:
    values: Array = constant(model, index, "float32")
    return values


def float_bits(value: float) -> int:
    """IEEE 754 single precision bits of ``value`` as an int32, as layers hold floats."""
    with np.errstate(over="ignore"):
        return int(np.float32(value).view(np.int32))


def float_attribute(operator: Operator, name: str, default: float | None = None) -> float:
    """A number. Raises NotLowered if it is missing, without a default, or is none."""
    value = operator.attributes.get(name, default)
    if not isinstance(value, (int, float, np.floating)) or math.isnan(value):
        raise NotLowered(f"its attribute {name} is {value!r}, not a number")
    return float(value)


def activation_fields(operator: Operator) -> dict[str, int]:
    """``activation_low`` and ``activation_high`` of a layer: the fused activation's name, or bounds as floats."""
    activation = operator.attributes.get("fused_activation_function", "NONE")
    if isinstance(activation, tuple):
        low, high = (float(bound) for bound in activation)
    elif activation in ACTIVATIONS:
        low, high = ACTIVATIONS[str(activation)]
    else:
        raise NotLowered(f"the fused activation is {activation}")
    if not low <= high:
        raise NotLowered(f"the fused activation has the bounds {low} and {high}")
    return {"activation_low": float_bits(low), "activation_high": float_bits(high)}
