"""What float32 CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED have in common: constant weights and biases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators.float32.tensors import Array, float_activation, float_constant, float_tensor


@dataclass(frozen=True, eq=False)
class Weighted:
    """``bias``: one per output channel, zeros where the operator has none."""

    source: Tensor
    result: Tensor
    weights: Array
    bias: Array


def weighted(model: Model, operator: Operator, rank: int, channel_axis: int) -> Weighted:
    """Checks and gathers; the weights have ``rank`` axes, of which ``channel_axis`` counts output channels."""
    source = float_activation(model, operator.inputs[0])
    result = float_tensor(model, operator.outputs[0])
    float_tensor(model, operator.inputs[1])
    weights = float_constant(model, operator.inputs[1])
    if weights.ndim != rank:
        raise NotLowered(f"the weights have {weights.ndim} axes, not {rank}")
    channels = weights.shape[channel_axis]
    bias = np.zeros(channels, np.float32)
    if len(operator.inputs) > 2 and operator.inputs[2] >= 0:
        bias = float_constant(model, operator.inputs[2]).reshape(-1)
    if bias.size != channels:
        raise NotLowered(f"the bias has {bias.size} values for {channels} output channels")
    return Weighted(source, result, weights, bias)


def by_fours(weights: Array, groups: int = 1) -> Array:
    """[output channel, element ...] -> the elements of four output channels side by side, [element, 4] for each four
    of a group; channels that are left over in a group follow as they are."""
    own = weights.shape[0] // groups
    elements = weights[0].size
    grouped = weights.reshape(groups, own, elements)
    whole = own // 4 * 4
    fours = grouped[:, :whole].reshape(groups, whole // 4, 4, elements).swapaxes(2, 3).reshape(groups, whole * elements)
    rest = grouped[:, whole:].reshape(groups, (own - whole) * elements)
    return np.concatenate([fours, rest], axis=1).reshape(-1)
