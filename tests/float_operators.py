"""Float32 operators of the Model, one at a time, and ONNX Runtime as what they are held to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from kernel_harness import run_model
from operator_checks import check_layers

from arenite.frontends.model import Model, Operator, Tensor

Array = npt.NDArray[Any]
Float = npt.NDArray[np.float32]

TOLERANCE = 1e-5
"""Of the largest output."""
OPSET = 20


def values(*shape: int, seed: int = 0) -> Float:
    """Random numbers around 0."""
    return np.random.default_rng([seed, *shape]).normal(0, 1, shape).astype(np.float32)


def one_operator(
    kind: str, inputs: Sequence[Sequence[int] | Array | None], output: Sequence[int], **given: Any
) -> Model:
    """A model of one operator. Inputs: a shape for an activation, an array for a constant, None for what is absent.

    Args:
        output: its shape.
        given: the operator's attributes.
    """
    tensors: list[Tensor] = []
    indices: list[int] = []
    for source in inputs:
        indices.append(-1 if source is None else len(tensors))
        if isinstance(source, np.ndarray):
            shape, dtype = tuple(source.shape), str(source.dtype)
            tensors.append(Tensor(len(tensors), "constant", shape, dtype, data=source, constant=True))
        elif source is not None:
            tensors.append(Tensor(len(tensors), f"input_{len(tensors)}", tuple(source), "float32"))
    result = Tensor(len(tensors), "output", tuple(output), "float32")
    operator = Operator(0, kind, tuple(indices), (result.index,), given)
    activations = tuple(tensor.index for tensor in tensors if not tensor.constant)
    return Model("test.onnx", "test", (*tensors, result), (operator,), activations, (result.index,))


def run(model: Model, *inputs: Array) -> Float:
    """The output of a model of one operator, whose lowering must fit its kernel's header."""
    check_layers(model)
    result: Float = run_model(model, inputs)[model.outputs[0]]
    return result


def onnx_result(kind: str, inputs: Sequence[Array], *, opset: int = OPSET, **attributes: Any) -> Array:
    """The output of one ONNX operator, ``domain:kind`` for those of other domains, in ONNX Runtime."""
    onnx = pytest.importorskip("onnx", reason="the oracle needs onnx")
    runtime = pytest.importorskip("onnxruntime", reason="the oracle needs onnxruntime")
    helper = onnx.helper
    inputs = [np.asarray(array) for array in inputs]
    domain, _, name = kind.rpartition(":")
    names = [f"x{number}" for number in range(len(inputs))]
    node = helper.make_node(name, names, ["y"], domain=domain, **attributes)
    declared = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in zip(names, inputs, strict=True)
    ]
    result = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "test", declared, [result])
    imports = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    model = helper.make_model(graph, opset_imports=imports, ir_version=9)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, dict(zip(names, inputs, strict=True)))
    return np.asarray(found)


def assert_close(found: Array, expected: Array, tolerance: float = TOLERANCE) -> None:
    """The same shape, and every difference at most ``tolerance`` times the largest magnitude."""
    assert found.shape == expected.shape
    assert np.isfinite(expected).all()
    largest = float(np.abs(expected).max(initial=0))
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * largest)


def nhwc(array: Array) -> Array:
    """NCHW -> NHWC."""
    return np.ascontiguousarray(array.transpose(0, 2, 3, 1))
