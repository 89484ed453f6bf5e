"""Local functions of a file: every call becomes the nodes of the function's body."""

from __future__ import annotations

from collections.abc import Iterable

import onnx
from onnx import helper, inliner

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends.onnx.file.text import node_graphs, printable

MAX_NODES = 1 << 18
"""After all calls are inlined: functions that call each other twice can grow exponentially."""

_MARK = "arenite"
_Key = tuple[str, str]


def inline_functions(model: onnx.ModelProto) -> tuple[onnx.GraphProto, list[int]]:
    """The main graph without calls of local functions, and for each of its nodes the one of the file it comes from.

    Raises:
        ModelError: functions call each other in a circle or without bound.
        UnsupportedError: a function was written for other operator versions than the model and cannot be converted.
    """
    if not model.functions:
        return model.graph, list(range(len(model.graph.node)))
    _check_size(model)
    marked = onnx.ModelProto()
    marked.CopyFrom(model)
    del marked.graph.node[:]
    for index, node in enumerate(model.graph.node):
        # The inliner leaves these where they are: what follows one of them comes from the node that it counts.
        marked.graph.node.append(helper.make_node("Source", [], [], domain=_MARK, index=index))
        marked.graph.node.append(node)
    inlined = _inline(marked, model)
    nodes, sources, source = [], [], 0
    for node in inlined.graph.node:
        if node.domain == _MARK:
            source = node.attribute[0].i
        else:
            nodes.append(node)
            sources.append(source)
    del inlined.graph.node[:]
    inlined.graph.node.extend(nodes)
    return inlined.graph, sources


def _inline(marked: onnx.ModelProto, model: onnx.ModelProto) -> onnx.ModelProto:
    versions = {entry.domain: entry.version for entry in model.opset_import}
    own = [{entry.domain: entry.version for entry in function.opset_import} for function in model.functions]
    same = all(versions.get(domain, version) == version for one in own for domain, version in one.items())
    try:
        if same:
            return inliner.inline_local_functions(marked, False)
        marked.opset_import.append(helper.make_opsetid(_MARK, 1))
        return inliner.inline_local_functions(marked, True)
    except Exception as error:  # the C++ behind it raises whatever it pleases
        names = ", ".join(sorted({function.name for function in model.functions})[:3])
        raise UnsupportedError(
            f"its functions ({names}) cannot be inlined: {printable(str(error))[:200]}",
            remedy="export without functions",
        ) from None


def _check_size(model: onnx.ModelProto) -> None:
    bodies: dict[_Key, onnx.FunctionProto] = {}
    for function in model.functions:
        if (function.domain, function.name) in bodies:
            raise ModelError(f"defines the function {function.name} twice", remedy="export the model again")
        bodies[function.domain, function.name] = function
    sizes: dict[_Key, int | None] = {}
    total = _size(model.graph.node, bodies, sizes)
    if total > MAX_NODES:
        raise ModelError(f"calls of functions add up to {total} nodes", remedy="export a smaller model")


def _size(
    nodes: Iterable[onnx.NodeProto], bodies: dict[_Key, onnx.FunctionProto], sizes: dict[_Key, int | None]
) -> int:
    """Nodes after inlining. ``sizes``: of functions that were counted before; None while one is being counted."""
    total = 0
    for node in nodes:
        total += 1 + sum(_size(graph.node, bodies, sizes) for graph in node_graphs(node))
        key = (node.domain, node.op_type)
        if key in bodies:
            if key not in sizes:
                if len(sizes) > 200 and list(sizes.values()).count(None) > 200:
                    raise ModelError("calls functions more than 200 deep", remedy="export without functions")
                sizes[key] = None
                sizes[key] = _size(bodies[key].node, bodies, sizes)
            size = sizes[key]
            if size is None:
                raise ModelError(f"the function {node.op_type} calls itself", remedy="export without functions")
            total += size
    return total
