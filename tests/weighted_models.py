"""Models of one CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED with random int8 weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from models.writer import ModelWriter

Array = npt.NDArray[Any]
INPUT_SCALE = 0.05


@dataclass(frozen=True)
class Numbers:
    """What such an operator computes with.

    ``multiplier`` is the real factor from accumulator to output; None spreads outputs over the int8 range.
    ``bias`` is the largest magnitude of a bias, None leaves the bias out.
    """

    per_channel: bool = True
    multiplier: float | None = None
    input_zero_point: int = -3
    output_zero_point: int = 5
    weight_zero_point: int = 0
    bias: int | None = 2000
    activation: str = "NONE"
    seed: int = 0
    dtype: str = "int8"
    bias_type: str = "int32"


WIDE = Numbers(input_zero_point=0, output_zero_point=0, dtype="int16", bias_type="int64", bias=600_000)
"""Activations of int16, as TFLite has them."""


def output_extent(extent: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    """Positions of a window along an axis, as TensorFlow defines them."""
    return -(-extent // stride) if padding == "SAME" else -(-(extent - (kernel - 1) * dilation) // stride)


def convolution(
    kind: str,
    shape: Sequence[int],
    kernel: tuple[int, int],
    outputs: int,
    *,
    stride: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
    padding: str = "SAME",
    groups: int = 1,
    numbers: Numbers | None = None,
) -> bytes:
    """CONV_2D or DEPTHWISE_CONV_2D with ``outputs`` output channels on an NHWC input."""
    depthwise = kind == "DEPTHWISE_CONV_2D"
    weights_shape = (1, *kernel, outputs) if depthwise else (outputs, *kernel, shape[3] // groups)
    rows, columns = (output_extent(shape[1 + a], kernel[a], stride[a], dilation[a], padding) for a in (0, 1))
    options: dict[str, object] = {
        "padding": padding,
        "stride_h": stride[0],
        "stride_w": stride[1],
        "dilation_h_factor": dilation[0],
        "dilation_w_factor": dilation[1],
    }
    if depthwise:
        options["depth_multiplier"] = outputs // shape[3]
    result = (shape[0], rows, columns, outputs)
    return _model(kind, shape, weights_shape, 3 if depthwise else 0, result, options, numbers or Numbers())


def fully_connected(
    shape: Sequence[int],
    outputs: int,
    inputs: int,
    *,
    keep_num_dims: bool = False,
    numbers: Numbers | None = None,
) -> bytes:
    rows = int(np.prod(shape)) // inputs
    result = (*shape[:-1], outputs) if keep_num_dims else (rows, outputs)
    options: dict[str, object] = {"keep_num_dims": keep_num_dims}
    return _model("FULLY_CONNECTED", shape, (outputs, inputs), 0, result, options, numbers or Numbers())


def _model(
    kind: str,
    shape: Sequence[int],
    weights_shape: Sequence[int],
    axis: int,
    result_shape: Sequence[int],
    options: dict[str, object],
    numbers: Numbers,
) -> bytes:
    generator = np.random.default_rng(numbers.seed)
    channels = weights_shape[axis]
    weights = generator.integers(-127, 128, weights_shape)
    spread = generator.uniform(0.5, 1.5, channels if numbers.per_channel else 1)
    weight_scales = (0.02 * spread).astype(np.float32)
    terms = weights.size // channels
    multiplier = numbers.multiplier or 0.9 / (74 * np.sqrt(terms))
    output_scale = float(np.float32(INPUT_SCALE * 0.02 / multiplier))
    writer = ModelWriter()
    source = writer.tensor("input", shape, numbers.dtype, scale=INPUT_SCALE, zero_point=numbers.input_zero_point)
    constants = [
        writer.tensor(
            "weights",
            weights_shape,
            scale=weight_scales.tolist(),
            zero_point=numbers.weight_zero_point,
            axis=axis,
            data=np.clip(weights, -128 + abs(numbers.weight_zero_point), 127 - abs(numbers.weight_zero_point)),
        )
    ]
    if numbers.bias is not None:
        bias = generator.integers(-numbers.bias, numbers.bias, channels, endpoint=True)
        bias_scales = np.float32(INPUT_SCALE) * weight_scales
        constants.append(writer.tensor("bias", (channels,), numbers.bias_type, scale=bias_scales.tolist(), data=bias))
    result = writer.tensor(
        "output", result_shape, numbers.dtype, scale=output_scale, zero_point=numbers.output_zero_point
    )
    if numbers.dtype == "int16" and numbers.bias_type == "int32" and kind != "DEPTHWISE_CONV_2D":
        options["quantized_bias_type"] = "INT32"
    options["fused_activation_function"] = numbers.activation
    writer.operator(kind, [source, *constants], [result], **options)
    return writer.finish([source], [result])
