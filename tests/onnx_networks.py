"""Small ONNX networks for the tests of the commands: float, quantised, and with every kind of boundary."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx_frontend.onnx_nets import Net

IMAGE = (1, 3, 10, 8)


def save(model: onnx.ModelProto, directory: Path, name: str = "net") -> Path:
    file = directory / f"{name}.onnx"
    onnx.save(model, file)
    return file


def float_network() -> onnx.ModelProto:
    """Channels first at both ends."""
    net = Net()
    x = net.node("Conv", net.input(IMAGE), net.floats(6, 3, 3, 3), net.floats(6), pads=[1, 1, 1, 1])
    x = net.node("MaxPool", net.node("Relu", x), kernel_shape=[2, 2], strides=[2, 2])
    return net.finish(net.node("Conv", x, net.floats(4, 6, 1, 1), net.floats(4)))


def open_batch() -> onnx.ModelProto:
    """Its batch and width are open."""
    net = Net()
    x = net.node("Conv", net.input(("N", 3, 10, "W")), net.floats(4, 3, 3, 3), net.floats(4))
    return net.finish(net.node("Flatten", net.node("GlobalAveragePool", x)))


def quantised_network(dtype: str = "int8") -> onnx.ModelProto:
    """QDQ as ONNX Runtime's quantiser writes it, float32 at both ends; an image comes out."""
    net = Net(dtype)
    x = net.stored(net.input(IMAGE), 0.04, -5)
    x = net.node("Conv", x, net.weights((8, 3, 3, 3)), pads=[1, 1, 1, 1], strides=[2, 2])
    x = net.stored(net.node("Relu", x), 0.03, -128)
    x = net.node("Conv", x, net.weights((4, 8, 1, 1), axis=None))
    return net.finish(net.stored(x, 0.05, 7))


def reshaped_first(dtype: str = "int8") -> onnx.ModelProto:
    """A flat input that becomes an image before it is quantised, and scores at the end."""
    net = Net(dtype)
    shape = net.constant([1, 1, 6, 8])
    x = net.stored(net.node("Reshape", net.input((1, 48)), shape), 0.04, 2)
    x = net.stored(net.node("Conv", x, net.weights((6, 1, 3, 3))), 0.05, 1)
    x = net.node("MatMul", net.node("Flatten", x), net.weights((144, 5), axis=None))
    return net.finish(net.stored(x, 0.1, 4))


def integer_boundary(dtype: str) -> onnx.ModelProto:
    """Quantised values at both ends, as the file stores them."""
    net = Net(dtype)
    scale, point = net.constant(np.float32(0.04)), net.point(-5)
    x = net.node("DequantizeLinear", net.input(IMAGE, net.dtype), scale, point)
    x = net.node("Conv", x, net.weights((4, 3, 3, 3)), pads=[1, 1, 1, 1])
    return net.finish(net.node("QuantizeLinear", net.node("Relu", x), scale, point))
