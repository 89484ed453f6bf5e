"""Nodes that hand on their input as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arenite.frontends.onnx.file.subgraphs import captured_by
from arenite.frontends.onnx.graph import Node, OnnxGraph

_RESHAPES = frozenset({"Expand", "Flatten", "Reshape", "Squeeze", "Tile", "Unsqueeze"})
_OF_MANY = frozenset({"Concat", "Max", "Mean", "Min", "Split", "Sum"})


def drop_noops(graph: OnnxGraph) -> OnnxGraph:
    """``graph``, whose shapes are known, without nodes that change nothing; their sources go to the node that writes
    the value, or to the first that reads it. One between a model input or another output and a model output stays: it
    is the copy that makes the two different."""
    captured = captured_by(graph.nodes)
    outputs = frozenset(graph.outputs)
    kept: list[Node] = []
    writers: dict[str, int] = {}
    behind: dict[str, tuple[int, ...]] = {}  # value -> sources of dropped nodes that no writer took
    constant_sources = dict(graph.constant_sources)
    alias: dict[str, str] = {}
    renamed: dict[str, str] = {}  # value -> the model output that it becomes
    for node in graph.nodes:
        node = replace(node, inputs=tuple(alias.get(name, name) for name in node.inputs))
        if _changes_nothing(node, graph) and node.outputs[0] not in captured:
            source, result = node.inputs[0], node.outputs[0]
            if result in outputs:
                free = source in writers and source not in outputs | captured and source not in renamed
                drop = free
                if free:
                    renamed[source] = result
            else:
                drop = True
                alias[result] = source
            if drop:
                if source in writers:
                    writer = writers[source]
                    kept[writer] = replace(kept[writer], sources=_union(kept[writer].sources, node.sources))
                elif source in graph.constants:
                    constant_sources[source] = _union(constant_sources.get(source, ()), node.sources)
                else:
                    behind[source] = _union(behind.get(source, ()), node.sources)
                continue
        for name in node.inputs:
            node = replace(node, sources=_union(node.sources, behind.pop(name, ())))
        writers.update((name, len(kept)) for name in node.outputs if name)
        kept.append(node)
    nodes = tuple(
        replace(
            node,
            inputs=tuple(renamed.get(name, name) for name in node.inputs),
            outputs=tuple(renamed.get(name, name) for name in node.outputs),
        )
        for node in kept
    )
    return replace(graph, nodes=nodes, constant_sources=constant_sources)


def _union(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _changes_nothing(node: Node, graph: OnnxGraph) -> bool:
    if not node.inputs or not node.inputs[0] or len(node.outputs) != 1:
        return False
    source, result = node.inputs[0], node.outputs[0]
    if graph.shape(source) != graph.shape(result) or graph.dtype(source) != graph.dtype(result):
        return False
    if node.kind == "Dropout":
        return _is_inference(node, graph)
    if node.kind == "Transpose":
        return _keeps_order(node, graph.shape(source) or ())
    if node.kind == "Pad":
        pads = node.get("pads", node.get("paddings")) if len(node.inputs) < 2 else graph.constants.get(node.inputs[1])
        return pads is not None and not np.any(pads)
    if node.kind == "Slice":
        steps = graph.constants.get(node.inputs[4]) if len(node.inputs) > 4 and node.inputs[4] else np.ones(1)
        return steps is not None and bool(np.all(steps == 1))
    if node.kind in _OF_MANY:
        return sum(bool(name) for name in node.inputs) == 1 or node.kind == "Split"
    return node.kind in _RESHAPES or node.kind in ("Identity", "Cast", "CastLike")


def _is_inference(node: Node, graph: OnnxGraph) -> bool:
    if graph.opset < 7:
        return bool(node.get("is_test", 0))
    if len(node.inputs) < 3 or not node.inputs[2]:
        return True
    training = graph.constants.get(node.inputs[2])
    return training is not None and not np.any(training)


def _keeps_order(node: Node, shape: tuple[int, ...]) -> bool:
    axes = node.get("perm", list(range(len(shape)))[::-1])
    moved = [axis for axis in axes if shape[axis] != 1]
    return moved == sorted(moved)
