"""ONNX operators without a row kernel: TVM imports the node, and arenite prints the loops that TVM makes of it.

What is known here of TVM 0.27 was found by comparing with ONNX Runtime; it is decided without importing TVM, so that a
plan and a refusal need none. Of the operators that TVM's importer knows, these are refused:

* TopK, NonZero, Unique, Compress, NonMaxSuppression, AllClassNMS: they become calls of TVM's run-time library, and all
  but TopK have results whose shape depends on values.
* Shape, Size, Range, ConstantOfShape, EyeLike and operators on sequences and optionals: their results are no tensors
  that are computed at run time.
* Attention, com.microsoft:Attention, EmbedLayerNormalization: most of their attributes are ignored or fail.
* If, Loop, Scan: control flow has no place in a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import sized_tensor, unique

if TYPE_CHECKING:
    from arenite.frontends.onnx.graph import Node

FROM_ONNX = "relax.frontend.onnx"
"""``relax_op`` of a lowering whose operator TVM imports; the keyword argument ``kind`` is ONNX's name of it."""

DTYPES = (
    "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "bool",
)  # fmt: skip

SUPPORTED = frozenset(
    (
        # products and windows
        *("MatMul", "MatMulInteger", "Gemm", "Einsum", "Conv", "ConvTranspose"),
        *("MaxPool", "AveragePool", "LpPool", "GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"),
        # normalisation
        *("BatchNormalization", "LayerNormalization", "InstanceNormalization", "GroupNormalization"),
        *("RMSNormalization", "MeanVarianceNormalization", "LpNormalization", "LRN"),
        *("Softmax", "LogSoftmax", "Hardmax", "com.microsoft:SkipLayerNormalization"),
        # of one value
        *("Abs", "Neg", "Reciprocal", "Floor", "Ceil", "Round", "Sign", "Sqrt", "Exp", "Log", "Erf"),
        *("Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Tanh", "Asinh", "Acosh", "Atanh"),
        *("Relu", "LeakyRelu", "PRelu", "ThresholdedRelu", "Elu", "Selu", "Celu", "Sigmoid", "HardSigmoid"),
        *("HardSwish", "Swish", "Softplus", "Softsign", "Mish", "Gelu", "Shrink", "Clip", "Identity", "Dropout"),
        *("com.microsoft:Gelu", "com.microsoft:FastGelu", "com.microsoft:BiasGelu"),
        *("IsNaN", "IsInf", "Not", "BitwiseNot", "Cast", "CastLike"),
        # of several values
        *("Add", "Sub", "Mul", "Div", "Mod", "Pow", "Min", "Max", "Sum", "Mean", "Where"),
        *("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor"),
        *("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitShift"),
        # along axes
        *("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2"),
        *("ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp", "ArgMax", "ArgMin", "CumSum"),
        # moves
        *("Slice", "Split", "Concat", "Gather", "GatherElements", "GatherND", "ScatterElements", "ScatterND"),
        *("Transpose", "DepthToSpace", "SpaceToDepth", "Tile", "Expand", "Pad", "Trilu", "OneHot"),
        *("Reshape", "Flatten", "Squeeze", "Unsqueeze"),
        *("Resize", "Upsample", "GridSample", "AffineGrid", "RoiAlign", "MaxRoiPool"),
        # numbers for numbers
        *("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"),
    )
)

SEVERAL_RESULTS = frozenset(("Split", "DynamicQuantizeLinear"))

CONSTANT_INPUTS: Mapping[str, tuple[int, ...]] = {
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Tile": (1,),
    "Expand": (1,),
    "Pad": (1, 2, 3),
    "Trilu": (1,),
    "Reshape": (1,),
    "Squeeze": (1,),
    "Unsqueeze": (1,),
    "Resize": (1, 2, 3),
    "Upsample": (1,),
    "AffineGrid": (1,),
    "CumSum": (1,),
    "QuantizeLinear": (1, 2),
    "DequantizeLinear": (1, 2),
    **dict.fromkeys(
        (
            *("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2"),
            *("ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"),
        ),
        (1,),
    ),
}
"""Inputs whose values decide what is computed."""

FORMS: Mapping[str, tuple[str, Callable[[Node], bool]]] = {
    "IsInf": (
        "it asks for infinities of one sign",
        lambda node: node.get("detect_negative", 1) == 1 == node.get("detect_positive", 1),
    ),
    "RoiAlign": (
        "only averages of a given number of samples are compiled",
        lambda node: node.get("mode", "avg") == "avg" and int(node.get("sampling_ratio", 0)) > 0,
    ),
    "GridSample": (
        "only linear and nearest sampling are compiled",
        lambda node: node.get("mode", "bilinear") in ("bilinear", "linear", "nearest"),
    ),
    "BatchNormalization": ("it is in training", lambda node: not int(node.get("training_mode", 0))),
}
"""What must hold for a node of this kind, and what is said if it does not: TVM computes other forms wrongly."""


def lower(model: Model, operator: Operator) -> Lowering:
    """Any operator of the set above, with static shapes and types that C99 has."""
    kind = operator.kind.removeprefix("ONNX:")
    if kind not in SUPPORTED:
        raise NotLowered("the operator has no kernel, and through TVM 0.27 it does not compile")
    node: Node = operator.attributes["node"]  # type: ignore[assignment]
    present = [index for index in operator.inputs if index >= 0]
    outputs = tuple(index for index in operator.outputs if index >= 0)
    if len(outputs) != 1 and kind not in SEVERAL_RESULTS:
        raise NotLowered(f"it has {len(outputs)} results")
    for place in CONSTANT_INPUTS.get(kind, ()):
        index = operator.inputs[place] if place < len(operator.inputs) else -1
        if index >= 0 and model.tensors[index].data is None:
            raise NotLowered(f"input {place} is computed at run time")
    activations = unique(index for index in present if model.tensors[index].data is None)
    if not activations:
        raise NotLowered("it reads constants only")
    for index in (*activations, *outputs):
        sized_tensor(model, index, *DTYPES)
    if kind in FORMS and not FORMS[kind][1](node):
        raise NotLowered(FORMS[kind][0])
    from arenite.frontends.onnx.expand import expand  # needs onnx, which models of other formats do not

    expand(model, operator)
    return Lowering(activations, outputs, relax_op=(FROM_ONNX, {"kind": kind}))
