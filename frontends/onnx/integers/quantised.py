"""From QDQ to integers: operators between DequantizeLinear and QuantizeLinear become operators on the stored integers.

The file says: dequantise, compute in float, quantise. Kernels read and write integers and rescale once; so does ONNX
Runtime. Here a node and the pairs around it become one node whose values are integers with a quantisation. Three things
are recognised: operators with integer kernels, functions of one value (whatever they are made of: a table of 256
entries), and operators that only move or choose elements. Float operators stay with a DequantizeLinear before them.

Unsigned integers become signed: 128 less in every value and zero point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from onnx import numpy_helper

from arenite.frontends.model import Quantisation
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph, Value, attributes
from arenite.frontends.onnx.integers.affine import affine_of
from arenite.frontends.onnx.integers.pads import FILLING, stored_filling
from arenite.frontends.onnx.integers.parameters import (
    bias_steps,
    dequantised,
    quantisation_of,
    signed,
    unsigned,
)
from arenite.frontends.onnx.integers.prelu import prelu_parts
from arenite.frontends.onnx.integers.tables import table_of
from arenite.frontends.onnx.simplify.fold import dequantised_constant
from arenite.frontends.onnx.simplify.fuse import HIGH, LOW, dequantised_constants
from arenite.frontends.onnx.simplify.per_channel import along_channels

LOOKUP = "arenite:Lookup"
"""int8 -> int8 by the tensor attribute ``table``."""
REQUANTISE = "arenite:Requantise"
"""Between two quantisations of one value: int8, or uint8 at the model's boundary."""

REINTERPRET = "arenite:Reinterpret"
"""The same int8 integers for other real numbers."""

SUFFIX = ":int8"
"""Of values that the file does not have: the integers that stand for the float value of this name."""

MOVES = frozenset(
    (
        *("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Identity", "Slice", "Split", "Gather"),
        *("MaxPool", "GlobalMaxPool", "DepthToSpace", "SpaceToDepth", "Expand", "Tile", "ReduceMax", "ReduceMin"),
        *("Resize", "Upsample", "Pad"),
    )
)
"""Kinds whose results are elements of their first input (Pad: or one number): the same on integers, with the same
quantisation."""
JOINS = frozenset(("Add", "Sub", "Mul", "Concat"))
WEIGHTED = frozenset(("Conv", "Gemm", "MatMul"))
AVERAGES = frozenset(("AveragePool", "GlobalAveragePool", "ReduceMean", "Softmax"))


def absorb_qdq(graph: OnnxGraph) -> OnnxGraph:
    """The graph with integer operators. ``Value.quantisation`` is set for every int8 value that stands for reals.

    Nodes keep the sources of all that they stand for. DequantizeLinear and QuantizeLinear are left where a float
    operator or the boundary of the model needs them.
    """
    return _Absorber(graph).run()


