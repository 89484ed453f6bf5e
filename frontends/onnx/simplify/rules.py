"""Shapes of operators that ONNX's inference does not know, or not at the version that the file states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from arenite.frontends.onnx.graph import Node, Value

Found = dict[str, tuple[str, tuple[int | None, ...] | None]]
"""By name of the result: dtype ("" if unknown) and extents (None where unknown)."""

NEWER = {
    "Gelu": 20,
    "GroupNormalization": 18,
    "HardSwish": 14,
    "LayerNormalization": 17,
    "Mish": 18,
    "RMSNormalization": 23,
    "Swish": 24,
}
"""Operators that exporters write into files of older versions, and the first version that has them."""

# Results that have the type and shape of the first input.
_LIKE_INPUT = frozenset(
    {
        "MeanVarianceNormalization",
        "RequantShift",
        "QuickGelu",
        "FastGelu",
        "BiasGelu",
        "SimplifiedLayerNormalization",
        "com.microsoft:BiasGelu",
        "com.microsoft:FastGelu",
        "com.microsoft:Gelu",
        "com.microsoft:LayerNormalization",
        "com.microsoft:QuickGelu",
        "com.microsoft:RotaryEmbedding",
        "com.microsoft:SimplifiedLayerNormalization",
        "com.microsoft:SkipLayerNormalization",
        "com.microsoft:SkipSimplifiedLayerNormalization",
    }
)

_PLAIN = {
    "com.microsoft:FusedConv": "Conv",
    "com.microsoft:FusedGemm": "Gemm",
    "com.microsoft:FusedMatMul": "MatMul",
}

_COMPARISONS = frozenset({"And", "Or", "Xor", "Equal", "Greater", "Less"})
_ONE_SIDED = _COMPARISONS | {"Add", "Sub", "Mul", "Div", "Pow"}
"""Until version 7 only the second operand was broadcast."""

_Lookup = Callable[[str], "Value | None"]


def own_rule(node: Node, lookup: _Lookup, opset: int) -> Found | None:
    """The results of an operator that has a rule here; None for all others."""
    first = lookup(node.inputs[0]) if node.inputs else None
    if first is None or not node.outputs:
        return None
    if node.kind in ("QuantizeLinear", "DequantizeLinear") and len(node.inputs) >= 2:
        return {node.outputs[0]: (_quantised_type(node, lookup), first.shape)}
    if opset < 7 and node.kind in _ONE_SIDED and len(node.inputs) == 2:
        return {node.outputs[0]: ("bool" if node.kind in _COMPARISONS else first.dtype, first.shape)}
    if node.kind == "com.microsoft:FusedMatMul" and len(node.inputs) == 2:
        second = lookup(node.inputs[1])
        product = _product(node, first.shape, second.shape if second else None)
        return None if product is None else {node.outputs[0]: (first.dtype, product)}
    if node.kind in _LIKE_INPUT:
        found: Found = {node.outputs[0]: (first.dtype, first.shape)}
        for name in node.outputs[1:3]:  # mean and inverse standard deviation
            found[name] = (first.dtype, None if first.shape is None else (*first.shape[:-1], 1))
        for name in node.outputs[3:]:  # of SkipLayerNormalization: the sum before normalisation
            found[name] = (first.dtype, first.shape)
        return found
    return None


def stand_in(node: Node) -> Node:
    """A node of ONNX's own whose results have the same shapes; the node itself where no such one is known."""
    kind = _PLAIN.get(node.kind)
    # A fourth input of FusedConv is added to the result and has its shape.
    return node if kind is None else replace(node, kind=kind, inputs=node.inputs[:3])


def _quantised_type(node: Node, lookup: _Lookup) -> str:
    scale, zero_point = lookup(node.inputs[1]), lookup(node.inputs[2]) if len(node.inputs) > 2 else None
    if node.kind == "DequantizeLinear":
        return scale.dtype if scale else "float32"
    return zero_point.dtype if zero_point else "uint8"


def _product(node: Node, first: tuple[int, ...] | None, second: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """Of a product of matrices of which either may be transposed; None for what MatMul's inference can tell."""
    turned = [bool(node.get(name, 0)) for name in ("transA", "transB", "transBatchA", "transBatchB")]
    if first is None or second is None or min(len(first), len(second)) < 2 or not any(turned) or any(turned[2:]):
        return None
    rows, depth = first[-2:][::-1] if turned[0] else first[-2:]
    other, columns = second[-2:][::-1] if turned[1] else second[-2:]
    try:
        batch = np.broadcast_shapes(first[:-2], second[:-2])
    except ValueError:
        return None
    return (*batch, rows, columns) if depth == other else None
