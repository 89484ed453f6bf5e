"""What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED have in common: int8 weights, an int32 bias, their scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.float_rounding import float_multipliers, float_scale, rounds_once
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.operators.pool import axis_paddings, window_positions
from arenite.frontends.operators.tensors import activation, as_int, constant, int8_tensor, require_shape, sized_tensor
from arenite.frontends.quantise import (
    INT8_MAX,
    INT8_MIN,
    activation_range,
    channel_scales,
    channel_table,
    folded_bias,
    quantize_multipliers,
)
from arenite.frontends.rewrites.unsigned import is_unsigned

Array = npt.NDArray[Any]

CONVOLUTION_FIELDS = (
    "batches", "input_rows", "input_columns", "input_channels", "output_rows", "output_columns", "output_channels",
    "groups", "kernel_rows", "kernel_columns", "stride_rows", "stride_columns", "dilation_rows", "dilation_columns",
    "pad_top", "pad_left", "input_zero_point", "output_zero_point", "activation_min", "activation_max",
    "output_stride", "output_start",
)  # fmt: skip
"""Of the layers of kernels that compute any convolution."""


@dataclass(frozen=True, eq=False)
class Weighted:
    """The tensors of such an operator. ``scales`` are the real multipliers from accumulator to output, one per output
    channel. ``zero_points``: of the weights as they are ``stored``, one or one per output channel; none if all are 0.
    Output channels where weights less their zero points are no int8 are ``wide``, ascending; ``weights`` are the
    others as int8, and zeros in the wide ones."""

    source: Tensor
    source_zero_point: int
    result: Tensor
    result_zero_point: int
    stored: Array
    zero_points: tuple[int, ...]
    channel_axis: int
    weights: Array
    wide: tuple[int, ...]
    bias: Array | None
    scales: npt.NDArray[np.float64]
    rounds_once: bool
    activation_min: int
    activation_max: int

    @property
    def kernel_suffix(self) -> str:
        """Of the kernel that rounds as the operator does."""
        return "_once_s8" if self.rounds_once else "_s8"

    @property
    def differences(self) -> Array:
        """The weights less their zero points: int16, or as they are stored where these are 0."""
        return _differences(self.stored, self.zero_points, self.channel_axis) if self.zero_points else self.stored

    def wide_weights(self) -> Array:
        """int16 [wide channel, ...]: their weights less their zero points."""
        channels = list(self.wide)
        points = [self.zero_points[channel] for channel in channels] if len(self.zero_points) > 1 else self.zero_points
        return _differences(_channels_first(self.stored, self.channel_axis)[channels], points, 0)


def weighted(model: Model, operator: Operator, channel_axis: int) -> Weighted:
    """Checks and gathers; ``channel_axis`` of the weights counts output channels.

    Raises:
        NotLowered: something is not int8 with constant int8 weights and an absent or constant int32 bias.
    """
    source, source_quantisation = int8_tensor(model, activation(model, operator.inputs[0]))
    result, result_quantisation = int8_tensor(model, operator.outputs[0])
    tensor = sized_tensor(model, operator.inputs[1], "int8")
    weights = constant(model, tensor.index, "int8")
    if (
        tensor.quantisation is None
        or not tensor.quantisation.scales
        or not -weights.ndim <= channel_axis < weights.ndim
    ):
        raise NotLowered(f"the weights (tensor {tensor.index}) lack scales or axes")
    points = tensor.quantisation.zero_points if any(tensor.quantisation.zero_points) else ()
    if min(points, default=0) < INT8_MIN or max(points, default=0) > INT8_MAX:
        raise NotLowered(f"the weights (tensor {tensor.index}) have zero points beyond int8")
    channels = weights.shape[channel_axis]
    if len(tensor.quantisation.zero_points) not in (0, 1, channels):
        count = len(tensor.quantisation.zero_points)
        raise NotLowered(f"the weights have {count} zero points for {channels} output channels")
    quantisation = _axis(tensor, channel_axis)
    narrow = weights
    wide: tuple[int, ...] = ()
    if points:
        _check_zero_points(operator, quantisation)
        narrow, wide = _narrow(weights, points, channel_axis)
    low, high = activation_range(operator.attributes["fused_activation_function"], result_quantisation)
    return Weighted(
        source=source,
        source_zero_point=source_quantisation.zero_point,
        result=result,
        result_zero_point=result_quantisation.zero_point,
        stored=weights,
        zero_points=points,
        channel_axis=channel_axis,
        weights=narrow,
        wide=wide,
        bias=_bias(model, operator, channels),
        scales=_real_multipliers(
            operator, source_quantisation, channel_scales(quantisation, channels), result_quantisation
        ),
        rounds_once=rounds_once(operator),
        activation_min=low,
        activation_max=high,
    )


def _real_multipliers(
    operator: Operator, source: Quantisation, scales: Sequence[float], result: Quantisation
) -> npt.NDArray[np.float64]:
    """Scale of the input * scale of the weights / scale of the output, in the arithmetic of the operator: TFLite's
    convolutions of uint8 multiply in float32 (GetQuantizedConvolutionMultipler), its others in float64."""
    if rounds_once(operator):
        return np.array([float_scale(source.scale, scale, divisors=(result.scale,)) for scale in scales])
    in_float32 = is_unsigned(operator) and operator.kind != "FULLY_CONNECTED"
    dtype = np.float32 if in_float32 else np.float64
    with np.errstate(all="ignore"):
        products = dtype(source.scale) * np.array(scales, dtype)
        multipliers: npt.NDArray[np.float64] = products.astype(np.float64) / result.scale
    return multipliers


def channel_records(tensors: Weighted) -> npt.NDArray[np.int32]:
    """int32 [channels, 3] of ``arenite_channel``: the bias, and a multiplier that rounds as the operator does."""
    bias = np.zeros(len(tensors.scales), np.int32) if tensors.bias is None else tensors.bias
    if tensors.rounds_once:
        return np.column_stack([bias, float_multipliers(tensors.scales)])
    return channel_table(bias, quantize_multipliers(tensors.scales))


def folded_records(records: Array, weights: Array, zero_point: int) -> npt.NDArray[np.int32]:
    """The same with biases for inputs as they are, not less their zero point.

    Args:
        weights: [channels, ...].
    """
    folded: npt.NDArray[np.int32] = records.copy()
    folded[:, 0] = folded_bias(weights, records[:, 0], zero_point)
    return folded


def centred(weights: Array, zero_points: Sequence[int], channel_axis: int) -> Array:
    """int8: the weights less their zero point, or that of their output channel. Raises NotLowered if that is more."""
    narrow, wide = _narrow(weights, zero_points, channel_axis)
    if wide:
        difference = _differences(weights, zero_points, channel_axis)
        raise NotLowered(
            f"the weights less their zero points, {difference.min()} to {difference.max()}, do not fit into int8"
        )
    return narrow


def _narrow(weights: Array, zero_points: Sequence[int], channel_axis: int) -> tuple[Array, tuple[int, ...]]:
    """As int8 the weights less their zero points, and the output channels where this is more: they have zeros."""
    by_channel = _channels_first(weights, channel_axis)
    points = np.array(zero_points or (0,), np.int16)
    low, high = int(weights.min()) - int(points.max()), int(weights.max()) - int(points.min())
    wide: tuple[int, ...] = ()
    if low < INT8_MIN or high > INT8_MAX:
        others = tuple(range(1, weights.ndim))
        outside = (by_channel.min(axis=others) - points < INT8_MIN) | (by_channel.max(axis=others) - points > INT8_MAX)
        wide = tuple(np.flatnonzero(outside).tolist())
    # What wraps is wide.
    narrow: Array = weights - _along(points.astype(np.int8), weights.ndim, channel_axis)
    if wide:
        _channels_first(narrow, channel_axis)[list(wide)] = 0
    return narrow, wide


def _differences(weights: Array, zero_points: Sequence[int], channel_axis: int) -> Array:
    """int16: the weights less their zero point, or that of their output channel."""
    difference: Array = weights - _along(np.array(zero_points or (0,), np.int16), weights.ndim, channel_axis)
    return difference


def _channels_first(weights: Array, channel_axis: int) -> Array:
    axes = list(range(weights.ndim))
    turned: Array = weights.transpose(axes.pop(channel_axis), *axes)
    return turned


def _along(points: Array, axes: int, channel_axis: int) -> Array:
    """One for all, or those of output channels for arrays with so many axes."""
    return points.reshape([-1 if axis == channel_axis % axes else 1 for axis in range(axes)])


def _check_zero_points(operator: Operator, quantisation: Quantisation) -> None:
    """Of weights with others than 0: TFLite's kernels for int8 take that of one tensor, only in a matrix product."""
    if is_unsigned(operator) or rounds_once(operator):
        return
    if quantisation.per_channel:
        raise NotLowered("the weights are quantised per channel with zero points other than 0")
    if operator.kind != "FULLY_CONNECTED":
        raise NotLowered("the weights have a zero point")