@dataclass
class _Absorber:
    """``integers``: float values -> the int8 values that stand for them. ``signed``: integers of the file whose
    quantisation is known -> the same as int8, themselves if that they are."""

    graph: OnnxGraph
    values: dict[str, Value] = field(default_factory=dict)
    constants: dict[str, Array] = field(default_factory=dict)
    integers: dict[str, str] = field(default_factory=dict)
    signed: dict[str, str] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    _reals: dict[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values, self.constants = dict(self.graph.values), dict(self.graph.constants)
        self.writers = {name: node for node in self.graph.nodes for name in node.outputs}
        self.behind = dequantised_constants(self.graph)
        self.readers: dict[str, int] = {}
        for node in self.graph.nodes:
            for name in set(node.inputs):
                self.readers[name] = self.readers.get(name, 0) + 1

    def run(self) -> OnnxGraph:
        for node in self.graph.nodes:
            if node.kind == "DequantizeLinear":
                self._dequantise(node)
            elif node.kind == "QuantizeLinear":
                self._quantise(node)
            elif self._moves(node):
                self._move(node)
            elif node.kind in ("Resize", "Upsample") and node.inputs[0] in self.signed:
                self._interpolate(node)
            else:
                self.nodes.append(node)
        nodes = self._folded(_needed(self.nodes, self.graph.outputs))
        return replace(self.graph, nodes=nodes, values=self.values, constants=self.constants)

    def _folded(self, nodes: Sequence[Node]) -> tuple[Node, ...]:
        """Constants that a float operator reads after all are float32 constants."""
        kept = []
        sources = dict(self.graph.constant_sources)
        for node in nodes:
            value = self.values.get(node.inputs[0]) if node.kind == "DequantizeLinear" else None
            quantisation = value.quantisation if value and value.name in self.constants else None
            if quantisation is None or node.outputs[0] in self.graph.outputs:
                kept.append(node)
                continue
            self.constants[node.outputs[0]] = dequantised(self.constants[node.inputs[0]], quantisation)
            sources[node.outputs[0]] = node.sources
        self.graph = replace(self.graph, constant_sources=sources)
        return tuple(kept)

    def _dequantise(self, node: Node) -> None:
        found = quantisation_of(self.graph, node)
        source, result = node.inputs[0], node.outputs[0]
        if found is None or found[1] not in ("int8", "uint8", "int32"):
            self.behind.pop(result, None)
            folded = dequantised_constant(node, self.graph)
            if folded is None or result in self.graph.outputs:
                self.nodes.append(node)
            else:
                self._fold(node, folded)
            return
        quantisation, dtype = found
        if source in self.constants:
            stored = self._store_constant(source, quantisation, dtype)
        elif dtype == "int32" or quantisation.per_channel:
            self.nodes.append(node)
            return
        else:
            stored = self._stored(source, quantisation, dtype)
            if self.values[stored].quantisation != quantisation:
                stored = self._reinterpreted(stored, quantisation)
        self.integers[result] = stored
        self.nodes.append(replace(node, inputs=(stored,)))

    def _store_constant(self, name: str, quantisation: Quantisation, dtype: str) -> str:
        stored = f"{name}{SUFFIX}"
        while stored in self.constants and self.values[stored].quantisation != quantisation:
            stored += "'"
        array = self.constants[name]
        self.constants[stored] = signed(array) if dtype == "uint8" else array
        self.values[stored] = Value(stored, tuple(array.shape), str(self.constants[stored].dtype), quantisation)
        return stored

    def _fold(self, node: Node, array: Array) -> None:
        """Real numbers that no kernel takes as integers, such as weights of 4 bits."""
        name = node.outputs[0]
        behind = [source for each in node.inputs for source in self.graph.constant_sources.get(each, ())]
        sources = {**self.graph.constant_sources, name: tuple(dict.fromkeys((*node.sources, *behind)))}
        self.constants[name] = array
        self.graph = replace(self.graph, constants={**self.graph.constants, name: array}, constant_sources=sources)

    def _reinterpreted(self, stored: str, quantisation: Quantisation) -> str:
        """The same integers where a DequantizeLinear has other parameters than what wrote them."""
        name = f"{stored}:reinterpreted"
        while name in self.values and self.values[name].quantisation != quantisation:
            name += "'"
        if name not in self.values:
            self.values[name] = replace(self.values[stored], name=name, quantisation=quantisation)
            self.nodes.append(Node(REINTERPRET, (stored,), (name,)))
        return name

    def _stored(self, name: str, quantisation: Quantisation, dtype: str) -> str:
        """The signed integers behind a value of the file; a model input is converted first if it is unsigned."""
        if name in self.signed:
            return self.signed[name]
        own = unsigned(quantisation) if dtype == "uint8" else quantisation
        source, value = name, replace(self.values[name], quantisation=own)
        self.values[name] = value
        writer = self.writers.get(name)
        if writer is not None and writer.kind in MOVES:
            # Its tensor may be that of its input, and nothing says what that stands for.
            source = f"{name}:interpreted"
            self.values[source] = replace(value, name=source)
            self.nodes.append(Node(REINTERPRET, (name,), (source,)))
        if dtype == "uint8":
            stored = f"{name}{SUFFIX}"
            self.values[stored] = Value(stored, value.shape, "int8", quantisation)
            self.nodes.append(Node(REQUANTISE, (source,), (stored,)))
            source = stored
        self.signed[name] = source
        return source

    def _quantise(self, node: Node) -> None:
        found = quantisation_of(self.graph, node)
        source, result = node.inputs[0], node.outputs[0]
        if found is None or found[1] not in ("int8", "uint8") or found[0].per_channel:
            self.nodes.append(node)
            return
        quantisation, dtype = found
        stored = self._result(result, quantisation, dtype)
        made = self._absorbed(node, quantisation, stored)
        self.nodes.append(made or replace(node, inputs=(source,), outputs=(stored,)))
        self._as_in_file(result, stored)

    def _result(self, name: str, quantisation: Quantisation, dtype: str) -> str:
        """The int8 value that stands for integers of the file, which the node to come writes."""
        stored = name if dtype == "int8" else f"{name}{SUFFIX}"
        self.values[stored] = Value(stored, self.graph.shape(name), "int8", quantisation)
        self.signed[name] = stored
        return stored

    def _interpolate(self, node: Node) -> None:
        """Integers of the file that are interpolated as such."""
        before, result = self.signed[node.inputs[0]], node.outputs[0]
        quantisation, dtype = self.values[before].quantisation, self.graph.dtype(result) or "int8"
        assert quantisation is not None
        stored = self._result(result, quantisation, dtype)
        self.nodes.append(_interpolating(node, before, stored, dtype))
        self._as_in_file(result, stored)

    def _as_in_file(self, name: str, stored: str) -> None:
        """Unsigned integers once more for whoever reads them as such: an output of the model."""
        quantisation = self.values[stored].quantisation
        if name != stored and quantisation is not None:
            self.values[name] = replace(self.values[name], quantisation=unsigned(quantisation))
            self.nodes.append(Node(REQUANTISE, (stored,), (name,)))

    def _absorbed(self, node: Node, quantisation: Quantisation, stored: str) -> Node | None:
        """The integer node that does the work of a QuantizeLinear and of what computes its input."""
        source = node.inputs[0]
        if source in self.integers and source not in self.behind:
            before = self.integers[source]
            kind = "Identity" if self.values[before].quantisation == quantisation else REQUANTISE
            sources = (*node.sources, *self._sources([source]))
            return Node(kind, (before,), (stored,), sources=sources)
        made = self._table(node, quantisation, stored) or self._affine(node, stored)
        made = made or self._prelu(node, quantisation, stored)
        if made is not None:
            return made
        writer = self.writers.get(source)
        if writer is None or source in self.graph.outputs or self.readers[source] != 1:
            return None
        inputs = self._integer_inputs(writer)
        if inputs is None:
            return None
        sources = (*writer.sources, *node.sources, *self._sources(writer.inputs))
        return replace(writer, inputs=inputs, outputs=(stored,), sources=tuple(dict.fromkeys(sources)))

    def _integer_inputs(self, node: Node) -> tuple[str, ...] | None:
        """The integers that the node would read; None if it has no integer form."""
        data = node.inputs[:1] if node.kind in WEIGHTED | AVERAGES else node.inputs
        if node.kind not in WEIGHTED | AVERAGES | JOINS or len(node.outputs) != 1:
            return None
        if any(name not in self.integers for name in data) or all(name in self.behind for name in data):
            return None
        if any(self._per_channel(name) for name in data):
            return None
        if node.kind not in WEIGHTED:
            return tuple(self.integers.get(name, name) for name in node.inputs)
        stored = self.integers[node.inputs[1]] if node.inputs[1] in self.behind else ""
        quantisation = self.values[stored].quantisation if stored else None
        if quantisation is None or self.constants[stored].dtype != np.int8:
            return None
        if node.kind == "Gemm" and (node.get("alpha", 1.0), node.get("transA", 0)) != (1.0, 0):
            return None
        if len(node.inputs) < 3 or not node.inputs[2]:
            return (self.integers[node.inputs[0]], self.integers[node.inputs[1]])
        bias = self._bias(node)
        return None if bias is None else (self.integers[node.inputs[0]], self.integers[node.inputs[1]], bias)

    def _per_channel(self, name: str) -> bool:
        quantisation = self.values[self.integers[name]].quantisation
        return quantisation is not None and quantisation.per_channel

    def _bias(self, node: Node) -> str | None:
        """An int32 constant in steps of input scale times weight scale, as accumulators are."""
        source, weights = (self.values[self.integers[name]].quantisation for name in node.inputs[:2])
        if source is None or weights is None or (node.kind == "Gemm" and node.get("beta", 1.0) != 1.0):
            return None
        name = node.inputs[2]
        if name in self.behind:
            stored, own = self.constants[self.integers[name]], self.values[self.integers[name]].quantisation
            assert own is not None
            steps = np.float32(source.scale) * np.array(weights.scales, np.float32)
            if (
                stored.dtype == np.int32
                and not any(own.zero_points)
                and np.allclose(own.scales, steps, rtol=1e-6, atol=0)
            ):
                return self.integers[name]
        real = self._dequantised_constants().get(name, self.constants.get(name))
        if real is None or real.dtype != np.float32:
            return None
        rounded = bias_steps(real.astype(np.float64), source, weights)
        if rounded is None:
            return None
        made = f"{node.outputs[0]}:bias{SUFFIX}"
        self.constants[made] = rounded
        return made

    def _sources(self, names: Sequence[str]) -> tuple[int, ...]:
        """Of the DequantizeLinear nodes that write these values."""
        writers = (self.writers.get(name) for name in names)
        return tuple(
            source
            for writer in writers
            if writer is not None and writer.kind == "DequantizeLinear"
            for source in writer.sources
        )

    def _table(self, node: Node, quantisation: Quantisation, stored: str) -> Node | None:
        """Where the input of a QuantizeLinear is a function of one int8 value."""
        found = table_of(self.graph, self.writers, self.integers, self.behind, node.inputs[0])
        if found is None:
            return None
        before = self.values[self.integers[found.source]].quantisation
        if before is None or before.per_channel:
            return None
        table = found.table(before, quantisation)
        if table is None:
            return None
        sources = (*found.sources, *node.sources, *self._sources([found.source]))
        return Node(
            LOOKUP,
            (self.integers[found.source],),
            (stored,),
            attributes(table=numpy_helper.from_array(table)),
            tuple(dict.fromkeys(sources)),
        )

    def _affine(self, node: Node, stored: str) -> Node | None:
        """Where the input of a QuantizeLinear is a factor times one value plus an addend, per channel."""
        result = node.inputs[0]
        if self.readers[result] != 1 or result in self.graph.outputs:
            return None
        found = affine_of(self.graph, self.writers, self.integers, self._dequantised_constants(), result)
        before = self.values[self.integers[found.source]].quantisation if found else None
        if found is None or before is None or before.per_channel:
            return None
        made = found.integers(before.scale)
        if made is None:
            return None
        weights, scales, bias = made
        names = (f"{result}:weights{SUFFIX}", f"{result}:bias{SUFFIX}")
        self.constants.update(zip(names, (weights, bias), strict=True))
        channels = len(scales)
        quantisation = Quantisation(tuple(scales.tolist()), (0,) * channels, 0)
        self.values[names[0]] = Value(names[0], weights.shape, "int8", quantisation)
        given = attributes(**{LOW: found.bounds[0], HIGH: found.bounds[1]})
        sources = [source for each in found.nodes for source in each.sources]
        parameters = [name for each in found.nodes for name in each.inputs]
        return Node(
            "Conv",
            (self.integers[found.source], *names),
            (stored,),
            {**attributes(group=channels), **given},
            tuple(dict.fromkeys((*sources, *node.sources, *self._sources(parameters)))),
        )

    def _prelu(self, node: Node, quantisation: Quantisation, stored: str) -> Node | None:
        """Where the input of a QuantizeLinear is a PRelu with a slope per channel of what integers stand for."""
        writer = self.writers.get(node.inputs[0])
        if writer is None or writer.kind != "PRelu" or self.readers[node.inputs[0]] != 1:
            return None
        source, slope = writer.inputs[0], writer.inputs[1]
        before = self.values[self.integers[source]].quantisation if source in self.integers else None
        shape = self.graph.shape(source) or ()
        real = self._dequantised_constants().get(slope, self.constants.get(slope))
        slopes = along_channels(real, len(shape), shape[1]) if real is not None and len(shape) in (3, 4) else None
        if before is None or before.per_channel or slopes is None or node.inputs[0] in self.graph.outputs:
            return None
        parts = prelu_parts(slopes, before, quantisation)
        if parts is None:
            return None
        data = self.integers[source]
        names = {part: f"{node.inputs[0]}:{part}" for part in ("positive", "clipped", "negative", "weights", "bias")}
        self.constants.update({names["weights"]: parts.weights, names["bias"]: parts.bias})
        scales = Quantisation(tuple(parts.scales.tolist()), (0,) * len(slopes), 0)
        self.values[names["weights"]] = Value(names["weights"], parts.weights.shape, "int8", scales)
        for part, own in (("positive", quantisation), ("clipped", before), ("negative", quantisation)):
            self.values[names[part]] = Value(names[part], shape, "int8", own)
        positive = attributes(table=numpy_helper.from_array(parts.positive))
        self.nodes.append(Node(LOOKUP, (data,), (names["positive"],), positive))
        if parts.clipped is not None:
            clipped = attributes(table=numpy_helper.from_array(parts.clipped))
            self.nodes.append(Node(LOOKUP, (data,), (names["clipped"],), clipped))
            data = names["clipped"]
        bounds = {HIGH: 0.0} if parts.clipped is None else {}
        given = attributes(group=len(slopes), **bounds)
        self.nodes.append(Node("Conv", (data, names["weights"], names["bias"]), (names["negative"],), given))
        sources = dict.fromkeys((*writer.sources, *node.sources, *self._sources(writer.inputs)))
        return Node("Add", (names["positive"], names["negative"]), (stored,), {}, tuple(sources))

    def _dequantised_constants(self) -> dict[str, Array]:
        for name in self.behind:
            quantisation = self.values[self.integers[name]].quantisation if name in self.integers else None
            if name not in self._reals and quantisation is not None:
                self._reals[name] = dequantised(self.constants[self.integers[name]], quantisation)
        return self._reals

    def _moves(self, node: Node) -> bool:
        if node.kind not in MOVES or not node.inputs or node.inputs[0] in self.behind:
            return False
        if node.inputs[0] not in self.integers and node.inputs[0] not in self.signed:
            return False
        return (
            all(self.graph.dtype(name) == self.graph.dtype(node.inputs[0]) for name in node.outputs if name)
            and (node.kind != "MaxPool" or len([name for name in node.outputs if name]) == 1)
            and (node.kind not in ("Resize", "Upsample") or node.get("mode", "nearest") == "nearest")
            and (node.kind != "Pad" or node.get("mode", "constant") != "constant" or self._filling(node) is not None)
        )

    def _filling(self, node: Node) -> Array | None:
        """What a Pad fills in, stored as its input is."""
        source = node.inputs[0]
        quantisation = self.values[self.integers.get(source) or self.signed[source]].quantisation
        dtype = self.graph.dtype(source)
        return None if quantisation is None or dtype is None else stored_filling(self.graph, node, quantisation, dtype)

    def _move(self, node: Node) -> None:
        """On the stored integers, be the node's own values floats or integers of the file."""
        source = node.inputs[0]
        real = source in self.integers
        before = self.integers[source] if real else self.signed[source]
        quantisation = self.values[before].quantisation
        assert quantisation is not None
        inputs = [before, *node.inputs[1:]]
        if node.kind == "Pad" and len(inputs) > 1:
            filling = self._filling(node) if node.get("mode", "constant") == "constant" else None
            name = f"{node.outputs[0]}:filling{SUFFIX}" if filling is not None else ""
            inputs = [*inputs[:FILLING], name, *inputs[FILLING + 1 :]]
            if filling is not None:
                self.constants[name] = filling
        results = []
        for name in node.outputs:
            if name and not real:
                results.append(self._result(name, quantisation, self.graph.dtype(name) or "int8"))
            elif name:
                results.append(f"{name}{SUFFIX}")
                self.values[results[-1]] = Value(results[-1], self.graph.shape(name), "int8", quantisation)
                self.integers[name] = results[-1]
            else:
                results.append("")
        sources = (*node.sources, *self._sources(node.inputs[:1]))
        self.nodes.append(replace(node, inputs=tuple(inputs), outputs=tuple(results), sources=tuple(sources)))
        for name, stored in zip(node.outputs, results, strict=True):
            if name and real:
                self.nodes.append(Node("DequantizeLinear", (stored,), (name,)))
            elif name:
                self._as_in_file(name, stored)


def _interpolating(node: Node, before: str, stored: str, dtype: str) -> Node:
    """Resize on int8: ONNX Runtime cuts off the fraction of what it stores as ``dtype``, unsigned values downwards."""
    rounding = attributes(rounding="floor" if dtype == "uint8" else "trunc")
    given = {**node.attributes, **rounding}
    return replace(node, inputs=(before, *node.inputs[1:]), outputs=(stored,), attributes=given)


def _needed(nodes: Sequence[Node], outputs: Sequence[str]) -> list[Node]:
    """Without the nodes whose results nobody reads: the float forms of what was absorbed."""
    wanted = set(outputs)
    kept: list[Node] = []
    for node in reversed(nodes):
        if wanted.intersection(node.outputs):
            kept.append(node)
            wanted.update(name for name in node.inputs if name)
    return kept[::-1]
