"""Matrix products on Armv6-M: weights of four outputs are loaded as one number, and taken apart by shifts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.channels_v6m import MAX_ACCUMULATOR
from arenite.frontends.bodies.repack import filters, with_weights
from arenite.frontends.lowering import Call


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    del scratch_limit
    weights, bias = filters(call), call.constants["bias"].astype(np.int64)
    sums = np.abs(weights.astype(np.int16)).sum(axis=1, dtype=np.int64)
    if (sums * 128 + np.abs(bias[: len(sums)])).max() >= MAX_ACCUMULATOR:
        return None
    kernel = call.kernel.replace("fully_connected", "fully_connected_v6m")
    return Call(kernel, call.layer, call.inputs, with_weights(call, _packed, bias.size * weights.shape[1])), 0


def _packed(weights: npt.NDArray[np.int8]) -> npt.NDArray[np.uint32]:
    """[output channels, elements] -> [output channels / 4, elements]"""
    shifts = 8 * np.arange(4).reshape(4, 1)
    of_four = (weights.astype(np.int64) + 128).reshape(-1, 4, weights.shape[1])
    packed: npt.NDArray[np.uint32] = (of_four << shifts).sum(axis=1).astype(np.uint32)
    return packed


BODIES = tuple(
    Body(f"arenite_fully_connected{rounding}_s8", f"arenite_fully_connected_v6m{rounding}_s8", "v6m", rewrite)
    for rounding in ("", "_once")
)
