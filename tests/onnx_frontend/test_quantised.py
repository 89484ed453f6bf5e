"""What becomes integers, and what does not: against ONNX Runtime, which computes the file as it stands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="the oracle of ONNX models")

from onnx_frontend.onnx_nets import Net, kinds, read, run, steps_off

SHAPE = (1, 4, 8, 16)


def scalar(net: Net, value: float) -> str:
    return net.constant(np.float32(value))


def hard_swish(net: Net, x: str) -> str:
    clipped = net.node("Clip", net.node("Add", x, scalar(net, 3)), scalar(net, 0), scalar(net, 6))
    return net.node("Div", net.node("Mul", x, clipped), scalar(net, 6))


FUNCTIONS: dict[str, Callable[[Net, str], str]] = {
    "Sigmoid": lambda net, x: net.node("Sigmoid", x),
    "Tanh": lambda net, x: net.node("Tanh", x),
    "LeakyRelu": lambda net, x: net.node("LeakyRelu", x, alpha=0.2),
    "Relu": lambda net, x: net.node("Relu", x),
    "Clip": lambda net, x: net.node("Clip", x, scalar(net, -0.51), scalar(net, 0.73)),
    "Exp": lambda net, x: net.node("Exp", x),
    "Swish": lambda net, x: net.node("Mul", x, net.node("Sigmoid", x)),
    "HardSwish": hard_swish,
    "Shifted and clipped": lambda net, x: net.node("Relu", net.node("Add", x, scalar(net, -0.4))),
    "By a quantised scalar": lambda net, x: net.node("Mul", x, net.weights((1,), 0.01, None)),
}


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_of_one_value_is_one_table(name: str, dtype: str) -> None:
    """Every stored value occurs: 512 elements over the whole range."""
    net = Net(dtype)
    x = net.stored(net.input(SHAPE), 1 / 32, 3)
    model = net.finish(net.stored(FUNCTIONS[name](net, x), 0.0137, -9))
    found = read(model)
    assert kinds(found) == ["QUANTIZE", "LOOKUP", "DEQUANTIZE"]
    value = (np.arange(512).reshape(SHAPE) % 256 - 131).astype(np.float32) / np.float32(32)
    (actual,) = run(found, [value])
    np.testing.assert_allclose(actual, ort_unfused(model, value), rtol=0, atol=1e-6)


def ort_unfused(model: object, value: np.ndarray) -> np.ndarray:
    """As the file stands, without ONNX Runtime's own integer kernels, which approximate some functions."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)  # type: ignore[attr-defined]
    (result,) = session.run(None, {session.get_inputs()[0].name: value})
    return np.asarray(result)


def test_moves_keep_the_integers() -> None:
    """No element is computed anew by MaxPool, Transpose, Reshape, Slice between two convolutions."""
    net = Net()
    x = net.stored(net.input((1, 3, 8, 8)))
    x = net.stored(net.node("Conv", x, net.weights((8, 3, 1, 1))), 0.04)
    x = net.stored(net.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]), 0.04)
    x = net.node("Slice", x, *(net.constant(np.array([value])) for value in (1, 7, 1)))
    x = net.stored(
        net.node("Reshape", net.node("Transpose", x, perm=[0, 2, 3, 1]), net.constant(np.array([1, -1]))), 0.04
    )
    off, found = steps_off(net.finish(net.stored(net.node("MatMul", x, net.weights((96, 9), axis=1)), 0.05)), 0.05)
    assert kinds(found) == [
        *("QUANTIZE", "CONV_2D", "MAX_POOL_2D", "STRIDED_SLICE", "FULLY_CONNECTED", "DEQUANTIZE"),
    ]
    assert off <= 1


