"""Sum, Max and Min of any number of inputs as operators of two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arenite.frontends.onnx.graph import Node, OnnxGraph, Value
from arenite.frontends.onnx.simplify.names import Names

_OF_TWO = {"Sum": "Add", "Max": "Max", "Min": "Min"}


def pair_up(graph: OnnxGraph) -> OnnxGraph:
    """``graph``, whose shapes are known, with a chain of operators of two inputs, from the left, for each of more."""
    names = Names(graph)
    nodes: list[Node] = []
    values = dict(graph.values)
    for node in graph.nodes:
        kind = _OF_TWO.get(node.kind)
        shapes = [graph.shape(name) for name in node.inputs]
        if kind is None or len(node.inputs) < 2 or None in shapes:
            nodes.append(node)
            continue
        left, shape = node.inputs[0], shapes[0] or ()
        for place, right in enumerate(node.inputs[1:], 1):
            shape = np.broadcast_shapes(shape, shapes[place] or ())
            result = node.outputs[0]
            if place < len(node.inputs) - 1:
                result = names.fresh(f"{node.outputs[0]}/{place}")
                values[result] = Value(result, shape, values[node.outputs[0]].dtype)
            nodes.append(Node(kind, (left, right), (result,), {}, node.sources))
            left = result
    return replace(graph, nodes=tuple(nodes), values=values)
