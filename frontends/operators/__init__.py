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
    "RESHAPE": "reshape",
    "SQUEEZE": "reshape",
    "EXPAND_DIMS": "reshape",
    "SOFTMAX": "softmax",
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


def lower(model: Model, operator: Operator) -> Lowering:
    """The lowering of one operator. Raises NotLowered, with the reason, when arenite cannot compile it."""
    family = FAMILIES.get(operator.kind)
    if family is None:
        raise NotLowered("the operator has no kernel")
    function: Lower = import_module(f"{__name__}.{family}").lower
    return function(model, operator)


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
            remedy="convert the model to full int8 with supported operators, or use `arenite plan`, which takes any",
        )
    return tuple(lowerings)
