"""A float32 model as generated C, on this machine under the sanitisers and on Cortex-M cores in QEMU."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from float_operators import Array, Float, assert_close, values
from kernel_harness import run_model

from arenite.codegen.driver import compile_program
from arenite.codegen.project import project_files, write_project
from arenite.codegen.run import build, execute
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph

needs_qemu = pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")),
    reason="qemu-system-arm or arm-none-eabi-gcc is not installed",
)


class Network:
    """A Model, operator by operator."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []

    def tensor(self, shape: Sequence[int], data: Array | None = None) -> int:
        dtype = "float32" if data is None else str(data.dtype)
        index = len(self.tensors)
        self.tensors.append(Tensor(index, f"t{index}", tuple(shape), dtype, None, data, data is not None))
        return index

    def constant(self, data: Array) -> int:
        return self.tensor(data.shape, data)

    def add(self, kind: str, inputs: Sequence[int], shape: Sequence[int], **attributes: Any) -> int:
        result = self.tensor(shape)
        self.operators.append(Operator(len(self.operators), kind, tuple(inputs), (result,), attributes))
        return result

    def model(self, source: int, result: int) -> Model:
        return Model("float.onnx", "float_net", tuple(self.tensors), tuple(self.operators), (source,), (result,))


def network() -> Model:
    """A convolution, a depthwise separable block with a residual, pooling, a classifier: one of most families."""
    net = Network()
    strided = {"padding": "SAME", "stride_h": 2, "stride_w": 2, "fused_activation_function": "RELU6"}
    plain = {"padding": "SAME", "stride_h": 1, "stride_w": 1}
    image = net.tensor((1, 12, 12, 3))
    x = net.add("CONV_2D", [image, net.constant(values(8, 3, 3, 3)), net.constant(values(8))], (1, 6, 6, 8), **strided)
    left = net.add("DEPTHWISE_CONV_2D", [x, net.constant(values(1, 3, 3, 8))], (1, 6, 6, 8), **plain)
    left = net.add("UNARY", [left], (1, 6, 6, 8), function="hard_swish")
    left = net.add("CONV_2D", [left, net.constant(values(8, 1, 1, 8))], (1, 6, 6, 8), **plain)
    x = net.add("ADD", [x, left], (1, 6, 6, 8), fused_activation_function="RELU")
    pool = {**plain, "filter_height": 3, "filter_width": 3}
    right = net.add("MAX_POOL_2D", [x], (1, 6, 6, 8), **pool)
    x = net.add("CONCATENATION", [x, right], (1, 6, 6, 16), axis=3)
    x = net.add("LRN", [x], (1, 6, 6, 16), size=5, alpha=0.01, beta=0.75, bias=1.0)
    border = net.constant(np.array([[0, 0], [1, 1], [0, 1], [0, 0]], np.int32))
    x = net.add("PAD", [x, border], (1, 8, 7, 16))
    x = net.add("MEAN", [x, net.constant(np.array([1, 2], np.int32))], (1, 16), keep_dims=False)
    x = net.add("SUB", [net.constant(np.full((16,), 0.25, np.float32)), x], (1, 16))
    x = net.add("FULLY_CONNECTED", [x, net.constant(values(10, 16)), net.constant(np.zeros(10, np.float32))], (1, 10))
    return net.model(image, net.add("SOFTMAX", [x], (1, 10), beta=1.0))


def project(directory: Path, cpu: str) -> Path:
    program, _ = compile_program(network())
    write_project(project_files(program, cpu=cpu, granularity="op"), directory)
    return directory


def expected(image: Float) -> Float:
    model = network()
    result: Float = run_model(model, [image])[model.outputs[0]]
    return result


def test_the_kernels_run_as_planned_under_the_sanitisers(tmp_path: Path) -> None:
    image = values(1, 12, 12, 3)
    built = build(project(tmp_path / "project", "host"), on="host", sanitise=True)
    (found,) = execute(built, [[image]]).outputs[0]
    np.testing.assert_allclose(found, expected(image), rtol=1e-6)


@needs_qemu
@pytest.mark.parametrize("cpu", ["cortex-m0plus", "cortex-m4"])
def test_on_a_microcontroller(tmp_path: Path, cpu: str) -> None:
    image = values(1, 12, 12, 3)
    execution = execute(build(project(tmp_path / "project", cpu), on="qemu"), [[image]])
    assert_close(execution.outputs[0][0], expected(image), 1e-6)
    constants = sum(tensor.bytes for tensor in network().tensors if tensor.constant)
    assert execution.flash_bytes is not None
    assert execution.flash_bytes < constants + 16384


def test_planning_with_and_without_tvm_agree() -> None:
    program, _ = compile_program(network())
    plan = plan_graph(to_graph(network()))
    assert program.arena_bytes == plan.arena_bytes
    assert not program.functions, "an operator was left to TVM's loops"
