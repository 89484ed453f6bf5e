"""A factor and an addend per channel between integers: BatchNormalization that no convolution took in, or Mul and Add.

On integers this is a depthwise convolution with a window of one element. What its weights are short of the factors
stands in their scales, one per channel: the product is exact. A weight of up to 127 is chosen so that the addend comes
close to a whole bias, some 20 times closer than with 127 itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from arenite.frontends.onnx.graph import Array, Node, OnnxGraph
from arenite.frontends.onnx.simplify.fuse import HIGH, LOW, activation, clip_limits
from arenite.frontends.onnx.simplify.per_channel import channel_terms

WEIGHT = 127
MAX_NODES = 8


@dataclass(frozen=True, eq=False)
class Affine:
    """``factor * source + addend``, float64 [channels], then cut to ``bounds``; ``nodes``, the last one first, compute
    it."""

    source: str
    factor: Array
    addend: Array
    nodes: tuple[Node, ...]
    bounds: tuple[float, float] = (-math.inf, math.inf)

    def integers(self, source_scale: float) -> tuple[Array, Array, Array] | None:
        """Weights int8 [channels, 1, 1, 1], their scales float32 [channels], the bias int32 [channels] in steps of
        ``source_scale`` times these; None if that overflows."""
        scales = (np.abs(self.factor) / WEIGHT).astype(np.float32)
        used = scales > 0
        weights = np.where(used, np.sign(self.factor) * self._weights(source_scale), 0).astype(np.int8)
        with np.errstate(divide="ignore", invalid="ignore"):
            scales = np.where(used, self.factor / weights, 1e-6).astype(np.float32)
        bias = np.rint(self.addend / (np.float64(np.float32(source_scale)) * scales))
        if not (np.abs(bias) < 2**30).all():
            return None
        return weights.reshape(-1, 1, 1, 1), scales, bias.astype(np.int32)

    def _weights(self, source_scale: float) -> Array:
        """int64 [channels], 1 to 127: that with the smallest error of the bias, in real numbers."""
        candidates = np.arange(WEIGHT, 0, -1)
        with np.errstate(all="ignore"):
            ratio = np.abs(self.addend) / (np.abs(self.factor) * np.float64(np.float32(source_scale)))
            whole = np.where(np.isfinite(ratio) & (ratio < 2**30), ratio, 0)[:, None] * candidates
        best: Array = candidates[np.argmin(np.abs(np.rint(whole) - whole) / candidates, axis=1)]
        return best


def affine_of(
    graph: OnnxGraph,
    writers: Mapping[str, Node],
    integers: Mapping[str, str],
    dequantised: Mapping[str, Array],
    result: str,
) -> Affine | None:
    """The affine function per channel, maybe with an activation after it, that a float value is of one value that
    integers stand for.

    Args:
        dequantised: constants behind a DequantizeLinear, as float32.
    """
    shape = graph.shape(result) or ()
    if len(shape) not in (3, 4):
        return None
    channels = shape[1]
    factor, addend = np.ones(channels), np.zeros(channels)
    nodes: list[Node] = []
    name, bounds = result, (-math.inf, math.inf)
    last = writers.get(result)
    limits = clip_limits(graph, last) if last is not None else None
    if last is not None and limits is not None:
        name, bounds = last.inputs[0], limits
        nodes.append(last)
    while name not in integers:
        node = writers.get(name)
        if node is None or len(nodes) == MAX_NODES or (nodes and {LOW, HIGH} & node.attributes.keys()):
            return None
        found = channel_terms(graph, node, dequantised, channels) or _convolution_terms(graph, node, channels)
        if found is None:
            return None
        if not nodes:
            bounds = activation(node)
        name, by, plus = found
        factor, addend = factor * by, factor * plus + addend
        nodes.append(node)
    if len(nodes) == (limits is not None) or name in dequantised or graph.shape(name) != shape:
        return None
    return Affine(name, factor, addend, tuple(nodes), bounds)


def _convolution_terms(graph: OnnxGraph, node: Node, channels: int) -> tuple[str, Array, Array] | None:
    """Of a depthwise convolution of float weights with a window of one element: Mul and Add that were joined."""
    if node.kind != "Conv" or int(node.get("group", 1)) != channels:
        return None
    known = [graph.constants.get(name) for name in node.inputs[1:] if name]
    if not known or any(array is None or array.dtype != np.float32 or array.size != channels for array in known):
        return None
    terms = [array.astype(np.float64).reshape(-1) for array in known if array is not None]
    return node.inputs[0], terms[0], terms[1] if len(terms) > 1 else np.zeros(channels)
