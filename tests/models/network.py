"""Int8 networks with random weights whose activations neither die nor saturate: ModelWriter and a scale per tensor.

The scales follow from a variance rule instead of a calibration run, so the bytes depend on nothing but the seed: with
independent weights of mean zero, E[y^2] = sum(w^2) * E[x^2] (He et al. 2015, section 2.2). Weight scales are chosen so
that each layer's result has the root mean square it is asked for, and a tensor's range is about three times that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from models.writer import ModelWriter

LINEAR_RMS = 1.5
RELU_RMS = 2.0
RELU6_RMS = 3.0
RANGE = 3.0
"""Half of a symmetric tensor's range, and all of a rectified one's, in units of its root mean square."""


@dataclass(frozen=True)
class Activation:
    """A tensor with what is known of it; ``rms`` is the expected root mean square of its real values."""

    tensor: int
    shape: tuple[int, ...]
    scale: float
    zero_point: int
    rms: float


class Network:
    """Adds an operator per call, in the order of execution. ``like`` gives a result another tensor's quantisation."""

    def __init__(self, name: str, seed: int) -> None:
        self.writer = ModelWriter(name)
        # numpy keeps the stream of RandomState, unlike that of default_rng, for all versions (NEP 19).
        self.random = np.random.RandomState(seed)
        self.count = 0

    def input(self, name: str, shape: Sequence[int]) -> Activation:
        """An int8 input, thought of as uniform over its whole range."""
        return self._result(name, shape, LINEAR_RMS, 3 * LINEAR_RMS / math.sqrt(3) / 128, -1)

    def float_input(self, name: str, shape: Sequence[int], rms: float = LINEAR_RMS) -> Activation:
        return Activation(self.writer.tensor(name, shape, "float32"), tuple(shape), 0.0, 0, rms)

    def convolution(
        self,
        x: Activation,
        channels: int,
        kernel: tuple[int, int] = (1, 1),
        *,
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        padding: str = "SAME",
        activation: str = "NONE",
        like: Activation | None = None,
    ) -> Activation:
        weights = self._weights((channels, *kernel, x.shape[3]))
        shape = (1, *_window(x, kernel, stride, dilation, padding), channels)
        inputs, result = self._weighted(x, weights, 0, shape, activation, like)
        self.writer.operator(
            "CONV_2D", inputs, [result.tensor],
            padding=padding, stride_h=stride[0], stride_w=stride[1], fused_activation_function=activation,
            dilation_h_factor=dilation[0], dilation_w_factor=dilation[1],
        )  # fmt: skip
        return result

    def depthwise(
        self,
        x: Activation,
        kernel: tuple[int, int] = (3, 3),
        *,
        multiplier: int = 1,
        stride: tuple[int, int] = (1, 1),
        padding: str = "SAME",
        activation: str = "NONE",
    ) -> Activation:
        weights = self._weights((1, *kernel, x.shape[3] * multiplier))
        shape = (1, *_window(x, kernel, stride, (1, 1), padding), x.shape[3] * multiplier)
        inputs, result = self._weighted(x, weights, 3, shape, activation, None)
        self.writer.operator(
            "DEPTHWISE_CONV_2D", inputs, [result.tensor],
            padding=padding, stride_h=stride[0], stride_w=stride[1], fused_activation_function=activation,
            depth_multiplier=multiplier, dilation_h_factor=1, dilation_w_factor=1,
        )  # fmt: skip
        return result

    def fully_connected(self, x: Activation, units: int, activation: str = "NONE") -> Activation:
        """Per-tensor weights, as TFLite's converter wrote them for years; ``x`` is [1, features]."""
        weights = self._weights((units, x.shape[1]))
        inputs, result = self._weighted(x, weights, None, (1, units), activation, None)
        self.writer.operator("FULLY_CONNECTED", inputs, [result.tensor], fused_activation_function=activation)
        return result

    def binary(self, kind: str, a: Activation, b: Activation, activation: str = "NONE") -> Activation:
        """ADD, SUB or MUL; ``b`` may be smaller, its extents broadcast."""
        rms = a.rms * b.rms if kind == "MUL" else math.hypot(a.rms, b.rms)
        result = self._activated(kind.lower(), a.shape, rms, activation, None)
        self.writer.operator(kind, [a.tensor, b.tensor], [result.tensor], fused_activation_function=activation)
        return result

    def add(self, a: Activation, b: Activation, activation: str = "NONE") -> Activation:
        return self.binary("ADD", a, b, activation)

    def pool(
        self,
        kind: str,
        x: Activation,
        window: tuple[int, int],
        *,
        stride: tuple[int, int] = (1, 1),
        padding: str = "SAME",
    ) -> Activation:
        """AVERAGE_POOL_2D or MAX_POOL_2D; TFLite wants the result in the quantisation of ``x``."""
        shape = (1, *_window(x, window, stride, (1, 1), padding), x.shape[3])
        return self.same(
            kind, x, shape,
            padding=padding, stride_h=stride[0], stride_w=stride[1], filter_height=window[0], filter_width=window[1],
        )  # fmt: skip

    def mean(self, x: Activation, *, keep_dims: bool = False) -> Activation:
        shape = (1, 1, 1, x.shape[3]) if keep_dims else (1, x.shape[3])
        axes = self._constant_int32("axes", [1, 2])
        rms = x.rms * 0.6
        result = self._result("mean", shape, rms, RANGE * rms / 127, 4)
        self.writer.operator("MEAN", [x.tensor, axes], [result.tensor], keep_dims=keep_dims)
        return result

    def concatenation(self, parts: Sequence[Activation], axis: int = 3) -> Activation:
        """All ``parts`` in one quantisation, which TFLite asks for in int8."""
        shape = list(parts[0].shape)
        shape[axis] = sum(part.shape[axis] for part in parts)
        result = self._copy("concatenation", parts[0], shape)
        self.writer.operator("CONCATENATION", [part.tensor for part in parts], [result.tensor], axis=axis)
        return result

    def pad(self, x: Activation, paddings: Sequence[tuple[int, int]], kind: str = "PAD") -> Activation:
        """PAD fills with zero; PADV2 with a stored value of its own, here one that is not the zero point."""
        shape = [before + extent + after for extent, (before, after) in zip(x.shape, paddings, strict=True)]
        amounts = self.writer.tensor(self._name("paddings"), (len(paddings), 2), "int32", data=paddings)
        if kind == "PAD":
            return self.same(kind, x, shape, amounts)
        fill = self.writer.tensor(
            self._name("fill"), (1,), "int8", scale=x.scale, zero_point=x.zero_point, data=[x.zero_point + 9]
        )
        return self.same(kind, x, shape, amounts, fill)

    def transpose(self, x: Activation, permutation: Sequence[int]) -> Activation:
        order = self._constant_int32("permutation", permutation)
        return self.same("TRANSPOSE", x, [x.shape[axis] for axis in permutation], order)

    def reshape(self, x: Activation, shape: Sequence[int]) -> Activation:
        return self.same("RESHAPE", x, shape, self._constant_int32("shape", shape), new_shape=list(shape))

    def squeeze(self, x: Activation, axes: Sequence[int]) -> Activation:
        shape = [extent for axis, extent in enumerate(x.shape) if axis not in axes]
        return self.same("SQUEEZE", x, shape, squeeze_dims=list(axes))

    def expand_dims(self, x: Activation, axis: int) -> Activation:
        shape = (*x.shape[:axis], 1, *x.shape[axis:])
        return self.same("EXPAND_DIMS", x, shape, self._constant_int32("axis", [axis]))

    def same(self, kind: str, x: Activation, shape: Sequence[int], *constants: int, **options: object) -> Activation:
        """An operator that moves or selects values of ``x`` in their quantisation."""
        result = self._copy(kind.lower(), x, shape)
        self.writer.operator(kind, [x.tensor, *constants], [result.tensor], **options)
        return result

    def rectify(self, kind: str, x: Activation) -> Activation:
        """RELU, RELU6, RELU_N1_TO_1 or RELU_0_TO_1 as an operator of its own."""
        result = self._activated(kind.lower(), x.shape, x.rms, kind, None)
        self.writer.operator(kind, [x.tensor], [result.tensor])
        return result

    def softmax(self, x: Activation) -> Activation:
        result = self._result("softmax", x.shape, 0.2, 1 / 256, -128)
        self.writer.operator("SOFTMAX", [x.tensor], [result.tensor], beta=1.0)
        return result

    def logistic(self, x: Activation) -> Activation:
        result = self._result("logistic", x.shape, 0.6, 1 / 256, -128)
        self.writer.operator("LOGISTIC", [x.tensor], [result.tensor])
        return result

    def tanh(self, x: Activation) -> Activation:
        result = self._result("tanh", x.shape, 0.7, 1 / 128, 0)
        self.writer.operator("TANH", [x.tensor], [result.tensor])
        return result

    def quantize(self, x: Activation, like: Activation | None = None) -> Activation:
        """float32 to int8, or int8 to another scale and zero point."""
        result = self._activated("quantize", x.shape, x.rms, "NONE", like)
        self.writer.operator("QUANTIZE", [x.tensor], [result.tensor])
        return result

    def dequantize(self, x: Activation) -> Activation:
        result = replace(x, tensor=self.writer.tensor(self._name("dequantize"), x.shape, "float32"))
        self.writer.operator("DEQUANTIZE", [x.tensor], [result.tensor])
        return result

    def finish(self, inputs: Sequence[Activation], outputs: Sequence[Activation]) -> bytes:
        return self.writer.finish([x.tensor for x in inputs], [x.tensor for x in outputs])

    def _weights(self, shape: Sequence[int]) -> npt.NDArray[np.int64]:
        return self.random.randint(-127, 128, size=shape)

    def _weighted(
        self,
        x: Activation,
        weights: npt.NDArray[np.int64],
        axis: int | None,
        shape: Sequence[int],
        activation: str,
        like: Activation | None,
    ) -> tuple[list[int], Activation]:
        """Inputs and result of a convolution or a fully connected layer; ``axis`` of the weights is quantised per
        channel, with None the whole of it."""
        rms = {"NONE": LINEAR_RMS, "RELU": RELU_RMS, "RELU6": RELU6_RMS}[activation]
        channel_axis = 0 if axis is None else axis
        channels = weights.shape[channel_axis]
        energy = np.square(weights).swapaxes(0, channel_axis).reshape(channels, -1).sum(axis=1)
        gains = [rms / (x.rms * math.sqrt(int(one))) for one in energy]
        # Channels differ in strength, so that no two share a multiplier.
        strengths = [self.random.randint(75, 126) / 100 for _ in range(channels)]
        scales = [float(np.float32(gain * strength)) for gain, strength in zip(gains, strengths, strict=True)]
        if axis is None:
            scales = [sum(scales) / channels]
        bias_scales = [float(np.float32(x.scale) * np.float32(scale)) for scale in scales]
        offsets = [self.random.randint(-60, 61) for _ in range(channels)]
        biases = [round(rms * offset / 100 / bias_scales[c % len(scales)]) for c, offset in enumerate(offsets)]
        kind = {None: "fully_connected", 0: "conv", 3: "depthwise"}[axis]
        constants = [
            self.writer.tensor(
                self._name(f"{kind}_weights"), weights.shape, "int8", scale=scales, axis=channel_axis, data=weights
            ),
            self.writer.tensor(self._name(f"{kind}_bias"), (channels,), "int32", scale=bias_scales, data=biases),
        ]
        return [x.tensor, *constants], self._activated(kind, shape, rms, activation, like)

    def _activated(
        self, name: str, shape: Sequence[int], rms: float, activation: str, like: Activation | None
    ) -> Activation:
        """A result whose root mean square before its activation function is ``rms``."""
        if like is not None:
            return self._result(name, shape, like.rms, like.scale, like.zero_point)
        if activation == "RELU6":
            return self._result(name, shape, rms * 0.65, 6 / 255, -128)
        if activation == "RELU_0_TO_1":
            return self._result(name, shape, 0.6, 1 / 255, -128)
        if activation == "RELU_N1_TO_1":
            return self._result(name, shape, 0.8, 2 / 255, -1)
        if activation == "RELU":
            return self._result(name, shape, rms * math.sqrt(0.5), RANGE * rms / 255, -128)
        return self._result(name, shape, rms, RANGE * rms / 127, self.random.randint(-12, 13))

    def _result(self, name: str, shape: Sequence[int], rms: float, scale: float, zero_point: int) -> Activation:
        scale = float(np.float32(scale))
        tensor = self.writer.tensor(self._name(name), shape, "int8", scale=scale, zero_point=zero_point)
        return Activation(tensor, tuple(shape), scale, zero_point, rms)

    def _copy(self, name: str, x: Activation, shape: Sequence[int]) -> Activation:
        return self._result(name, shape, x.rms, x.scale, x.zero_point)

    def _constant_int32(self, name: str, values: Sequence[int]) -> int:
        return self.writer.tensor(self._name(name), (len(values),), "int32", data=values)

    def _name(self, name: str) -> str:
        self.count += 1
        return f"{name}_{self.count - 1}"


def _window(
    x: Activation, kernel: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int], padding: str
) -> tuple[int, int]:
    """Height and width after a sliding window (TFLite: ComputeOutSize)."""
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    extents = [n if padding == "SAME" else n - r + 1 for n, r in zip(x.shape[1:3], reach, strict=True)]
    height, width = (-(-n // s) for n, s in zip(extents, stride, strict=True))
    return height, width
