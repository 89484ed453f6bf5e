"""Random models of one operator that reach what bodies of kernels tell apart: blocks of channels and of pixels, windows
as networks have them, and numbers at the ends of their ranges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import numpy as np
from in_place_models import MODELS as ELEMENT_WISE
from in_place_models import given, int8, model_of, of_two
from row_models import MODELS as SMALL
from window_models import Array, Generator, Make, draw
from window_models import activation as any_activation

from arenite.frontends.model import Model, Quantisation, Tensor

EXTENTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 20, 24, 31, 32, 33, 40, 48, 64, 70)
"""Of channels: multiples of the vectors' lanes, and those beside them."""
MOST_PRODUCTS = 150_000
"""Of one model."""
EXTREME = 0.1
"""How often a property of a model is one that networks do not have."""


@dataclass(frozen=True)
class Window:
    """Along rows and columns."""

    kernel: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilations: tuple[int, int] = (1, 1)
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))

    def counts(self, extents: tuple[int, int]) -> tuple[int, int]:
        rows, columns = (
            (sum(pad) + extent - (size - 1) * dilation - 1) // stride + 1
            for extent, size, stride, dilation, pad in zip(
                extents, self.kernel, self.strides, self.dilations, self.padding, strict=True
            )
        )
        return rows, columns

    def attributes(self) -> dict[str, object]:
        return {
            "explicit_padding": self.padding,
            "stride_h": self.strides[0],
            "stride_w": self.strides[1],
            "dilation_h_factor": self.dilations[0],
            "dilation_w_factor": self.dilations[1],
        }


def happens(generator: Generator, chance: float = EXTREME) -> bool:
    return bool(generator.random() < chance)


def same(size: int, generator: Generator) -> tuple[int, int]:
    """Padding that keeps an extent, more of it in front or behind."""
    before = (size - 1 + draw(generator, 0, 1)) // 2
    return before, size - 1 - before


def any_window(generator: Generator, dilations: tuple[int, int] = (3, 1)) -> Window:
    kind = draw(generator, 0, 5)
    if kind == 0:
        return Window((1, 1), (draw(generator, 1, 2), draw(generator, 1, 2)))
    if kind <= 2:
        stride = draw(generator, 1, 2)
        return Window((3, 3), (stride, stride), padding=(same(3, generator), same(3, generator)))
    if kind == 3:
        # Of kernels along time, and of images of one column.
        size = draw(generator, 2, 9)
        return Window((size, 1), (draw(generator, 1, 2), 1), padding=(same(size, generator), (0, 0)))
    kernel = (draw(generator, 1, 10), draw(generator, 1, 5))
    reaches = [draw(generator, 1, most) for most in dilations]
    over = [(size - 1) * reach for size, reach in zip(kernel, reaches, strict=True)]
    rows, columns = ((draw(generator, 0, most), draw(generator, 0, most)) for most in over)
    strides = (draw(generator, 1, 3), draw(generator, 1, 4))
    return Window(kernel, strides, (reaches[0], reaches[1]), (rows, columns))


