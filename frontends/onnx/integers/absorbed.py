"""What a QuantizeLinear and the nodes before it are on integers: an operator with a kernel, a table, or their like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from onnx import numpy_helper

from arenite.frontends.model import Quantisation
from arenite.frontends.onnx.graph import Node, Value, attributes
from arenite.frontends.onnx.integers.affine import affine_of
from arenite.frontends.onnx.integers.parameters import bias_steps
from arenite.frontends.onnx.integers.prelu import prelu_parts
from arenite.frontends.onnx.integers.state import LOOKUP, REQUANTISE, SUFFIX, Absorption
from arenite.frontends.onnx.integers.tables import table_of
from arenite.frontends.onnx.simplify.fuse import HIGH, LOW
from arenite.frontends.onnx.simplify.per_channel import along_channels

JOINS = frozenset(("Add", "Sub", "Mul", "Concat"))
WEIGHTED = frozenset(("Conv", "Gemm", "MatMul"))
AVERAGES = frozenset(("AveragePool", "GlobalAveragePool", "ReduceMean", "Softmax"))


def absorbed(state: Absorption, node: Node, quantisation: Quantisation, stored: str) -> Node | None:
    """The integer node that does the work of a QuantizeLinear and of what computes its input."""
    source = node.inputs[0]
    if source in state.integers and source not in state.behind:
        before = state.integers[source]
        kind = "Identity" if state.values[before].quantisation == quantisation else REQUANTISE
        sources = (*node.sources, *state.sources([source]))
        return Node(kind, (before,), (stored,), sources=sources)
    made = _table(state, node, quantisation, stored) or _affine(state, node, stored)
    made = made or _prelu(state, node, quantisation, stored)
    if made is not None:
        return made
    writer = state.writers.get(source)
    if writer is None or source in state.graph.outputs or state.readers[source] != 1:
        return None
    inputs = _integer_inputs(state, writer)
    if inputs is None:
        return None
    sources = (*writer.sources, *node.sources, *state.sources(writer.inputs))
    return replace(writer, inputs=inputs, outputs=(stored,), sources=tuple(dict.fromkeys(sources)))


def _integer_inputs(state: Absorption, node: Node) -> tuple[str, ...] | None:
    """The integers that the node would read; None if it has no integer form."""
    data = node.inputs[:1] if node.kind in WEIGHTED | AVERAGES else node.inputs
    if node.kind not in WEIGHTED | AVERAGES | JOINS or len(node.outputs) != 1:
        return None
    if any(name not in state.integers for name in data) or all(name in state.behind for name in data):
        return None
    if any(_per_channel(state, name) for name in data):
        return None
    if node.kind not in WEIGHTED:
        return tuple(state.integers.get(name, name) for name in node.inputs)
    stored = state.integers[node.inputs[1]] if node.inputs[1] in state.behind else ""
    quantisation = state.values[stored].quantisation if stored else None
    if quantisation is None or state.constants[stored].dtype != np.int8:
        return None
    if node.kind == "Gemm" and (node.get("alpha", 1.0), node.get("transA", 0)) != (1.0, 0):
        return None
    if len(node.inputs) < 3 or not node.inputs[2]:
        return (state.integers[node.inputs[0]], state.integers[node.inputs[1]])
    bias = _bias(state, node)
    return None if bias is None else (state.integers[node.inputs[0]], state.integers[node.inputs[1]], bias)


def _per_channel(state: Absorption, name: str) -> bool:
    quantisation = state.values[state.integers[name]].quantisation
    return quantisation is not None and quantisation.per_channel


def _bias(state: Absorption, node: Node) -> str | None:
    """An int32 constant in steps of input scale times weight scale, as accumulators are."""
    source, weights = (state.values[state.integers[name]].quantisation for name in node.inputs[:2])
    if source is None or weights is None or (node.kind == "Gemm" and node.get("beta", 1.0) != 1.0):
        return None
    name = node.inputs[2]
    if name in state.behind:
        stored, own = state.constants[state.integers[name]], state.values[state.integers[name]].quantisation
        assert own is not None
        steps = np.float32(source.scale) * np.array(weights.scales, np.float32)
        if stored.dtype == np.int32 and not any(own.zero_points) and np.allclose(own.scales, steps, rtol=1e-6, atol=0):
            return state.integers[name]
    real = state.dequantised_constants().get(name, state.constants.get(name))
    if real is None or real.dtype != np.float32:
        return None
    rounded = bias_steps(real.astype(np.float64), source, weights)
    if rounded is None:
        return None
    made = f"{node.outputs[0]}:bias{SUFFIX}"
    state.constants[made] = rounded
    return made


def _table(state: Absorption, node: Node, quantisation: Quantisation, stored: str) -> Node | None:
    """Where the input of a QuantizeLinear is a function of one int8 value."""
    found = table_of(state.graph, state.writers, state.integers, state.behind, node.inputs[0])
    if found is None:
        return None
    before = state.values[state.integers[found.source]].quantisation
    if before is None or before.per_channel:
        return None
    table = found.table(before, quantisation)
    if table is None:
        return None
    sources = (*found.sources, *node.sources, *state.sources([found.source]))
    return Node(
        LOOKUP,
        (state.integers[found.source],),
        (stored,),
        attributes(table=numpy_helper.from_array(table)),
        tuple(dict.fromkeys(sources)),
    )


def _affine(state: Absorption, node: Node, stored: str) -> Node | None:
    """Where the input of a QuantizeLinear is a factor times one value plus an addend, per channel."""
    result = node.inputs[0]
    if state.readers[result] != 1 or result in state.graph.outputs:
        return None
    found = affine_of(state.graph, state.writers, state.integers, state.dequantised_constants(), result)
    before = state.values[state.integers[found.source]].quantisation if found else None
    if found is None or before is None or before.per_channel:
        return None
    made = found.integers(before.scale)
    if made is None:
        return None
    weights, scales, bias = made
    names = (f"{result}:weights{SUFFIX}", f"{result}:bias{SUFFIX}")
    state.constants.update(zip(names, (weights, bias), strict=True))
    channels = len(scales)
    quantisation = Quantisation(tuple(scales.tolist()), (0,) * channels, 0)
    state.values[names[0]] = Value(names[0], weights.shape, "int8", quantisation)
    given = attributes(**{LOW: found.bounds[0], HIGH: found.bounds[1]})
    sources = [source for each in found.nodes for source in each.sources]
    parameters = [name for each in found.nodes for name in each.inputs]
    return Node(
        "Conv",
        (state.integers[found.source], *names),
        (stored,),
        {**attributes(group=channels), **given},
        tuple(dict.fromkeys((*sources, *node.sources, *state.sources(parameters)))),
    )


def _prelu(state: Absorption, node: Node, quantisation: Quantisation, stored: str) -> Node | None:
    """Where the input of a QuantizeLinear is a PRelu with a slope per channel of what integers stand for."""
    writer = state.writers.get(node.inputs[0])
    if writer is None or writer.kind != "PRelu" or state.readers[node.inputs[0]] != 1:
        return None
    source, slope = writer.inputs[0], writer.inputs[1]
    before = state.values[state.integers[source]].quantisation if source in state.integers else None
    shape = state.graph.shape(source) or ()
    real = state.dequantised_constants().get(slope, state.constants.get(slope))
    slopes = along_channels(real, len(shape), shape[1]) if real is not None and len(shape) in (3, 4) else None
    if before is None or before.per_channel or slopes is None or node.inputs[0] in state.graph.outputs:
        return None
    parts = prelu_parts(slopes, before, quantisation)
    if parts is None:
        return None
    data = state.integers[source]
    names = {part: f"{node.inputs[0]}:{part}" for part in ("positive", "clipped", "negative", "weights", "bias")}
    state.constants.update({names["weights"]: parts.weights, names["bias"]: parts.bias})
    scales = Quantisation(tuple(parts.scales.tolist()), (0,) * len(slopes), 0)
    state.values[names["weights"]] = Value(names["weights"], parts.weights.shape, "int8", scales)
    for part, own in (("positive", quantisation), ("clipped", before), ("negative", quantisation)):
        state.values[names[part]] = Value(names[part], shape, "int8", own)
    positive = attributes(table=numpy_helper.from_array(parts.positive))
    state.nodes.append(Node(LOOKUP, (data,), (names["positive"],), positive))
    if parts.clipped is not None:
        clipped = attributes(table=numpy_helper.from_array(parts.clipped))
        state.nodes.append(Node(LOOKUP, (data,), (names["clipped"],), clipped))
        data = names["clipped"]
    bounds = {HIGH: 0.0} if parts.clipped is None else {}
    given = attributes(group=len(slopes), **bounds)
    state.nodes.append(Node("Conv", (data, names["weights"], names["bias"]), (names["negative"],), given))
    sources = dict.fromkeys((*writer.sources, *node.sources, *state.sources(writer.inputs)))
    return Node("Add", (names["positive"], names["negative"]), (stored,), {}, tuple(sources))
