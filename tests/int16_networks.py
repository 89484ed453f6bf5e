"""Random networks of int16 activations and int8 weights, as TensorFlow Lite files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from models.writer import ModelWriter


@dataclass(frozen=True)
class Activation:
    tensor: int
    shape: tuple[int, ...]
    scale: float


class Int16Network:
    """Adds an operator per call; scales are such that results neither die nor saturate."""

    def __init__(self, seed: int) -> None:
        self.writer = ModelWriter()
        self.generator = np.random.default_rng(seed)

    def activation(self, shape: Sequence[int], scale: float) -> Activation:
        return Activation(self.writer.tensor(None, shape, "int16", scale=scale), tuple(shape), scale)

    def simple(self, kind: str, reads: Sequence[Activation], shape: Sequence[int], scale: float, *constants: int,
               **options: object) -> Activation:  # fmt: skip
        result = self.activation(shape, scale)
        self.writer.operator(kind, [*(one.tensor for one in reads), *constants], [result.tensor], **options)
        return result

    def weighted(self, kind: str, x: Activation, weights: Sequence[int], axis: int, shape: Sequence[int],
                 **options: object) -> Activation:  # fmt: skip
        channels, terms = weights[axis], int(np.prod(weights)) // weights[axis]
        scales = np.float32(self.generator.uniform(0.5, 1.5, channels) / (74 * np.sqrt(terms)))
        values = self.generator.integers(-127, 128, weights)
        own = self.writer.tensor(None, weights, scale=scales.tolist(), axis=axis, data=values)
        sums = self.generator.integers(-(10**6), 10**6, channels)
        bias = self.writer.tensor(None, (channels,), "int64", scale=(scales * x.scale).tolist(), data=sums)
        activation = str(self.generator.choice(["NONE", "RELU", "RELU6"]))
        return self.simple(kind, [x], shape, x.scale, own, bias, fused_activation_function=activation, **options)

    def convolution(self, x: Activation, channels: int, size: int, stride: int, dilation: int = 1) -> Activation:
        shape = (1, *(-(-extent // stride) for extent in x.shape[1:3]), channels)
        weights = (channels, size, size, x.shape[3])
        return self.weighted("CONV_2D", x, weights, 0, shape, **_window(stride, dilation))

    def depthwise(self, x: Activation, size: int, stride: int, multiplier: int = 1) -> Activation:
        channels = x.shape[3] * multiplier
        shape = (1, *(-(-extent // stride) for extent in x.shape[1:3]), channels)
        options = _window(stride, 1) | {"depth_multiplier": multiplier}
        return self.weighted("DEPTHWISE_CONV_2D", x, (1, size, size, channels), 3, shape, **options)

    def pool(self, x: Activation, kind: str, size: int, stride: int) -> Activation:
        shape = (1, *(-(-extent // stride) for extent in x.shape[1:3]), x.shape[3])
        return self.simple(
            kind, [x], shape, x.scale,
            padding="SAME", stride_h=stride, stride_w=stride, filter_height=size, filter_width=size,
        )  # fmt: skip

    def joined(self, a: Activation, b: Activation) -> Activation:
        shape = (*a.shape[:3], a.shape[3] + b.shape[3])
        return self.simple("CONCATENATION", [a, b], shape, a.scale, axis=3)

    def mean(self, x: Activation) -> Activation:
        axes = self.writer.tensor(None, (2,), "int32", data=[1, 2])
        return self.simple("MEAN", [x], (1, x.shape[3]), x.scale / 2, axes, keep_dims=False)

    def head(self, x: Activation, classes: int) -> Activation:
        x = self.weighted("FULLY_CONNECTED", x, (classes, x.shape[1]), 0, (1, classes))
        return self.simple("SOFTMAX", [x], x.shape, 2.0**-15, beta=1.0)

    def step(self, x: Activation) -> Activation:
        """A random operator, or two, that keep height and width or halve them."""
        choice = int(self.generator.integers(0, 11))
        channels = int(self.generator.integers(1, 10))
        stride = int(self.generator.integers(1, 3))
        if choice == 0:
            return self.convolution(x, channels, 1, 1)
        if choice == 1:
            return self.convolution(x, channels, 3, stride)
        if choice == 2:
            return self.convolution(x, channels, 3, 1, 2)
        if choice == 3:
            return self.depthwise(x, 3, stride)
        if choice == 4:
            return self.depthwise(x, 5, 1, 2) if x.shape[3] < 8 else x
        if choice == 5:
            return self.pool(x, str(self.generator.choice(["MAX_POOL_2D", "AVERAGE_POOL_2D"])), 2, 2)
        if choice == 6:
            both = self.convolution(x, x.shape[3], 3, 1), x
            kind = str(self.generator.choice(["ADD", "SUB"]))
            return self.simple(kind, both, x.shape, 1.5 * x.scale, pot_scale_int16=False)
        if choice == 7:
            gate = self.simple("LOGISTIC", [self.convolution(x, x.shape[3], 1, 1)], x.shape, 2.0**-15)
            return self.simple("MUL", [x, gate], x.shape, x.scale)
        if choice == 8:
            return self.joined(self.convolution(x, channels, 3, 1), x) if x.shape[3] < 12 else x
        if choice == 9:
            return self.simple("LEAKY_RELU", [x], x.shape, 0.8 * x.scale, alpha=0.3)
        return self.simple("TANH", [x], x.shape, 2.0**-15)


def _window(stride: int, dilation: int) -> dict[str, object]:
    factors = {"dilation_h_factor": dilation, "dilation_w_factor": dilation}
    return {"padding": "SAME", "stride_h": stride, "stride_w": stride, **factors}


def random_network(seed: int, steps: int = 7) -> bytes:
    """Float32, int8 or int16 at either end."""
    network = Int16Network(seed)
    generator, writer = network.generator, network.writer
    shape = (1, int(generator.integers(6, 17)), int(generator.integers(6, 13)), int(generator.integers(1, 4)))
    scale = float(generator.uniform(1e-5, 1e-3))
    x = network.activation(shape, scale)
    source = x.tensor
    outside = str(generator.choice(["float32", "int8", "int16"]))
    if outside != "int16":
        source = writer.tensor("image", shape, outside, scale=None if outside == "float32" else 256 * scale)
        writer.operator("QUANTIZE", [source], [x.tensor])
    x = network.convolution(x, int(generator.integers(2, 9)), 3, 1)
    for _ in range(steps):
        x = network.step(x)
    x = network.mean(x)
    x = network.head(x, int(generator.integers(2, 12)))
    result = x.tensor
    if outside != "int16":
        kind = "DEQUANTIZE" if outside == "float32" else "QUANTIZE"
        given = None if outside == "float32" else 1 / 256
        result = writer.tensor("shares", x.shape, outside, scale=given, zero_point=-128 if given else 0)
        writer.operator(kind, [x.tensor], [result])
    return writer.finish([source], [result])
