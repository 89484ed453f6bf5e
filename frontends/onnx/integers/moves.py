"""Operators that move or choose elements, on the stored integers."""

from __future__ import annotations

from dataclasses import replace

from arenite.frontends.onnx.graph import Array, Node, Value, attributes
from arenite.frontends.onnx.integers.pads import FILLING, stored_filling
from arenite.frontends.onnx.integers.state import SUFFIX, Absorption

MOVES = frozenset(
    (
        *("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Slice", "Split", "Gather"),
        *("MaxPool", "GlobalMaxPool", "DepthToSpace", "SpaceToDepth", "Expand", "Tile", "ReduceMax", "ReduceMin"),
        *("Resize", "Upsample", "Pad"),
    )
)
"""Kinds whose results are elements of their first input (Pad: or one number): the same on integers, with the same
quantisation."""


def moves(state: Absorption, node: Node) -> bool:
    if node.kind not in MOVES or not node.inputs or node.inputs[0] in state.behind:
        return False
    if node.inputs[0] not in state.integers and node.inputs[0] not in state.signed:
        return False
    return (
        all(state.graph.dtype(name) == state.graph.dtype(node.inputs[0]) for name in node.outputs if name)
        and (node.kind != "MaxPool" or len([name for name in node.outputs if name]) == 1)
        and (node.kind not in ("Resize", "Upsample") or node.get("mode", "nearest") == "nearest")
        and (node.kind != "Pad" or node.get("mode", "constant") != "constant" or _filling(state, node) is not None)
    )


def _filling(state: Absorption, node: Node) -> Array | None:
    """What a Pad fills in, stored as its input is."""
    source = node.inputs[0]
    quantisation = state.values[state.integers.get(source) or state.signed[source]].quantisation
    dtype = state.graph.dtype(source)
    return None if quantisation is None or dtype is None else stored_filling(state.graph, node, quantisation, dtype)


def move(state: Absorption, node: Node) -> None:
    """On the stored integers, be the node's own values floats or integers of the file."""
    source = node.inputs[0]
    real = source in state.integers
    before = state.integers[source] if real else state.signed[source]
    quantisation = state.values[before].quantisation
    assert quantisation is not None
    inputs = [before, *node.inputs[1:]]
    if node.kind == "Pad" and len(inputs) > 1:
        filling = _filling(state, node) if node.get("mode", "constant") == "constant" else None
        name = f"{node.outputs[0]}:filling{SUFFIX}" if filling is not None else ""
        inputs = [*inputs[:FILLING], name, *inputs[FILLING + 1 :]]
        if filling is not None:
            state.constants[name] = filling
    results = []
    for name in node.outputs:
        if name and not real:
            results.append(state.result(name, quantisation, state.graph.dtype(name) or "int8"))
        elif name:
            results.append(f"{name}{SUFFIX}")
            state.values[results[-1]] = Value(results[-1], state.graph.shape(name), "int8", quantisation)
            state.integers[name] = results[-1]
        else:
            results.append("")
    sources = (*node.sources, *state.sources(node.inputs[:1]))
    state.nodes.append(replace(node, inputs=tuple(inputs), outputs=tuple(results), sources=tuple(sources)))
    for name, stored in zip(node.outputs, results, strict=True):
        if name and real:
            state.nodes.append(Node("DequantizeLinear", (stored,), (name,)))
        elif name:
            state.as_in_file(name, stored)


def interpolate(state: Absorption, node: Node) -> None:
    """Integers of the file that are interpolated as such."""
    before, result = state.signed[node.inputs[0]], node.outputs[0]
    quantisation, dtype = state.values[before].quantisation, state.graph.dtype(result) or "int8"
    assert quantisation is not None
    stored = state.result(result, quantisation, dtype)
    state.nodes.append(_interpolating(node, before, stored, dtype))
    state.as_in_file(result, stored)


def _interpolating(node: Node, before: str, stored: str, dtype: str) -> Node:
    """Resize on int8: ONNX Runtime cuts off the fraction of what it stores as ``dtype``, unsigned values downwards."""
    rounding = attributes(rounding="floor" if dtype == "uint8" else "trunc")
    given = {**node.attributes, **rounding}
    return replace(node, inputs=(before, *node.inputs[1:]), outputs=(stored,), attributes=given)
