"""Depthwise convolution 3x3 for Helium: input columns are turned in scratch so that a window is a few words. Without
scratch it is a convolution with any kernel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies import depthwise_conv2d_mve as any_kernel
from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.depthwise_conv2d_mve import shifts_left
from arenite.frontends.bodies.mve_packing import CHUNK, four_channels
from arenite.frontends.lowering import Call
from arenite.frontends.operators.depthwise_conv2d import FIELDS

WORD = 4
SLACK = CHUNK * WORD
"""Bytes of scratch behind the columns."""


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    """The body's call, and its scratch. None for channels with shifts that are not to the right where scratch does not
    hold the columns of one pixel."""
    once = "_once_" in call.kernel
    channels = np.asarray(call.constants["channels"], np.int32)
    left = not once and shifts_left(channels)
    filled = np.pad(channels, ((0, -len(channels) % 4), (0, 0)))
    sizes = [(scratch_bytes(call.layer, *chunk), chunk) for chunk in _chunks(call.layer)]
    fitting = [(_row_instructions(call.layer, *chunk), size, chunk) for size, chunk in sizes if size <= scratch_limit]
    if not fitting:
        return None if left else any_kernel.rewrite(_of_any_kernel(call), 0)
    _, size, (depth, columns) = min(fitting)
    fields = {**call.layer, "chunk_channels": depth, "chunk_columns": columns, "left_shifts": int(left)}
    constants: dict[str, npt.NDArray[np.generic]] = {
        "taps": call.constants["taps"],
        "weights": turned_weights(np.asarray(call.constants["weights"], np.int8)),
        "constants": four_channels(filled, once),
    }
    kernel = call.kernel.replace("conv2d_3x3", "conv2d_3x3_mve")
    return Call(kernel, fields, call.inputs, constants), size


def _of_any_kernel(call: Call) -> Call:
    """The call of the portable kernel for all kernels."""
    fixed = {"depth_multiplier": 1, "kernel_rows": 3, "kernel_columns": 3, "dilation_columns": 1}
    fields = {**call.layer, **fixed}
    weights = np.asarray(call.constants["weights"], np.int8)
    constants = {**call.constants, "weights": np.ascontiguousarray(weights.reshape(-1, 9).T)}
    layer = {name: fields[name] for name in FIELDS}
    return Call(call.kernel.replace("_3x3", ""), layer, call.inputs, constants)


def turned_weights(weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """int8 [channels, 3, 3] -> a word of 0, then int8 [channels, 4 columns, 4 rows], filled up with 0, to a multiple of
    4 channels."""
    channels = len(weights)
    turned: npt.NDArray[Any] = np.zeros((-(-channels // 4) * 4, 4, 4), np.int8)
    turned[:channels, :3, :3] = weights.reshape(channels, 3, 3).transpose(0, 2, 1)
    return np.concatenate([np.zeros(WORD, np.int8), turned.ravel()])


def scratch_bytes(layer: Mapping[str, int], depth: int, columns: int) -> int:
    """For chunks of so many channels and output columns."""
    return ((columns - 1) * layer["stride_columns"] + 3) * depth * WORD + SLACK


def _chunks(layer: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Channels and output columns that may be computed at once."""
    channels, columns = layer["input_channels"], layer["output_columns"]
    for depth in (channels, *range(CHUNK, channels, CHUNK)):
        for parts in range(1, columns + 1):
            share = -(-columns // parts)
            yield depth, share
            if share < columns:
                yield depth, min(-(-share // 4) * 4, columns)


def _row_instructions(layer: Mapping[str, int], depth: int, columns: int) -> float:
    """Of one output row."""
    channels, pixels, stride = layer["input_channels"], layer["output_columns"], layer["stride_columns"]
    total = 0.0
    for first in range(0, channels, depth):
        width = min(depth, channels - first)
        blocks = -(-width // 4)
        for x in range(0, pixels, columns):
            count = min(columns, pixels - x)
            reached = (count - 1) * stride + 3
            fours = count // 4 if stride == 1 else 0
            twos, ones = (count - 4 * fours) // 2, count % 2
            total += 150 + (0 if depth == channels else 15 * reached) + 10 * reached * width / CHUNK
            for groups, block in ((fours, 104), (twos, 60), (ones, 42)):
                total += (block * blocks + 25) * groups + (40 if groups else 0)
    return total


BODIES = tuple(
    Body(f"arenite_depthwise_conv2d_3x3{suffix}", f"arenite_depthwise_conv2d_3x3_mve{suffix}", "mve", rewrite)
    for suffix in ("_s8", "_once_s8")
)
