"""Models of one quantised ONNX operator, DequantizeLinear before and QuantizeLinear after it, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from kernel_harness import run_model
from operator_checks import check_layers

from arenite.frontends.model import Model, Operator, Quantisation, Tensor

onnx = pytest.importorskip("onnx", reason="this oracle needs onnx")
onnxruntime = pytest.importorskip("onnxruntime", reason="this oracle needs onnxruntime")

Array = npt.NDArray[Any]
OPSET = 17
onnxruntime.set_default_logger_severity(4)


@dataclass(frozen=True, eq=False)
class Quantised:
    """A tensor in ONNX's layout: ``data`` for constants. ``scale`` and ``zero_point`` are one number or, along
    ``axis``, one per slice. Types other than integers have no quantisation."""

    shape: tuple[int, ...]
    scale: float | Sequence[float] = 1.0
    zero_point: int | Sequence[int] = 0
    dtype: str = "int8"
    data: Array | None = None
    axis: int = 0


def onnx_result(
    kind: str, inputs: Sequence[Quantised], output: Quantised, values: Sequence[Array], **options: Any
) -> Array:
    """What ONNX Runtime with default options computes from the ``values`` of all inputs that are no constants."""
    data = onnx_model(kind, inputs, output, **options)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    tensors = [tensor for tensor in inputs if tensor.data is None]
    reals = [np.asarray(_real(tensor, value)) for tensor, value in zip(tensors, values, strict=True)]
    result: Array = session.run(None, dict(zip(names, reals, strict=True)))[0]
    if output.dtype == "int8":
        result = (np.rint(result.astype(np.float64) / np.float32(output.scale)) + output.zero_point).astype(np.int8)
    return result


def _real(tensor: Quantised, value: Array) -> Array:
    """What the model takes for the stored ``value``: of int8 its real numbers, since ONNX Runtime computes with int8
    as it does with uint8 only where both ends are inside of the model."""
    if tensor.dtype != "int8":
        return value
    real: Array = (value.astype(np.float32) - tensor.zero_point) * np.float32(tensor.scale)
    return real


def onnx_model(kind: str, inputs: Sequence[Quantised], output: Quantised, domain: str = "", **options: Any) -> bytes:
    """The model's bytes; ``options`` are the operator's attributes."""
    helper = onnx.helper
    nodes: list[Any] = []
    constants: list[Any] = []
    sources: list[Any] = []
    names: list[str] = []
    for number, tensor in enumerate(inputs):
        name = f"x{number}"
        if tensor.data is None:
            inside = tensor.dtype == "int8"
            dtype = "float32" if inside else tensor.dtype
            sources.append(helper.make_tensor_value_info(name, _type(dtype), tensor.shape))
            if inside:
                nodes.append(_linear("QuantizeLinear", name, f"{name}_stored", tensor, constants))
                name += "_stored"
        else:
            constants.append(onnx.numpy_helper.from_array(np.ascontiguousarray(tensor.data), name))
        if tensor.dtype in ("int8", "uint8", "int32"):
            nodes.append(_linear("DequantizeLinear", name, f"{name}_real", tensor, constants))
            name += "_real"
        names.append(name)
    nodes.append(helper.make_node(kind, names, ["y_real"], domain=domain, **options))
    nodes.append(_linear("QuantizeLinear", "y_real", "y", output, constants))
    if output.dtype == "int8":
        nodes.append(_linear("DequantizeLinear", "y", "y_out", output, constants))
    last = ("y_out", "float32") if output.dtype == "int8" else ("y", output.dtype)
    result = helper.make_tensor_value_info(last[0], _type(last[1]), output.shape)
    graph = helper.make_graph(nodes, "one", sources, [result], constants)
    imports = [helper.make_opsetid("", OPSET), *([helper.make_opsetid(domain, 1)] if domain else [])]
    model = helper.make_model(graph, opset_imports=imports, ir_version=8)
    data: bytes = model.SerializeToString()
    return data


def _linear(kind: str, source: str, result: str, tensor: Quantised, constants: list[Any]) -> Any:
    scale = np.array(tensor.scale, np.float32)
    points = np.broadcast_to(np.array(tensor.zero_point, tensor.dtype), scale.shape)
    names = [f"{result}_scale", f"{result}_zero_point"]
    constants += [
        onnx.numpy_helper.from_array(np.array(array), name) for name, array in zip(names, (scale, points), strict=True)
    ]
    options = {"axis": tensor.axis} if scale.ndim else {}
    return onnx.helper.make_node(kind, [source, *names], [result], **options)


def _type(dtype: str) -> int:
    number: int = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return number


@dataclass(frozen=True)
class Mismatches:
    """Of ``values`` compared values, how many differ, and by how many steps at most."""

    differing: int
    largest: int
    values: int

    def __add__(self, other: Mismatches) -> Mismatches:
        largest = max(self.largest, other.largest)
        return Mismatches(self.differing + other.differing, largest, self.values + other.values)


def mismatches(ours: Array, theirs: Array) -> Mismatches:
    """Between int8 values of the Model and int8 or uint8 ones of ONNX Runtime, in the same layout."""
    shift = 128 if theirs.dtype == np.uint8 else 0
    assert ours.shape == theirs.shape
    distance = np.abs(ours.astype(np.int32) + shift - theirs.astype(np.int32))
    return Mismatches(int((distance > 0).sum()), int(distance.max()), distance.size)


def as_type(values: Array, dtype: str) -> Array:
    """int8 values, or the uint8 ones that stand for the same numbers."""
    return values if dtype == "int8" else (values.astype(np.int16) + 128).astype(np.uint8)


def activation(shape: Sequence[int], scale: float, zero_point: int, dtype: str) -> Quantised:
    """A tensor with the zero point of its int8 form."""
    return Quantised(tuple(shape), scale, zero_point + (128 if dtype == "uint8" else 0), dtype)


def int8_model(kind: str, inputs: Sequence[Tensor], output: Tensor, **attributes: object) -> Model:
    """A model of one operator that rounds as ONNX's do; tensors count up from the inputs to the output."""
    tensors = [replace(tensor, index=index, name=f"t{index}") for index, tensor in enumerate((*inputs, output))]
    sources = tuple(tensor.index for tensor in tensors[:-1])
    given = {"fused_activation_function": "NONE", "requantisation": "once", **attributes}
    operator = Operator(0, kind, sources, (len(inputs),), given)
    activations = tuple(tensor.index for tensor in tensors[:-1] if tensor.data is None)
    return Model("one.onnx", "one", tuple(tensors), (operator,), activations, (len(inputs),))


def tensor(
    shape: Sequence[int], scale: float | Sequence[float] | None = None, zero_point: int | Sequence[int] = 0,
    dtype: str = "int8", data: Array | None = None, axis: int = 0,
) -> Tensor:  # fmt: skip
    """A tensor for ``int8_model``; a list of scales goes along ``axis``."""
    quantisation = None
    if scale is not None:
        scales = tuple(np.atleast_1d(np.float32(scale)).astype(float).tolist())
        points = tuple(np.broadcast_to(zero_point, len(scales)).tolist())
        quantisation = Quantisation(scales, points, axis)
    return Tensor(-1, "", tuple(shape), dtype, quantisation, data, constant=data is not None)


def result(model: Model, *values: Array) -> Array:
    """What arenite computes, once the layers have been checked against the kernels' headers."""
    check_layers(model)
    return run_model(model, values)[model.outputs[0]]