def test_another_scale_after_a_move_is_a_requantisation() -> None:
    net = Net()
    x = net.stored(net.node("MaxPool", net.stored(net.input(SHAPE)), kernel_shape=[2, 2], strides=[2, 2]), 0.03, 9)
    off, found = steps_off(net.finish(x), 0.03)
    assert kinds(found) == ["QUANTIZE", "MAX_POOL_2D", "QUANTIZE", "DEQUANTIZE"]
    assert off <= 1


@pytest.mark.parametrize("kind", ["convolution", "groups", "depthwise", "fully connected"])
@pytest.mark.parametrize("weights", ["fit into int8", "per tensor", "per channel"])
def test_unsigned_weights(kind: str, weights: str) -> None:
    """Around 128 + a zero point: centred where they then fit into int8; else the kernel subtracts."""
    net = Net("uint8")
    shape, group = {"convolution": ((6, 4, 3, 3), 1), "groups": ((6, 2, 3, 3), 2), "depthwise": ((8, 1, 3, 3), 4)}.get(
        kind, ((6, 4), 1)
    )
    array = net.random.integers(*((20, 230) if weights == "fit into int8" else (0, 256)), shape).astype(np.uint8)
    array.flat[:2] = array.min(), array.max()
    count = shape[0] if weights == "per channel" else 1
    points = net.random.integers(110, 140, count).astype(np.uint8).reshape(() if count == 1 else -1)
    scales = net.random.uniform(0.005, 0.02, count).astype(np.float32).reshape(points.shape)
    weight = net.node("DequantizeLinear", net.constant(array), net.constant(scales), net.constant(points), axis=0)
    if kind == "fully connected":
        x = net.node("Gemm", net.stored(net.input((5, 4))), weight, net.floats(6), transB=1)
    else:
        x = net.node(
            "Conv", net.stored(net.input((1, 4, 6, 6))), weight, net.floats(shape[0]), group=group, pads=[1] * 4
        )
    off, found = steps_off(net.finish(net.stored(x, 0.05)), 0.05)
    expected_kind = {"fully connected": "FULLY_CONNECTED", "depthwise": "DEPTHWISE_CONV_2D"}.get(kind, "CONV_2D")
    assert kinds(found) == ["QUANTIZE", expected_kind, "DEQUANTIZE"]
    assert off <= 1


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("direct", [True, False])
def test_interpolation_rounds_as_in_onnx_runtime(dtype: str, direct: bool) -> None:
    """Results between two integers are frequent. Of integers that are resized directly it cuts off the fraction."""
    net = Net(dtype)
    factors = net.constant(np.array([1, 1, 2, 2], np.float32))
    parameters = (net.constant(np.float32(0.05)), net.point(3))
    x = net.node("QuantizeLinear", net.input((1, 4, 6, 6)), *parameters)
    if direct:
        x = net.node("Resize", x, "", factors, mode="linear")
    else:
        x = net.node("Resize", net.node("DequantizeLinear", x, *parameters), "", factors, mode="linear")
        x = net.node("QuantizeLinear", x, *parameters)
    off, _ = steps_off(net.finish(net.node("DequantizeLinear", x, *parameters)), 0.05)
    assert off <= (0 if direct else 1)


def test_a_result_that_is_read_as_float_too_stays_float() -> None:
    """The convolution's float result is an output of its own: integers would not be it."""
    net = Net()
    x = net.node("Conv", net.stored(net.input((1, 3, 6, 6))), net.weights((4, 3, 3, 3)))
    model = net.finish(net.stored(x, 0.05), x)
    found = read(model)
    value = np.random.default_rng(0).normal(0, 1, (1, 3, 6, 6)).astype(np.float32)
    stored, real = run(found, [value])
    wanted = ort_both(model, value)
    np.testing.assert_allclose(real, wanted[1], rtol=0, atol=1e-5)
    assert np.abs(stored - wanted[0]).max() <= 0.051


def ort_both(model: object, value: np.ndarray) -> list[np.ndarray]:
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString())  # type: ignore[attr-defined]
    return list(session.run(None, {session.get_inputs()[0].name: value}))
