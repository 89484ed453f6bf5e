"""Random models of one operator with windows over height and width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from in_place_models import given, int8, model_of, real

from arenite.frontends.model import Model, Quantisation, Tensor

Array = npt.NDArray[Any]
Generator = np.random.Generator
Make = Callable[[Generator], Model]


def draw(generator: Generator, low: int, high: int) -> int:
    """From ``low`` to ``high``, both included."""
    return int(generator.integers(low, high, endpoint=True))


class Windows:
    """Random windows over height and width. With dilation, some may lie around the input altogether."""

    def __init__(self, generator: Generator, *, kernel: int = 0, dilations: tuple[int, int] = (2, 2)) -> None:
        self.extents: list[int] = []
        self.kernel: list[int] = []
        self.strides: list[int] = []
        self.dilations: list[int] = []
        self.padding: list[tuple[int, int]] = []
        self.counts: list[int] = []
        for axis in range(2):
            size, stride = kernel or draw(generator, 1, 4), draw(generator, 1, 3)
            dilation = draw(generator, 1, dilations[axis])
            reach = (size - 1) * dilation + 1
            before, after = (draw(generator, 0, size - 1) for _ in range(2))
            extent = draw(generator, max(reach - before - after, 2 if kernel else dilation), reach + 7)
            count = (before + extent + after - reach) // stride + 1
            # What the last window does not reach is no padding.
            after = max(0, (count - 1) * stride + reach - before - extent)
            for list_, value in (
                (self.extents, extent),
                (self.kernel, size),
                (self.strides, stride),
                (self.dilations, dilation),
                (self.counts, count),
            ):
                list_.append(value)
            self.padding.append((before, after))

    @property
    def attributes(self) -> dict[str, Any]:
        return {
            "explicit_padding": tuple(self.padding),
            "stride_h": self.strides[0],
            "stride_w": self.strides[1],
            "dilation_h_factor": self.dilations[0],
            "dilation_w_factor": self.dilations[1],
        }

    @property
    def inside(self) -> bool:
        """Whether each window has a tap in the input."""
        for axis in range(2):
            first = np.arange(self.counts[axis])[:, None] * self.strides[axis] - self.padding[axis][0]
            taps = first + np.arange(self.kernel[axis]) * self.dilations[axis]
            if not ((taps >= 0) & (taps < self.extents[axis])).any(axis=1).all():
                return False
        return True


def activation(generator: Generator) -> str:
    return str(generator.choice(["NONE", "RELU", "RELU6"]))


def weights_of(generator: Generator, shape: Sequence[int], axis: int, *, zero_points: bool = False) -> Tensor:
    channels = shape[axis]
    scales = tuple(np.float32(generator.uniform(0.01, 0.03, channels)).astype(float).tolist())
    points = tuple(generator.integers(-9, 9, channels).tolist()) if zero_points else (0,) * channels
    data = generator.integers(-127, 128, shape, np.int8)
    if zero_points:
        # Less a zero point this is more than int8 holds.
        points = (5, *points[1:])
        data.ravel()[0] = -128
    return Tensor(1, "weights", tuple(shape), "int8", Quantisation(scales, points, axis), data, constant=True)


def convolution(
    kind: str, *, once: bool = False, groups: bool = False, dilations: tuple[int, int] = (2, 1), wide: bool = False
) -> Make:
    def make(generator: Generator) -> Model:
        windows = Windows(generator, dilations=dilations)
        batches, channels = draw(generator, 1, 2), draw(generator, 1, 5)
        parts = draw(generator, 2, 3) if groups else 1
        channels *= parts
        depthwise = kind == "DEPTHWISE_CONV_2D"
        outputs = channels * draw(generator, 1, 2) if depthwise else parts * draw(generator, 1, 6)
        shape = (1, *windows.kernel, outputs) if depthwise else (outputs, *windows.kernel, channels // parts)
        weights = weights_of(generator, shape, 3 if depthwise else 0, zero_points=wide)
        terms = weights.elements / outputs
        source = int8(generator, 0, (batches, *windows.extents, channels), scale=0.05)
        result = int8(generator, 2, (batches, *windows.counts, outputs), scale=float(0.08 * np.sqrt(terms)))
        extra = {"requantisation": "once"} if once else {"unsigned": True} if wide else {}
        return model_of(
            kind, [source, weights], result,
            fused_activation_function=activation(generator), **windows.attributes, **extra,
        )  # fmt: skip

    return make


def transposed(dtype: str = "int8") -> Make:
    def make(generator: Generator) -> Model:
        # The windows of the convolution that goes the other way.
        windows = Windows(generator, dilations=(1, 1))
        batches, channels, outputs = (draw(generator, 1, most) for most in (2, 5, 9))
        shape = (outputs, *windows.kernel, channels)
        before, after = (batches, *windows.counts, channels), (batches, *windows.extents, outputs)
        size = given(3, np.array(after, np.int32))
        if dtype == "float32":
            weights, source = given(1, generator.normal(0, 1, shape).astype(np.float32)), real(0, before)
            result = real(2, after)
        elif dtype == "int16":
            weights, source = weights_of(generator, shape, 0), wide(0, before)
            result = wide(2, after, 0.0017 * float(np.sqrt(channels)))
        else:
            weights, source = weights_of(generator, shape, 0), int8(generator, 0, before, scale=0.05)
            result = int8(generator, 2, after, scale=float(0.08 * np.sqrt(channels)))
        fused = activation(generator)
        reads = [size, weights, source]
        return model_of("TRANSPOSE_CONV", reads, result, fused_activation_function=fused, **windows.attributes)

    return make


def depthwise_3x3(*, once: bool = False) -> Make:
    def make(generator: Generator) -> Model:
        channels = draw(generator, 1, 6)
        extents = [draw(generator, 3, 9) for _ in range(2)]
        stride = draw(generator, 1, 2)
        counts = [-(-extent // stride) for extent in extents]
        weights = weights_of(generator, (1, 3, 3, channels), 3)
        source = int8(generator, 0, (draw(generator, 1, 2), *extents, channels), scale=0.05)
        result = int8(generator, 2, (source.shape[0], *counts, channels), scale=0.24)
        extra = {"requantisation": "once"} if once else {}
        return model_of(
            "DEPTHWISE_CONV_2D", [source, weights], result,
            fused_activation_function=activation(generator), padding="SAME", stride_h=stride, stride_w=stride,
            dilation_h_factor=1, dilation_w_factor=1, **extra,
        )  # fmt: skip

    return make


def wide(index: int, shape: Sequence[int], scale: float = 0.001) -> Tensor:
    """An int16 tensor as TFLite has it."""
    return Tensor(index, f"t{index}", tuple(shape), "int16", Quantisation((scale,), (0,)))


def wide_bias(generator: Generator, channels: int, dtype: str = "int64") -> Tensor:
    return given(2, generator.integers(-(10**6), 10**6, channels).astype(dtype))


def convolution_s16(kind: str) -> Make:
    def make(generator: Generator) -> Model:
        windows = Windows(generator)
        depthwise = kind == "DEPTHWISE_CONV_2D"
        groups = 1 if depthwise else draw(generator, 1, 2)
        channels = draw(generator, 1, 5) * groups
        outputs = channels * draw(generator, 1, 2) if depthwise else draw(generator, 1, 6) * groups
        shape = (1, *windows.kernel, outputs) if depthwise else (outputs, *windows.kernel, channels // groups)
        weights = weights_of(generator, shape, 3 if depthwise else 0)
        bias = wide_bias(generator, outputs, "int32" if generator.random() < 0.3 and not depthwise else "int64")
        scale = 0.0017 * float(np.sqrt(weights.elements / outputs))
        batches = draw(generator, 1, 2)
        return model_of(
            kind,
            [wide(0, (batches, *windows.extents, channels)), weights, bias],
            wide(3, (batches, *windows.counts, outputs), scale),
            fused_activation_function=activation(generator),
            **windows.attributes,
        )

    return make


def convolution_f32(kind: str) -> Make:
    def make(generator: Generator) -> Model:
        windows = Windows(generator)
        depthwise = kind == "DEPTHWISE_CONV_2D"
        groups = draw(generator, 1, 2)
        channels = draw(generator, 1, 5) * groups
        outputs = channels * draw(generator, 1, 2) if depthwise else draw(generator, 1, 6) * groups
        shape = (1, *windows.kernel, outputs) if depthwise else (outputs, *windows.kernel, channels // groups)
        batches = draw(generator, 1, 2)
        return model_of(
            kind,
            [
                real(0, (batches, *windows.extents, channels)),
                given(1, generator.normal(0, 1, shape).astype(np.float32)),
                given(2, generator.normal(0, 1, outputs).astype(np.float32)),
            ],
            real(3, (batches, *windows.counts, outputs)),
            fused_activation_function=activation(generator),
            **windows.attributes,
        )

    return make


def pool(kind: str, *, once: bool = False, unsigned: bool = False, dtype: str = "int8") -> Make:
    def make(generator: Generator) -> Model:
        dilations = (2, 2) if dtype == "float32" else (1, 1)
        windows = Windows(generator, dilations=dilations)
        while not windows.inside:
            windows = Windows(generator, dilations=dilations)
        if generator.random() < 0.4:
            # Windows that do not overlap: rows can be summed up one by one.
            windows = Windows(generator, dilations=(1, 1))
            windows.strides[0] = windows.kernel[0]
            before, extent = windows.padding[0][0], windows.extents[0]
            windows.counts[0] = -(-(before + extent) // windows.kernel[0])
            windows.padding[0] = (before, windows.counts[0] * windows.kernel[0] - before - extent)
        batches, channels = draw(generator, 1, 2), draw(generator, 1, 9)
        shapes = (batches, *windows.extents, channels), (batches, *windows.counts, channels)
        attributes = {
            **windows.attributes,
            "filter_height": windows.kernel[0],
            "filter_width": windows.kernel[1],
            "fused_activation_function": activation(generator),
            "count_include_pad": bool(generator.random() < 0.5),
        }
        if dtype == "float32":
            return model_of(kind, [real(0, shapes[0])], real(1, shapes[1]), **attributes)
        if dtype == "int16":
            return model_of(kind, [wide(0, shapes[0])], wide(1, shapes[1]), **attributes)
        source = int8(generator, 0, shapes[0])
        result = int8(generator, 1, shapes[1])
        if not once:
            result = Tensor(1, "t1", shapes[1], "int8", source.quantisation)
        extra = {"requantisation": "once"} if once else {"unsigned": True} if unsigned else {}
        return model_of(kind, [source], result, **attributes, **extra)

    return make
