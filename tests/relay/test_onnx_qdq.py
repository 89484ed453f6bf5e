"""Networks in ONNX's QDQ form against ONNX Runtime: what TVM's own pass from QDQ to integers gets wrong, uint8, and
functions of one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")
pytest.importorskip("onnxruntime", reason="the oracle of ONNX models")

import onnxruntime
from onnx import TensorProto, helper
from relay.quantised_models import QdqNetwork, interpret

from arenite.passes.relay.quantised import MatchReport, lower_quantised
from arenite.passes.relay.quantised.dataflow import inputs_of, operator_name, post_order
from arenite.passes.relay.quantised.find import find
from arenite.passes.relay.quantised.from_qdq import prepared
from arenite.relay_compat import relay, tvm

SHAPE = (1, 4, 6, 7)
MOVES = {"transpose", "reshape"}
"""Of the float32 result, back into its layout."""


class Network(QdqNetwork):
    """Activations of any type, each with a quantisation of its own."""

    def __init__(self, dtype: type = np.int8) -> None:
        super().__init__()
        self.dtype = dtype

    def stored(self, value: str, scale: float = 0.05, zero_point: int = 4) -> str:
        """As an int8 zero point; the type decides what it is in the file."""
        shift = 128 if self.dtype is np.uint8 else 0
        parameters = [self.constant(np.float32(scale)), self.constant(self.dtype(zero_point + shift))]
        return self.apply("DequantizeLinear", [self.apply("QuantizeLinear", [value, *parameters]), *parameters])


def steps_off(model: Any, scale: float, shape: Sequence[int] = SHAPE) -> tuple[int, MatchReport]:
    """By how many steps the operators found, and what numpy makes of the others, differ from ONNX Runtime."""
    module, _ = relay.frontend.from_onnx(model, freeze_params=True)
    _, report = lower_quantised(module)
    body = prepared(module)["main"].body
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    sample = np.random.default_rng(3).normal(0, 2, shape).astype(np.float32)
    (expected,) = session.run(None, {"image": sample})
    (output,) = interpret(body, find(body), {"image": sample})
    assert np.ptp(expected) > 2 * scale
    return int(np.abs(np.rint((output.reshape(expected.shape) - expected) / scale)).max()), report


def constant_of(net: Network, value: float) -> str:
    return net.constant(np.float32(value))


UNARY: dict[str, Callable[[Network, str], str]] = {
    "LeakyRelu": lambda net, x: net.apply("LeakyRelu", [x], alpha=0.2),
    "Sigmoid": lambda net, x: net.apply("Sigmoid", [x]),
    "Tanh": lambda net, x: net.apply("Tanh", [x]),
    "Exp": lambda net, x: net.apply("Exp", [x]),
    "Elu": lambda net, x: net.apply("Elu", [x]),
    "HardSigmoid": lambda net, x: net.apply("HardSigmoid", [x], alpha=1 / 6, beta=0.5),
    "Swish": lambda net, x: net.apply("Mul", [x, net.apply("Sigmoid", [x])]),
    "Clip": lambda net, x: net.apply("Clip", [x, constant_of(net, -0.51), constant_of(net, 0.73)]),
    "Scaled": lambda net, x: net.apply("Mul", [x, constant_of(net, 0.3)]),
    "Shifted": lambda net, x: net.apply("Add", [x, constant_of(net, 1.23)]),
}


@pytest.mark.parametrize("dtype", [np.int8, np.uint8])
@pytest.mark.parametrize("name", UNARY)
def test_function_of_one_value_is_one_table(name: str, dtype: type) -> None:
    """Each also as it stands between two convolutions, where layouts change."""
    net = Network(dtype)
    x = net.stored(net.weighted("Conv", net.stored("image"), (4, 4, 1, 1)), 0.03, -7)
    off, report = steps_off(net.finish(SHAPE, net.stored(UNARY[name](net, x), 0.011, -20)), 0.011)
    assert not {left.operator for left in report.left} - MOVES
    assert [match.kind for match in report.matched][2] in ("LOOKUP", "TANH", "LOGISTIC", "LEAKY_RELU", "EXP")
    # The convolution may be a step of 0.03 off, about three of these; a slope of e**3 makes it more.
    assert off <= (3 if name not in ("Exp", "Swish") else 12)


@pytest.mark.parametrize("name", sorted(UNARY.keys() - {"Exp", "LeakyRelu", "Tanh"}))
def test_table_is_exact(name: str) -> None:
    """All int8 values at once. EXP, LEAKY_RELU and TANH are those of TensorFlow Lite, which are tested as such."""
    net = Network()
    shape = (1, 1, 16, 16)
    y = net.stored(UNARY[name](net, net.stored("image", 1 / 32, 3)), 0.0137, -9)
    # A product makes the network one that TVM's pass is asked about.
    model = net.finish(shape, net.stored(net.weighted("Conv", y, (1, 1, 1, 1)), 0.02))
    module, _ = relay.frontend.from_onnx(model, freeze_params=True)
    (found,) = [
        each.candidate
        for each in find(prepared(module)["main"].body).found.values()
        if each.candidate.table is not None
    ]
    inner = [node for node in model.graph.node if node.op_type == "QuantizeLinear"][1].output[0]
    model.graph.output.append(helper.make_tensor_value_info(inner, TensorProto.INT8, None))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    stored = np.arange(256, dtype=np.uint8).view(np.int8).reshape(shape)
    sample = (stored.astype(np.float32) - 3) / np.float32(32)
    expected = session.run([inner], {"image": sample})[0].ravel()
    np.testing.assert_array_equal(found.table, expected)


POOLS: dict[str, tuple[str, dict[str, Any]]] = {
    "global": ("GlobalAveragePool", {}),
    "mean": ("ReduceMean", {"axes": [2, 3], "keepdims": 0}),
    "windows": ("AveragePool", {"kernel_shape": [3, 2], "strides": [2, 1]}),
    "padding counts": ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 0, 1], "count_include_pad": 1}),
}


@pytest.mark.parametrize("dtype", [np.int8, np.uint8])
@pytest.mark.parametrize("name", POOLS)
def test_average_rounds_once_to_another_scale(name: str, dtype: type) -> None:
    kind, attributes = POOLS[name]
    net = Network(dtype)
    x = net.stored(net.weighted("Conv", net.stored("image"), (4, 4, 1, 1)), 0.05, -7)
    off, report = steps_off(net.finish(SHAPE, net.stored(net.apply(kind, [x], **attributes), 0.02, 11)), 0.02)
    assert not {left.operator for left in report.left} - MOVES
    assert off <= 2  # one of 0.05 in the convolution


def test_average_of_windows_of_different_size_stays_in_float() -> None:
    net = Network()
    x = net.stored(net.weighted("Conv", net.stored("image"), (4, 4, 1, 1)), 0.05, -7)
    y = net.apply("AveragePool", [x], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    module, _ = relay.frontend.from_onnx(net.finish(SHAPE, net.stored(y, 0.02, 11)), freeze_params=True)
    _, report = lower_quantised(module)
    assert "nn.avg_pool2d" in {left.operator for left in report.left}
    assert not {left.operator for left in report.left} & {"qnn.avg_pool2d"}


def test_parts_of_different_scales_are_requantised_and_joined() -> None:
    net = Network()
    image = net.stored("image")
    parts = [net.stored(net.weighted("Conv", image, (4, 4, 1, 1)), *each) for each in ((0.05, -7), (0.03, 2))]
    off, report = steps_off(net.finish(SHAPE, net.stored(net.apply("Concat", parts, axis=1), 0.04, 1)), 0.04)
    assert not {left.operator for left in report.left} - MOVES
    assert kinds_of(report)["QUANTIZE"] == 3
    assert off <= 2


def kinds_of(report: MatchReport) -> dict[str, int]:
    kinds = [match.kind for match in report.matched]
    return {kind: kinds.count(kind) for kind in kinds}


@settings(max_examples=15, deadline=None)
@given(zero_points=st.tuples(*[st.integers(0, 255)] * 3), relu=st.booleans(), stride=st.integers(1, 2))
def test_uint8_is_int8_less_128(zero_points: tuple[int, int, int], relu: bool, stride: int) -> None:
    """The same network in both types is the same lowered module, constants included."""
    hashes = []
    for dtype in (np.int8, np.uint8):
        net = Network(dtype)
        first, second, third = (point - 128 for point in zero_points)
        x = net.stored("image", 0.05, first)
        x = net.weighted("Conv", x, (3, 4, 3, 3), strides=[stride] * 2, pads=[1, 1, 1, 1])
        x = net.stored(net.apply("Relu", [x]) if relu else x, 0.04, second)
        x = net.stored(net.apply("MaxPool", [x], kernel_shape=[2, 2]), 0.04, second)
        x = net.stored(net.apply("Add", [x, x]), 0.08, third)
        module, _ = relay.frontend.from_onnx(net.finish(SHAPE, x), freeze_params=True)
        lowered, report = lower_quantised(module)
        assert not {left.operator for left in report.left} - MOVES
        hashes.append(tvm.ir.structural_hash(lowered))
    assert hashes[0] == hashes[1]


def test_uint8_read_by_something_else_stays() -> None:
    """An output in uint8 is the caller's."""
    image = relay.var("image", shape=(1, 4), dtype="float32")
    scale, zero = relay.const(0.1), relay.const(100)
    stored = relay.qnn.op.quantize(image, scale, zero, out_dtype="uint8")
    real = relay.qnn.op.dequantize(stored, scale, zero)
    weights = relay.qnn.op.dequantize(relay.const(np.ones((2, 4), np.int8)), scale, relay.const(0))
    result = relay.qnn.op.quantize(relay.nn.dense(real, weights), scale, zero, out_dtype="uint8")
    main = relay.Function([image], relay.Tuple([stored, result]))
    lowered, _ = lower_quantised(relay.transform.InferType()(tvm.IRModule.from_expr(main)))
    assert [str(field.dtype) for field in lowered["main"].ret_type.fields] == ["uint8", "uint8"]


