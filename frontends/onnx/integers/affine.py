"""A factor and an addend per channel between integers: BatchNormalization that no convolution took in, or Mul and Add.

On integers this is a depthwise convolution with a window of one element. Its weights are 127 or -127, and what they are
short of the factors stands in their scales, one per channel: the product is exact, and the addend as fine as a bias.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arenite.frontends.onnx.graph import Array, Node, OnnxGraph
from arenite.frontends.onnx.simplify.batch_norm import batch_norm_terms
from arenite.frontends.onnx.simplify.fuse import HIGH, LOW

WEIGHT = 127
MAX_NODES = 8


@dataclass(frozen=True, eq=False)
class Affine:
    """``factor * source + addend``, float64 [channels]; ``nodes``, the last one first, compute it."""

    source: str
    factor: Array
    addend: Array
    nodes: tuple[Node, ...]

    def integers(self, source_scale: float) -> tuple[Array, Array, Array] | None:
        """Weights int8 [channels, 1, 1, 1], their scales float32 [channels], the bias int32 [channels] in steps of
        ``source_scale`` times these; None if that overflows."""
        scales = (np.abs(self.factor) / WEIGHT).astype(np.float32)
        used = scales > 0
        scales = np.where(used, scales, np.float32(1e-6)).astype(np.float32)
        weights = np.where(used, np.sign(self.factor) * WEIGHT, 0).astype(np.int8)
        bias = np.rint(self.addend / (np.float64(np.float32(source_scale)) * scales))
        if not (np.abs(bias) < 2**30).all():
            return None
        return weights.reshape(-1, 1, 1, 1), scales, bias.astype(np.int32)


def affine_of(
    graph: OnnxGraph,
    writers: Mapping[str, Node],
    integers: Mapping[str, str],
    dequantised: Mapping[str, Array],
    result: str,
) -> Affine | None:
    """The affine function per channel that a float value is of one value that integers stand for.

    Args:
        dequantised: constants behind a DequantizeLinear, as float32.
    """
    shape = graph.shape(result) or ()
    if len(shape) not in (3, 4):
        return None
    channels = shape[1]
    factor, addend = np.ones(channels), np.zeros(channels)
    nodes: list[Node] = []
    name = result
    while name not in integers:
        node = writers.get(name)
        if node is None or len(nodes) == MAX_NODES or (nodes and {LOW, HIGH} & node.attributes.keys()):
            return None
        found = _terms(graph, node, dequantised, channels)
        if found is None:
            return None
        name, by, plus = found
        factor, addend = factor * by, factor * plus + addend
        nodes.append(node)
    if not nodes or name in dequantised or graph.shape(name) != shape:
        return None
    return Affine(name, factor, addend, tuple(nodes))


def _terms(
    graph: OnnxGraph, node: Node, dequantised: Mapping[str, Array], channels: int
) -> tuple[str, Array, Array] | None:
    """What one node reads, and its factor and addend."""
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
    value = _per_channel(known[other], len(graph.shape(node.outputs[0]) or ()), channels)
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


def _per_channel(array: Array, rank: int, channels: int) -> Array | None:
    padded = (1,) * (rank - array.ndim) + array.shape
    if array.ndim > rank or array.dtype != np.float32 or any(padded[axis] != 1 for axis in range(rank) if axis != 1):
        return None
    return np.broadcast_to(array.astype(np.float64).reshape(-1), (channels,)) if padded[1] in (1, channels) else None