def accumulator_limit(weights: Array, bias: Array | None, source_zero_point: int) -> int:
    """The greatest magnitude of an accumulator (int8 inputs less their zero point times weights, plus bias); weights
    have their output channels along the first axis."""
    sums = np.abs(weights.reshape(weights.shape[0], -1).astype(np.int64)).sum(axis=1)
    largest = sums * max(127 - source_zero_point, 128 + source_zero_point)
    return int((largest + (0 if bias is None else np.abs(bias.astype(np.int64)))).max())


def _axis(weights: Tensor, channel_axis: int) -> Quantisation:
    quantisation = weights.quantisation
    assert quantisation is not None
    if quantisation.per_channel and quantisation.axis != channel_axis % len(weights.shape):
        raise NotLowered(f"the weights are quantised along axis {quantisation.axis}, not along their output channels")
    return quantisation


def _bias(model: Model, operator: Operator, channels: int) -> Array | None:
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return None
    bias = constant(model, operator.inputs[2], "int32")
    if bias.size != channels:
        raise NotLowered(f"the bias has {bias.size} values for {channels} output channels")
    return bias.reshape(channels)


def window(operator: Operator, tensors: Weighted, kernel: tuple[int, int], outputs: int) -> dict[str, int]:
    """Strides, dilations, padding and output extents of a convolution, by the names of the kernels' layer fields.

    Args:
        kernel: height and width.
        outputs: output channels.

    Raises:
        NotLowered: an attribute is out of range, or the output's shape is not what they give.
    """
    fields: dict[str, int] = {}
    paddings = axis_paddings(operator)
    for axis, suffix in enumerate(("rows", "columns")):
        letter = "hw"[axis]
        stride = as_int(operator.attributes[f"stride_{letter}"])
        dilation = as_int(operator.attributes[f"dilation_{letter}_factor"])
        if dilation < 1:
            raise NotLowered(f"the dilation is {dilation}")
        reach = (kernel[axis] - 1) * dilation + 1
        count, pad = window_positions(tensors.source.shape[1 + axis], reach, stride, paddings[axis])
        fields |= {f"stride_{suffix}": stride, f"dilation_{suffix}": dilation, f"output_{suffix}": count}
        fields[("pad_top", "pad_left")[axis]] = pad
    require_shape(tensors.result, (tensors.source.shape[0], fields["output_rows"], fields["output_columns"], outputs))
    return fields


