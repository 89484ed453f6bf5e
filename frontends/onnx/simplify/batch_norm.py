"""BatchNormalization of inference: a factor and an addend per channel, in the weights of a convolution before it where
there is one, else as Mul and Add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from arenite.frontends.onnx.file.subgraphs import reads
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph, Value
from arenite.frontends.onnx.simplify.names import Names


def fold_batch_norm(graph: OnnxGraph) -> OnnxGraph:
    """``graph``, whose shapes are known, without BatchNormalization that has constant parameters.

    Factor and addend, ``s = scale / sqrt(var + epsilon)`` and ``bias - mean * s`` (ONNX operator specification), are
    computed in float64 and rounded once.
    """
    names = Names(graph)
    readers = Counter(name for node in graph.nodes for name in reads(node))
    readers.update(graph.outputs)
    nodes: list[Node] = []
    writers: dict[str, int] = {}
    values, constants = dict(graph.values), dict(graph.constants)
    sources = dict(graph.constant_sources)

    def constant(wanted: str, array: Array, *behind: str) -> str:
        name = names.fresh(wanted)
        constants[name] = array
        made_by = tuple(dict.fromkeys(source for one in behind for source in sources.get(one, ())))
        if made_by:
            sources[name] = made_by
        return name

    for node in graph.nodes:
        terms = batch_norm_terms(node, graph, graph.constants)
        if terms is None:
            writers.update((name, len(nodes)) for name in node.outputs if name)
            nodes.append(node)
            continue
        factor, addend = terms
        data, result = node.inputs[0], node.outputs[0]
        place = writers.get(data) if readers[data] == 1 else None
        folded = None if place is None else _into_weights(nodes[place], factor, addend, constants)
        if place is not None and folded is not None:
            convolution = nodes[place]
            weights = constant(f"{result}/weights", folded[0], convolution.inputs[1], *node.inputs[1:])
            bias = constant(f"{result}/bias", folded[1], *convolution.inputs[2:3], *node.inputs[1:])
            nodes[place] = replace(
                convolution,
                inputs=(convolution.inputs[0], weights, bias),
                outputs=(result,),
                sources=tuple(dict.fromkeys((*convolution.sources, *node.sources))),
            )
            writers[result] = place
            continue
        rank = len(graph.shape(data) or ())
        along = (1, -1, *[1] * (rank - 2)) if rank > 1 else (-1,)
        dtype = graph.constants[node.inputs[1]].dtype
        product = names.fresh(f"{result}/product")
        values[product] = Value(product, values[result].shape, values[result].dtype)
        by = constant(f"{result}/factor", factor.astype(dtype).reshape(along), *node.inputs[1:])
        plus = constant(f"{result}/addend", addend.astype(dtype).reshape(along), *node.inputs[1:])
        nodes.append(Node("Mul", (data, by), (product,), {}, node.sources))
        nodes.append(Node("Add", (product, plus), (result,), {}, node.sources))
        writers[result] = len(nodes) - 1
    return replace(graph, nodes=tuple(nodes), values=values, constants=constants, constant_sources=sources)


def batch_norm_terms(node: Node, graph: OnnxGraph, constants: Mapping[str, Array]) -> tuple[Array, Array] | None:
    """Factor and addend per channel, float64; None if the node normalises by the statistics of its input, or per
    element, or by anything that is not among ``constants``."""
    if node.kind != "BatchNormalization" or len(node.inputs) != 5 or len(node.outputs) != 1:
        return None
    if node.get("training_mode", 0) or not node.get("spatial", 1) or (graph.opset < 7 and not node.get("is_test", 0)):
        return None
    parameters = [constants.get(name) for name in node.inputs[1:]]
    shape = graph.shape(node.inputs[0]) or ()
    channels = shape[1] if len(shape) > 1 else 1
    wide = [array.astype(np.float64) for array in parameters if array is not None and array.shape == (channels,)]
    if len(wide) < 4:
        return None
    scale, bias, mean, variance = wide
    with np.errstate(all="ignore"):
        factor = scale / np.sqrt(variance + float(node.get("epsilon", 1e-5)))
        addend = bias - mean * factor
    return (factor, addend) if np.isfinite(factor).all() and np.isfinite(addend).all() else None


def _into_weights(
    node: Node, factor: Array, addend: Array, constants: Mapping[str, Array]
) -> tuple[Array, Array] | None:
    """Weights and bias of a convolution that does the factor and addend too; None if it has no constant weights."""
    if node.kind not in ("Conv", "ConvTranspose") or len(node.inputs) < 2:
        return None
    weights = constants.get(node.inputs[1])
    named = len(node.inputs) > 2 and bool(node.inputs[2])
    bias = constants.get(node.inputs[2]) if named else np.zeros(len(factor))
    if weights is None or bias is None or weights.ndim < 3:
        return None
    wide, window = weights.astype(np.float64), (1,) * (weights.ndim - 2)
    if node.kind == "Conv":
        scaled = wide * factor.reshape(-1, 1, *window)
    else:
        # Weights of ConvTranspose are [inputs, outputs per group, ...]; the inputs of a group lie next to each other.
        groups = int(node.get("group", 1))
        each = wide.reshape(groups, -1, *wide.shape[1:])
        scaled = (each * factor.reshape(groups, 1, -1, *window)).reshape(wide.shape)
    moved = bias.astype(np.float64).reshape(-1) * factor + addend
    return scaled.astype(weights.dtype), moved.astype(weights.dtype)
