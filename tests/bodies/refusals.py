"""Why bodies refuse layers: everything else they have to take where they may have scratch."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.repack import unquads
from arenite.frontends.lowering import Call

Reason = Callable[[Call], bool]


def filters(call: Call) -> npt.NDArray[np.int64]:
    """[output channels, elements]"""
    weights = call.constants["weights"]
    if weights.dtype == np.uint32:
        return unquads(weights).astype(np.int64)
    by_channel = np.moveaxis(weights[0], 2, 0) if weights.ndim == 4 and weights.shape[0] == 1 else weights
    return by_channel.reshape(len(by_channel), -1).astype(np.int64)


def accumulators_reach(limit: int) -> Reason:
    """Sums of products, with biases."""

    def reason(call: Call) -> bool:
        sums = 128 * np.abs(filters(call)).sum(axis=1)
        biases = call.constants["channels"][:, 0] if "channels" in call.constants else call.constants["bias"]
        sums = np.pad(sums, (0, max(len(biases) - len(sums), 0)))
        return bool((sums + np.abs(biases.astype(np.int64))[: len(sums)]).max() >= limit)

    return reason


def pairs_exceed_255(call: Call) -> bool:
    """Magnitudes of the weights of two output channels for one input."""
    return int((np.abs(filters(call)) == 128).sum()) > 1


def odd_channels_have_minus_128(call: Call) -> bool:
    """A group's output channels count from 0."""
    outputs = filters(call)[: call.layer["output_channels"]].reshape(
        call.layer.get("groups", 1), -1, filters(call).shape[1]
    )
    return bool((outputs[:, 1::2] == -128).any())


def sums_reach(limit: int) -> Reason:
    """Sums of products with inputs less their zero point, of which there are 256."""
    return lambda call: bool(255 * np.abs(filters(call)).sum(axis=1).max() >= limit)


def long_windows(call: Call) -> bool:
    """Of many taps, or of taps that are not multiples of four channels, and many elements."""
    layer = call.layer
    taps, depth = layer["kernel_rows"] * layer["kernel_columns"], layer["input_channels"] // layer.get("groups", 1)
    return taps > 26 or (depth % 4 > 0 and taps * (depth + 8) > 200)


def unusual_scales(call: Call) -> bool:
    """Some of them nearly 1, some tiny, or 0."""
    _, multipliers, exponents = call.constants["channels"].astype(np.int64).T
    return bool(((multipliers == 0) | (exponents < 0) | (exponents > 16)).any())


def apart(call: Call) -> bool:
    """Columns of a window."""
    return call.layer["dilation_columns"] > 1


def few_channels(call: Call) -> bool:
    return call.layer["input_channels"] < 4


def fewer_than_eight(call: Call) -> bool:
    """Channels of a pool."""
    return call.layer["channels"] < 8


def windows_exceed_256(call: Call) -> bool:
    """Elements."""
    return call.layer["kernel_rows"] * call.layer["kernel_columns"] > 256


def scales_exceed_16(call: Call) -> bool:
    """Output steps of one of the sum; smaller scales have a code from -64 * 15 on."""
    return "scales" in call.constants and int(call.constants["scales"][..., 1].min()) < -64 * 15


def means_exceed_256(call: Call) -> bool:
    """Elements."""
    return call.layer["reduced"] > 256


def unusual_mean_scale(call: Call) -> bool:
    """Not less than half of an output step for the sum's unit, or nothing beside it."""
    return call.layer["shift"] < -64 * 15 or ("once" not in call.kernel and not -21 <= call.layer["shift"] < 0)


def few_neighbours(call: Call) -> bool:
    return call.layer["inner"] < 8


def no_vectors(call: Call) -> bool:
    """Single elements."""
    return call.layer["inner"] == 1


def not_side_by_side(call: Call) -> bool:
    """Channels of an operand that is one number for all channels."""
    return {call.layer["a_channel_stride"], call.layer["b_channel_stride"]} != {1}


def subtracts(call: Call) -> bool:
    return call.layer["exact_gain"] < 0 or call.layer["scaled_gain"] < 0


def unusual_output(call: Call) -> bool:
    """A scale much larger or smaller than those of the operands."""
    return not 16 <= call.layer["output_shift"] <= 21


def product_not_less(call: Call) -> bool:
    """Than half of the output's units, or nothing beside them."""
    return not 1 <= call.layer["shift"] <= 21


def product_larger(call: Call) -> bool:
    """Much larger than the output's units."""
    return ~(call.layer["code"] >> 6) > 14


REFUSALS: dict[str, tuple[Reason, ...]] = {
    "conv2d(_once)?_s8 dsp": (accumulators_reach(1 << 23),),
    "conv2d(_general)?(_once)?_s8 conv2d_direct_dsp": (odd_channels_have_minus_128, sums_reach(1 << 23), long_windows),
    "conv2d(_general)?(_once)?_s8 conv2d_direct_v6m": (long_windows,),
    "fully_connected(_once)?_s8 dsp": (accumulators_reach(1 << 23),),
    "depthwise_conv2d_3x3_s8 dsp": (accumulators_reach(1 << 23), few_channels, unusual_scales),
    "depthwise_conv2d(_once)?_s8 (dsp|v6m)": (apart, accumulators_reach(1 << 29), unusual_scales),
    "conv2d(_once)?_s8 v6m": (pairs_exceed_255,),
    "fully_connected(_once)?_s8 v6m": (accumulators_reach(1 << 29),),
    "(add|multiply)(_once)?_s8 dsp": (not_side_by_side,),
    "multiply_s8 (dsp|v6m)": (product_not_less,),
    "multiply_once_s8 (dsp|v6m)": (product_larger,),
    "mean(_once)?_s8 dsp": (few_neighbours, means_exceed_256, unusual_mean_scale),
    "add_s8 (dsp|v6m)": (not_side_by_side, subtracts, unusual_output),
    "max_pool_s8 dsp": (fewer_than_eight,),
    "average_pool(_once)?_s8 dsp": (fewer_than_eight, windows_exceed_256, scales_exceed_16),
    "average_pool(_once)?_s8 v6m": (windows_exceed_256, scales_exceed_16),
    "mean(_once)?_s8 v6m": (no_vectors, means_exceed_256, unusual_mean_scale),
    "mean(_once)?_s8 mve": (no_vectors,),
}
"""Portable kernels and instruction sets, or families of bodies, as patterns -> reasons to refuse a layer."""


def is_justified(body: Body, call: Call) -> bool:
    """Whether one of the reasons applies to a call that the body refuses."""
    own = (body.instruction_set, re.sub("(_once)?_s8$", "", body.kernel).removeprefix("arenite_"))
    names = [f"{body.of.removeprefix('arenite_')} {name}" for name in own]
    found = [reasons for pattern, reasons in REFUSALS.items() if any(re.fullmatch(pattern, name) for name in names)]
    return any(reason(call) for reasons in found for reason in reasons)
