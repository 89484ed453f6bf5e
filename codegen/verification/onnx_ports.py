"""What a comparison needs to know about the inputs and outputs of an ONNX file, from the file alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from onnx import numpy_helper

from arenite.codegen.description import Array
from arenite.codegen.verification.comparison import EXACT, Tolerance
from arenite.codegen.verification.file_ports import FLOAT, ONE_STEP, FilePort, FilePorts
from arenite.errors import ModelError
from arenite.frontends.model import Quantisation
from arenite.frontends.requant_shift import KIND as REQUANT_SHIFT

MIXED = Tolerance(relative=1e-4)
"""For a float output of a model that quantises where no step of a quantisation stands for it."""
WIDE = ("int16", "uint16")
"""Of which a step is as small as what sums of float32 in another order come to over some layers."""
JOINING = frozenset(("Concat", "Max", "Min"))
RESHAPING = frozenset(("Flatten", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Transpose"))
NOT_STEEPER = (
    JOINING
    | RESHAPING
    | {
        *("Relu", "LeakyRelu", "Clip", "Elu", "Sigmoid", "HardSigmoid", "Tanh", "Softmax", "Abs"),
        *("Slice", "Split", "Pad", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool"),
        *("ReduceMean", "ReduceMax", "ReduceMin"),
    }
)
"""ONNX operators, with their usual parameters, no result of which changes by more than the tensors that they read."""
INDEXING = frozenset(("Gather", "GatherElements"))
INDEX_TYPES = ("int32", "int64", "uint32", "uint64")
SMALL = 8
"""Integers that wide, of which nothing is known, are likely counts: they stay below this."""


def onnx_ports(path: Path, *, ir: Literal["relax", "relay"]) -> FilePorts:
    """The ports of an ONNX file. Raises ModelError where it cannot be read."""
    return _Ports(_graph(path), ir).ports()


def float_tolerances(path: Path, *, ir: Literal["relax", "relay"]) -> dict[int, Tolerance]:
    """What real numbers between the layers may be off, by the numbers of the values."""
    graph = _graph(path)
    ports = _Ports(graph, ir)
    return {number: ports.float_tolerance(name) for name, number in value_numbers(graph).items()}


def _graph(path: Path) -> onnx.GraphProto:
    try:
        return onnx.load(path).graph
    except Exception as cause:  # protobuf has no common class of errors
        raise ModelError("is not a valid ONNX model", file=str(path), remedy="export it again") from cause


@dataclass
class _Ports:
    graph: onnx.GraphProto
    ir: Literal["relax", "relay"]
    constants: dict[str, Array] = field(default_factory=dict)
    readers: dict[str, list[tuple[onnx.NodeProto, int]]] = field(default_factory=dict)
    writers: dict[str, onnx.NodeProto] = field(default_factory=dict)

    def __post_init__(self) -> None:
        initializers = {tensor.name: tensor for tensor in self.graph.initializer}
        self.given = frozenset(initializers)
        kinds = {node.op_type for node in self.graph.node}
        self.quantised = any("Quantize" in kind or kind.startswith("QLinear") for kind in kinds)
        for node in self.graph.node:
            for position, name in enumerate(node.input):
                self.readers.setdefault(name, []).append((node, position))
                if name in initializers and name not in self.constants:
                    self.constants[name] = numpy_helper.to_array(initializers[name])
            self.writers.update(dict.fromkeys(node.output, node))
            if node.op_type == "Constant" and node.attribute and node.attribute[0].name == "value":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)

    def ports(self) -> FilePorts:
        return FilePorts(
            tuple(self._input(value) for value in self.graph.input if value.name not in self.given),
            tuple(self._output(value) for value in self.graph.output),
        )

    def _input(self, value: onnx.ValueInfoProto) -> FilePort:
        dtype = _dtype(value)
        readers = list(self._readers_through(value.name))
        for node, position in readers:
            if node.op_type == "QuantizeLinear" and position == 0 and (found := self._parameters(node)) is not None:
                return FilePort(dtype, found)
        if dtype == "float32" and any(node.op_type == REQUANT_SHIFT for node in self.graph.node):
            return FilePort(dtype, (Quantisation((1.0,), (0,)), "int8"), whole=True)
        if dtype not in INDEX_TYPES:
            return FilePort(dtype)
        limits = [self._extent(node) for node, position in readers if node.op_type in INDEXING and position == 1]
        return FilePort(dtype, below=min(limits, default=SMALL))

    def _readers_through(self, name: str) -> Iterator[tuple[onnx.NodeProto, int]]:
        """Readers of a value, and of what is the same numbers in another order, shape or type."""
        pending, seen = [name], {name}
        while pending:
            for node, position in self.readers.get(pending.pop(), ()):
                yield node, position
                if (node.op_type in RESHAPING or node.op_type == "Cast") and position == 0:
                    pending += [result for result in node.output if result not in seen]
                    seen.update(node.output)

    def _extent(self, node: onnx.NodeProto) -> int:
        """How many entries an index into a constant has the choice of; 1 where the data is not constant."""
        data = self.constants.get(node.input[0])
        axis = _attributes(node).get("axis", 0)
        return data.shape[axis] if data is not None and -data.ndim <= axis < data.ndim else 1

    def _output(self, value: onnx.ValueInfoProto) -> FilePort:
        dtype = _dtype(value)
        if dtype in WIDE:
            return FilePort(dtype, tolerance=Tolerance(1.0, MIXED.relative))
        if dtype in ("int8", "uint8"):
            return FilePort(dtype, tolerance=ONE_STEP if self.ir == "relax" else EXACT)
        if dtype not in ("float16", "float32", "float64"):
            return FilePort(dtype)
        return FilePort(dtype, tolerance=self.float_tolerance(value.name))

    def float_tolerance(self, name: str) -> Tolerance:
        steps = self._steps(name)
        if steps:
            # relative too: multiples of a step are rounded to float32
            wide = any(dtype in WIDE for _, dtype in steps)
            return Tolerance(max(step for step, _ in steps), (MIXED if wide else FLOAT).relative)
        return MIXED if self.quantised or self.ir == "relay" else FLOAT

    def _steps(self, name: str) -> list[tuple[float, str]]:
        """Of the dequantised tensors that an output is computed from, with their types; none if it has another
        origin."""
        steps: list[tuple[float, str]] = []
        pending, seen = [name], {name}
        while pending:
            node = self.writers.get(pending.pop())
            if node is None:
                return []
            if node.op_type == "DequantizeLinear":
                found = self._parameters(node)
                if found is None:
                    return []
                steps.append((max(found[0].scales), found[1]))
            elif node.op_type == REQUANT_SHIFT:
                steps.append((1.0, "int8"))
            elif node.op_type in NOT_STEEPER:
                sources = node.input if node.op_type in JOINING else node.input[:1]
                pending += [source for source in sources if source not in seen and source not in self.constants]
                seen.update(sources)
            else:
                return []
        return steps

    def _parameters(self, node: onnx.NodeProto) -> tuple[Quantisation, str] | None:
        """Of QuantizeLinear or DequantizeLinear, where they are constants."""
        scale = self.constants.get(node.input[1]) if len(node.input) > 1 else None
        if scale is None or not scale.size:
            return None
        zero_point: Array | None = np.zeros(scale.shape, np.uint8)
        if len(node.input) > 2 and node.input[2]:
            zero_point = self.constants.get(node.input[2])
        if zero_point is None or not zero_point.size or zero_point.dtype.kind not in "iu":
            return None
        scales = tuple(float(value) for value in scale.reshape(-1))
        return Quantisation(scales, tuple(int(value) for value in zero_point.reshape(-1))), zero_point.dtype.name


def _dtype(value: onnx.ValueInfoProto) -> str:
    dtype: str = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type).name
    return dtype


def _attributes(node: onnx.NodeProto) -> Mapping[str, Any]:
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def value_numbers(graph: onnx.GraphProto) -> dict[str, int]:
    """Every value name of the main graph -> its number, by which plans and projects call it: names count in the order
    of their first appearance, over the nodes' inputs and outputs, then over graph inputs, initializers and outputs."""
    names: list[Sequence[str]] = [part for node in graph.node for part in (node.input, node.output)]
    names += [[value.name for value in part] for part in (graph.input, graph.initializer)]
    names += [[tensor.values.name for tensor in graph.sparse_initializer], [value.name for value in graph.output]]
    ordered = dict.fromkeys(name for part in names for name in part if name)
    return {name: number for number, name in enumerate(ordered)}
