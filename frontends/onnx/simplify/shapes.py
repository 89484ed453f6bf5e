"""Shapes of all values, and values of all constants: each needs the other, so one walk over the nodes finds both."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from arenite.errors import AreniteError, ModelError, UnsupportedError
from arenite.frontends.onnx.file.subgraphs import bodies, reads
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph
from arenite.frontends.onnx.simplify.branches import inline_branch
from arenite.frontends.onnx.simplify.fold import MAX_FOLDED_BYTES, constant_value, evaluate, held_bytes
from arenite.frontends.onnx.simplify.infer import Facts, infer_node, remedy_for_unknown


def fix_inputs(graph: OnnxGraph, shapes: Mapping[str, tuple[int, ...]]) -> OnnxGraph:
    """``graph`` with a shape for every input: what ``shapes`` says, and 1 for an open first axis.

    Axes that the file gives the same symbol get the same extent wherever the file states shapes.

    Raises:
        AreniteError: ``shapes`` names no input, or contradicts what the file fixes.
        UnsupportedError: another axis than the first is open.
    """
    for name in shapes:
        if name not in graph.inputs:
            choices = ", ".join(graph.inputs) or "none"
            raise AreniteError(
                f"has no input '{name}'", file=graph.file, remedy=f"give --shape for one of its inputs: {choices}"
            )
    symbols: dict[str, int] = {}
    for name, shape in shapes.items():
        _check_given(graph, name, shape)
        for extent, given in zip(graph.declared.get(name, ()), shape, strict=False):
            if isinstance(extent, str):
                symbols.setdefault(extent, given)
    for name in graph.inputs:
        dims = graph.declared.get(name, ())
        if name not in shapes and dims and isinstance(dims[0], str):
            symbols.setdefault(dims[0], 1)
    symbols.pop("", None)
    declared = {
        name: tuple(symbols.get(extent, extent) if isinstance(extent, str) else extent for extent in dims)
        for name, dims in graph.declared.items()
    }
    values = dict(graph.values)
    for name in graph.inputs:
        values[name] = replace(
            values[name], shape=shapes[name] if name in shapes else _fixed(graph, name, declared.get(name))
        )
    return replace(graph, values=values, declared=declared)


def _check_given(graph: OnnxGraph, name: str, shape: tuple[int, ...]) -> None:
    dims = graph.declared.get(name)
    text = ",".join(map(str, shape))
    if any(extent < 1 for extent in shape):
        raise AreniteError(f"--shape {name}={text} has an extent below 1", file=graph.file, remedy="give positive ones")
    if dims is None:
        return
    wanted = ",".join(str(extent) if isinstance(extent, int) else extent or "?" for extent in dims)
    fits = len(dims) == len(shape) and all(
        isinstance(extent, str) or extent == given for extent, given in zip(dims, shape, strict=False)
    )
    if not fits:
        raise AreniteError(
            f"--shape {name}={text} contradicts the file, where the input '{name}' has the shape [{wanted}]",
            file=graph.file,
            remedy="only open axes can be chosen",
        )


def _fixed(graph: OnnxGraph, name: str, dims: tuple[int | str, ...] | None) -> tuple[int, ...]:
    if dims is None:
        raise UnsupportedError(
            f"the shape of the input '{name}' is unknown",
            file=graph.file,
            remedy=f"give it with --shape {name}=...",
        )
    shape = tuple(1 if isinstance(extent, str) and axis == 0 else extent for axis, extent in enumerate(dims))
    for axis, extent in enumerate(shape):
        if isinstance(extent, str):
            example = ",".join(str(one) if isinstance(one, int) else one or "?" for one in shape)
            symbol = f" ('{extent}')" if extent else ""
            raise UnsupportedError(
                f"axis {axis}{symbol} of the input '{name}' is open",
                file=graph.file,
                remedy=f"fix it with --shape {name}={example}",
            )
    return tuple(extent for extent in shape if isinstance(extent, int))


def infer_shapes(graph: OnnxGraph) -> OnnxGraph:
    """``graph`` with a shape for every value; what does not depend on inputs is among the constants afterwards.

    An ``If`` whose condition is constant becomes its branch. DequantizeLinear stays, so that weights stay integers.

    Raises:
        ModelError: shapes contradict each other, or constants would take more than ``MAX_FOLDED_BYTES``.
        UnsupportedError: the shape of a result is unknown, or depends on the input's values.
    """
    try:
        return _walk(graph)
    except AreniteError as error:
        raise type(error)(error.problem, file=graph.file, operator=error.operator, remedy=error.remedy) from None


def _walk(graph: OnnxGraph) -> OnnxGraph:
    types = {name: value.dtype for name, value in graph.values.items()}
    facts = Facts(graph.opset, graph.domains, graph.declared, types)
    facts.constants.update(graph.constants)
    facts.values.update((name, graph.values[name]) for name in graph.inputs)
    sources = dict(graph.constant_sources)
    nodes: list[Node] = []
    waiting = deque(graph.nodes)
    left = MAX_FOLDED_BYTES
    while waiting:
        node = waiting.popleft()
        if node.kind == "If" and node.inputs and node.inputs[0] in facts.constants:
            waiting.extendleft(reversed(inline_branch(node, facts, sources)))
            continue
        computed = _computed(node, facts, left)
        if computed is None:
            for value in infer_node(node, facts):
                if value.shape is None:
                    raise UnsupportedError(
                        f"the shape of its result '{value.name}' is unknown",
                        operator=node.label,
                        remedy=remedy_for_unknown(node),
                    )
                facts.values[value.name] = value
            nodes.append(node)
            continue
        left -= sum(held_bytes(array) for array in computed.values())
        if left < 0:
            raise ModelError("computes too many constants", operator=node.label, remedy="export a smaller model")
        facts.constants.update(computed)
        behind = dict.fromkeys(node.sources)
        for name in reads(node):
            behind.update(dict.fromkeys(sources.get(name, ())))
        sources.update((name, tuple(behind)) for name in computed)
    return replace(
        graph,
        nodes=tuple(nodes),
        values=facts.values,
        constants=facts.constants,
        constant_sources=sources,
    )


def _computed(node: Node, facts: Facts, limit: int) -> dict[str, Array] | None:
    """The results of a node that needs nothing but constants and shapes; None for others."""
    if node.kind in ("Shape", "Size") and node.inputs and node.outputs:
        data = facts.value(node.inputs[0])
        if data is not None and data.shape is not None:
            extents = np.asarray(data.shape, np.int64)[node.get("start", 0) : node.get("end")]
            return {node.outputs[0]: extents if node.kind == "Shape" else np.asarray(np.prod(extents, dtype=np.int64))}
    if node.kind == "Constant" and len(node.outputs) == 1:
        return {node.outputs[0]: constant_value(node)}
    if any(name not in facts.constants for name in reads(node)) or bodies(node):
        return None
    return evaluate(node, facts.constants, infer_node(node, facts, trust_file=False), facts.opset, limit)
