"""What a comparison needs to know about the inputs and outputs of a model file, TensorFlow Lite or ONNX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import numpy_helper

from arenite.frontends.model import Model, Quantisation
from arenite.frontends.tflite import read_tflite

QUANTISED_STEPS = 1.0
"""By how many steps of its quantisation a dequantised output of an ONNX model may be off: its oracle computes in
float32."""
JOINING = frozenset(("Concat", "Max", "Min"))
NOT_STEEPER = JOINING | frozenset(
    (
        *("Relu", "LeakyRelu", "Clip", "Elu", "Sigmoid", "HardSigmoid", "Tanh", "Softmax", "Abs"),
        *("Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Slice", "Split", "Pad"),
        *("MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "ReduceMean", "ReduceMax", "ReduceMin"),
    )
)
"""ONNX operators, with their usual parameters, no result of which changes by more than the tensors that they read."""
FLOAT_TOLERANCE = 1e-4
"""Likewise for a float output, relative to the largest value of the output."""


@dataclass(frozen=True)
class FilePort:
    """``quantiser``: what the quantisation that reads this input makes of it, parameters and integer type.

    ``exact``: an output must agree bit for bit; otherwise up to ``step`` (in real numbers), or to FLOAT_TOLERANCE where
    that is None.
    """

    dtype: str
    shape: tuple[int, ...]
    quantiser: tuple[Quantisation, str] | None = None
    exact: bool = True
    step: float | None = None


@dataclass(frozen=True)
class FilePorts:
    inputs: tuple[FilePort, ...]
    outputs: tuple[FilePort, ...]


def file_ports(path: Path) -> FilePorts:
    """The ports of a .tflite or .onnx file. Raises ModelError for a damaged one."""
    if path.suffix.lower() == ".onnx":
        return _onnx_ports(onnx.load(path))
    model = read_tflite(path)

    def port(index: int) -> FilePort:
        return FilePort(model.tensors[index].dtype, model.tensors[index].shape, _tflite_quantiser(model, index))

    inputs, outputs = (tuple(port(index) for index in indices) for indices in (model.inputs, model.outputs))
    return FilePorts(inputs, outputs)


def _tflite_quantiser(model: Model, index: int) -> tuple[Quantisation, str] | None:
    for operator in model.operators:
        if operator.kind == "QUANTIZE" and operator.inputs[0] == index:
            result = model.tensors[operator.outputs[0]]
            if result.quantisation is not None:
                return result.quantisation, result.dtype
    return None


def _onnx_ports(model: onnx.ModelProto) -> FilePorts:
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}

    def parameters(node: onnx.NodeProto) -> tuple[Quantisation, str] | None:
        if len(node.input) < 3 or node.input[1] not in constants or node.input[2] not in constants:
            return None
        scale, zero_point = (numpy_helper.to_array(constants[name]).reshape(-1)[0] for name in node.input[1:3])
        return Quantisation((float(scale),), (int(zero_point),)), zero_point.dtype.name

    def quantiser(name: str) -> tuple[Quantisation, str] | None:
        readers = [node for node in graph.node if node.op_type == "QuantizeLinear" and node.input[0] == name]
        return parameters(readers[0]) if readers else None

    writers = {name: node for node in graph.node for name in node.output}

    def step(name: str) -> float | None:
        """Of the dequantised tensors that the output is computed from, the largest; None if there is another origin."""
        steps, pending, seen = [], [name], {name}
        while pending:
            node = writers.get(pending.pop())
            if node is not None and node.op_type == "DequantizeLinear":
                found = parameters(node)
                if found is None:
                    return None
                steps.append(found[0].scale * QUANTISED_STEPS)
            elif node is not None and node.op_type in NOT_STEEPER:
                sources = node.input if node.op_type in JOINING else node.input[:1]
                pending += [source for source in sources if source not in seen]
                seen.update(sources)
            else:
                return None
        return max(steps, default=None)

    def port(value: onnx.ValueInfoProto, *, output: bool) -> FilePort:
        type_ = value.type.tensor_type
        dtype = onnx.helper.tensor_dtype_to_np_dtype(type_.elem_type).name
        shape = tuple(max(extent.dim_value, 1) for extent in type_.shape.dim)
        if output:
            return FilePort(dtype, shape, exact=dtype != "float32", step=step(value.name))
        return FilePort(dtype, shape, quantiser(value.name))

    return FilePorts(
        tuple(port(value, output=False) for value in graph.input if value.name not in constants),
        tuple(port(value, output=True) for value in graph.output),
    )
