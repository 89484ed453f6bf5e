"""FULLY_CONNECTED, int16 with int8 weights [output, input].

TFLite's reference multiplies the sum by the real scale in float64 and rounds to nearest, ties away from zero. Where
sums fit into int32, an integer multiplier does the same.
"""

from __future__ import annotations

import math

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.int16.tensors import activation_fields
from arenite.frontends.operators.int16.weights import Weighted, by_fours, fits_int32, weighted
from arenite.frontends.operators.tensors import require_shape
from arenite.frontends.quantise import quantize_multiplier, scale_table

KINDS = ("FULLY_CONNECTED",)

SLACK_BITS = 40
"""A multiplier may be off by a part in so many bits, where no product of a sum comes as close to a tie."""
WHOLE_SLACK_BITS = 28
"""The same for multipliers from 1/2 on, of which the kernel takes 31 bits."""


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, operator, rank=2, channel_axis=0)
    source, result = tensors.source, tensors.result
    weights_format = operator.attributes.get("weights_format", "DEFAULT")
    if weights_format != "DEFAULT":
        raise NotLowered(f"the weights have the format {weights_format}")
    if tensors.narrow and not fits_int32(tensors):
        raise NotLowered(f"its bias is int32, but its sums reach {tensors.limit}")
    outputs, inputs = tensors.weights.shape
    if source.elements % inputs:
        raise NotLowered(f"{source.elements} input values are not rows of {inputs}")
    rows = source.elements // inputs
    if operator.attributes.get("keep_num_dims", False):
        require_shape(result, (*source.shape[:-1], outputs))
    if result.elements != rows * outputs:
        raise NotLowered(f"the output has shape {list(result.shape)} for {rows} rows of {outputs}")
    scales = tensors.scales if len(set(tensors.scales)) > 1 else tensors.scales[:1]
    layer = {
        "rows": rows,
        "inputs": inputs,
        "outputs": outputs,
        "scale_step": int(len(scales) > 1),
        **activation_fields(operator, tensors.result_quantisation),
    }
    multipliers = _multipliers(tensors, scales)
    weights = by_fours(tensors.weights)
    if multipliers is None:
        constants = {"weights": weights, "bias": tensors.bias, "scales": np.array(scales, np.float64)}
        call = Call("arenite_fully_connected_long_s16", layer, (source.index,), constants)
    else:
        bias = tensors.bias.astype(np.int32)
        constants = {"weights": weights, "bias": bias, "scales": scale_table(multipliers)}
        call = Call("arenite_fully_connected_s16", layer, (source.index,), constants)
    return Lowering((source.index,), (result.index,), (call,))


def _multipliers(tensors: Weighted, scales: tuple[float, ...]) -> list[tuple[int, int]] | None:
    """None where there are no integers that round as TFLite does."""
    if not fits_int32(tensors):
        return None
    found = {scale: exact_multiplier(scale, tensors.limit) for scale in dict.fromkeys(scales)}
    multipliers = [multiplier for scale in scales if (multiplier := found[scale]) is not None]
    return multipliers if len(multipliers) == len(scales) else None


def exact_multiplier(real: float, limit: int) -> tuple[int, int] | None:
    """``(multiplier, shift)`` with which ``quantise.requantise_once`` is ``round(sum * real)`` in float64, ties away
    from zero, for all sums in [-limit, limit] as far as int16 can tell.

    The multiplier is that of ``real`` unless products of sums lie on ties, or next to them: each of these bounds it.
    None if no multiplier meets all bounds.
    """
    _, shift = quantize_multiplier(real)
    fraction, power = math.frexp(real)
    if power != shift:
        return None
    bits = SLACK_BITS if shift < 0 else WHOLE_SLACK_BITS
    unit = 1 if shift < 0 else 2**31
    own = int(math.ldexp(fraction, 62))
    low, high = own - (own >> (bits + 1)), own + (own >> (bits + 1))
    halves = np.arange(2**15) + 0.5
    at = halves / real
    nearest = np.rint(at)
    close = (np.abs(at - nearest) <= at * 2.0**-bits) & (nearest <= limit)
    for tie, total in zip(halves[close].tolist(), nearest[close].astype(int).tolist(), strict=True):
        bound = int(2 * tie) << (61 - shift)
        if float(total) * real >= tie:
            low = max(low, bound // total + 1)
        else:
            high = min(high, (bound - 1) // total)
    low, high = -(-low // unit) * unit, high // unit * unit
    return (min(max(own // unit * unit, low), high), shift) if low <= high else None
