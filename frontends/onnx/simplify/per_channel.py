"""Nodes that multiply by one constant per channel, or add one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from arenite.frontends.onnx.graph import Array, Node, OnnxGraph
from arenite.frontends.onnx.simplify.batch_norm import batch_norm_terms


def channel_terms(
    graph: OnnxGraph, node: Node, dequantised: Mapping[str, Array], channels: int
) -> tuple[str, Array, Array] | None:
    """What a node reads, and its factor and addend, float64 [channels], where it is affine per channel of axis 1; None
    for others.

    Args:
        dequantised: constants behind a DequantizeLinear, as float32.
    """
    one, zero = np.ones(channels), np.zeros(channels)
    known = {**{name: graph.constants[name] for name in node.inputs if name in graph.constants}}
    known.update({name: dequantised[name] for name in node.inputs if name in dequantised})
    if node.kind == "BatchNormalization":
        terms = batch_norm_terms(node, graph, known)
        return None if terms is None else (node.inputs[0], *terms)
    if node.kind not in ("Add", "Sub", "Mul", "Div") or len(node.inputs) != 2:
        return None
    data = [name for name in node.inputs if name not in known]
    if len(data) != 1:
        return None
    other = next(name for name in node.inputs if name in known)
    value = along_channels(known[other], len(graph.shape(node.outputs[0]) or ()), channels)
    first = node.inputs[0] == data[0]
    if value is None or (node.kind == "Div" and (not first or not value.all())):
        return None
    if node.kind == "Mul":
        return data[0], value, zero
    if node.kind == "Div":
        return data[0], one / value, zero
    if node.kind == "Add":
        return data[0], one, value
    return (data[0], one, -value) if first else (data[0], -one, value)


def along_channels(array: Array, rank: int, channels: int) -> Array | None:
    """A float32 constant that, among ``rank`` axes, varies along axis 1 at most, as float64 [channels]; else None."""
    padded = (1,) * (rank - array.ndim) + array.shape
    if array.ndim > rank or array.dtype != np.float32 or any(padded[axis] != 1 for axis in range(rank) if axis != 1):
        return None
    return np.broadcast_to(array.astype(np.float64).reshape(-1), (channels,)) if padded[1] in (1, channels) else None
