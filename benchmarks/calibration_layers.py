"""Layers of the kinds and sizes that networks for microcontrollers have, for calibrate_bodies.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from math import prod

import numpy as np
from bodies.wide_models import Window
from in_place_models import given, model_of

from arenite.frontends.model import Model, Quantisation, Tensor

MOST_PRODUCTS = 400_000
PADDED = ((1, 1), (1, 1))
OUTPUT_SCALE = 0.0973
"""A ratio to the inputs' that makes ties no more frequent than those of scales that were measured do."""


def activation(index: int, shape: tuple[int, ...], scale: float = 0.05) -> Tensor:
    return Tensor(index, f"t{index}", shape, "int8", Quantisation((scale,), (3 - index,)))


def weights(shape: tuple[int, ...], axis: int) -> Tensor:
    generator = np.random.default_rng(prod(shape))
    scales = tuple(generator.uniform(0.01, 0.03, shape[axis]).astype(np.float32).astype(float).tolist())
    quantisation = Quantisation(scales, (0,) * shape[axis], axis)
    data = generator.integers(-127, 128, shape, np.int8)
    return Tensor(1, "weights", shape, "int8", quantisation, data, constant=True)


def rounding(kernel: str) -> dict[str, object]:
    return {"requantisation": "once"} if "_once_" in kernel else {}


WINDOWS = (
    (Window((1, 1)), ((1, 1), (3, 5), (6, 6), (1, 24))),
    (Window((1, 1), (2, 2)), ((8, 8),)),
    (Window((3, 3), padding=PADDED), ((3, 3), (4, 8), (2, 32))),
    (Window((3, 3), (2, 2), padding=((0, 1), (0, 1))), ((8, 8), (4, 48))),
)


def convolutions(kernel: str) -> Iterator[Model]:
    for (window, images), depth, outputs in product(WINDOWS, (8, 16, 32, 64, 128), (8, 32, 64, 128)):
        for extents in images:
            yield from convolution(kernel, window, extents, depth, outputs)
    for depth, outputs in product((1, 3), (8, 16, 64)):
        yield from convolution(kernel, Window((3, 3), (2, 2), padding=((0, 1), (0, 1))), (8, 48), depth, outputs)
        yield from convolution(kernel, Window((3, 3), padding=PADDED), (4, 16), depth, outputs)
        yield from convolution(kernel, Window((10, 4), (2, 2), padding=((4, 5), (1, 1))), (13, 10), depth, outputs)
    for depth, outputs in product((6, 10, 24), (12, 10, 40)):
        yield from convolution(kernel, WINDOWS[0][0], (4, 6), depth, outputs)
        yield from convolution(kernel, WINDOWS[2][0], (4, 6), depth, outputs)


def general_convolutions(kernel: str) -> Iterator[Model]:
    """With dilated columns, with groups, and with both."""
    windows = (Window((3, 3), (1, 1), (2, 2), ((2, 2), (2, 2))), Window((1, 5), (1, 1), (1, 2), ((0, 0), (4, 4))))
    for window, depth, outputs in product(windows, (3, 8, 16, 32, 64), (8, 16, 64)):
        for extents in ((4, 8), (5, 5)):
            yield from convolution(kernel, window, extents, depth, outputs)
    for (window, images), depth, outputs, groups in product(WINDOWS, (3, 8, 12, 16), (1, 4, 8, 16), (2, 8)):
        for extents in images[:2]:
            yield from convolution(kernel, window, extents, depth, outputs * groups, groups)
    yield from convolution(kernel, windows[0], (5, 5), 8, 32, 4)


def convolution(
    kernel: str, window: Window, extents: tuple[int, int], depth: int, outputs: int, groups: int = 1
) -> Iterator[Model]:
    """``depth``: input channels of a group; ``outputs``: output channels of all groups."""
    counts = window.counts(extents)
    if prod(window.kernel) * depth * outputs * prod(counts) > MOST_PRODUCTS:
        return
    result = activation(2, (1, *counts, outputs), scale=float(0.08 * np.sqrt(prod(window.kernel) * depth)))
    yield model_of(
        "CONV_2D", [activation(0, (1, *extents, depth * groups)), weights((outputs, *window.kernel, depth), 0)], result,
        fused_activation_function="RELU", **window.attributes(), **rounding(kernel),
    )  # fmt: skip


def depthwise(kernel: str) -> Iterator[Model]:
    three = "3x3" in kernel
    windows = WINDOWS[2:] if three else (
        (Window((5, 5), padding=((2, 2), (2, 2))), ((5, 7), (6, 6), (3, 16))),
        (Window((3, 1), padding=((1, 1), (0, 0))), ((16, 1),)),
        (Window((7, 7), padding=((3, 3), (3, 3))), ((7, 7),)),
        (Window((5, 5), (2, 2), padding=((1, 2), (1, 2))), ((8, 8),)),
    )  # fmt: skip
    for (window, images), channels, multiplier in product(
        windows, (4, 8, 10, 24, 32, 64, 96), (1,) if three else (1, 2)
    ):
        for extents in images:
            counts = window.counts(extents)
            outputs = channels * multiplier
            yield model_of(
                "DEPTHWISE_CONV_2D",
                [activation(0, (1, *extents, channels)), weights((1, *window.kernel, outputs), 3)],
                activation(2, (1, *counts, outputs), scale=0.24),
                fused_activation_function="RELU", **window.attributes(), **rounding(kernel),
            )  # fmt: skip


