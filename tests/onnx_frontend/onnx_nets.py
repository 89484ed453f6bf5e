"""ONNX networks for tests, as exporters and ONNX Runtime's quantiser write them, and what they compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from kernel_harness import run_operator
from onnx import TensorProto, helper, numpy_helper

from arenite.frontends.model import Model
from arenite.frontends.onnx.conversions.other import PREFIX
from arenite.frontends.onnx.read import read_onnx

Array = npt.NDArray[Any]
TYPES = {"float32": TensorProto.FLOAT, "int8": TensorProto.INT8, "uint8": TensorProto.UINT8}


class Net:
    """Nodes one after the other; every method returns the name of what it made. ``dtype`` is that of activations that
    are quantised."""

    def __init__(self, dtype: str = "int8", opset: int = 13, seed: int = 0) -> None:
        self.dtype, self.opset = dtype, opset
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.count = 0

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind.lower()}_{self.count}"

    def input(self, shape: Sequence[int | str], dtype: str = "float32") -> str:
        name = self.name("input")
        self.inputs.append(helper.make_tensor_value_info(name, TYPES[dtype], list(shape)))
        return name

    def constant(self, array: Any) -> str:
        name = self.name("constant")
        self.initializers.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        (name,) = self.several(kind, *inputs, count=1, domain=domain, **attributes)
        return name

    def several(self, kind: str, *inputs: str, count: int, domain: str = "", **attributes: Any) -> list[str]:
        """The results of a node that has ``count`` of them."""
        names = [self.name(kind) for _ in range(count)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names

    def point(self, zero_point: int) -> str:
        shift = 128 if self.dtype == "uint8" else 0
        return self.constant(np.array(zero_point + shift, self.dtype))

    def stored(self, value: str, scale: float = 0.05, zero_point: int = 3) -> str:
        """Quantised and dequantised; the zero point as that of int8."""
        parameters = (self.constant(np.float32(scale)), self.point(zero_point))
        return self.node("DequantizeLinear", self.node("QuantizeLinear", value, *parameters), *parameters)

    def weights(self, shape: Sequence[int], scale: float = 0.01, axis: int | None = 0) -> str:
        """Dequantised int8, along ``axis`` with a scale for each slice."""
        array = self.random.integers(-127, 128, shape, np.int8)
        if axis is None:
            return self.node(
                "DequantizeLinear", self.constant(array), self.constant(np.float32(scale)), self.constant(np.int8(0))
            )
        scales = (scale * self.random.uniform(0.5, 1.5, shape[axis])).astype(np.float32)
        zeros = self.constant(np.zeros(shape[axis], np.int8))
        return self.node("DequantizeLinear", self.constant(array), self.constant(scales), zeros, axis=axis)

    def floats(self, *shape: int) -> str:
        return self.constant((self.random.normal(0, 1, shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32))

    def finish(self, *outputs: str) -> onnx.ModelProto:
        results = [helper.make_empty_tensor_value_info(name) for name in outputs]
        graph = helper.make_graph(self.nodes, "net", self.inputs, results, self.initializers)
        domains = {node.domain for node in self.nodes} - {""}
        opsets = [helper.make_opsetid("", self.opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        return onnx.shape_inference.infer_shapes(model) if not domains else _with_types(model)


def _with_types(model: onnx.ModelProto) -> onnx.ModelProto:
    for output in model.graph.output:
        output.type.tensor_type.elem_type = TensorProto.FLOAT
    return model


def read(model: onnx.ModelProto, shapes: Mapping[str, tuple[int, ...]] | None = None) -> Model:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "net.onnx"
        onnx.save(model, path)
        return read_onnx(path, shapes)


def run(model: Model, inputs: Sequence[Array]) -> list[Array]:
    """Operator by operator: row kernels, numpy for transpositions, ONNX Runtime for what stays ONNX's. Inputs and
    results as the file has them."""
    values: dict[int, Array] = {}
    for index, value in zip(model.inputs, inputs, strict=True):
        layout = model.layouts.get(index)
        turned = value.transpose(layout.axes) if layout else value
        values[index] = np.ascontiguousarray(turned).reshape(model.tensors[index].shape)
    for operator in model.operators:
        if operator.kind == "TRANSPOSE":
            axes = model.tensors[operator.inputs[1]].data
            values[operator.outputs[0]] = np.ascontiguousarray(values[operator.inputs[0]].transpose(axes))
        elif operator.kind.startswith(PREFIX):
            values.update(_by_runtime(model, operator, values))
        else:
            values.update(run_operator(model, operator, values))
    results = []
    for index in model.outputs:
        layout = model.layouts.get(index)
        back = np.argsort(layout.axes) if layout else None
        results.append(values[index] if back is None else values[index].transpose(back))
    return results


def _by_runtime(model: Model, operator: Any, values: Mapping[int, Array]) -> dict[int, Array]:
    node = operator.attributes["node"]
    given: dict[str, Array] = {}
    names = []
    for index in operator.inputs:
        names.append(f"x{index}" if index >= 0 else "")
        if index >= 0:
            data = model.tensors[index].data
            given[f"x{index}"] = values[index] if data is None else np.asarray(data).reshape(model.tensors[index].shape)
    domain, _, kind = node.kind.rpartition(":")
    made = helper.make_node(kind, names, [f"y{index}" for index in operator.outputs], domain=domain)
    made.attribute.extend(node.attributes.values())
    ports = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), list(array.shape))
        for name, array in given.items()
    ]
    results = [helper.make_empty_tensor_value_info(f"y{index}") for index in operator.outputs]
    graph = helper.make_graph([made], "node", ports, results)
    opsets = [
        helper.make_opsetid("", operator.attributes["opset"]),
        *([helper.make_opsetid(domain, 1)] if domain else []),
    ]
    whole = onnx.shape_inference.infer_shapes(helper.make_model(graph, opset_imports=opsets, ir_version=8))
    outputs = onnxruntime.InferenceSession(whole.SerializeToString()).run(None, given)
    return dict(zip(operator.outputs, outputs, strict=True))


def expected(model: onnx.ModelProto, inputs: Sequence[Array]) -> list[Array]:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [port.name for port in session.get_inputs()]
    return list(session.run(None, dict(zip(names, inputs, strict=True))))


def samples(model: onnx.ModelProto, seed: int = 0) -> list[Array]:
    random = np.random.default_rng(seed)
    return [
        random.normal(0, 2, [extent.dim_value or 1 for extent in port.type.tensor_type.shape.dim]).astype(np.float32)
        for port in model.graph.input
    ]


def check_float(model: onnx.ModelProto) -> Model:
    """Equal to ONNX Runtime up to 1e-5 of the largest value."""
    found = read(model)
    inputs = samples(model)
    for actual, wanted in zip(run(found, inputs), expected(model, inputs), strict=True):
        assert actual.shape == wanted.shape
        np.testing.assert_allclose(actual, wanted, rtol=0, atol=1e-5 * np.abs(wanted).max())
    return found


def steps_off(model: onnx.ModelProto, scale: float) -> tuple[int, Model]:
    """By how many steps of the output's quantisation it differs from ONNX Runtime at most."""
    found = read(model)
    inputs = samples(model)
    (actual,), (wanted,) = run(found, inputs), expected(model, inputs)
    assert actual.shape == wanted.shape
    assert np.ptp(wanted) > 20 * scale, "the network says the same to everything"
    return int(np.abs(np.rint((actual - wanted) / scale)).max()), found


def kinds(model: Model) -> list[str]:
    return [operator.kind for operator in model.operators if operator.kind != "RESHAPE"]
