"""What is known of a graph while QDQ pairs are absorbed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from arenite.frontends.model import Quantisation
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph, Value
from arenite.frontends.onnx.integers.parameters import dequantised, unsigned
from arenite.frontends.onnx.simplify.fuse import dequantised_constants

LOOKUP = "arenite:Lookup"
"""int8 -> int8 by the tensor attribute ``table``."""
REQUANTISE = "arenite:Requantise"
"""Between two quantisations of one value: int8, or uint8 at the model's boundary."""

REINTERPRET = "arenite:Reinterpret"
"""The same int8 integers for other real numbers."""

SUFFIX = ":int8"
"""Of values that the file does not have: the integers that stand for the float value of this name."""


@dataclass
class Absorption:
    """The new ``nodes``, ``values`` and ``constants`` so far. ``integers``: float values -> the int8 values that stand
    for them. ``signed``: integers of the file whose quantisation is known -> the same as int8, themselves if that they
    are. ``writers`` and ``readers``: of the file's values, nodes and their number. ``behind``: values that are
    dequantised constants -> these."""

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

    def result(self, name: str, quantisation: Quantisation, dtype: str) -> str:
        """The int8 value that stands for integers of the file, which the node to come writes."""
        stored = name if dtype == "int8" else f"{name}{SUFFIX}"
        self.values[stored] = Value(stored, self.graph.shape(name), "int8", quantisation)
        self.signed[name] = stored
        return stored

    def as_in_file(self, name: str, stored: str) -> None:
        """Unsigned integers once more for whoever reads them as such: an output of the model."""
        quantisation = self.values[stored].quantisation
        if name != stored and quantisation is not None:
            self.values[name] = replace(self.values[name], quantisation=unsigned(quantisation))
            self.nodes.append(Node(REQUANTISE, (stored,), (name,)))

    def sources(self, names: Sequence[str]) -> tuple[int, ...]:
        """Of the DequantizeLinear nodes that write these values."""
        writers = (self.writers.get(name) for name in names)
        return tuple(
            source
            for writer in writers
            if writer is not None and writer.kind == "DequantizeLinear"
            for source in writer.sources
        )

    def dequantised_constants(self) -> dict[str, Array]:
        for name in self.behind:
            quantisation = self.values[self.integers[name]].quantisation if name in self.integers else None
            if name not in self._reals and quantisation is not None:
                self._reals[name] = dequantised(self.constants[self.integers[name]], quantisation)
        return self._reals