def row_taps(kernel_rows: int, dilation: int, row_bytes: int) -> npt.NDArray[np.int32]:
    """Distance in bytes of each input row of a window from its first one."""
    return np.array([row * dilation * row_bytes for row in range(kernel_rows)], np.int64).astype(np.int32)


def in_fours(records: Array) -> Array:
    """What there is one of for each output channel, filled up with zeros to a multiple of four."""
    count = len(records)
    if count % 4 == 0:
        return records
    filled = np.zeros((-(-count // 4) * 4, *records.shape[1:]), records.dtype)
    filled[:count] = records
    return filled


def quads(weights: Array) -> Array:
    """int8 [output channel, ...] -> uint32 [output channels / 4, rounded up, elements]: see ``arenite_quad``."""
    channels = weights.shape[0]
    padded = np.zeros((-(-channels // 4) * 4, weights.size // channels), np.int8)
    padded[:channels] = weights.reshape(channels, -1)
    of_four = padded.view(np.uint8).reshape(-1, 4, padded.shape[1])
    lanes = np.empty((len(of_four), padded.shape[1], 4), np.uint8)
    for lane, (channel, offset) in enumerate(((0, 128), (3, 0), (2, 128), (1, 0))):
        lanes[:, :, lane] = of_four[:, channel] ^ offset
    words: Array = lanes.view("<u4")[:, :, 0].astype(np.uint32)
    return words
