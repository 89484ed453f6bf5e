"""Convolution with groups or dilated columns for Helium: four output channels of a group at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.mve_packing import CHUNK, chunk_weights, four_channels
from arenite.frontends.bodies.repack import filters, scales
from arenite.frontends.bodies.runs import RECORD_BYTES, channels, of_groups
from arenite.frontends.lowering import Array, Arrays, Call, Entries, LateConstants

GROUP_WINDOW = 144
"""ARENITE_GROUP_WINDOW of conv2d_general_mve.h."""


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int]:
    """The body's call."""
    layer, once = call.layer, "_once_" in call.kernel
    weights, records, groups = filters(call), scales(call), layer["groups"]
    depth = layer["input_channels"] // groups
    taps = weights.shape[1] // depth
    outputs = -(-len(weights) // groups // 4) * 4 * groups
    filled = taps * (-(-depth // CHUNK) * CHUNK) if taps * depth > GROUP_WINDOW else taps * depth
    entries: Entries = {
        "taps": call.constants["taps"],
        "weights": outputs * (-(-filled // CHUNK) * CHUNK),
        "channels": outputs * RECORD_BYTES,
        "padding": np.full(depth, layer["input_zero_point"], np.int8),
    }
    source: Arrays = {"weights": weights, "channels": records}
    constants = LateConstants(entries, partial(_constants, once, call), source)
    return Call(call.kernel.replace("conv2d_general", "conv2d_general_mve"), layer, call.inputs, constants), 0


def _constants(once: bool, call: Call) -> Mapping[str, Array]:
    groups = call.layer["groups"]
    weights = of_groups(filters(call), groups)
    depth = call.layer["input_channels"] // groups
    if weights.shape[1] > GROUP_WINDOW:
        pixels = weights.reshape(len(weights), -1, depth)
        weights = np.pad(pixels, ((0, 0), (0, 0), (0, -depth % CHUNK))).reshape(len(weights), -1)
    return {"weights": chunk_weights(weights), "channels": four_channels(channels(call, groups), once)}


BODIES = tuple(
    Body(f"arenite_conv2d_general{suffix}", f"arenite_conv2d_general_mve{suffix}", "mve", rewrite)
    for suffix in ("_s8", "_once_s8")
)
