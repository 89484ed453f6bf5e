"""What convolutions and dense layers share in Relay: product -> [bias] -> [limits] -> requantise -> [clip].

Limits on the accumulator are what FakeQuantizationToInteger makes of an activation before quantisation; requantising
is monotone, so they are limits of its result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation
from arenite.passes.relay.quantised.activation import fused_activation
from arenite.passes.relay.quantised.candidate import Activation, Data, Input
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, is_call
from arenite.passes.relay.quantised.reading import (
    INT8,
    Bounds,
    array,
    dtype,
    is_constant,
    quantisation,
    without_clip,
)


@dataclass(frozen=True, eq=False)
class Accumulation:
    """``product`` is the qnn operator; the quantisation of ``weights`` counts no axis yet. ``replaced``: all of it, in
    order of execution."""

    product: Expr
    source: Quantisation
    weights: Quantisation
    bias: npt.NDArray[Any] | None
    result: Quantisation
    activation: object
    replaced: tuple[Expr, ...]

    def inputs(self, data: Expr, weights: npt.NDArray[Any], channel_axis: int) -> list[Input]:
        """As TensorFlow Lite orders them; ``weights`` in its layout, with output channels along ``channel_axis``."""
        scales = Quantisation(self.weights.scales, self.weights.zero_points, channel_axis)
        bias = None if self.bias is None else Data(self.bias)
        return [Activation(data, self.source), Data(weights, scales), bias]


def accumulation(flow: Dataflow, root: Expr, name: str) -> Accumulation | None:
    """The operator that ends with ``root`` if its product is the qnn operator ``name``.

    Scales are taken from the product's arguments: that of requantise is their product, already rounded to float32.
    """
    requantize, bounds, clips = without_clip(flow, root)
    if not is_call(requantize, "qnn.requantize") or (clips and not flow.only_use(requantize)):
        return None
    limited = _limits(requantize.args[0])
    biased = limited[-1].args[0] if limited else requantize.args[0]
    product, bias = _split_bias(biased)
    if not is_call(product, name):
        return None
    inner = [product] if product == biased else [product, biased]
    inner += reversed(limited)
    if not all(flow.only_use(expr) for expr in inner):
        raise NotLowered("its accumulator is read by another operator, too")
    if dtype(requantize) != "int8" or dtype(product) != "int32":
        raise NotLowered(f"it accumulates in {dtype(product)} and gives {dtype(requantize)}, not int32 and int8")
    source = quantisation(product.args[4], product.args[2])
    weights = quantisation(product.args[5], product.args[3])
    accumulator = quantisation(requantize.args[1], requantize.args[2])
    _check_rescaling(source, weights, accumulator)
    result = quantisation(requantize.args[3], requantize.args[4])
    for limit in limited:
        least, greatest = _bounds(limit, accumulator, result)
        bounds = (min(max(least, bounds[0]), bounds[1]), min(max(greatest, bounds[0]), bounds[1]))
    replaced = (*inner, requantize, *reversed(clips))
    return Accumulation(product, source, weights, bias, result, fused_activation(bounds, result), replaced)


def _limits(expr: Expr) -> list[Expr]:
    """The calls that limit the accumulator, last one first."""
    found = []
    while is_call(expr, "clip", "nn.relu") or (is_call(expr, "maximum", "minimum") and is_constant(expr.args[1])):
        found.append(expr)
        expr = expr.args[0]
    return found


def _bounds(limit: Expr, accumulator: Quantisation, result: Quantisation) -> Bounds:
    """What a limit on the accumulator is on the result. Raises NotLowered if it differs from channel to channel."""
    if is_call(limit, "clip"):
        ends = [np.array(end, np.float64) for end in (limit.attrs.a_min, limit.attrs.a_max)]
    elif is_call(limit, "nn.relu"):
        ends = [np.zeros(1), np.full(1, np.inf)]
    else:
        value = array(limit.args[1], "a limit").astype(np.float64)
        ends = [value, np.full(1, np.inf)] if is_call(limit, "maximum") else [np.full(1, -np.inf), value]
    low, high = (_bound(end.ravel(), accumulator, result) for end in ends)
    return low, high


def _bound(values: npt.NDArray[np.float64], accumulator: Quantisation, result: Quantisation) -> int:
    steps = values * np.array(accumulator.scales) / result.scale
    rounded = np.rint(np.clip(steps, -512, 512))
    # Limits are whole numbers of the accumulator's small steps: the same one differs by less than that.
    if not np.allclose(steps.clip(-512, 512), rounded[0], atol=0.75, rtol=0.0):
        raise NotLowered("its channels have different limits")
    return min(max(int(rounded[0]) + result.zero_point, INT8[0]), INT8[1])


def _split_bias(expr: Expr) -> tuple[Expr, npt.NDArray[Any] | None]:
    """The sum without its bias, and the bias as a vector over output channels."""
    if not is_call(expr, "nn.bias_add", "add") or not is_constant(expr.args[1]):
        return expr, None
    bias = array(expr.args[1], "the bias")
    if bias.size != max(bias.shape, default=0):
        raise NotLowered(f"the bias has shape {list(bias.shape)}")
    return expr.args[0], bias.ravel()


def _check_rescaling(source: Quantisation, weights: Quantisation, accumulator: Quantisation) -> None:
    if set(accumulator.zero_points) != {0}:
        raise NotLowered("its accumulator has a zero point")
    products = np.multiply(source.scale, weights.scales)
    scales = np.array(accumulator.scales)
    if scales.size not in (1, products.size) or not np.allclose(scales, products, rtol=1e-5, atol=0.0):
        raise NotLowered("it is requantised from another scale than that of the product")
