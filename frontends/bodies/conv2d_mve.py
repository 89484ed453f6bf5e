"""Convolution for Helium: weights of four output channels chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import ceil

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.mve_packing import CHUNK, chunk_weights, four_channels, has_left_shifts
from arenite.frontends.bodies.repack import filters, scales
from arenite.frontends.lowering import Array, Arrays, Call, LateConstants
from arenite.frontends.operators.weights import in_fours

Turn = Callable[[Mapping[str, int], npt.NDArray[np.int8]], npt.NDArray[np.int8]]

SMALL_WINDOW = 64
"""ARENITE_SMALL_WINDOW of conv2d_direct_mve.h."""
MOST_PIXELS, LITTLE_SCRATCH = 8, 512
"""Windows that are gathered at once, unless so many bytes hold more: to gather more saves little."""


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int]:
    """The body's call, and its scratch: strips of windows are gathered there, unless windows are pixels of the input.
    With little scratch, ``conv2d_direct_mve`` may be faster, which takes none."""
    once, weights, records = "_once_" in call.kernel, filters(call), scales(call)
    layer = {**call.layer, "strip_pixels": 0, "left_shifts": int(not once and has_left_shifts(records))}
    scratch, variant = 0, "conv2d_point_mve"
    elements, padded = weights.shape[1], False
    turn: Turn = _as_they_are
    if not _is_point(layer):
        strips = {**layer, "strip_pixels": _strip_pixels(layer, scratch_limit)}
        if strips["strip_pixels"] and instructions(strips) < instructions(layer):
            layer, variant, turn = strips, "conv2d_mve", _by_columns
            scratch = _strip_bytes(layer, layer["strip_pixels"])
        else:
            variant, padded = "conv2d_direct_mve", True
            if elements > SMALL_WINDOW:
                turn, depth = _whole_chunks, layer["input_channels"]
                elements = elements // depth * (-(-depth // CHUNK) * CHUNK)
    entries: dict[str, Array | int] = {
        "taps": call.constants["taps"],
        "weights": -(-len(weights) // 4) * 4 * (-(-elements // CHUNK) * CHUNK),
        "channels": records.nbytes,
    }
    if padded:
        entries["padding"] = np.full(layer["input_channels"], layer["input_zero_point"], np.int8)
    source: Arrays = {"weights": weights, "channels": records}
    constants = LateConstants(entries, partial(_constants, once, call, layer, turn), source)
    return Call(call.kernel.replace("conv2d", variant), layer, call.inputs, constants), scratch


def _constants(once: bool, call: Call, layer: Mapping[str, int], turn: Turn) -> Mapping[str, Array]:
    channels = call.constants["channels"].astype(np.int32)
    return {
        "weights": chunk_weights(turn(layer, in_fours(filters(call)))),
        "channels": four_channels(channels, once),
    }


def _as_they_are(_layer: Mapping[str, int], weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    return weights


def _by_columns(layer: Mapping[str, int], weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Elements [kernel row, kernel column, input channel] -> [kernel column, kernel row, input channel]."""
    kernel = (layer["kernel_rows"], layer["kernel_columns"], layer["input_channels"])
    turned: npt.NDArray[np.int8] = weights.reshape(-1, *kernel).transpose(0, 2, 1, 3).reshape(weights.shape)
    return turned


