"""Convolution for the DSP extension straight from the input: without scratch, with groups, with dilated columns."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.pair_weights import SHORT, SUM_BITS, other_channels, pair_channels, pair_weights
from arenite.frontends.bodies.repack import filters, scales
from arenite.frontends.bodies.runs import RECORD_BYTES, channels, direct_layer, of_groups, unfolded
from arenite.frontends.lowering import Array, Arrays, Call, Entries, LateConstants
from arenite.frontends.quantise import INT8_MAX, INT8_MIN


def rewrite(kernel: str, call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    del scratch_limit
    layer = direct_layer(call)
    if layer is None:
        return None
    groups, weights = layer["groups"], filters(call)
    elements = layer["kernel_rows"] * layer["kernel_columns"] * layer["input_channels"] // groups
    if not _fits(of_groups(weights, groups), layer["input_zero_point"]):
        return None
    outputs = -(-layer["output_channels"] // groups // 4) * 4 * groups
    entries: Entries = {
        "taps": call.constants["taps"],
        "weights": outputs * (-(-elements // 4) * 4),
        "channels": outputs * RECORD_BYTES,
    }
    source: Arrays = {"weights": weights, "channels": scales(call)}
    constants = LateConstants(entries, partial(_constants, "_once" in kernel, call, layer), source)
    return Call(kernel, layer, call.inputs, constants), 0


def _constants(once: bool, call: Call, layer: Mapping[str, int]) -> Mapping[str, Array]:
    groups = layer["groups"]
    weights, records = of_groups(filters(call), groups), channels(call, groups)
    if once:
        records = other_channels(records)
    else:
        records, weights = pair_channels(records, weights, layer["output_zero_point"])
    # Biases of channels that are scaled the short way are doubled.
    factors = np.where(records[:, 2] < 0, 1, 2)
    return {
        "weights": np.stack([pair_weights(part, offset=0) for part in np.split(weights, groups)]),
        "channels": unfolded(records, weights, layer["input_zero_point"], factors),
    }


def _fits(weights: npt.NDArray[np.int8], zero_point: int) -> bool:
    """Whether pairs of weights fit into halves, and sums of the second channels of pairs, of inputs less their zero
    point, into their bits."""
    first, second = weights[::2], weights[1::2]
    if weights.min() == INT8_MIN and ((second == INT8_MIN) & (first < 0)).any():
        return False
    if weights.shape[1] <= SHORT // 2:
        return True
    low, high = INT8_MIN - zero_point, INT8_MAX - zero_point
    up, down = (part(second, np.int8(0)).sum(axis=1, dtype=np.int64) for part in (np.maximum, np.minimum))
    least, most = low * up + high * down, high * up + low * down
    return bool(least.min() >= -1 << SUM_BITS and most.max() < 1 << SUM_BITS)


BODIES = tuple(
    Body(
        of=f"arenite_conv2d{kind}{suffix}",
        kernel=f"arenite_conv2d_direct_dsp{suffix}",
        instruction_set="dsp",
        rewrite=partial(rewrite, f"arenite_conv2d_direct_dsp{suffix}"),
    )
    for kind in ("", "_general")
    for suffix in ("_s8", "_once_s8")
)
