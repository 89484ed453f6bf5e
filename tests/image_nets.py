"""Random small networks on images, made of all that falls into rows and of some that does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from test_in_place import Net

from arenite.frontends.model import Model, Quantisation, Tensor

Array = npt.NDArray[Any]
Shape = tuple[int, ...]

SCALE, ZERO_POINT = 0.05, -3
SPREAD = 2500
"""Of a product of two random int8."""


class ImageNet(Net):
    """A network whose activations all have one quantisation but for those of softmax."""

    def tensor(self, shape: Sequence[int], dtype: str | None = None) -> int:
        dtype = dtype or self.dtype
        quantisation = Quantisation((SCALE,), (ZERO_POINT,)) if dtype == "int8" else None
        self.tensors.append(Tensor(len(self.tensors), f"t{len(self.tensors)}", tuple(shape), dtype, quantisation))
        return len(self.tensors) - 1

    def shape(self, x: int) -> Shape:
        return self.tensors[x].shape

    def draw(self, low: int, high: int) -> int:
        """From ``low`` to ``high``, both included."""
        return int(self.generator.integers(low, high, endpoint=True))

    def constant(self, data: Array, quantisation: Quantisation | None = None) -> int:
        index = len(self.tensors)
        self.tensors.append(
            Tensor(index, f"t{index}", data.shape, str(data.dtype), quantisation, data=data, constant=True)
        )
        return index

    def factors(self, shape: Sequence[int]) -> int:
        """A constant operand."""
        if self.dtype == "float32":
            return self.constant(self.generator.normal(0, 1, shape).astype(np.float32))
        return self.constant(self.generator.integers(-128, 128, shape, np.int8), Quantisation((SCALE,), (ZERO_POINT,)))

    def weights(self, shape: Sequence[int], axis: int) -> int:
        if self.dtype == "float32":
            return self.constant(self.generator.normal(0, 0.3, shape).astype(np.float32))
        channels = shape[axis]
        scale = 40 / (SPREAD * np.sqrt(np.prod(shape) / channels))
        scales = np.float32(scale * self.generator.uniform(0.7, 1.4, channels)).astype(float).tolist()
        data = self.generator.integers(-127, 128, shape, np.int8)
        return self.constant(data, Quantisation(tuple(scales), (0,) * channels, axis))

    def activation(self) -> str:
        return str(self.generator.choice(["NONE", "RELU", "RELU6"]))

    def window(self, x: int, *, dilated: bool = True) -> tuple[dict[str, Any], list[int], list[int]] | None:
        """Attributes, extents of the kernel and of the result; None if the draw does not fit."""
        attributes: dict[str, Any] = {}
        kernel, counts, padding = [], [], []
        for axis, letter in enumerate("hw"):
            extent = self.shape(x)[1 + axis]
            size, stride = self.draw(1, 4), self.draw(1, 3) if self.generator.random() < 0.5 else 1
            dilation = self.draw(1, 2) if dilated else 1
            reach = (size - 1) * dilation + 1
            before, after = (self.draw(0, size - 1) for _ in range(2))
            count = (before + extent + after - reach) // stride + 1
            if count < 1:
                return None
            padding.append((before, max(0, (count - 1) * stride + reach - before - extent)))
            taps = np.arange(count)[:, None] * stride - before + np.arange(size) * dilation
            if not ((taps >= 0) & (taps < extent)).any(axis=1).all():
                return None
            kernel.append(size)
            counts.append(count)
            attributes |= {f"stride_{letter}": stride, f"dilation_{letter}_factor": dilation}
        return {**attributes, "explicit_padding": tuple(padding)}, kernel, counts

    def convolution(self, x: int) -> int | None:
        drawn = self.window(x)
        if drawn is None:
            return None
        attributes, kernel, counts = drawn
        batch, *_, channels = self.shape(x)
        depthwise = self.generator.random() < 0.4
        outputs = channels if depthwise else self.draw(1, 5)
        shape = (1, *kernel, outputs) if depthwise else (outputs, *kernel, channels)
        weights = self.weights(shape, 3 if depthwise else 0)
        bias = [self.constant(self.generator.normal(0, 1, outputs).astype(np.float32))]
        kind = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
        if depthwise:
            attributes["depth_multiplier"] = 1
        reads = [x, weights, *(bias if self.dtype == "float32" else [])]
        attributes["fused_activation_function"] = self.activation()
        return self.operator(kind, reads, (batch, *counts, outputs), **attributes)

    def pool(self, x: int) -> int | None:
        drawn = self.window(x, dilated=False)
        if drawn is None:
            return None
        attributes, kernel, counts = drawn
        batch, *_, channels = self.shape(x)
        attributes |= {
            "filter_height": kernel[0],
            "filter_width": kernel[1],
            "fused_activation_function": self.activation(),
            "count_include_pad": bool(self.generator.random() < 0.5),
        }
        kind = str(self.generator.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
        return self.operator(kind, [x], (batch, *counts, channels), **attributes)

    def tall_pool(self, x: int) -> int | None:
        """Windows that do not overlap and are taken in row by row."""
        batch, height, width, channels = self.shape(x)
        size = self.draw(2, max(2, height))
        before = self.draw(0, size - 1)
        count = -(-(before + height) // size)
        attributes = {
            "explicit_padding": ((before, count * size - before - height), (0, 0)),
            "stride_h": size, "stride_w": 1, "filter_height": size, "filter_width": 1,
            "fused_activation_function": "NONE", "count_include_pad": False,
        }  # fmt: skip
        kind = str(self.generator.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
        return self.operator(kind, [x], (batch, count, width, channels), **attributes)

    def pair(self, x: int, others: Sequence[int]) -> int:
        same = [y for y in others if self.shape(y) == self.shape(x)]
        kind = str(self.generator.choice(["ADD", "MUL"]))
        choice = self.draw(0, 3)
        _, height, width, channels = self.shape(x)
        if choice == 0:
            shapes = [(1, 1, 1, channels), (1, height, 1, channels), (1, 1, width, channels), (1, height, width, 1)]
            return self.two(kind, x, self.factors(shapes[self.draw(0, 3)]))
        if choice == 1:
            smaller = [
                y
                for y in others
                if all(a in (1, b) for a, b in zip(self.shape(y), self.shape(x), strict=True)) and y != x
            ]
            if smaller:
                y = smaller[self.draw(0, len(smaller) - 1)]
                return self.two(kind, *((x, y) if self.generator.random() < 0.5 else (y, x)))
        return self.two(kind, x, same[self.draw(0, len(same) - 1)])

    def concatenation(self, x: int, others: Sequence[int]) -> int:
        axis = self.draw(1, 3)

        def rest(y: int) -> Shape:
            return tuple(n for a, n in enumerate(self.shape(y)) if a != axis)

        fitting = [y for y in others if rest(y) == rest(x)]
        reads = [fitting[self.draw(0, len(fitting) - 1)] for _ in range(self.draw(1, 2))]
        reads.insert(self.draw(0, len(reads)), x)
        if self.generator.random() < 0.2:
            reads.append(self.factors(self.shape(x)))
        shape = list(self.shape(x))
        shape[axis] = sum(self.shape(y)[axis] for y in reads)
        return self.operator("CONCATENATION", reads, shape, axis=axis, fused_activation_function="NONE")

    def pad(self, x: int) -> int:
        amounts = np.array([(0, 0), *((self.draw(0, 2), self.draw(0, 2)) for _ in range(3))], np.int32)
        shape = [int(n + sum(pair)) for n, pair in zip(self.shape(x), amounts, strict=True)]
        return self.operator("PAD", [x, self.constant(amounts)], shape)

    def resize(self, x: int) -> int:
        batch, height, width, channels = self.shape(x)
        rows, columns = self.draw(1, 8), self.draw(1, 6)
        places = 2 if self.dtype == "float32" and self.generator.random() < 0.6 else 1
        tables: dict[str, Array] = {}
        for name, extent, count in (("row", height, rows), ("column", width, columns)):
            first = np.sort(self.generator.integers(0, extent, count))
            if self.generator.random() < 0.2:
                first = first[::-1]
            tables[f"{name}s"] = np.stack([first, np.minimum(first + 1, extent - 1)], axis=1)[:, :places].astype(
                np.int32
            )
            tables[f"{name}_weights"] = self.generator.uniform(0, 1, (count, 2)).astype(np.float32)
        return self.operator("RESIZE", [x], (batch, rows, columns, channels), **tables)

    def mean(self, x: int) -> int:
        axes = [[1, 2], [2], [1]][self.draw(0, 2)]
        if self.dtype == "float32" and axes == [1]:
            axes = [1, 2]
        shape = [1 if axis in axes else n for axis, n in enumerate(self.shape(x))]
        return self.operator("MEAN", [x, self.constant(np.array(axes, np.int32))], shape, keep_dims=True)

    def softmax(self, x: int) -> int:
        y = self.operator("SOFTMAX", [x], self.shape(x), beta=1.0)
        if self.dtype == "float32":
            return y
        self.tensors[y] = Tensor(y, f"t{y}", self.shape(x), "int8", Quantisation((1 / 256,), (-128,)))
        return self.one(y)

    def folded(self, x: int) -> int:
        """Under another shape, with rows of other sizes."""
        batch, height, width, channels = self.shape(x)
        shapes = [
            (batch, width, height, channels),
            (batch, height * width, 1, channels),
            (batch, 1, height * width, channels),
        ]
        if height % 2 == 0:
            shapes.append((batch, height // 2, width * 2, channels))
        return self.reshape(x, shapes[self.draw(0, len(shapes) - 1)])

    def scores(self, x: int) -> int:
        """Fully connected, of everything or of each row's pixels."""
        batch, height, width, channels = self.shape(x)
        if self.generator.random() < 0.3:
            rows, inputs = batch * height, width * channels
        else:
            rows, inputs = batch, height * width * channels
        flat = self.reshape(x, (rows, inputs))
        outputs = self.draw(1, 6)
        reads = [flat, self.weights((outputs, inputs), 0)]
        options: dict[str, Any] = {"keep_num_dims": False, "weights_format": "DEFAULT"}
        result = self.operator("FULLY_CONNECTED", reads, (rows, outputs), fused_activation_function="NONE", **options)
        return self.operator("SOFTMAX", [result], (rows, outputs), beta=1.0) if self.dtype == "float32" else result

    def image(self, batch: int) -> Shape:
        return (batch, self.draw(2, 9), self.draw(1, 6), self.draw(1, 4))