def extents_for(generator: Generator, window: Window, products: int) -> tuple[int, int]:
    """Of an image: not more than so many products an output pixel leave room for."""
    least = [
        max((size - 1) * dilation + 1 - sum(pad), 1)
        for size, dilation, pad in zip(window.kernel, window.dilations, window.padding, strict=True)
    ]
    pixels = max(MOST_PRODUCTS // products, 1)
    columns = least[1] + draw(generator, 0, min(12, pixels))
    if window.kernel[1] == 1 and happens(generator):
        columns = 1
    rows = least[0] + draw(generator, 0, max(min(7, pixels // columns), 0))
    return rows, columns


def channels_of(generator: Generator, most: int = EXTENTS[-1]) -> int:
    return int(generator.choice([extent for extent in EXTENTS if extent <= most]))


def weights_of(generator: Generator, shape: tuple[int, ...], axis: int, *, per_channel: bool = True) -> Tensor:
    # Files hold -128 if their weights are not symmetric.
    data = generator.integers(-128 if happens(generator, 0.2) else -127, 128, shape, np.int8)
    if happens(generator):
        data = generator.choice(np.array([-128, 127], np.int8), shape)
    if happens(generator):
        data = np.full(shape, generator.choice([-128, -128, 127, 0]), np.int8)
    scales = generator.uniform(0.01, 0.03, shape[axis] if per_channel else 1)
    if happens(generator, 0.3):
        # Small weights, and results as large as with others: multipliers near 1.
        share = 2 ** -draw(generator, 1, 6)
        data = (data * share).astype(np.int8)
        scales /= share
    if happens(generator, 0.3):
        scales *= np.exp2(generator.uniform(-4, 1.5, scales.shape))
    if happens(generator):
        some = generator.random(scales.shape) < generator.choice([0.2, 1.0])
        scales = np.where(some, np.exp2(generator.uniform(-40, 10, scales.shape)), scales)
    quantisation = Quantisation(tuple(scales.astype(np.float32).astype(float).tolist()), (0,) * scales.size, axis)
    return Tensor(1, "weights", shape, "int8", quantisation, data, constant=True)


def bias_of(generator: Generator, channels: int) -> list[Tensor]:
    limit = int(generator.choice([1 << 30, (1 << 31) - 1])) if happens(generator) else 1 << draw(generator, 10, 15)
    if happens(generator, 0.2):
        return []
    return [given(2, generator.integers(-limit, limit, channels, np.int32, endpoint=True))]


def result_of(generator: Generator, shape: tuple[int, ...], terms: int) -> Tensor:
    return int8(generator, 3, shape, scale=float(0.08 * np.sqrt(terms)))


def activation(generator: Generator) -> str:
    return any_activation(generator) if happens(generator, 0.5) else "NONE"


def rounding(once: bool) -> dict[str, object]:
    return {"requantisation": "once"} if once else {}


def convolution(*, once: bool = False, dilations: tuple[int, int] = (3, 1), groups: bool = False) -> Make:
    def make(generator: Generator) -> Model:
        window = any_window(generator, dilations)
        parts = draw(generator, 1, 3) if groups else 1
        depth = draw(generator, 1, 3) if happens(generator, 0.3) else channels_of(generator)
        outputs = channels_of(generator) * parts
        products = prod(window.kernel) * depth * outputs
        extents = extents_for(generator, window, products)
        batches = 1 if happens(generator, 0.7) else 2
        weights = weights_of(generator, (outputs, *window.kernel, depth), 0)
        source = int8(generator, 0, (batches, *extents, depth * parts), scale=0.05)
        result = result_of(generator, (batches, *window.counts(extents), outputs), prod(window.kernel) * depth)
        return model_of(
            "CONV_2D", [source, weights, *bias_of(generator, outputs)], result,
            fused_activation_function=activation(generator), **window.attributes(), **rounding(once),
        )  # fmt: skip

    return make


def depthwise(*, three: bool = False, once: bool = False) -> Make:
    def make(generator: Generator) -> Model:
        window = any_window(generator, (2, 2))
        if three:
            padding = (same(3, generator), same(3, generator))
            strides = (draw(generator, 1, 3), draw(generator, 1, 3))
            window = Window((3, 3), strides, (draw(generator, 1, 2) if happens(generator) else 1, 1), padding)
        multiplier = 1 if three or happens(generator, 0.6) else draw(generator, 2, 8)
        inputs = channels_of(generator, 70 // multiplier)
        outputs = inputs * multiplier
        extents = extents_for(generator, window, prod(window.kernel) * outputs)
        if three:
            extents = (max(extents[0], 3), max(extents[1], 3))
        batches = 1 if happens(generator, 0.7) else 2
        weights = weights_of(generator, (1, *window.kernel, outputs), 3)
        source = int8(generator, 0, (batches, *extents, inputs), scale=0.05)
        result = result_of(generator, (batches, *window.counts(extents), outputs), prod(window.kernel))
        return model_of(
            "DEPTHWISE_CONV_2D", [source, weights, *bias_of(generator, outputs)], result,
            fused_activation_function=activation(generator), **window.attributes(), **rounding(once),
        )  # fmt: skip

    return make


def fully_connected(*, once: bool = False) -> Make:
    def make(generator: Generator) -> Model:
        rows = 1 if happens(generator, 0.5) else draw(generator, 2, 4)
        inputs = (
            draw(generator, 1, 40) if happens(generator, 0.4) else int(generator.choice([64, 128, 255, 257, 640, 4100]))
        )
        outputs = channels_of(generator)
        weights = weights_of(generator, (outputs, inputs), 0, per_channel=happens(generator, 0.4))
        return model_of(
            "FULLY_CONNECTED", [int8(generator, 0, (rows, inputs), scale=0.05), weights, *bias_of(generator, outputs)],
            result_of(generator, (rows, outputs), inputs), keep_num_dims=False, weights_format="DEFAULT",
            fused_activation_function=activation(generator), **rounding(once),
        )  # fmt: skip

    return make


def pool(kind: str, *, once: bool = False) -> Make:
    def make(generator: Generator) -> Model:
        size = (draw(generator, 1, 8), draw(generator, 1, 8))
        strides = size if happens(generator, 0.5) else (draw(generator, 1, 3), draw(generator, 1, 3))
        window = Window(size, strides)
        channels = channels_of(generator)
        extents = (size[0] + draw(generator, 0, 6), size[1] + draw(generator, 0, 6))
        if happens(generator, 0.2):
            # All of an image.
            window, extents = Window(extents), extents
        source = int8(generator, 0, (1, *extents, channels))
        result = int8(generator, 1, (1, *window.counts(extents), channels))
        return model_of(
            kind, [source], result if once else replace(result, quantisation=source.quantisation),
            filter_height=window.kernel[0], filter_width=window.kernel[1], count_include_pad=False,
            fused_activation_function=activation(generator), **window.attributes(), **rounding(once),
        )  # fmt: skip

    return make


def mean(*, once: bool = False) -> Make:
    def make(generator: Generator) -> Model:
        shape = (1, draw(generator, 1, 20), draw(generator, 1, 20), channels_of(generator))
        axes: list[int] = [2] if happens(generator, 0.3) else [1, 2]
        kept = tuple(1 if axis in axes else extent for axis, extent in enumerate(shape))
        reads = [int8(generator, 0, shape), given(1, np.array(axes, np.int32))]
        return model_of("MEAN", reads, int8(generator, 2, kept), keep_dims=True, **rounding(once))

    return make


def of_elements(kernel: str) -> Make:
    def make(generator: Generator) -> Model:
        shape = (1, draw(generator, 1, 5), draw(generator, 1, 9), channels_of(generator))
        make_one = ELEMENT_WISE[kernel]
        if kernel == "arenite_add_s8" and happens(generator, 0.2):
            make_one = of_two("SUB")
        return make_one(generator, shape)

    return make


OF_OTHER_TYPES = ("f32", "s16", "s32", "narrow", "nonzero", "select", "update_slice")
"""In the names of kernels some of whose tensors are not int8."""
WIDE: dict[str, Make] = {
    **{kernel: of_elements(kernel) for kernel in ELEMENT_WISE if not any(word in kernel for word in OF_OTHER_TYPES)},
    "arenite_average_pool_once_s8": pool("AVERAGE_POOL_2D", once=True),
    "arenite_average_pool_s8": pool("AVERAGE_POOL_2D"),
    "arenite_conv2d_general_once_s8": convolution(once=True, dilations=(2, 2), groups=True),
    "arenite_conv2d_general_s8": convolution(dilations=(2, 2), groups=True),
    "arenite_conv2d_once_s8": convolution(once=True),
    "arenite_conv2d_s8": convolution(),
    "arenite_depthwise_conv2d_3x3_once_s8": depthwise(three=True, once=True),
    "arenite_depthwise_conv2d_3x3_s8": depthwise(three=True),
    "arenite_depthwise_conv2d_once_s8": depthwise(once=True),
    "arenite_depthwise_conv2d_s8": depthwise(),
    "arenite_fully_connected_once_s8": fully_connected(once=True),
    "arenite_fully_connected_s8": fully_connected(),
    "arenite_max_pool_s8": pool("MAX_POOL_2D"),
    "arenite_mean_once_s8": mean(once=True),
    "arenite_mean_s8": mean(),
}
"""Kernel -> a random model of one operator, whose calls are, often, of this kernel."""


def with_points_at_the_ends(generator: Generator, model: Model) -> Model:
    """Zero points of activations become -128 or 127; tensors that had the same keep the same."""
    found: dict[tuple[tuple[float, ...], tuple[int, ...]], int] = {}

    def moved(tensor: Tensor) -> Tensor:
        if tensor.constant or tensor.quantisation is None or tensor.dtype != "int8":
            return tensor
        now = tensor.quantisation
        point = found.setdefault((now.scales, now.zero_points), int(generator.choice([-128, 127])))
        return replace(tensor, quantisation=replace(now, zero_points=(point,)))

    return replace(model, tensors=tuple(moved(tensor) for tensor in model.tensors))


def random_model(generator: Generator, kernel: str) -> Model:
    """One of ``SMALL`` or of ``WIDE``, for kernels of either."""
    makes = [table[kernel] for table in (SMALL, WIDE) if kernel in table]
    model = makes[-1 if happens(generator, 0.7) else 0](generator)
    return with_points_at_the_ends(generator, model) if happens(generator) else model


def random_input(generator: Generator, tensor: Tensor) -> Array:
    """int8: random, or, rarely, one value everywhere, or values at the ends alone."""
    if not happens(generator):
        return generator.integers(-128, 128, tensor.shape, np.int8)
    ends = np.array([-128, 127], np.int8)
    return generator.choice(ends, tensor.shape if happens(generator, 0.5) else 1) + np.zeros(tensor.shape, np.int8)
