"""From QDQ to integers: operators between DequantizeLinear and QuantizeLinear become operators on the stored integers.

The file says: dequantise, compute in float, quantise. Kernels read and write integers and rescale once; so does ONNX
Runtime. Here a node and the pairs around it become one node whose values are integers with a quantisation. Three things
are recognised: operators with integer kernels, functions of one value (whatever they are made of: a table of 256
entries), and operators that only move or choose elements. Float operators stay with a DequantizeLinear before them.

Unsigned integers become signed: 128 less in every value and zero point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from arenite.frontends.model import Quantisation
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph, Value
from arenite.frontends.onnx.integers.absorbed import absorbed
from arenite.frontends.onnx.integers.moves import MOVES, interpolate, move, moves
from arenite.frontends.onnx.integers.parameters import dequantised, quantisation_of, signed, unsigned
from arenite.frontends.onnx.integers.state import REINTERPRET, REQUANTISE, SUFFIX, Absorption
from arenite.frontends.onnx.simplify.fold import dequantised_constant


def absorb_qdq(graph: OnnxGraph) -> OnnxGraph:
    """The graph with integer operators. ``Value.quantisation`` is set for every int8 value that stands for reals.

    Nodes keep the sources of all that they stand for. DequantizeLinear and QuantizeLinear are left where a float
    operator or the boundary of the model needs them.
    """
    state = Absorption(graph)
    for node in graph.nodes:
        if node.kind == "DequantizeLinear":
            _dequantise(state, node)
        elif node.kind == "QuantizeLinear":
            _quantise(state, node)
        elif moves(state, node):
            move(state, node)
        elif node.kind in ("Resize", "Upsample") and node.inputs[0] in state.signed:
            interpolate(state, node)
        else:
            state.nodes.append(node)
    nodes = _folded(state, _needed(state.nodes, graph.outputs))
    return replace(state.graph, nodes=nodes, values=state.values, constants=state.constants)


def _folded(state: Absorption, nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Constants that a float operator reads after all are float32 constants."""
    kept = []
    sources = dict(state.graph.constant_sources)
    for node in nodes:
        value = state.values.get(node.inputs[0]) if node.kind == "DequantizeLinear" else None
        quantisation = value.quantisation if value and value.name in state.constants else None
        if quantisation is None or node.outputs[0] in state.graph.outputs:
            kept.append(node)
            continue
        state.constants[node.outputs[0]] = dequantised(state.constants[node.inputs[0]], quantisation)
        sources[node.outputs[0]] = node.sources
    state.graph = replace(state.graph, constant_sources=sources)
    return tuple(kept)


def _dequantise(state: Absorption, node: Node) -> None:
    found = quantisation_of(state.graph, node)
    source, result = node.inputs[0], node.outputs[0]
    if found is None or found[1] not in ("int8", "uint8", "int32"):
        state.behind.pop(result, None)
        folded = dequantised_constant(node, state.graph)
        if folded is None or result in state.graph.outputs:
            state.nodes.append(node)
        else:
            _fold(state, node, folded)
        return
    quantisation, dtype = found
    if source in state.constants:
        stored = _store_constant(state, source, quantisation, dtype)
    elif dtype == "int32" or quantisation.per_channel:
        state.nodes.append(node)
        return
    else:
        stored = _stored(state, source, quantisation, dtype)
        if state.values[stored].quantisation != quantisation:
            stored = _reinterpreted(state, stored, quantisation)
    state.integers[result] = stored
    state.nodes.append(replace(node, inputs=(stored,)))


def _store_constant(state: Absorption, name: str, quantisation: Quantisation, dtype: str) -> str:
    stored = f"{name}{SUFFIX}"
    while stored in state.constants and state.values[stored].quantisation != quantisation:
        stored += "'"
    array = state.constants[name]
    state.constants[stored] = signed(array) if dtype == "uint8" else array
    state.values[stored] = Value(stored, tuple(array.shape), str(state.constants[stored].dtype), quantisation)
    return stored


def _fold(state: Absorption, node: Node, array: Array) -> None:
    """Real numbers that no kernel takes as integers, such as weights of 4 bits."""
    name = node.outputs[0]
    behind = [source for each in node.inputs for source in state.graph.constant_sources.get(each, ())]
    sources = {**state.graph.constant_sources, name: tuple(dict.fromkeys((*node.sources, *behind)))}
    state.constants[name] = array
    state.graph = replace(state.graph, constants={**state.graph.constants, name: array}, constant_sources=sources)


def _reinterpreted(state: Absorption, stored: str, quantisation: Quantisation) -> str:
    """The same integers where a DequantizeLinear has other parameters than what wrote them."""
    name = f"{stored}:reinterpreted"
    while name in state.values and state.values[name].quantisation != quantisation:
        name += "'"
    if name not in state.values:
        state.values[name] = replace(state.values[stored], name=name, quantisation=quantisation)
        state.nodes.append(Node(REINTERPRET, (stored,), (name,)))
    return name


def _stored(state: Absorption, name: str, quantisation: Quantisation, dtype: str) -> str:
    """The signed integers behind a value of the file; a model input is converted first if it is unsigned."""
    if name in state.signed:
        return state.signed[name]
    own = unsigned(quantisation) if dtype == "uint8" else quantisation
    source, value = name, replace(state.values[name], quantisation=own)
    state.values[name] = value
    writer = state.writers.get(name)
    if writer is not None and writer.kind in MOVES:
        # Its tensor may be that of its input, and nothing says what that stands for.
        source = f"{name}:interpreted"
        state.values[source] = replace(value, name=source)
        state.nodes.append(Node(REINTERPRET, (name,), (source,)))
    if dtype == "uint8":
        stored = f"{name}{SUFFIX}"
        state.values[stored] = Value(stored, value.shape, "int8", quantisation)
        state.nodes.append(Node(REQUANTISE, (source,), (stored,)))
        source = stored
    state.signed[name] = source
    return source


def _quantise(state: Absorption, node: Node) -> None:
    found = quantisation_of(state.graph, node)
    source, result = node.inputs[0], node.outputs[0]
    if found is None or found[1] not in ("int8", "uint8") or found[0].per_channel:
        state.nodes.append(node)
        return
    quantisation, dtype = found
    stored = state.result(result, quantisation, dtype)
    made = absorbed(state, node, quantisation, stored)
    state.nodes.append(made or replace(node, inputs=(source,), outputs=(stored,)))
    state.as_in_file(result, stored)


def _needed(nodes: Sequence[Node], outputs: Sequence[str]) -> list[Node]:
    """Without the nodes whose results nobody reads: the float forms of what was absorbed."""
    wanted = set(outputs)
    kept: list[Node] = []
    for node in reversed(nodes):
        if wanted.intersection(node.outputs):
            kept.append(node)
            wanted.update(name for name in node.inputs if name)
    return kept[::-1]
