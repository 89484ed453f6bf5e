"""Convolution with groups or dilated columns for Helium: four output channels of a group at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.mve_packing import CHUNK, chunk_weights, four_channels
from arenite.frontends.lowering import Call

GROUP_WINDOW = 144
"""ARENITE_GROUP_WINDOW of conv2d_general_mve.h."""


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int]:
    """The body's call."""
    layer, once = call.layer, "_once_" in call.kernel
    weights = np.asarray(call.constants["weights"], np.int8)
    outputs, _, _, depth = weights.shape
    channels = _by_groups(np.asarray(call.constants["channels"], np.int32), layer["groups"])
    filters = _by_groups(weights.reshape(outputs, -1, depth), layer["groups"])
    if filters.shape[1] * depth > GROUP_WINDOW:
        filters = np.pad(filters, ((0, 0), (0, 0), (0, -depth % CHUNK)))
    constants: dict[str, npt.NDArray[np.generic]] = {
        "taps": call.constants["taps"],
        "weights": chunk_weights(filters.reshape(len(filters), -1)),
        "channels": four_channels(channels, once),
        "padding": np.full(depth, layer["input_zero_point"], np.int8),
    }
    return Call(call.kernel.replace("conv2d_general", "conv2d_general_mve"), layer, call.inputs, constants), 0


def _by_groups(array: npt.NDArray[Any], groups: int) -> npt.NDArray[Any]:
    """Output channels, along the first axis, of each group filled up with zeros to a multiple of 4."""
    of_groups = array.reshape(groups, len(array) // groups, *array.shape[1:])
    more = -of_groups.shape[1] % 4
    filled = np.pad(of_groups, ((0, 0), (0, more)) + ((0, 0),) * (array.ndim - 1))
    return filled.reshape(-1, *array.shape[1:])


BODIES = tuple(
    Body(f"arenite_conv2d_general{suffix}", f"arenite_conv2d_general_mve{suffix}", "mve", rewrite)
    for suffix in ("_s8", "_once_s8")
)
