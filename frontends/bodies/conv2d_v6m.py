"""Convolution on Armv6-M: two pixels share a multiplication, and four pixels share the loads of weights."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.channels_v6m import coded_channels
from arenite.frontends.bodies.repack import filters, scales
from arenite.frontends.lowering import Array, Call, Entries, LateConstants
from arenite.frontends.quantise import INT8_MIN

_CHUNK_BYTES = 8
"""Of scratch for one element of the windows of four pixels."""
_SUM_BYTES = 16
"""Of scratch for one channel of four pixels, where windows are taken in several chunks."""


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    layer, weights = call.layer, filters(call)
    if not _pairs_fit(weights):
        return None
    elements = -(-weights.shape[1] // 4) * 4
    sizes = _sizes(elements, layer["output_channels"], scratch_limit)
    if sizes is None:
        return None
    chunk, block = sizes
    records = scales(call)
    entries: Entries = {
        "taps": call.constants["taps"],
        "weights": -(-len(weights) // 8) * 8 * elements,
        "channels": records.nbytes,
    }
    constants = LateConstants(entries, partial(_constants, call), {"weights": weights, "channels": records})
    scratch = chunk * _CHUNK_BYTES + (0 if chunk == elements else block * _SUM_BYTES)
    kernel = call.kernel.replace("conv2d", "conv2d_v6m")
    return Call(kernel, {**layer, "chunk": chunk, "block": block}, call.inputs, constants), scratch


def _constants(call: Call) -> Mapping[str, Array]:
    """Weights: [output channels / 8, elements filled up to a multiple of 4, 8]."""
    weights, channels = filters(call), call.constants["channels"]
    if not call.kernel.endswith("_once_s8"):
        channels = coded_channels(channels, weights)
    padded = np.pad(weights, ((0, -weights.shape[0] % 8), (0, -weights.shape[1] % 4)))
    packed = np.ascontiguousarray(padded.reshape(-1, 8, padded.shape[1]).transpose(0, 2, 1))
    return {"weights": packed, "channels": channels}


def _pairs_fit(weights: npt.NDArray[np.int8]) -> bool:
    """Whether the products of two weights side by side fit into int16: two of -128 do not."""
    if weights.min() > INT8_MIN:
        return True
    even = weights.shape[1] // 2 * 2
    return not ((weights[:, 0:even:2] == INT8_MIN) & (weights[:, 1:even:2] == INT8_MIN)).any()


def _sizes(elements: int, outputs: int, scratch_limit: int) -> tuple[int, int] | None:
    """Elements and output channels at a time; everything at once if there is room. The larger a block, the less often
    the pairs are made, the larger a chunk, the less often sums are loaded and stored."""
    if elements * _CHUNK_BYTES <= scratch_limit:
        return elements, outputs
    best: tuple[float, int, int] | None = None
    for blocks in range(1, -(-outputs // 8) + 1):
        block = -(-outputs // blocks // 4) * 4
        room = (scratch_limit - block * _SUM_BYTES) // (4 * _CHUNK_BYTES) * 4
        if room < 4:
            continue
        chunks = -(-elements // room)
        chunk = -(-elements // chunks // 4) * 4
        cost = -(-outputs // block) * elements * 18 + outputs * -(-elements // chunk) * 40
        best = min(best or (cost, chunk, block), (cost, chunk, block))
    return None if best is None else best[1:]


BODIES = tuple(
    Body(f"arenite_conv2d{rounding}_s8", f"arenite_conv2d_v6m{rounding}_s8", "v6m", rewrite)
    for rounding in ("", "_once")
)
