"""What int16 CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED have in common: int8 weights, biases of 64 or 32 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Quantisation, Tensor
from arenite.frontends.operators.int16.tensors import int16_activation, int16_tensor
from arenite.frontends.operators.tensors import constant, sized_tensor
from arenite.frontends.operators.weights import centred
from arenite.frontends.quantise import INT32_MAX, channel_scales, quantize_multiplier

Array = npt.NDArray[Any]

MAX_SUM = 2**47
"""Of the magnitudes that TFLite rescales with 16 bits of a multiplier."""
MAX_SHIFT = 7
"""To the left, likewise."""


@dataclass(frozen=True, eq=False)
class Weighted:
    """The tensors of such an operator. ``weights``: int8, less their zero point. ``bias``: int64, one per output
    channel, zeros where the operator has none. ``narrow``: TFLite keeps its sums in 32 bits, as the bias is int32.
    ``scales`` are the real multipliers from sum to output, one per output channel; ``limit``: no sum is greater."""

    source: Tensor
    result: Tensor
    result_quantisation: Quantisation
    weights: Array
    bias: Array
    narrow: bool
    scales: tuple[float, ...]
    limit: int


def weighted(model: Model, operator: Operator, rank: int, channel_axis: int) -> Weighted:
    """Checks and gathers; the weights have ``rank`` axes, of which ``channel_axis`` counts output channels."""
    source, source_quantisation = int16_activation(model, operator.inputs[0])
    result, result_quantisation = int16_tensor(model, operator.outputs[0])
    tensor = sized_tensor(model, operator.inputs[1], "int8")
    weights = constant(model, tensor.index, "int8")
    quantisation = tensor.quantisation
    if weights.ndim != rank:
        raise NotLowered(f"the weights have {weights.ndim} axes, not {rank}")
    if quantisation is None or not quantisation.scales:
        raise NotLowered(f"the weights (tensor {tensor.index}) lack scales")
    if quantisation.per_channel and quantisation.axis != channel_axis:
        raise NotLowered(f"the weights are quantised along axis {quantisation.axis}, not along their output channels")
    if operator.kind != "FULLY_CONNECTED" and any(quantisation.zero_points):
        raise NotLowered("the weights have a zero point")
    channels = weights.shape[channel_axis]
    weights = centred(weights, quantisation.zero_points, channel_axis)
    bias, narrow = _bias(model, operator, channels)
    by_channel = np.abs(np.moveaxis(weights, channel_axis, 0).reshape(channels, -1).astype(np.int64)).sum(axis=1)
    limit = max(int(own) * 2**15 + abs(int(one)) for own, one in zip(by_channel, bias, strict=True))
    if limit >= MAX_SUM:
        raise NotLowered(f"its sums reach {limit}")
    scales = channel_scales(quantisation, channels)
    return Weighted(
        source=source,
        result=result,
        result_quantisation=result_quantisation,
        weights=weights,
        bias=bias,
        narrow=narrow,
        scales=tuple(source_quantisation.scale * scale / result_quantisation.scale for scale in scales),
        limit=limit,
    )


def _bias(model: Model, operator: Operator, channels: int) -> tuple[Array, bool]:
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return np.zeros(channels, np.int64), False
    bias = constant(model, operator.inputs[2], "int32", "int64")
    if bias.size != channels:
        raise NotLowered(f"the bias has {bias.size} values for {channels} output channels")
    return bias.reshape(channels).astype(np.int64), bias.dtype == np.int32


def channel_records(tensors: Weighted) -> npt.NDArray[np.int32]:
    """int32 [channels, 4] of ``arenite_s16_channel``. With sums of 64 bits TFLite takes the upper 16 bits of a
    multiplier, rounded, and shifts once."""
    multipliers = [quantize_multiplier(scale) for scale in tensors.scales]
    if not tensors.narrow:
        multipliers = [reduced_multiplier(*one) for one in multipliers]
        if fits_int32(tensors):
            multipliers = [raised(*one) for one in multipliers]
    bias = tensors.bias
    halves = (bias & 0xFFFFFFFF).astype(np.uint32).view(np.int32), (bias >> 32).astype(np.int32)
    return np.column_stack([*halves, np.array(multipliers, np.int32)])


def reduced_multiplier(multiplier: int, shift: int) -> tuple[int, int]:
    """Multiplier of 15 bits and shift to the right (TFLite: MultiplyByQuantizedMultiplier of an int64)."""
    if shift > MAX_SHIFT:
        raise NotLowered(f"the scales give a multiplier of 2^{shift}, which is too large for sums of 64 bits")
    return min((multiplier + 2**15) >> 16, 2**15 - 1), 15 - shift


def raised(multiplier: int, shift: int) -> tuple[int, int]:
    """The same for sums of 32 bits, so that the result is the upper word of a product, if that is possible."""
    return (multiplier << (32 - shift), 0) if 16 <= shift <= 32 else (multiplier, shift)


def fits_int32(tensors: Weighted) -> bool:
    """Whether no sum leaves int32."""
    return tensors.limit <= INT32_MAX


def by_fours(weights: Array, groups: int = 1) -> Array:
    """[output channel, element ...] -> [group, output channel / 4, element, 4]: the elements of four output channels of
    a group side by side, filled up with zeros."""
    own = weights.shape[0] // groups
    padded = np.zeros((groups, -(-own // 4) * 4, weights[0].size), np.int8)
    padded[:, :own] = weights.reshape(groups, own, -1)
    fours: Array = padded.reshape(groups, -1, 4, padded.shape[2]).swapaxes(2, 3)
    return np.ascontiguousarray(fours)
