"""Integer weights that exporters reshape, transpose or quantise once more as real numbers: at compile time instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from arenite.frontends.onnx.graph import Array, Node, OnnxGraph, Value, attributes, dtype_name
from arenite.frontends.onnx.simplify.fold import MAX_FOLDED_BYTES, dequantised_constant, evaluate
from arenite.frontends.onnx.simplify.names import Names

_MOVES = frozenset({"Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze"})


def move_quantised_constants(graph: OnnxGraph) -> OnnxGraph:
    """``graph``, whose shapes are known, where DequantizeLinear of a constant comes after Transpose, Reshape and the
    like. With scales along an axis only Transpose is moved."""
    names = Names(graph)
    dequantised: dict[str, Node] = {}
    nodes: list[Node] = []
    constants, sources = dict(graph.constants), dict(graph.constant_sources)
    for node in graph.nodes:
        before = dequantised.get(node.inputs[0]) if node.kind in _MOVES else None
        moved = None if before is None else _moved(node, before, graph, constants)
        if before is not None and moved is not None:
            stored, axis = moved
            name = names.fresh(f"{node.outputs[0]}/stored")
            constants[name] = stored
            behind = (*before.sources, *sources.get(before.inputs[0], ()), *node.sources)
            sources[name] = tuple(dict.fromkeys(behind))
            kept = {key: value for key, value in before.attributes.items() if key != "axis"}
            node = Node(
                before.kind,
                (name, *before.inputs[1:]),
                node.outputs,
                kept | (attributes(axis=axis) if axis is not None else {}),
                tuple(dict.fromkeys((*before.sources, *node.sources))),
            )
        if node.kind == "DequantizeLinear" and node.inputs[0] in constants:
            dequantised[node.outputs[0]] = node
        nodes.append(node)
    return replace(graph, nodes=tuple(nodes), constants=constants, constant_sources=sources)


def fold_requantised_constants(graph: OnnxGraph) -> OnnxGraph:
    """``graph`` in which no QuantizeLinear reads what a DequantizeLinear makes of constants."""
    constants, sources = dict(graph.constants), dict(graph.constant_sources)
    dequantised: dict[str, Node] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        before = dequantised.get(node.inputs[0]) if node.kind == "QuantizeLinear" else None
        known = replace(graph, constants=constants)
        real = dequantised_constant(before, known) if before is not None else None
        value = graph.values.get(node.outputs[0]) if node.outputs else None
        if before is not None and real is not None and value is not None and value.name not in graph.outputs:
            operands = {**constants, node.inputs[0]: real}
            if all(name in operands for name in node.inputs if name):
                stored = evaluate(node, operands, [value], graph.opset, MAX_FOLDED_BYTES)
                if stored is not None:
                    constants.update(stored)
                    behind = (*before.sources, *sources.get(before.inputs[0], ()), *node.sources)
                    sources[value.name] = tuple(dict.fromkeys(behind))
                    continue
        if node.kind == "DequantizeLinear" and node.inputs[0] in constants:
            dequantised[node.outputs[0]] = node
        nodes.append(node)
    return replace(graph, nodes=tuple(nodes), constants=constants, constant_sources=sources)


def _moved(
    node: Node, before: Node, graph: OnnxGraph, constants: Mapping[str, Array]
) -> tuple[Array, int | None] | None:
    """The stored integers after ``node``, and the axis of the scales after it (None for one scale)."""
    scale, shape = constants.get(before.inputs[1]), graph.shape(node.outputs[0])
    if scale is None or shape is None or before.get("block_size", 0):
        return None
    stored = constants[before.inputs[0]]
    axis = None
    if scale.size > 1:
        order = node.get("perm", list(range(stored.ndim))[::-1])
        along = before.get("axis", 1)
        if node.kind != "Transpose" or not -stored.ndim <= along < stored.ndim:
            return None
        axis = order.index(along % stored.ndim)
    move = replace(node, inputs=(before.inputs[0], *node.inputs[1:]))
    if any(name and name not in constants for name in move.inputs):
        return None
    results = [Value(node.outputs[0], shape, dtype_name(stored))]
    computed = evaluate(move, constants, results, graph.opset, MAX_FOLDED_BYTES)
    return None if computed is None else (computed[node.outputs[0]], axis)
