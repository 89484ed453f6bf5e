"""A factor and an addend per channel between integers: BatchNormalization that no convolution took in, or Mul and Add.

On integers this is a depthwise convolution with a window of one element. Its weights are 127 or -127, and what they are
short of the factors stands in their scales, one per channel: the product is exact, and the addend as fine as a bias.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arenite.frontends.onnx.graph import Array, Node, OnnxGraph
from arenite.frontends.onnx.simplify.fuse import HIGH, LOW
from arenite.frontends.onnx.simplify.per_channel import channel_terms

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
        found = channel_terms(graph, node, dequantised, channels)
        if found is None:
            return None
        name, by, plus = found
        factor, addend = factor * by, factor * plus + addend
        nodes.append(node)
    if not nodes or name in dequantised or graph.shape(name) != shape:
        return None
    return Affine(name, factor, addend, tuple(nodes))
