"""Bodies that nodes carry as attributes (If, Loop, Scan): what they read from around them, and names in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import onnx
from onnx import AttributeProto

from arenite.frontends.onnx.graph import Node


def bodies(node: Node) -> list[onnx.GraphProto]:
    """The graphs among a node's attributes."""
    return [graph for attribute in node.attributes.values() for graph in _attribute_graphs(attribute)]


def reads(node: Node) -> tuple[str, ...]:
    """Values that a node needs: its inputs and what its bodies read from the graph around them, each name once."""
    names = dict.fromkeys(name for name in node.inputs if name)
    for graph in bodies(node):
        names.update(dict.fromkeys(captured(graph)))
    return tuple(names)


def captured(graph: onnx.GraphProto) -> list[str]:
    """Names that a body reads and does not define, in the order of their first appearance."""
    defined = {value.name for value in graph.input}
    defined.update(tensor.name for tensor in graph.initializer)
    defined.update(tensor.values.name for tensor in graph.sparse_initializer)
    defined.update(name for node in graph.node for name in node.output)
    names: dict[str, None] = {}
    for node in graph.node:
        names.update(dict.fromkeys(name for name in node.input if name))
        for attribute in node.attribute:
            for inner in _attribute_graphs(attribute):
                names.update(dict.fromkeys(captured(inner)))
    names.update(dict.fromkeys(value.name for value in graph.output))
    return [name for name in names if name not in defined]


def captured_by(nodes: Iterable[Node]) -> frozenset[str]:
    """Values that bodies of ``nodes`` read by name: whoever renames them must rename them there too."""
    return frozenset(name for node in nodes for graph in bodies(node) for name in captured(graph))


def rename(graph: onnx.GraphProto, names: Mapping[str, str]) -> onnx.GraphProto:
    """A copy in which other names stand for values from around the body; names that it defines itself hide them."""
    result = onnx.GraphProto()
    result.CopyFrom(graph)
    _rename(result, names)
    return result


def _rename(graph: onnx.GraphProto, names: Mapping[str, str]) -> None:
    outer = frozenset(captured(graph))
    names = {name: new for name, new in names.items() if name in outer}
    if not names:
        return
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        for attribute in node.attribute:
            for inner in _attribute_graphs(attribute):
                _rename(inner, names)
    for value in graph.output:
        value.name = names.get(value.name, value.name)


def _attribute_graphs(attribute: AttributeProto) -> list[onnx.GraphProto]:
    return [attribute.g] if attribute.HasField("g") else [*attribute.graphs]
