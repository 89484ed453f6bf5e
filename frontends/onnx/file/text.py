"""Names that fit into one line of a message: what is not printable is replaced before anything reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import onnx
from google.protobuf.descriptor import FieldDescriptor  # type: ignore[import-untyped]
from google.protobuf.message import Message  # type: ignore[import-untyped]

from arenite.errors import ModelError


def printable(text: str) -> str:
    """``text`` with a replacement character for line breaks, terminal codes and the like."""
    return (
        text
        if text.isprintable()
        else "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    )


def check_text(message: Message) -> None:
    """Raises ModelError if a string anywhere in ``message`` is not UTF-8; protobuf gives bytes there, or fails."""
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_STRING:
            texts = [value] if isinstance(value, str | bytes) else value
            if any(isinstance(text, bytes) for text in texts):
                raise ModelError(f"holds a {field.name} that is not UTF-8", remedy="export the model again")
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in [value] if isinstance(value, Message) else value:
                check_text(inner)


def make_names_printable(model: onnx.ModelProto) -> None:
    """Renames values and operators in place, in subgraphs and functions too; different names stay different."""
    names = {name for graph in _graphs(model) for name in _value_names(graph)}
    names.update(name for function in model.functions for name in (*function.input, *function.output))
    names.update(name for nodes in node_lists(model) for node in nodes for name in (*node.input, *node.output))
    made: dict[str, str] = {}
    for name in sorted(names):
        if not name.isprintable():
            fresh = base = printable(name)
            count = 1
            while fresh in names:
                count += 1
                fresh = f"{base}_{count}"
            names.add(fresh)
            made[name] = fresh
    if made:
        _rename_values(model, lambda name: made.get(name, name))
    for nodes in node_lists(model):
        for node in nodes:
            if not (node.op_type.isprintable() and node.domain.isprintable()):
                node.op_type, node.domain = printable(node.op_type), printable(node.domain)


def _value_names(graph: onnx.GraphProto) -> list[str]:
    return [
        *(value.name for values in (graph.input, graph.output, graph.value_info) for value in values),
        *(tensor.name for tensor in graph.initializer),
        *(tensor.values.name for tensor in graph.sparse_initializer),
    ]


def _rename_values(model: onnx.ModelProto, rename: Callable[[str], str]) -> None:
    for graph in _graphs(model):
        for values in (graph.input, graph.output, graph.value_info):
            for value in values:
                value.name = rename(value.name)
        for tensor in graph.initializer:
            tensor.name = rename(tensor.name)
        for sparse in graph.sparse_initializer:
            sparse.values.name = rename(sparse.values.name)
    for function in model.functions:
        function.input[:] = [rename(name) for name in function.input]
        function.output[:] = [rename(name) for name in function.output]
    for nodes in node_lists(model):
        for node in nodes:
            node.input[:] = [rename(name) for name in node.input]
            node.output[:] = [rename(name) for name in node.output]


def _graphs(model: onnx.ModelProto) -> Iterator[onnx.GraphProto]:
    yield from nested_graphs(model.graph)
    for function in model.functions:
        for node in function.node:
            for graph in node_graphs(node):
                yield from nested_graphs(graph)


def node_lists(model: onnx.ModelProto) -> Iterator[list[onnx.NodeProto]]:
    """The nodes of the main graph, of every body and of every function."""
    for graph in _graphs(model):
        yield graph.node
    for function in model.functions:
        yield function.node


def node_graphs(node: onnx.NodeProto) -> list[onnx.GraphProto]:
    """The bodies that a node's attributes hold."""
    return [
        graph
        for attribute in node.attribute
        for graph in ([attribute.g] if attribute.HasField("g") else [*attribute.graphs])
    ]


def nested_graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """``graph`` and all graphs in it. Protobuf's limit on nesting bounds the depth."""
    yield graph
    for node in graph.node:
        for inner in node_graphs(node):
            yield from nested_graphs(inner)
