"""Depthwise convolution 3x3 for Helium: input columns are turned in scratch so that a window is a few words. Without
scratch it is a convolution with any kernel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies import depthwise_conv2d_mve as any_kernel
from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.depthwise_conv2d_mve import shifts_left
from arenite.frontends.bodies.mve_packing import CHUNK, four_channels
from arenite.frontends.bodies.repack import scales
from arenite.frontends.bodies.runs import RECORD_BYTES
from arenite.frontends.lowering import Array, Arrays, Call, Entries, LateConstants
from arenite.frontends.operators.depthwise_conv2d import FIELDS
from arenite.frontends.operators.weights import in_fours

WORD = 4
SLACK = CHUNK * WORD
"""Bytes of scratch behind the columns."""
_CHUNKED = ("input_channels", "output_columns", "stride_columns")
"""Fields of a layer on which the best chunks depend."""


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    """The body's call, and its scratch. None for channels with shifts that are not to the right where scratch does not
    hold the columns of one pixel."""
    once = "_once_" in call.kernel
    records = scales(call)
    left = not once and shifts_left(records)
    chunk = _best_chunk(tuple(call.layer[name] for name in _CHUNKED), scratch_limit)
    if chunk is None:
        return None if left else any_kernel.rewrite(_of_any_kernel(call), 0)
    size, depth, columns = chunk
    fields = {**call.layer, "chunk_channels": depth, "chunk_columns": columns, "left_shifts": int(left)}
    weights = np.asarray(call.constants["weights"], np.int8)
    fours = -(-len(weights) // 4) * 4
    entries: Entries = {"taps": call.constants["taps"], "weights": WORD + 16 * fours, "constants": RECORD_BYTES * fours}
    source: Arrays = {"weights": weights, "channels": records}
    constants = LateConstants(entries, partial(_constants, once, call), source)
    kernel = call.kernel.replace("conv2d_3x3", "conv2d_3x3_mve")
    return Call(kernel, fields, call.inputs, constants), size


def _constants(once: bool, call: Call) -> Mapping[str, Array]:
    channels = in_fours(call.constants["channels"].astype(np.int32))
    weights = turned_weights(call.constants["weights"].astype(np.int8))
    return {"weights": weights, "constants": four_channels(channels, once)}


def _of_any_kernel(call: Call) -> Call:
    """The call of the portable kernel for all kernels."""
    fixed = {"depth_multiplier": 1, "kernel_rows": 3, "kernel_columns": 3, "dilation_columns": 1}
    fields = {**call.layer, **fixed}
    weights, records = np.asarray(call.constants["weights"], np.int8), scales(call)
    entries: Entries = {
        "taps": call.constants["taps"],
        "weights": np.ascontiguousarray(weights.reshape(-1, 9).T),
        "channels": records.nbytes,
    }
    source: Arrays = {"weights": weights, "channels": records}
    constants = LateConstants(entries, partial(_channels, call), source)
    layer = {name: fields[name] for name in FIELDS}
    return Call(call.kernel.replace("_3x3", ""), layer, call.inputs, constants)


def _channels(call: Call) -> Mapping[str, Array]:
    return {"channels": call.constants["channels"]}


def turned_weights(weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """int8 [channels, 3, 3] -> a word of 0, then int8 [channels, 4 columns, 4 rows], filled up with 0, to a multiple of
    4 channels."""
    channels = len(weights)
    turned: npt.NDArray[Any] = np.zeros((-(-channels // 4) * 4, 4, 4), np.int8)
    turned[:channels, :3, :3] = weights.reshape(channels, 3, 3).transpose(0, 2, 1)
    return np.concatenate([np.zeros(WORD, np.int8), turned.ravel()])


@lru_cache(maxsize=1024)
def _best_chunk(layer: tuple[int, int, int], scratch_limit: int) -> tuple[int, int, int] | None:
    """Bytes of scratch, channels and output columns of the chunks with the fewest instructions; None if none fit."""
    sizes = [(_scratch_bytes(layer, *chunk), *chunk) for chunk in _chunks(layer)]
    fitting = [each for each in sizes if each[0] <= scratch_limit]
    return min(fitting, key=lambda each: (_row_instructions(layer, *each[1:]), *each), default=None)


def _scratch_bytes(layer: tuple[int, int, int], depth: int, columns: int) -> int:
    """For chunks of so many channels and output columns."""
    return ((columns - 1) * layer[2] + 3) * depth * WORD + SLACK


def _chunks(layer: tuple[int, int, int]) -> Iterator[tuple[int, int]]:
    """Channels and output columns that may be computed at once."""
    channels, columns, _ = layer
    for depth in (channels, *range(CHUNK, channels, CHUNK)):
        for parts in range(1, columns + 1):
            share = -(-columns // parts)
            yield depth, share
            if share < columns:
                yield depth, min(-(-share // 4) * 4, columns)


def _row_instructions(layer: tuple[int, int, int], depth: int, columns: int) -> float:
    """Of one output row."""
    channels, pixels, stride = layer
    total = 0.0
    for width, of_width in _parts(channels, depth):
        blocks = -(-width // 4)
        for count, of_count in _parts(pixels, columns):
            reached = (count - 1) * stride + 3
            fours = count // 4 if stride == 1 else 0
            twos, ones = (count - 4 * fours) // 2, count % 2
            own = 150 + (0 if depth == channels else 15 * reached) + 10 * reached * width / CHUNK
            for groups, block in ((fours, 104), (twos, 60), (ones, 42)):
                own += (block * blocks + 25) * groups + (40 if groups else 0)
            total += of_width * of_count * own
    return total


def _parts(whole: int, part: int) -> list[tuple[int, int]]:
    """Sizes of the parts into which it is divided, and how many have each."""
    found = [(part, whole // part), (whole % part, 1)]
    return [(size, count) for size, count in found if size and count]


BODIES = tuple(
    Body(f"arenite_depthwise_conv2d_3x3{suffix}", f"arenite_depthwise_conv2d_3x3_mve{suffix}", "mve", rewrite)
    for suffix in ("_s8", "_once_s8")
)
