"""What follows an operator and joins it: an activation, a bias. On float values, before anything is known of integers.

The joined node has the attributes ``activation_low`` and ``activation_high``, real numbers, and its bias as the third
input.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from arenite.frontends.onnx.graph import Array, Node, OnnxGraph, attributes
from arenite.frontends.onnx.simplify.per_channel import channel_terms

LOW, HIGH = "activation_low", "activation_high"

Joined = tuple[Node, Mapping[str, Array]]


def fuse(graph: OnnxGraph) -> OnnxGraph:
    """The graph with constants added, and activations clipped, inside of the operators that they follow."""
    behind = dequantised_constants(graph)
    for join in (_with_terms, _as_convolution, _with_bias, _with_activation):
        graph = _fuse_pairs(graph, partial(join, behind))
    return graph


def readers_of(graph: OnnxGraph) -> dict[str, list[Node]]:
    """Value name -> the nodes that read it."""
    readers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for name in dict.fromkeys(node.inputs):
            readers.setdefault(name, []).append(node)
    return readers


def _fuse_pairs(graph: OnnxGraph, join: Callable[[OnnxGraph, Node, Node], Joined | None]) -> OnnxGraph:
    """Joins a node with the only one that reads its result, again and again."""
    readers = readers_of(graph)
    constants = dict(graph.constants)
    nodes: dict[int, Node | None] = dict(enumerate(graph.nodes))
    place = {id(node): index for index, node in nodes.items()}
    for index in range(len(graph.nodes)):
        node = nodes[index]
        while node is not None and len(node.outputs) == 1 and node.outputs[0] not in graph.outputs:
            following = readers.get(node.outputs[0], [])
            if len(following) != 1 or following[0].inputs.count(node.outputs[0]) != 1:
                break
            joined = join(replace(graph, constants=constants), node, following[0])
            if joined is None:
                break
            nodes[index], nodes[place[id(following[0])]] = None, joined[0]
            place[id(joined[0])] = index = place[id(following[0])]
            constants.update(joined[1])
            for name in dict.fromkeys(joined[0].inputs):
                readers.setdefault(name, []).append(joined[0])
                readers[name] = [each for each in readers[name] if each is not node and each is not following[0]]
            node = joined[0]
    return replace(graph, nodes=tuple(node for node in nodes.values() if node is not None), constants=constants)


def dequantised_constants(graph: OnnxGraph) -> dict[str, str]:
    """Value that a DequantizeLinear makes of a constant -> this constant."""
    return {
        node.outputs[0]: node.inputs[0]
        for node in graph.nodes
        if node.kind == "DequantizeLinear" and node.inputs[0] in graph.constants
    }


def _weights(behind: Mapping[str, str], graph: OnnxGraph, node: Node) -> Array | None:
    """The constant, maybe a dequantised one, that Conv, Gemm or MatMul has as its second input."""
    if node.kind not in ("Conv", "Gemm", "MatMul") or len(node.inputs) < 2:
        return None
    return graph.constants.get(behind.get(node.inputs[1], node.inputs[1]))


def _with_terms(behind: Mapping[str, str], graph: OnnxGraph, node: Node, following: Node) -> Joined | None:
    """Conv, or a product of two axes, of float weights, then a factor or addend per output channel."""
    if node.kind not in ("Conv", "Gemm", "MatMul") or LOW in node.attributes or not _same_shape(graph, node, following):
        return None
    weights = graph.constants.get(node.inputs[1])
    bias = graph.constants.get(node.inputs[2]) if len(node.inputs) > 2 and node.inputs[2] else np.zeros((), np.float32)
    if weights is None or bias is None or weights.dtype != np.float32:
        return None
    plain_product = node.get("alpha", 1.0) == node.get("beta", 1.0) == 1.0 and bias.ndim < 2
    if node.kind != "Conv" and (len(graph.shape(node.outputs[0]) or ()) != 2 or not plain_product):
        return None
    axis = 0 if node.kind == "Conv" or node.get("transB", 0) else 1
    terms = channel_terms(graph, following, {}, weights.shape[axis])
    if terms is None or terms[0] != node.outputs[0]:
        return None
    _, factor, addend = terms
    along = [-1 if place == axis else 1 for place in range(weights.ndim)]
    scaled = weights.astype(np.float64) * factor.reshape(along)
    moved = np.broadcast_to(bias.astype(np.float64) * factor + addend, (weights.shape[axis],))
    return _weighted(node, following, node.inputs[0], scaled, moved)


def _as_convolution(behind: Mapping[str, str], graph: OnnxGraph, node: Node, following: Node) -> Joined | None:
    """Mul, then Add, of constants per channel: a depthwise convolution with windows of one element."""
    shape = graph.shape(node.outputs[0]) or ()
    if (node.kind, following.kind) != ("Mul", "Add") or len(shape) not in (3, 4) or LOW in node.attributes:
        return None
    first, second = (channel_terms(graph, each, {}, shape[1]) for each in (node, following))
    if first is None or second is None or second[0] != node.outputs[0] or graph.shape(first[0]) != shape:
        return None
    if not _same_shape(graph, node, following) or graph.dtype(first[0]) != "float32":
        return None
    weights = first[1].reshape(-1, *(1,) * (len(shape) - 1))
    grouped = replace(node, kind="Conv", attributes=attributes(group=shape[1]))
    return _weighted(grouped, following, first[0], weights, second[2] + first[2])


def _weighted(node: Node, following: Node, source: str, weights: Array, bias: Array) -> Joined:
    names = (f"{following.outputs[0]}:weights", f"{following.outputs[0]}:bias")
    sources = (*node.sources, *following.sources)
    joined = replace(node, inputs=(source, *names), outputs=following.outputs, sources=sources)
    return joined, {names[0]: weights.astype(np.float32), names[1]: bias.astype(np.float32)}


def _same_shape(graph: OnnxGraph, node: Node, following: Node) -> bool:
    return graph.shape(node.outputs[0]) == graph.shape(following.outputs[0])


def _with_bias(behind: Mapping[str, str], graph: OnnxGraph, node: Node, following: Node) -> Joined | None:
    """Conv or MatMul of two axes, then Add of one constant per output channel."""
    if following.kind != "Add" or LOW in node.attributes or (len(node.inputs) > 2 and node.inputs[2]):
        return None
    weights = _weights(behind, graph, node)
    (other,) = [name for name in following.inputs if name != node.outputs[0]] or [""]
    bias, shape = graph.constants.get(other), graph.shape(node.outputs[0])
    if weights is None or node.kind == "Gemm" or bias is None or bias.dtype != np.float32 or shape is None:
        return None
    if node.kind == "MatMul" and weights.ndim != 2:
        return None
    axis = 1 if node.kind == "Conv" else len(shape) - 1
    channels = shape[axis]
    padded = (1,) * (len(shape) - bias.ndim) + bias.shape
    if bias.ndim > len(shape) or padded[axis] != channels or math.prod(padded) != channels:
        return None
    name = f"{following.outputs[0]}:bias"
    joined = replace(
        node,
        inputs=(*node.inputs[:2], name),
        outputs=following.outputs,
        sources=(*node.sources, *following.sources),
    )
    return joined, {name: bias.reshape(channels)}


def _with_activation(behind: Mapping[str, str], graph: OnnxGraph, node: Node, following: Node) -> Joined | None:
    limits = clip_limits(graph, following)
    if limits is None or following.inputs[0] != node.outputs[0] or graph.dtype(node.outputs[0]) != "float32":
        return None
    if node.kind not in ("Add", "Sub", "Mul") and _weights(behind, graph, node) is None:
        return None
    before = activation(node)
    low, high = max(before[0], limits[0]), min(before[1], limits[1])
    if low > high:
        return None
    joined = replace(
        node,
        outputs=following.outputs,
        attributes={**node.attributes, **attributes(**{LOW: low, HIGH: high})},
        sources=(*node.sources, *following.sources),
    )
    return joined, {}


def activation(node: Node) -> tuple[float, float]:
    """Bounds that were joined with the node, -inf and inf where there are none."""
    return float(node.get(LOW, -math.inf)), float(node.get(HIGH, math.inf))


def clip_limits(graph: OnnxGraph, node: Node) -> tuple[float, float] | None:
    """What Relu and Clip let through; None for another operator, or limits that are computed."""
    if node.kind == "Relu":
        return 0.0, math.inf
    if node.kind != "Clip" or not node.inputs:
        return None
    limits = [float(node.get("min", -math.inf)), float(node.get("max", math.inf))]
    for place, name in enumerate(node.inputs[1:3]):
        if name:
            value = graph.scalar(name)
            if value is None:
                return None
            limits[place] = value
    return (limits[0], limits[1]) if limits[0] <= limits[1] else None
