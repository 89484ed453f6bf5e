"""Depthwise convolution with any kernel for the DSP extension."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import ceil

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

Layer = Mapping[str, int]


def rewrite(kernel: str, call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    pixels = pixels_at_once(call.layer, scratch_limit)
    if pixels == 0:
        return None
    layer = {**call.layer, "pixels": pixels}
    weights = call.constants["weights"]
    packed = column_weights(weights.reshape(layer["kernel_rows"], layer["kernel_columns"], -1).astype(np.int8))
    return Call(kernel, layer, call.inputs, {**call.constants, "weights": packed}), scratch_bytes(layer, pixels)


def scratch_bytes(layer: Layer, pixels: int) -> int:
    reach = (layer["kernel_columns"] - 1) * layer["dilation_columns"] + 1
    return 4 * layer["kernel_rows"] * ((pixels - 1) * layer["stride_columns"] + reach)


def pixels_at_once(layer: Layer, scratch_limit: int) -> int:
    """Output pixels of a row that there is scratch for, in parts of about equal size; 0 without scratch for one."""
    columns = layer["output_columns"]
    most = max((pixels for pixels in range(1, columns + 1) if scratch_bytes(layer, pixels) <= scratch_limit), default=0)
    return ceil(columns / ceil(columns / most)) if most else 0


def column_weights(weights: npt.NDArray[np.int8]) -> npt.NDArray[np.uint32]:
    """int8 [kernel rows, kernel columns, output channels] -> uint32 [channels / 4, rounded up, kernel rows, kernel
    columns]: of every two columns a word for channels 0 and 1, and one for channels 2 and 3, each with the weights of the
    first column below; of a last single column a word with all four channels."""
    rows, columns, channels = weights.shape
    blocks = -(-channels // 4)
    padded = np.zeros((rows, columns, 4 * blocks), np.int8)
    padded[..., :channels] = weights
    # [block, row, column, channel]
    by_block = padded.reshape(rows, columns, blocks, 4).transpose(2, 0, 1, 3)
    even = columns - columns % 2
    pairs = by_block[:, :, :even].reshape(blocks, rows, even // 2, 2, 2, 2).transpose(0, 1, 2, 4, 3, 5)
    parts = [pairs.reshape(blocks, rows, -1), by_block[:, :, even:].reshape(blocks, rows, -1)]
    joined = np.ascontiguousarray(np.concatenate(parts, axis=2))
    return joined.view("<u4").astype(np.uint32)


def instructions(layer: Layer) -> float:
    pixels, columns = layer["pixels"], layer["output_columns"]
    blocks = ceil(layer["input_channels"] * layer["depth_multiplier"] / 4)
    of_row = 10 + 17 * (layer["kernel_columns"] // 2) + 12 * (layer["kernel_columns"] % 2)
    words = scratch_bytes(layer, pixels) / 4
    copied = words * (5 if layer["depth_multiplier"] == 1 else 16) + 12 * layer["kernel_rows"]
    of_block = columns * (layer["kernel_rows"] * of_row + 110) + ceil(columns / pixels) * (copied + 100)
    return layer["batches"] * layer["output_rows"] * (100 + blocks * of_block)


BODIES = tuple(
    Body(
        f"arenite_depthwise_conv2d_{suffix}s8",
        f"arenite_depthwise_conv2d_dsp_{suffix}s8",
        "dsp",
        partial(rewrite, f"arenite_depthwise_conv2d_dsp_{suffix}s8"),
        instructions,
        1200,
    )
    for suffix in ("",)
)
