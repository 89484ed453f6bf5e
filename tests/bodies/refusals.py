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


def unusual_scales(call: Call) -> bool:
    """Some of them nearly 1, some tiny, or 0."""
    _, multipliers, exponents = call.constants["channels"].astype(np.int64).T
    return bool(((multipliers == 0) | (exponents < 0) | (exponents > 16)).any())


def apart(call: Call) -> bool:
    """Columns of a window."""
    return call.layer["dilation_columns"] > 1


def few_channels(call: Call) -> bool:
    return call.layer["input_channels"] < 4


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


REFUSALS: dict[str, tuple[Reason, ...]] = {
    "conv2d(_once)?_s8 dsp": (accumulators_reach(1 << 23),),
    "fully_connected(_once)?_s8 dsp": (accumulators_reach(1 << 23),),
    "depthwise_conv2d_3x3_s8 dsp": (accumulators_reach(1 << 23), few_channels, unusual_scales),
    "depthwise_conv2d(_once)?_s8 (dsp|v6m)": (apart, accumulators_reach(1 << 29), unusual_scales),
    "conv2d(_once)?_s8 v6m": (pairs_exceed_255,),
    "fully_connected(_once)?_s8 v6m": (accumulators_reach(1 << 29),),
    "add_s8 (dsp|v6m)": (not_side_by_side, subtracts, unusual_output),
    "mean(_once)?_s8 mve": (no_vectors,),
}
"""Portable kernels and instruction sets, as patterns -> reasons for their bodies to refuse a layer."""


def is_justified(body: Body, call: Call) -> bool:
    """Whether one of the reasons applies to a call that the body refuses."""
    name = f"{body.of.removeprefix('arenite_')} {body.instruction_set}"
    return any(reason(call) for pattern, all_ in REFUSALS.items() if re.fullmatch(pattern, name) for reason in all_)