def fully_connected(kernel: str) -> Iterator[Model]:
    for rows, inputs, outputs in product((1, 3), (8, 64, 128, 250, 640), (4, 8, 10, 64, 128)):
        if rows * inputs * outputs <= MOST_PRODUCTS:
            tensors = [activation(0, (rows, inputs)), weights((outputs, inputs), 0)]
            result = activation(2, (rows, outputs), scale=float(0.08 * np.sqrt(inputs)))
            yield model_of(
                "FULLY_CONNECTED", tensors, result, keep_num_dims=False, weights_format="DEFAULT",
                fused_activation_function="RELU", **rounding(kernel),
            )  # fmt: skip


def pools(kernel: str) -> Iterator[Model]:
    kind = "MAX_POOL_2D" if "max" in kernel else "AVERAGE_POOL_2D"
    sizes = (((2, 2), (2, 2), (6, 8)), ((3, 3), (2, 2), (7, 9)), ((6, 6), (6, 6), (6, 6)), ((3, 3), (1, 1), (5, 5)))
    for (size, strides, extents), channels in product(sizes, (3, 8, 16, 30, 64, 128)):
        window = Window(size, strides)
        source = activation(0, (1, *extents, channels))
        result = activation(1, (1, *window.counts(extents), channels), OUTPUT_SCALE)
        if "_once_" not in kernel:
            result = Tensor(1, "t1", result.shape, "int8", source.quantisation)
        yield model_of(
            kind, [source], result, filter_height=size[0], filter_width=size[1], count_include_pad=False,
            fused_activation_function="NONE", **window.attributes(), **rounding(kernel),
        )  # fmt: skip


def means(kernel: str) -> Iterator[Model]:
    for (rows, columns), channels, axes in product(((3, 3), (4, 8), (7, 7)), (4, 10, 32, 64, 128), ([1, 2], [2])):
        shape = (1, rows, columns, channels)
        kept = tuple(1 if axis in axes else extent for axis, extent in enumerate(shape))
        reads = [activation(0, shape), given(1, np.array(axes, np.int32))]
        yield model_of("MEAN", reads, activation(2, kept, OUTPUT_SCALE), keep_dims=True, **rounding(kernel))


def of_two(kind: str) -> Callable[[str], Iterator[Model]]:
    def make(kernel: str) -> Iterator[Model]:
        for (rows, columns), channels in product(((1, 1), (3, 5), (8, 4)), (3, 8, 16, 64)):
            shape = (1, rows, columns, channels)
            for other in (shape, (1, 1, 1, channels)):
                yield model_of(
                    kind, [activation(0, shape), activation(1, other, scale=0.04)], activation(2, shape, OUTPUT_SCALE),
                    fused_activation_function="NONE", **rounding(kernel),
                )  # fmt: skip

    return make


def of_one(kernel: str) -> Iterator[Model]:
    kind = "SOFTMAX" if "softmax" in kernel else "LOOKUP"
    table = np.arange(-128, 128).astype(np.int8)[::-1].copy()
    attributes: dict[str, object] = {"beta": 1.0} if kind == "SOFTMAX" else {"table": table}
    for rows, channels in product((1, 4, 12), (2, 10, 12, 64, 100)):
        result = activation(1, (rows, channels))
        if kind == "SOFTMAX" and "_once_" not in kernel:
            result = Tensor(1, "t1", result.shape, "int8", Quantisation((1 / 256,), (-128,)))
        yield model_of(kind, [activation(0, (rows, channels))], result, **attributes, **rounding(kernel))


MAKES: dict[str, Callable[[str], Iterator[Model]]] = {
    "conv2d": convolutions,
    "conv2d_general": general_convolutions,
    "depthwise_conv2d": depthwise,
    "depthwise_conv2d_3x3": depthwise,
    "fully_connected": fully_connected,
    "average_pool": pools,
    "max_pool": pools,
    "mean": means,
    "add": of_two("ADD"),
    "multiply": of_two("MUL"),
    "lookup": of_one,
    "softmax": of_one,
}
"""Kernel without its prefix and rounding -> models of one operator."""


def models_of(kernel: str) -> list[Model]:
    """Empty for kernels that nothing is known about."""
    name = kernel.removeprefix("arenite_").removesuffix("_s8").removesuffix("_once")
    return list(MAKES[name](kernel)) if name in MAKES else []
