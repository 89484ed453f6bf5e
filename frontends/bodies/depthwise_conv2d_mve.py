"""Depthwise convolution with any kernel for Helium: eight output channels at once, without scratch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.mve_packing import four_channels
from arenite.frontends.bodies.repack import scales
from arenite.frontends.bodies.runs import RECORD_BYTES
from arenite.frontends.lowering import Array, Arrays, Call, Entries, LateConstants

EIGHT = 8
EVEN_THEN_ODD = (0, 2, 4, 6, 1, 3, 5, 7)


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int]:
    """The body's call."""
    layer = call.layer
    once = "_once_" in call.kernel
    records = scales(call)
    weights = np.asarray(call.constants["weights"], np.int8)
    weights = weights.reshape(-1, weights.shape[-1])
    taps, outputs = weights.shape
    eights = -(-outputs // EIGHT) * EIGHT
    entries: Entries = {
        "taps": call.constants["taps"],
        "weights": eights * (1 + taps),
        "constants": eights * RECORD_BYTES,
    }
    source: Arrays = {"weights": weights, "channels": records}
    constants = LateConstants(entries, partial(_constants, once, call, weights), source)
    kernel = call.kernel.replace("conv2d", "conv2d_mve")
    fields = {**layer, "left_shifts": int(not once and shifts_left(records))}
    return Call(kernel, fields, call.inputs, constants), 0


def _constants(once: bool, call: Call, weights: npt.NDArray[np.int8]) -> Mapping[str, Array]:
    channels = unfolded(call.constants["channels"].astype(np.int32), weights, call.layer["input_zero_point"])
    return {
        "weights": blocks(weights, call.layer["depth_multiplier"]),
        "constants": four_channels(_even_then_odd(channels), once),
    }


def shifts_left(channels: npt.NDArray[np.int32]) -> bool:
    """Whether a shift of these ``arenite_channel``, rounded twice, is not to the right. One by nothing rounds
    nothing."""
    return bool((channels[:, 2] < 0).any())


def unfolded(
    channels: npt.NDArray[np.int32], weights: npt.NDArray[np.int8], input_zero_point: int
) -> npt.NDArray[np.int32]:
    """int32 [channels, 3] of ``arenite_channel`` with biases for inputs less their zero point.

    Args:
        weights: [taps, channels].
    """
    result: npt.NDArray[Any] = channels.astype(np.int64)
    result[:, 0] += input_zero_point * weights.sum(axis=0, dtype=np.int64)
    wrapped: npt.NDArray[np.int32] = result.astype(np.uint64).astype(np.uint32).view(np.int32)
    return wrapped


def blocks(weights: npt.NDArray[np.int8], multiplier: int) -> npt.NDArray[np.int8]:
    """int8 [taps, channels] -> [blocks, 1 + taps, 8], filled up with zeros. In front of each block's weights: how many
    input channels behind that of the block's first channel the channel's own is.

    Args:
        multiplier: output channels of each input channel.
    """
    taps, channels = weights.shape
    count = -(-channels // EIGHT)
    padded: npt.NDArray[Any] = np.zeros((count, 1 + taps, EIGHT), np.int8)
    of_inputs = np.arange(count * EIGHT).reshape(count, EIGHT) // multiplier
    padded[:, 0] = of_inputs - of_inputs[:, :1]
    filled = np.pad(weights, ((0, 0), (0, count * EIGHT - channels)))
    padded[:, 1:] = filled.reshape(taps, count, EIGHT).transpose(1, 0, 2)
    return padded


def _even_then_odd(channels: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Blocks of eight channels, filled up with zeros, of which those of even numbers come first."""
    filled = np.pad(channels, ((0, -len(channels) % EIGHT), (0, 0)))
    return np.ascontiguousarray(filled.reshape(-1, EIGHT, 3)[:, EVEN_THEN_ODD, :].reshape(-1, 3))


BODIES = tuple(
    Body(f"arenite_depthwise_conv2d{suffix}", f"arenite_depthwise_conv2d_mve{suffix}", "mve", rewrite)
    for suffix in ("_s8", "_once_s8")
)
