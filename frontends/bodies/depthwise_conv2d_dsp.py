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

COLUMN_BYTES = 16
"""Of scratch, for a column of two rows and four channels."""


def rewrite(kernel: str, call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    if call.layer["dilation_columns"] > 1:
        return None
    pixels = pixels_at_once(call.layer, scratch_limit)
    if pixels == 0:
        return None
    layer = {name: value for name, value in call.layer.items() if name != "dilation_columns"} | {"pixels": pixels}
    weights = call.constants["weights"]
    packed = row_pair_weights(weights.reshape(layer["kernel_rows"], layer["kernel_columns"], -1).astype(np.int8))
    return Call(kernel, layer, call.inputs, {**call.constants, "weights": packed}), scratch_bytes(layer, pixels)


def scratch_bytes(layer: Layer, pixels: int) -> int:
    return COLUMN_BYTES * ceil(layer["kernel_rows"] / 2) * _width(layer, pixels)


def _width(layer: Layer, pixels: int) -> int:
    return (pixels - 1) * layer["stride_columns"] + layer["kernel_columns"]


def pixels_at_once(layer: Layer, scratch_limit: int) -> int:
    """Output pixels of a row that there is scratch for, in parts of about equal size; 0 without scratch for one."""
    columns = layer["output_columns"]
    most = max((pixels for pixels in range(1, columns + 1) if scratch_bytes(layer, pixels) <= scratch_limit), default=0)
    return ceil(columns / ceil(columns / most)) if most else 0


def row_pair_weights(weights: npt.NDArray[np.int8]) -> npt.NDArray[np.uint32]:
    """int8 [kernel rows, kernel columns, output channels] -> uint32 [channels / 4, kernel rows / 2, kernel columns, 2].

    Both are rounded up. Of every two rows there is a word for channels 0 and 1, and one for channels 2 and 3, each with
    the weights of the first row below.
    """
    rows, columns, channels = weights.shape
    padded = np.zeros((rows + rows % 2, columns, -(-channels // 4) * 4), np.int8)
    padded[:rows, :, :channels] = weights
    # [pair, row, column, block, half of the block, channel]
    parts = padded.reshape(len(padded) // 2, 2, columns, -1, 2, 2).transpose(3, 0, 2, 4, 1, 5)
    return np.ascontiguousarray(parts).reshape(*parts.shape[:4], 4).view("<u4")[..., 0].astype(np.uint32)


BODIES = tuple(
    Body(
        f"arenite_depthwise_conv2d_{suffix}s8",
        f"arenite_depthwise_conv2d_dsp_{suffix}s8",
        "dsp",
        partial(rewrite, f"arenite_depthwise_conv2d_dsp_{suffix}s8"),
    )
    for suffix in ("", "once_")
)
