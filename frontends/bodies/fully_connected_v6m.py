"""Matrix products on Armv6-M: weights of four outputs are loaded as one number, and taken apart by shifts."""

from __future__ import annotations

import numpy as np

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.channels_v6m import MAX_ACCUMULATOR
from arenite.frontends.bodies.repack import unquads
from arenite.frontends.lowering import Call


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    weights = unquads(call.constants["weights"]).astype(np.int64)
    bias = call.constants["bias"].astype(np.int64)
    if (np.abs(weights).sum(axis=1) * 128 + np.abs(bias)).max() >= MAX_ACCUMULATOR:
        return None
    shifts = 8 * np.arange(4).reshape(4, 1)
    packed = ((weights + 128).reshape(-1, 4, weights.shape[1]) << shifts).sum(axis=1).astype(np.uint32)
    kernel = call.kernel.replace("fully_connected", "fully_connected_v6m")
    return Call(kernel, call.layer, call.inputs, {**call.constants, "weights": packed}), 0


BODIES = tuple(
    Body(f"arenite_fully_connected{rounding}_s8", f"arenite_fully_connected_v6m{rounding}_s8", "v6m", rewrite)
    for rounding in ("", "_once")
)
