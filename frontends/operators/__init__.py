"""One file per operator family: TFLite operator -> Lowering. Adding an operator is one file here (and its kernel)."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from arenite.errors import UnsupportedError
from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator

Lower = Callable[[Model, Operator], Lowering]

FAMILIES: dict[str, str] = {
    "CONV_2D": "conv2d",
    "DEPTHWISE_CONV_2D": "depthwise_conv2d",
    "FULLY_CONNECTED": "fully_connected",
    "AVERAGE_POOL_2D": "pool",
    "MAX_POOL_2D": "pool",
    "MEAN": "mean",
    "ADD": "elementwise",
    "SUB": "elementwise",
    "MUL": "elementwise",
    "PAD": "pad",
    "PADV2": "pad",
    "CONCATENATION": "concatenation",
    "TRANSPOSE": "transpose",
    "RESIZE": "resize",
    "RESHAPE": "reshape",
    "SQUEEZE": "reshape",
    "EXPAND_DIMS": "reshape",
    "SOFTMAX": "softmax",
    "LOOKUP": "lookup",
    "LOGISTIC": "lookup",
    "TANH": "lookup",
    "RELU": "lookup",
    "RELU6": "lookup",
    "RELU_N1_TO_1": "lookup",
    "RELU_0_TO_1": "lookup",
    "QUANTIZE": "quantize",
    "DEQUANTIZE": "quantize",
}
"""Operator kind -> module of this package that lowers it, with a function ``lower(model, operator)``."""

FLOAT_FAMILIES: dict[str, str] = {
    "CONV_2D": "float32.conv2d",
    "DEPTHWISE_CONV_2D": "float32.depthwise_conv2d",
    "FULLY_CONNECTED": "float32.fully_connected",
    "AVERAGE_POOL_2D": "float32.pool",
    "MAX_POOL_2D": "float32.pool",
    "MEAN": "float32.reduce",
    "SUM": "float32.reduce",
    "REDUCE_MAX": "float32.reduce",
    "REDUCE_MIN": "float32.reduce",
    "PAD": "float32.pad",
    "PADV2": "float32.pad",
    "CONCATENATION": "float32.concatenation",
    "SOFTMAX": "float32.softmax",
    "LOG_SOFTMAX": "float32.softmax",
    "LRN": "float32.lrn",
    "LOCAL_RESPONSE_NORMALIZATION": "float32.lrn",
    "REQUANT_SHIFT": "float32.requant_shift",
    **dict.fromkeys(
        ("ADD", "SUB", "MUL", "DIV", "MINIMUM", "MAXIMUM", "POW", "PRELU", "SQUARED_DIFFERENCE"), "float32.elementwise"
    ),
    **dict.fromkeys(
        (
            "UNARY", "ABS", "CEIL", "COS", "ELU", "EXP", "FLOOR", "GELU", "HARD_SWISH", "LEAKY_RELU", "LOG", "LOGISTIC",
            "NEG", "RELU", "RELU6", "RELU_0_TO_1", "RELU_N1_TO_1", "ROUND", "RSQRT", "SIGN", "SIN", "SQRT", "SQUARE",
            "TANH",
        ),
        "float32.unary",
    ),
}  # fmt: skip
"""The same for operators on float32 activations."""


PARTS = "parts"
"""Attribute of a CONCATENATION, or of an operator that is computed as one: for each operand its tensor's index, or the
operator that computes it. Its inputs are then these tensors and the inputs of these operators."""


def lower(model: Model, operator: Operator) -> Lowering:
    """The lowering of one operator. Raises NotLowered, with the reason, when arenite cannot compile it."""
    family = _family(model, operator)
    if family is None:
        raise NotLowered("the operator has no kernel")
    function: Lower = import_module(f"{__name__}.{family}").lower
    return function(model, operator)


def _family(model: Model, operator: Operator) -> str | None:
    """By the type of the first input that is not a constant, or of the output where there is none."""
    if operator.kind.startswith("ONNX:"):
        return "onnx_node"
    kind = "CONCATENATION" if PARTS in operator.attributes else operator.kind
    tensors = [model.tensors[index] for index in operator.inputs if index >= 0]
    activations = [tensor for tensor in tensors if tensor.data is None and not tensor.constant]
    activations += [model.tensors[index] for index in operator.outputs[:1]]
    if activations and activations[0].dtype == "float32" and kind in FLOAT_FAMILIES:
        return FLOAT_FAMILIES[kind]
    return FAMILIES.get(kind)


def lower_or_none(model: Model, operator: Operator) -> Lowering | None:
    """None for an operator that arenite does not compile."""
    try:
        return lower(model, operator)
    except NotLowered:
        return None


def lower_all(model: Model) -> tuple[Lowering, ...]:
    """The lowering of every operator. Raises one UnsupportedError that lists all that arenite cannot compile."""
    lowerings: list[Lowering] = []
    refused: list[str] = []
    for operator in model.operators:
        try:
            lowerings.append(lower(model, operator))
        except NotLowered as reason:
            refused.append(f"{operator.label} ({reason})")
    if refused:
        raise UnsupportedError(
            f"{len(refused)} of {len(model.operators)} operators cannot be compiled: {', '.join(refused)}",
            file=model.file,
            remedy="convert the model to full int8 (or float32) with supported operators, or use `arenite plan`, "
            "which takes any",
        )
    return tuple(lowerings)
