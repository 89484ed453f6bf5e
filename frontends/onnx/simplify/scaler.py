"""Scaler of ai.onnx.ml, with which scikit-learn's pipelines begin: (x - offset) * scale, along the last axis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arenite.frontends.onnx.graph import Node, OnnxGraph, Value
from arenite.frontends.onnx.simplify.names import Names

SCALER = "ai.onnx.ml:Scaler"


def expand_scalers(graph: OnnxGraph) -> OnnxGraph:
    """``graph`` with Sub and Mul instead, where the input is float32; other inputs stay as they are."""
    if not any(node.kind == SCALER for node in graph.nodes):
        return graph
    names = Names(graph)
    nodes: list[Node] = []
    values, constants = dict(graph.values), dict(graph.constants)
    for node in graph.nodes:
        offset, scale = (np.asarray(node.get(name, ()), np.float32) for name in ("offset", "scale"))
        real = bool(node.inputs) and graph.dtype(node.inputs[0]) == "float32"
        if node.kind != SCALER or not real or not offset.size or not scale.size:
            nodes.append(node)
            continue
        shifted, by, less = (names.fresh(f"{node.outputs[0]}/{part}") for part in ("shifted", "scale", "offset"))
        constants |= {by: scale, less: offset}
        values[shifted] = Value(shifted, None, "float32")
        nodes.append(replace(node, kind="Sub", inputs=(node.inputs[0], less), outputs=(shifted,), attributes={}))
        nodes.append(replace(node, kind="Mul", inputs=(shifted, by), attributes={}))
    return replace(graph, nodes=tuple(nodes), values=values, constants=constants)
