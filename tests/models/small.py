"""Writes the small int8 networks beside this file: ``cd tests; python -m models.small``. Random weights, same bytes
each time; no TensorFlow."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

from models.network import Activation, Network

FOLDER = pathlib.Path(__file__).parent


def ds_cnn() -> bytes:
    """Keyword spotting with depthwise-separable convolutions, narrow (Zhang et al. 2017, "Hello Edge")."""
    net = Network("ds_cnn", seed=1)
    image = net.input("spectrogram", (1, 49, 10, 1))
    x = net.convolution(image, 32, (10, 4), stride=(2, 2), activation="RELU")
    for _ in range(4):
        x = net.convolution(net.depthwise(x, activation="RELU"), 32, activation="RELU")
    x = net.pool("AVERAGE_POOL_2D", x, (25, 5), stride=(25, 5), padding="VALID")
    x = net.fully_connected(net.reshape(x, (1, 32)), 12)
    return net.finish([image], [net.softmax(x)])


def mobilenet_block() -> bytes:
    """Two inverted residuals (Sandler et al. 2018): one of stride 2 behind an explicit PAD, one with ADD."""
    net = Network("mobilenet_block", seed=2)
    image = net.input("features", (1, 16, 16, 8))
    x = net.convolution(image, 48, activation="RELU6")
    x = net.pad(x, [(0, 0), (0, 1), (0, 1), (0, 0)])
    x = net.depthwise(x, stride=(2, 2), padding="VALID", activation="RELU6")
    shortcut = net.convolution(x, 16)
    x = net.convolution(shortcut, 96, activation="RELU6")
    x = net.convolution(net.depthwise(x, activation="RELU6"), 16)
    return net.finish([image], [net.add(shortcut, x)])


def resnet_block() -> bytes:
    """A residual of stride 1, one of stride 2 with a projected shortcut (He et al. 2016), and a classifier."""
    net = Network("resnet_block", seed=3)
    image = net.input("image", (1, 16, 16, 3))
    x = net.convolution(image, 16, (3, 3), activation="RELU")
    inner = net.convolution(net.convolution(x, 16, (3, 3), activation="RELU"), 16, (3, 3))
    x = net.add(x, inner, "RELU")
    inner = net.convolution(net.convolution(x, 32, (3, 3), stride=(2, 2), activation="RELU"), 32, (3, 3))
    x = net.add(net.convolution(x, 32, stride=(2, 2)), inner, "RELU")
    x = net.pool("AVERAGE_POOL_2D", x, (8, 8), stride=(8, 8), padding="VALID")
    x = net.fully_connected(net.reshape(x, (1, 32)), 10)
    return net.finish([image], [net.softmax(x)])


def branchy_cell() -> bytes:
    """A cell of five branches, written level by level: all that widen, then all that narrow.

    That keeps every wide tensor alive at once. Branch by branch is better, and which branch goes first matters too.
    """
    net = Network("branchy_cell", seed=4)
    image = net.input("features", (1, 16, 16, 8))
    wide_a = net.convolution(image, 24, activation="RELU6")
    wide_b = net.convolution(image, 32, activation="RELU6")
    wide_c = net.convolution(image, 16, (3, 3), activation="RELU6")
    pooled_max = net.pool("MAX_POOL_2D", image, (3, 3), stride=(2, 2))
    pooled_mean = net.pool("AVERAGE_POOL_2D", image, (3, 3), stride=(2, 2))
    narrow_a = net.depthwise(wide_a, stride=(2, 2), activation="RELU6")
    narrow_b = net.depthwise(wide_b, (5, 5), stride=(2, 2), activation="RELU6")
    narrow_c = net.pool("MAX_POOL_2D", wide_c, (2, 2), stride=(2, 2), padding="VALID")
    a = net.convolution(narrow_a, 8)
    b = net.convolution(narrow_b, 8, like=a)
    c = net.convolution(narrow_c, 8)
    with_max = net.add(c, pooled_max)
    with_mean = net.add(with_max, pooled_mean)
    side = net.quantize(with_mean, like=a)
    x = net.concatenation([a, b, side])
    return net.finish([image], [net.convolution(x, 16, (3, 3), activation="RELU")])


def ops_zoo() -> bytes:
    """Every operator that arenite compiles, at least once; float32 in, float32 and int8 out."""
    net = Network("ops_zoo", seed=11)
    image = net.float_input("image", (1, 11, 14, 3))
    x = net.quantize(image)
    x = net.convolution(x, 12, (3, 3), dilation=(2, 1), activation="RELU6")
    x = net.transpose(x, (0, 2, 1, 3))
    x = net.depthwise(x, (3, 5), multiplier=2, stride=(2, 1), padding="SAME")
    x = net.rectify("RELU6", x)
    x = net.pad(x, [(0, 0), (1, 0), (2, 1), (0, 0)])
    x = net.pool("AVERAGE_POOL_2D", x, (2, 3), stride=(1, 2))
    x = net.pad(x, [(0, 0), (0, 1), (1, 0), (0, 0)], kind="PADV2")
    left = net.convolution(x, 10, (3, 3), padding="VALID")
    right = net.pool("MAX_POOL_2D", net.convolution(x, 10), (3, 3), padding="VALID")
    difference = net.binary("SUB", right, left)
    gate = net.logistic(net.mean(difference, keep_dims=True))
    product = net.binary("MUL", difference, gate)
    bounded = net.tanh(net.add(product, net.rectify("RELU_N1_TO_1", left)))
    rectified = [net.rectify("RELU", product), net.rectify("RELU_0_TO_1", left)]
    x = net.concatenation([bounded, *(net.quantize(x, like=bounded) for x in rectified)])
    return net.finish([image], [net.dequantize(_classifier(net, x)), bounded])


def _classifier(net: Network, x: Activation) -> Activation:
    features = net.squeeze(net.expand_dims(net.mean(x), 1), [1])
    hidden = net.fully_connected(features, 16, "RELU")
    return net.softmax(net.fully_connected(net.reshape(hidden, (1, 16)), 6))


NETWORKS: dict[str, Callable[[], bytes]] = {
    "ds_cnn": ds_cnn,
    "mobilenet_block": mobilenet_block,
    "resnet_block": resnet_block,
    "branchy_cell": branchy_cell,
    "ops_zoo": ops_zoo,
}
"""Name of the file, without its suffix, and the function that gives its bytes."""


if __name__ == "__main__":
    for name, network in NETWORKS.items():
        (FOLDER / f"{name}.tflite").write_bytes(network())
