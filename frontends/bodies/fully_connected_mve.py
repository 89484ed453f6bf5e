"""Fully connected layers for Helium."""

from __future__ import annotations

import numpy as np

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.mve_packing import CHUNK, chunk_weights, four_scales
from arenite.frontends.bodies.repack import filters, with_weights
from arenite.frontends.lowering import Call


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int]:
    """The body's call; it needs no scratch."""
    once = "_once_" in call.kernel
    scales = np.asarray(call.constants["scales"], np.int32)
    layer = {
        **call.layer,
        "scale_step": 12 * call.layer["scale_step"],
        "large_scales": int(not once and bool((scales[:, 1] < 0).any())),
    }
    outputs, elements = filters(call).shape
    size = -(-outputs // 4) * 4 * (-(-elements // CHUNK) * CHUNK)
    constants = with_weights(call, chunk_weights, size, scales=four_scales(scales, once))
    return Call(call.kernel.replace("fully_connected", "fully_connected_mve"), layer, call.inputs, constants), 0


BODIES = tuple(
    Body(f"arenite_fully_connected{suffix}", f"arenite_fully_connected_mve{suffix}", "mve", rewrite)
    for suffix in ("_s8", "_once_s8")
)
