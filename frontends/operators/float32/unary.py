"""Functions of one float32 value: the kind UNARY with its attribute ``function``, and TFLite's kinds for the same."""

from __future__ import annotations

import math

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import float_activation, float_attribute, float_bits, float_tensor
from arenite.frontends.operators.lookup import RELU_LIMITS
from arenite.frontends.operators.tensors import contiguous, require_shape, rows_of

KINDS = (
    "UNARY", "ABS", "CEIL", "COS", "ELU", "EXP", "FLOOR", "GELU", "HARD_SWISH", "LEAKY_RELU", "LOG", "LOGISTIC",
    "NEG", "RELU", "RELU6", "RELU_0_TO_1", "RELU_N1_TO_1", "ROUND", "RSQRT", "SIGN", "SIN", "SQRT", "SQUARE", "TANH",
)  # fmt: skip

PLAIN = frozenset({
    "abs", "ceil", "cos", "erf", "exp", "floor", "gelu", "gelu_tanh", "hard_swish", "log", "mish", "neg", "reciprocal",
    "round", "rsqrt", "sigmoid", "sign", "sin", "softplus", "softsign", "sqrt", "square", "tanh",
})  # fmt: skip
"""Functions without parameters; the kernel of each is ``arenite_<function>_f32``."""

PARAMETERS: dict[str, tuple[tuple[str, float], ...]] = {
    "elu": (("alpha", 1.0),),
    "hard_sigmoid": (("alpha", 0.2), ("beta", 0.5)),
    "leaky_relu": (("alpha", 0.01),),
    "selu": (("alpha", 1.6732632423543772), ("gamma", 1.0507009873554805)),
    "silu": (("alpha", 1.0),),
}
"""Function -> the attributes that are the layer's alpha and beta, with ONNX's defaults. ``silu`` is
``x * sigmoid(alpha * x)``; the gamma of ``selu`` may also be called ``beta``."""

SAME_AS_KIND = {
    "ABS": "abs", "CEIL": "ceil", "COS": "cos", "EXP": "exp", "FLOOR": "floor", "HARD_SWISH": "hard_swish",
    "LOG": "log", "LOGISTIC": "sigmoid", "NEG": "neg", "ROUND": "round", "RSQRT": "rsqrt", "SIGN": "sign",
    "SIN": "sin", "SQRT": "sqrt", "SQUARE": "square", "TANH": "tanh",
}  # fmt: skip
"""TFLite's kinds without attributes."""


def lower(model: Model, operator: Operator) -> Lowering:
    source = float_activation(model, operator.inputs[0])
    result = float_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    function, alpha, beta = function_of(operator)
    shape = rows_of(source.shape)
    elements = shape["row_elements"]
    layer = {"rows": shape["rows"], "columns": 1, "channels": elements}
    layer |= {"alpha": float_bits(alpha), "beta": float_bits(beta), **contiguous(elements)}
    call = Call(f"arenite_{function}_f32", layer, (source.index,))
    return Lowering((source.index,), (result.index,), (call,))


def function_of(operator: Operator) -> tuple[str, float, float]:
    """The kernel's function, and its alpha and beta (0 where it has none)."""
    if operator.kind in RELU_LIMITS:
        return "clip", *RELU_LIMITS[operator.kind]
    if operator.kind == "LEAKY_RELU":
        return "leaky_relu", float_attribute(operator, "alpha"), 0.0
    if operator.kind == "ELU":
        return "elu", 1.0, 0.0
    if operator.kind == "GELU":
        return "gelu_tanh" if operator.attributes.get("approximate") else "gelu", 0.0, 0.0
    if operator.kind != "UNARY":
        return SAME_AS_KIND[operator.kind], 0.0, 0.0
    function = str(operator.attributes.get("function"))
    if function == "relu":
        return "clip", 0.0, math.inf
    if function == "clip":
        low, high = float_attribute(operator, "low", -math.inf), float_attribute(operator, "high", math.inf)
        # Where the bounds cross, ONNX's result is the upper one.
        return "clip", min(low, high), high
    if function in PLAIN:
        return function, 0.0, 0.0
    if function not in PARAMETERS:
        raise NotLowered(f"the function {function} has no kernel")
    values = [_parameter(operator, name, default) for name, default in PARAMETERS[function]]
    return function, values[0], values[1] if len(values) > 1 else 0.0


def _parameter(operator: Operator, name: str, default: float) -> float:
    if name == "gamma" and "gamma" not in operator.attributes:
        name = "beta"
    return float_attribute(operator, name, default)
