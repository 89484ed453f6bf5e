"""One file per family of ONNX operators: node -> operators of the Model. Adding an operator is one line here and one
function there."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from arenite.frontends.onnx.builder import Builder, NotConverted
from arenite.frontends.onnx.graph import Node
from arenite.frontends.onnx.integers.state import LOOKUP, REINTERPRET, REQUANTISE

Convert = Callable[[Builder, Node], None]

CONVERSIONS: dict[str, str] = {
    "Conv": "windows.convolution",
    "MaxPool": "windows.pool",
    "AveragePool": "windows.pool",
    "GlobalAveragePool": "windows.global_average",
    "GlobalMaxPool": "windows.global_maximum",
    "LRN": "windows.local_response",
    "Resize": "windows.resize",
    "Upsample": "windows.resize",
    "Gemm": "products.general",
    "MatMul": "products.matrix",
    "Add": "elementwise.binary",
    "Sub": "elementwise.binary",
    "Mul": "elementwise.binary",
    "Div": "elementwise.binary",
    "Min": "elementwise.binary",
    "Max": "elementwise.binary",
    "Pow": "elementwise.binary",
    "PRelu": "elementwise.binary",
    "RequantShift": "elementwise.requant_shift",
    LOOKUP: "elementwise.lookup",
    REQUANTISE: "elementwise.requantise",
    REINTERPRET: "elementwise.reinterpret",
    "QuantizeLinear": "elementwise.quantise",
    "DequantizeLinear": "elementwise.dequantise",
    "Reshape": "shapes.reshape",
    "Flatten": "shapes.reshape",
    "Squeeze": "shapes.reshape",
    "Unsqueeze": "shapes.reshape",
    "Identity": "shapes.reshape",
    "Dropout": "shapes.reshape",
    "Transpose": "shapes.transpose",
    "Concat": "shapes.concatenation",
    "Pad": "shapes.pad",
    "Split": "slices.split",
    "Slice": "slices.slices",
    "Gather": "slices.gather",
    "Softmax": "shapes.softmax",
    "LogSoftmax": "shapes.softmax",
    "ReduceMean": "shapes.reduction",
    "ReduceSum": "shapes.reduction",
    "ReduceMax": "shapes.reduction",
    "ReduceMin": "shapes.reduction",
    "DepthToSpace": "shapes.depth_to_space",
    "SpaceToDepth": "shapes.depth_to_space",
    **dict.fromkeys(
        (
            *("Relu", "Clip", "Sigmoid", "Tanh", "Exp", "Log", "Sqrt", "Erf", "Abs", "Neg", "Floor", "Ceil", "Round"),
            *("Reciprocal", "LeakyRelu", "Elu", "Selu", "HardSigmoid", "HardSwish", "Softplus", "Softsign", "Gelu"),
            *("Sin", "Cos", "Mish", "com.microsoft:Gelu", "com.microsoft:FastGelu", "com.microsoft:QuickGelu"),
        ),
        "elementwise.unary",
    ),
}
"""ONNX operator -> the function of this package that converts it, ``module.function(builder, node)``."""


def convert_node(builder: Builder, node: Node) -> None:
    """Appends what the node becomes; what has no conversion, or none of its form, becomes one operator ``ONNX:<kind>``
    that TVM's own converter compiles."""
    place = CONVERSIONS.get(node.kind)
    if place is not None:
        module, _, function = place.partition(".")
        convert: Convert = getattr(import_module(f"{__name__}.{module}"), function)
        try:
            convert(builder, node)
        except NotConverted:
            pass
        else:
            return
    from arenite.frontends.onnx.conversions.other import keep

    keep(builder, node)