def test_no_barrier_is_left() -> None:
    net = Network()
    x = net.weighted("Conv", net.stored("image"), (4, 4, 1, 1))
    x = net.stored(net.apply("LeakyRelu", [net.stored(x)], alpha=0.1), 0.03)
    module, _ = relay.frontend.from_onnx(net.finish(SHAPE, x), freeze_params=True)
    names = {operator_name(expr) for expr in post_order(prepared(module)["main"].body, inputs_of)}
    assert "annotation.stop_fusion" not in names


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("kind", ["MatMul", "Gemm"])
def test_weights_as_input_by_output(kind: str, per_channel: bool) -> None:
    """Without transB: TVM imports them transposed, and MatMul as a dense layer that does not say how many units."""
    net = Network()
    scales = net.random.uniform(0.004, 0.008, 5 if per_channel else 1).astype(np.float32)
    stored = net.constant(net.random.randint(-127, 128, (12, 5)).astype(np.int8))
    parameters = [net.constant(each if per_channel else each[0]) for each in (scales, np.zeros(len(scales), np.int8))]
    weights = net.apply("DequantizeLinear", [stored, *parameters], axis=1)
    x = net.apply(kind, [net.stored("image"), weights])
    off, report = steps_off(net.finish((1, 12), net.stored(x, 0.05)), 0.05, (1, 12))
    assert [match.kind for match in report.matched] == ["QUANTIZE", "FULLY_CONNECTED", "DEQUANTIZE"]
    assert off <= 1


@pytest.mark.parametrize("stored", [False, True])
def test_pad_value_may_be_a_quantised_constant(stored: bool) -> None:
    net = Network()
    value = net.constant(np.float32(0.7))
    if stored:
        scalars = [net.constant(each) for each in (np.int8(70), np.float32(0.01), np.int8(0))]
        value = net.apply("DequantizeLinear", scalars)
    x = net.stored(net.apply("Pad", [net.stored("image"), net.constant(np.array([0, 0, 1, 2, 0, 0, 0, 1])), value]))
    off, report = steps_off(net.finish(SHAPE, net.stored(net.weighted("Conv", x, (2, 4, 2, 2)))), 0.05)
    assert "PADV2" in {match.kind for match in report.matched}
    assert off <= 1
