"""Pad on stored integers: what it fills in must be one of them."""

from __future__ import annotations

import numpy as np

from arenite.frontends.model import Quantisation
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph

FILLING = 2
"""The place of the input that says with what Pad fills; before opset 11 an attribute does."""


def stored_filling(graph: OnnxGraph, node: Node, quantisation: Quantisation, dtype: str) -> Array | None:
    """The int8 value, of shape [], that a Pad of mode ``constant`` fills in.

    Args:
        quantisation: of the padded tensor, as int8.
        dtype: of the tensor in the file: float32 between DequantizeLinear and QuantizeLinear, or int8 or uint8.

    Returns:
        None where it is computed, or no stored value stands for it.
    """
    name = node.inputs[FILLING] if len(node.inputs) > FILLING else ""
    filling = graph.scalar(name) if name else float(node.get("value", 0.0))
    if filling is None:
        return None
    if dtype != "float32":
        return np.array(filling - (128 if dtype == "uint8" else 0), np.int8)
    if not np.isfinite(filling):
        return None
    scale = np.float32(quantisation.scale)
    stored = np.rint(np.float32(filling) / scale) + quantisation.zero_point
    exact = np.float32(stored - quantisation.zero_point) * scale == np.float32(filling)
    return np.array(stored, np.int8) if exact and -128 <= stored <= 127 else None
