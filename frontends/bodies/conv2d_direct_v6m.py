"""Convolution on Armv6-M straight from the input: without scratch, with groups, with dilated columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.channels_v6m import coded_channels
from arenite.frontends.bodies.repack import filters, scales
from arenite.frontends.bodies.runs import RECORD_BYTES, channels, direct_layer, of_groups, unfolded
from arenite.frontends.lowering import Array, Arrays, Call, Entries, LateConstants


def rewrite(kernel: str, call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    del scratch_limit
    layer = direct_layer(call)
    if layer is None:
        return None
    groups, weights = layer["groups"], filters(call)
    outputs = -(-layer["output_channels"] // groups // 4) * 4 * groups
    entries: Entries = {
        "taps": call.constants["taps"],
        "weights": outputs * (-(-weights.shape[1] // 4) * 4),
        "channels": outputs * RECORD_BYTES,
    }
    source: Arrays = {"weights": weights, "channels": scales(call)}
    constants = LateConstants(entries, partial(_constants, "_once" in kernel, call, layer), source)
    return Call(kernel, layer, call.inputs, constants), 0


def _constants(once: bool, call: Call, layer: Mapping[str, int]) -> Mapping[str, Array]:
    weights, records = of_groups(filters(call), layer["groups"]), channels(call, layer["groups"])
    if not once:
        records = coded_channels(records, weights)
    return {"weights": _bytes_of_four(weights), "channels": unfolded(records, weights, layer["input_zero_point"])}


def _bytes_of_four(weights: npt.NDArray[np.int8]) -> npt.NDArray[np.uint32]:
    """[output channels, elements] -> [output channels / 4, elements filled up to a multiple of 4]"""
    filled = np.pad(weights.astype(np.int64), ((0, 0), (0, -weights.shape[1] % 4))) + 128
    shifts = 8 * np.arange(4).reshape(4, 1)
    packed: npt.NDArray[np.uint32] = (filled.reshape(-1, 4, filled.shape[1]) << shifts).sum(axis=1).astype(np.uint32)
    return packed


BODIES = tuple(
    Body(
        of=f"arenite_conv2d{kind}{suffix}",
        kernel=f"arenite_conv2d_direct_v6m{suffix}",
        instruction_set="v6m",
        rewrite=partial(rewrite, f"arenite_conv2d_direct_v6m{suffix}"),
    )
    for kind in ("", "_general")
    for suffix in ("_s8", "_once_s8")
)
