"""What several conversions need."""

from __future__ import annotations

import math

from arenite.frontends.onnx.builder import Builder
from arenite.frontends.onnx.graph import Node
from arenite.frontends.onnx.integers.parameters import real_bounds
from arenite.frontends.onnx.simplify.fuse import activation

ONCE = {"requantisation": "once"}
"""ONNX rounds once, to nearest, ties to even."""


def activation_of(builder: Builder, node: Node) -> object:
    """``fused_activation_function`` of the operator that writes the node's result: bounds as its type stores them."""
    bounds = activation(node)
    if math.isinf(bounds[0]) and math.isinf(bounds[1]):
        return "NONE"
    value = builder.graph.values[node.outputs[0]]
    return bounds if value.quantisation is None else real_bounds(bounds, value.quantisation)
