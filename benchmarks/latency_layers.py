"""Layers for calibrate_latency.py that calibration_layers.py lacks: of kernels that have no bodies to choose from, and
of shapes that only some networks have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from bodies.wide_models import Window
from calibration_layers import activation, convolution, models_of, rounding, weights
from in_place_models import given, model_of
from other_layers import MAKES as OTHERS
from typed_layers import narrow_windows

from arenite.frontends.model import Model, Tensor

IMAGES = ((1, 1), (3, 5), (8, 4), (12, 12))


def narrow_depthwise(kernel: str) -> Iterator[Model]:
    """Of signals in time: windows of one column, without padding; and of one channel that becomes several."""
    for (taps, stride), channels in product(((3, 1), (5, 1), (10, 1), (15, 1), (9, 2)), (4, 10, 40, 64, 128)):
        window = Window((taps, 1), (stride, stride))
        for length in (taps, taps + 8, taps + 21):
            yield depthwise(kernel, window, (length, 1), channels, 1)
    for size, stride, multiplier in product(((10, 8), (5, 5), (3, 3)), (1, 2), (4, 8, 16)):
        padding = tuple(((extent - 1) // 2, extent // 2) for extent in size)
        window = Window(size, (stride, stride), padding=padding)
        for extents in ((13, 12), (16, 24)):
            yield depthwise(kernel, window, extents, 1, multiplier)


def depthwise(kernel: str, window: Window, extents: tuple[int, int], channels: int, multiplier: int) -> Model:
    outputs = channels * multiplier
    return model_of(
        "DEPTHWISE_CONV_2D",
        [activation(0, (1, *extents, channels)), weights((1, *window.kernel, outputs), 3)],
        activation(2, (1, *window.counts(extents), outputs), scale=0.24),
        fused_activation_function="RELU", **window.attributes(), **rounding(kernel),
    )  # fmt: skip


def narrow_convolutions(kernel: str) -> Iterator[Model]:
    """Of one column, and of odd rows of pixels."""
    for (taps, length), depth, outputs in product(((1, 24), (1, 7), (3, 12), (10, 15)), (16, 40, 128), (16, 64, 128)):
        if taps * depth * outputs * length <= 400_000:
            window = Window((taps, 1))
            result = activation(2, (1, *window.counts((length, 1)), outputs), scale=float(0.08 * np.sqrt(taps * depth)))
            yield model_of(
                "CONV_2D", [activation(0, (1, length, 1, depth)), weights((outputs, taps, 1, depth), 0)], result,
                fused_activation_function="RELU", **window.attributes(), **rounding(kernel),
            )  # fmt: skip
    for size, depth, outputs in product(((5, 5), (7, 3), (3, 3), (25, 5)), (8, 32, 64), (8, 24, 64)):
        result = activation(2, (1, *size, outputs), scale=float(0.08 * np.sqrt(depth)))
        yield model_of(
            "CONV_2D", [activation(0, (1, *size, depth)), weights((outputs, 1, 1, depth), 0)], result,
            fused_activation_function="RELU", **Window((1, 1)).attributes(), **rounding(kernel),
        )  # fmt: skip


def thin_convolutions(kernel: str) -> Iterator[Model]:
    """Of channels that are no multiple of four, of signals in time and of images."""
    for extents, depth, outputs in product(((40, 1), (13, 1), (6, 5)), (1, 3, 6, 10), (6, 8, 24)):
        yield from convolution(kernel, Window((1, 1)), extents, depth, outputs)
        yield from convolution(kernel, Window((3, 1), padding=((1, 1), (0, 0))), extents, depth, outputs)


def padded_depthwise(kernel: str) -> Iterator[Model]:
    """Of signals in time, with as much output as input, and gaps between the taps."""
    for taps, gap, channels, length in product((3, 5), (1, 2, 4), (6, 8, 24), (16, 40)):
        around = gap * (taps // 2)
        window = Window((taps, 1), dilations=(gap, 1), padding=((around, around), (0, 0)))
        yield depthwise(kernel, window, (length, 1), channels, 1)


def first_convolutions(kernel: str) -> Iterator[Model]:
    """Of an image of few channels, by large windows."""
    for size, depth, outputs, extents in product(((8, 8), (5, 5), (4, 4)), (1, 2, 3), (8, 16), ((6, 10), (9, 17))):
        padding = tuple(((extent - 1) // 2, extent // 2) for extent in size)
        yield from convolution(kernel, Window(size, padding=padding), extents, depth, outputs)


def odd_products(kernel: str) -> Iterator[Model]:
    """Of inputs that are no multiple of four."""
    for rows, inputs, outputs in product((1, 3), (9, 30, 42, 90, 114, 123), (10, 48, 144)):
        result = activation(2, (rows, outputs), scale=float(0.08 * np.sqrt(inputs)))
        yield model_of(
            "FULLY_CONNECTED", [activation(0, (rows, inputs)), weights((outputs, inputs), 0)], result,
            keep_num_dims=False, weights_format="DEFAULT", fused_activation_function="RELU", **rounding(kernel),
        )  # fmt: skip


def padded(kernel: str) -> Iterator[Model]:
    dtype = "float32" if "f32" in kernel else "int8"
    for (rows, columns), channels, amount in product(((3, 5), (8, 4), (12, 12)), (1, 3, 8, 16, 30, 64), (1, 2)):
        before_after = np.array([[0, 0], [amount, 1], [1, amount], [0, 0]], np.int32)
        shape = (1, rows + amount + 1, columns + amount + 1, channels)
        tensors = [typed(activation(0, (1, rows, columns, channels)), dtype), given(1, before_after)]
        yield model_of("PAD", tensors, typed(Tensor(2, "t2", shape, "int8", tensors[0].quantisation), dtype))


def typed(tensor: Tensor, dtype: str) -> Tensor:
    return tensor if dtype == "int8" else Tensor(tensor.index, tensor.name, tensor.shape, dtype)


def converted(kernel: str) -> Iterator[Model]:
    kind = "DEQUANTIZE" if "dequantize" in kernel else "QUANTIZE"
    for (rows, columns), channels in product(IMAGES, (1, 3, 10, 32, 64)):
        quantised = activation(0 if kind == "DEQUANTIZE" else 1, (1, rows, columns, channels))
        if "u8" in kernel:
            quantised = Tensor(quantised.index, quantised.name, quantised.shape, "uint8", quantised.quantisation)
        real = Tensor(1 - quantised.index, f"t{1 - quantised.index}", quantised.shape, "float32")
        source, result = (quantised, real) if kind == "DEQUANTIZE" else (real, quantised)
        yield model_of(kind, [source], result)


def moved(kernel: str) -> Iterator[Model]:
    """TRANSPOSE of two axes, of short rows and of long ones; SLICE of rows, and of all but some columns."""
    del kernel
    for extents, begin in product(((5, 1), (8, 4), (12, 12)), ((1, 0), (0, 1), (2, 1))):
        for channels in (3, 8, 24, 64):
            first = (0, min(begin[0], extents[0] - 1), min(begin[1], extents[1] - 1), 0)
            source = activation(0, (1, *extents, channels))
            shape = tuple(extent - start for extent, start in zip(source.shape, first, strict=True))
            bounds = [given(3 + n, np.array(numbers, np.int32)) for n, numbers in enumerate((first, shape))]
            yield model_of("SLICE", [source, *bounds], Tensor(2, "t2", shape, "int8", source.quantisation))
    for (rows, columns), channels in product(((3, 5), (8, 4), (12, 12)), (1, 2, 3, 4, 8, 15, 16, 64)):
        for order in ((0, 2, 1, 3), (0, 3, 1, 2), (0, 1, 3, 2)):
            source = activation(0, (1, rows, columns, channels))
            shape = tuple(source.shape[axis] for axis in order)
            result = Tensor(2, "t2", shape, "int8", source.quantisation)
            yield model_of("TRANSPOSE", [source, given(1, np.array(order, np.int32))], result)


def real(model: Model) -> Model:
    """The same in float32."""
    return replace(model, tensors=tuple(_real(tensor) for tensor in model.tensors))


def _real(tensor: Tensor) -> Tensor:
    if tensor.dtype != "int8":
        return tensor
    data = None if tensor.data is None else tensor.data.astype(np.float32) / 64
    return replace(tensor, dtype="float32", quantisation=None, data=data)


def linear(kernel: str) -> Iterator[Model]:
    """Without an activation, so that results may be negative."""
    for model in models_of(kernel):
        (operator,) = model.operators
        attributes = {**operator.attributes, "fused_activation_function": "NONE"}
        yield replace(model, operators=(replace(operator, attributes=attributes),))


MAKES: dict[str, tuple[Callable[[str], Iterator[Model]], ...]] = {
    "arenite_depthwise_conv2d_s8": (narrow_depthwise, padded_depthwise),
    "arenite_depthwise_conv2d_once_s8": (narrow_depthwise,),
    "arenite_depthwise_conv2d_s16": (narrow_windows(narrow_depthwise, padded_depthwise),),
    "arenite_depthwise_conv2d_3x3_s8": (linear,),
    "arenite_conv2d_s8": (narrow_convolutions, thin_convolutions, first_convolutions),
    "arenite_conv2d_once_s8": (narrow_convolutions, thin_convolutions, first_convolutions),
    "arenite_conv2d_s16": (narrow_windows(thin_convolutions),),
    "arenite_fully_connected_s8": (odd_products,),
    "arenite_fully_connected_once_s8": (odd_products,),
    "arenite_move": (moved,),
    "arenite_pad_s8": (padded,),
    "arenite_pad_f32": (padded,),
    "arenite_quantize_f32_s8": (converted,),
    "arenite_quantize_f32_u8": (converted,),
    "arenite_dequantize_s8_f32": (converted,),
    "arenite_dequantize_u8_f32": (converted,),
}
"""Kernel -> models of one operator."""
FURTHER_WINDOWS = {
    "arenite_conv2d_f32": ("arenite_conv2d_general_s8",),
    "arenite_depthwise_conv2d_f32": ("arenite_depthwise_conv2d_3x3_s8",),
}
"""Kernels for float32 that do what several do for int8."""


def further_models_of(kernel: str) -> Iterator[Model]:
    for make in MAKES.get(kernel, ()):
        yield from make(kernel)
    if kernel in OTHERS:
        yield from OTHERS[kernel](kernel)
    if kernel.endswith("_f32"):
        name = kernel.removesuffix("f32")
        for others in (f"{name}s8", *FURTHER_WINDOWS.get(kernel, ())):
            for model in models_of(others):
                yield real(model)