def _whole_chunks(layer: Mapping[str, int], weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Input channels filled up with zeros."""
    depth = layer["input_channels"]
    pixels = weights.reshape(len(weights), -1, depth)
    return np.pad(pixels, ((0, 0), (0, 0), (0, -depth % CHUNK))).reshape(len(weights), -1)


def _strip_pixels(layer: Mapping[str, int], scratch_limit: int) -> int:
    """How many windows are gathered at once: even if there are several strips, and no more than as few strips need;
    0 if there is no room for one."""
    columns = layer["output_columns"]
    fitting = [pixels for pixels in range(1, columns + 1) if _fits(layer, pixels, scratch_limit)]
    if not fitting:
        return 0
    strips = ceil(columns / max(fitting))
    return min(pixels for pixels in fitting if ceil(columns / pixels) == strips)


def _fits(layer: Mapping[str, int], pixels: int, scratch_limit: int) -> bool:
    even = pixels % 2 == 0 or pixels in (1, layer["output_columns"])
    limit = scratch_limit if pixels <= MOST_PIXELS else min(scratch_limit, LITTLE_SCRATCH)
    return even and _strip_bytes(layer, pixels) <= limit


def _strip_bytes(layer: Mapping[str, int], pixels: int) -> int:
    """Scratch for the columns of so many windows, the last of which is filled up to whole chunks."""
    column = layer["kernel_rows"] * layer["input_channels"]
    return (pixels - 1) * layer["stride_columns"] * column + _chunks(layer) * CHUNK + 3 & ~3


def _chunks(layer: Mapping[str, int]) -> int:
    return ceil(layer["kernel_rows"] * layer["kernel_columns"] * layer["input_channels"] / CHUNK)


def _is_point(layer: Mapping[str, int]) -> bool:
    """Whether each window is one pixel, and none of it is padding."""
    if layer["kernel_rows"] * layer["kernel_columns"] != 1 or layer["pad_top"] or layer["pad_left"]:
        return False
    return all(
        layer[f"output_{axis}"] == (layer[f"input_{axis}"] - 1) // layer[f"stride_{axis}"] + 1
        for axis in ("rows", "columns")
    )


def instructions(layer: Mapping[str, int]) -> float:
    """As counted in QEMU: of each group of four channels, two pixels and one; of gathering; of calls."""
    if layer["strip_pixels"] == 0 and not _is_point(layer):
        return _direct_instructions(layer)
    rows, columns = layer["batches"] * layer["output_rows"], layer["output_columns"]
    chunks, fours = _chunks(layer), ceil(layer["output_channels"] / 4)
    most = layer["strip_pixels"] or columns
    singles = columns if layer["left_shifts"] or most == 1 else columns % 2
    product = (columns - singles) / 2 * (22 + fours * (16 * chunks + 40)) + singles * (45 + fours * (10 * chunks + 36))
    gathered = _gathered(layer, most) if layer["strip_pixels"] else 0.0
    return rows * (120 + product + columns / most * (100 + gathered))


def _gathered(layer: Mapping[str, int], pixels: int) -> float:
    """Of one strip."""
    depth = layer["input_channels"]
    column = 11 / (CHUNK // depth) if depth < CHUNK else 5 + 3 * ceil(depth / CHUNK)
    columns = (pixels - 1) * layer["stride_columns"] + layer["kernel_columns"]
    return 60 + layer["kernel_rows"] * (12 + columns * column)


def _direct_instructions(layer: Mapping[str, int]) -> float:
    rows, columns, depth = layer["kernel_rows"], layer["kernel_columns"], layer["input_channels"]
    fours = ceil(layer["output_channels"] / 4)
    if rows * columns * depth <= SMALL_WINDOW:
        pixel = 27.0 * rows * columns + fours * (10 * _chunks(layer) + 70)
    else:
        products = 10 * rows * columns * ceil(depth / CHUNK) + 50
        runs = _inside(layer, "rows", "pad_top") * _inside(layer, "columns", "pad_left") if depth % CHUNK == 0 else 0.0
        pixel = fours * (products + runs * 24 * rows + (1 - runs) * 33 * rows * columns)
    return layer["batches"] * layer["output_rows"] * (100 + layer["output_columns"] * (90 + pixel))


def _inside(layer: Mapping[str, int], axis: str, pad: str) -> float:
    """The part of the windows that have no padding along an axis."""
    count, reach = layer[f"output_{axis}"], (layer[f"kernel_{axis}"] - 1) * layer.get(f"dilation_{axis}", 1)
    first = (position * layer[f"stride_{axis}"] - layer[pad] for position in range(count))
    return sum(0 <= origin < layer[f"input_{axis}"] - reach for origin in first) / count


BODIES = tuple(
    Body(f"arenite_conv2d{suffix}", f"arenite_conv2d_mve{suffix}", "mve", rewrite) for suffix in ("_s8", "_once_s8")
)
"""``arenite_conv2d_point_mve`` and ``arenite_conv2d_direct_mve`` stand for it where scratch is of no use."""
