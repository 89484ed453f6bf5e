"""What nobody reads: nodes without a use, and optional results of nodes that have one."""

from __future__ import annotations

from dataclasses import replace

from onnx import defs

from arenite.frontends.onnx.file.subgraphs import reads
from arenite.frontends.onnx.graph import Node, OnnxGraph

_OPTIONAL = {"com.microsoft:SkipLayerNormalization": 1, "com.microsoft:SkipSimplifiedLayerNormalization": 1}
"""First output that may be left out, of operators that ONNX does not describe."""


def drop_unused(graph: OnnxGraph) -> OnnxGraph:
    """``graph`` without nodes, constants and optional results that neither a node nor a graph output needs."""
    used = set(graph.outputs)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if not any(name in used for name in node.outputs):
            continue
        node = _trimmed(node, used)
        used.update(reads(node))
        kept.append(node)
    kept.reverse()
    made = {name for node in kept for name in node.outputs}
    return replace(
        graph,
        nodes=tuple(kept),
        values={name: value for name, value in graph.values.items() if name in made or name in graph.inputs},
        constants={name: array for name, array in graph.constants.items() if name in used},
        constant_sources={name: sources for name, sources in graph.constant_sources.items() if name in used},
    )


def _trimmed(node: Node, used: set[str]) -> Node:
    if all(name in used for name in node.outputs):
        return node
    outputs = [name if name in used or not _is_optional(node, place) else "" for place, name in enumerate(node.outputs)]
    while outputs and not outputs[-1]:
        outputs.pop()
    return replace(node, outputs=tuple(outputs))


def _is_optional(node: Node, place: int) -> bool:
    if node.kind in _OPTIONAL:
        return place >= _OPTIONAL[node.kind]
    domain, _, op_type = node.kind.rpartition(":")
    try:
        outputs = defs.get_schema(op_type, domain).outputs
    except defs.SchemaError:
        return False
    # BatchNormalization gave its statistics as four more results until version 14.
    if node.kind == "BatchNormalization":
        return place >= 1 and not node.get("training_mode", 0)
    return place < len(outputs) and outputs[place].option == defs.OpSchema.FormalParameterOption.Optional
