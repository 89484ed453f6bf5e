"""Random uint8 networks in the style of TensorFlow 1's quantised models, as the bytes of ``.tflite`` files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from models.writer import ModelWriter

CLASSES = 5
WINDOW = {"padding": "SAME", "fused_activation_function": "RELU6"}


class UnsignedNetwork:
    """Operators one behind the other; ``shapes`` of the tensors that they write, by index."""

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)
        self.writer = ModelWriter()
        self.shapes: dict[int, tuple[int, ...]] = {}
        self.scales: dict[int, float] = {}

    def tensor(self, shape: Sequence[int], scale: float | None = None, zero_point: int | None = None) -> int:
        scale = float(np.float32(self.generator.uniform(0.02, 0.06))) if scale is None else scale
        zero_point = int(self.generator.integers(0, 256)) if zero_point is None else zero_point
        index = self.writer.tensor(f"t{len(self.shapes)}", shape, "uint8", scale=scale, zero_point=zero_point)
        self.shapes[index], self.scales[index] = tuple(shape), scale
        return index

    def weights(self, shape: Sequence[int], axis: int) -> int:
        """Mostly near the zero point; one channel spans the whole range of uint8, as the tensor does."""
        zero_point = int(self.generator.integers(40, 216))
        data = np.clip(np.rint(self.generator.normal(zero_point, 30, shape)), 0, 255)
        channel = np.moveaxis(data, axis, 0)[int(self.generator.integers(shape[axis]))]
        channel.ravel()[:1] = 0 if zero_point > 128 else 255
        data = np.moveaxis(data, axis, 0)
        data[int(self.generator.integers(shape[axis]))].flat[0] = 0 if zero_point > 128 else 255
        data = np.moveaxis(data, 0, axis)
        return self.writer.tensor("w", shape, "uint8", scale=0.01, zero_point=zero_point, data=data)

    def bias(self, source: int, channels: int) -> int:
        data = self.generator.integers(-2000, 2000, channels)
        return self.writer.tensor("b", [channels], "int32", scale=self.scales[source] * 0.01, data=data)

    def convolution(self, source: int, channels: int, extent: int, stride: int = 1, *, depthwise: bool = False) -> int:
        batch, height, width, inputs = self.shapes[source]
        channels = inputs if depthwise else channels
        form = (1, extent, extent, inputs) if depthwise else (channels, extent, extent, inputs)
        weights = self.weights(form, 3 if depthwise else 0)
        result = self.tensor((batch, -(-height // stride), -(-width // stride), channels), zero_point=0)
        self.writer.operator(
            "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
            [source, weights, self.bias(source, channels)], [result],
            stride_h=stride, stride_w=stride, **WINDOW, **({"depth_multiplier": 1} if depthwise else {}),
        )  # fmt: skip
        return result

    def pool(self, source: int, kind: str, extent: int) -> int:
        batch, height, width, channels = self.shapes[source]
        result = self.writer.tensor(
            "p", (batch, -(-height // 2), -(-width // 2), channels), "uint8", scale=self.scales[source], zero_point=0
        )
        self.shapes[result], self.scales[result] = (
            (batch, -(-height // 2), -(-width // 2), channels),
            self.scales[source],
        )
        self.writer.operator(
            kind, [source], [result], padding="SAME", filter_height=extent, filter_width=extent, stride_h=2, stride_w=2
        )
        return result

    def joined(self, first: int, second: int) -> int:
        shape = self.shapes[first]
        result = self.tensor((*shape[:3], shape[3] + self.shapes[second][3]))
        self.writer.operator("CONCATENATION", [first, second], [result], axis=3)
        return result

    def added(self, first: int, second: int) -> int:
        result = self.tensor(self.shapes[first])
        self.writer.operator("ADD", [first, second], [result], fused_activation_function="NONE")
        return result

    def classified(self, source: int) -> int:
        batch, _, _, channels = self.shapes[source]
        axes = self.writer.tensor("axes", [2], "int32", data=[1, 2])
        mean = self.tensor((batch, channels))
        self.writer.operator("MEAN", [source, axes], [mean], keep_dims=False)
        weights = self.weights((CLASSES, channels), 0)
        logits = self.tensor((batch, CLASSES))
        self.writer.operator("FULLY_CONNECTED", [mean, weights, self.bias(mean, CLASSES)], [logits])
        shares = self.tensor((batch, CLASSES), 1 / 256, 0)
        self.writer.operator("SOFTMAX", [logits], [shares], beta=1.0)
        return shares


def unsigned_network(seed: int) -> bytes:
    """A network of one image, with a branch or two."""
    network = UnsignedNetwork(seed)
    draw = network.generator.integers
    source = network.tensor((1, int(draw(9, 17)), int(draw(9, 17)), 3))
    found = network.convolution(source, int(draw(4, 13)), 3, 2)
    for _ in range(int(draw(3, 6))):
        kind = int(draw(5))
        channels = int(draw(4, 13))
        if kind == 0:
            found = network.convolution(network.convolution(found, 0, 3, depthwise=True), channels, 1)
        elif kind == 1:
            same = network.convolution(found, network.shapes[found][3], 3)
            found = network.added(found, same)
        elif kind == 2:
            found = network.joined(network.convolution(found, channels, 1), network.convolution(found, 4, 3))
        elif kind == 3 and network.shapes[found][1] > 3:
            # The zero point is that of what is pooled.
            found = network.pool(network.convolution(found, channels, 1), str(network.generator.choice(POOLS)), 2)
        else:
            found = network.convolution(found, channels, int(draw(1, 4)))
    return network.writer.finish([source], [network.classified(found)])


POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")