def random_image_net(dtype: str, seed: int, *, inputs: int = 0, operators: int = 0) -> tuple[ImageNet, Model]:
    """Some tensors are read often, some outputs are read as well, now and then one is an input, too.

    Args:
        inputs, operators: how many; 0 for any number.
    """
    net = ImageNet(dtype, seed)
    batch = 2 if net.generator.random() < 0.15 else 1
    shape = net.image(batch)
    images = [net.input(shape)]
    for _ in range((inputs or net.draw(1, 3)) - 1):
        images.append(net.input(shape if net.generator.random() < 0.7 else net.image(batch)))
    tails: list[int] = []

    def chosen() -> int:
        return images[-1 - min(int(net.generator.geometric(0.6)), len(images)) + 1]

    makers: list[Callable[[int], int | None]] = [
        net.convolution, net.convolution, net.convolution, net.convolution, net.pool, net.tall_pool,
        lambda x: net.pair(x, images), lambda x: net.pair(x, images), lambda x: net.concatenation(x, images),
        net.pad, net.resize, net.mean, net.softmax, net.one, net.folded,
    ]  # fmt: skip
    wanted = operators or net.draw(2, 9)
    while len(net.operators) < wanted:
        made = makers[net.draw(0, len(makers) - 1)](chosen())
        if made is not None and np.prod(net.shape(made)) <= 600:
            images.append(made)
        elif made is not None:
            del net.operators[-1]
    if net.generator.random() < 0.4:
        tails.append(net.scores(chosen()))
    read = {index for operator in net.operators for index in operator.inputs}
    written = [operator.outputs[0] for operator in net.operators]
    outputs = [index for index in written if index not in read or net.generator.random() < 0.15]
    if net.generator.random() < 0.1:
        outputs.append(net.inputs[0])
    return net, net.model(*outputs)
