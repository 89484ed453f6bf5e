"""Quantisation parameters as a file has them, and as int8 kernels want them."""

from __future__ import annotations

import math

import numpy as np

from arenite.frontends.model import Quantisation
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph


def quantisation_of(graph: OnnxGraph, node: Node) -> tuple[Quantisation, str] | None:
    """Of the integers on one side of a QuantizeLinear or DequantizeLinear, and the file's type of them; zero points of
    uint8 are 128 less, as for the same reals in int8. None where it is computed, or given in blocks."""
    integer = (node.outputs if node.kind == "QuantizeLinear" else node.inputs)[0]
    scale = graph.constants.get(node.inputs[1])
    named = len(node.inputs) > 2 and node.inputs[2]
    zero_point = graph.constants.get(node.inputs[2]) if named else None
    dtype = graph.dtype(integer)
    if scale is None or (named and zero_point is None) or dtype is None or scale.dtype != np.float32:
        return None
    points = np.zeros(scale.shape, np.int64) if zero_point is None else zero_point.astype(np.int64)
    if points.size != scale.size or not np.isfinite(scale).all() or (scale <= 0).any() or scale.ndim > 1:
        return None
    if dtype == "uint8":
        points = points - 128
    shape = graph.shape(integer) or ()
    axis = int(node.get("axis", 1)) % max(len(shape), 1) if scale.size > 1 else 0
    if scale.size > 1 and (not shape or shape[axis] != scale.size):
        return None
    return Quantisation(tuple(scale.reshape(-1).tolist()), tuple(points.reshape(-1).tolist()), axis), dtype


def _along(quantisation: Quantisation, rank: int) -> tuple[Array, Array]:
    """Scales and zero points in a shape that broadcasts against the tensor."""
    shape = [-1 if place == quantisation.axis else 1 for place in range(rank)] if quantisation.per_channel else []
    scales, points = np.array(quantisation.scales, np.float32), np.array(quantisation.zero_points, np.int64)
    return scales.reshape(shape), points.reshape(shape)


def dequantised(stored: Array, quantisation: Quantisation) -> Array:
    """float32, as DequantizeLinear computes it."""
    scales, points = _along(quantisation, stored.ndim)
    result: Array = (stored.astype(np.int64) - points).astype(np.float32) * scales
    return result


def bias_steps(real: Array, source: Quantisation, weights: Quantisation) -> Array | None:
    """float64 [channels] as int32 in steps of input scale times weight scale, as accumulators count; None if that
    overflows."""
    steps = np.float64(source.scale) * np.array(weights.scales, np.float64)
    if real.size != steps.size and 1 not in (real.size, steps.size):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.rint(real.reshape(-1) / steps)
    return rounded.astype(np.int32) if (np.abs(rounded) < 2**31).all() else None


def signed(array: Array) -> Array:
    """uint8 as int8, 128 less."""
    return (array.astype(np.int16) - 128).astype(np.int8)


def unsigned(quantisation: Quantisation) -> Quantisation:
    """Of the same reals in uint8."""
    return Quantisation(
        quantisation.scales, tuple(point + 128 for point in quantisation.zero_points), quantisation.axis
    )


def real_bounds(bounds: tuple[float, float], quantisation: Quantisation) -> tuple[int, int]:
    """An activation's bounds in stored int8 values, rounded as QuantizeLinear does: to nearest, ties to even."""
    low, high = (
        -128 if bound == -math.inf else 127 if bound == math.inf else _stored_value(bound, quantisation)
        for bound in bounds
    )
    return low, high


def _stored_value(real: float, quantisation: Quantisation) -> int:
    with np.errstate(over="ignore"):
        steps = float(np.rint(np.float32(real) / np.float32(quantisation.scale)))
    return int(min(max(steps + quantisation.zero_point, -128.0), 127.0))
