"""Resize and Upsample along one axis as taps: which input elements an output element reads, with which weights.

The formulas are those of the ONNX specification of Resize; coordinates are float32, as ONNX Runtime computes them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from arenite.frontends.lowering import NotLowered
from arenite.frontends.onnx.graph import Array, Node

COORDINATES = frozenset(
    (
        *("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"),
        "tf_half_pixel_for_nn",
    )
)
ROUNDINGS = frozenset(("round_prefer_floor", "round_prefer_ceil", "floor", "ceil", "simple"))
MAX_EXTENT = 1 << 20
"""Elements along an axis that tables are made for."""


@dataclass(frozen=True)
class Sampling:
    """``mode``: nearest, linear or cubic; ``coordinates`` and ``rounding`` as ONNX names them, and ``simple``: what
    Resize did before opset 11."""

    mode: str
    coordinates: str
    rounding: str
    cubic: float
    exclude_outside: bool


def sampling(node: Node, opset: int) -> Sampling:
    """How a Resize or Upsample node samples. Raises NotLowered where that is unknown here."""
    old = node.kind == "Upsample" or opset < 11
    mode = node.get("mode", "nearest")
    found = Sampling(
        mode={"bilinear": "linear"}.get(mode, mode),
        coordinates="asymmetric" if old else node.get("coordinate_transformation_mode", "half_pixel"),
        rounding="simple" if old else node.get("nearest_mode", "round_prefer_floor"),
        cubic=float(node.get("cubic_coeff_a", -0.75)),
        exclude_outside=bool(node.get("exclude_outside", 0)),
    )
    if found.mode not in ("nearest", "linear", "cubic"):
        raise NotLowered(f"the mode is {found.mode}")
    if found.coordinates not in COORDINATES or found.rounding not in ROUNDINGS:
        raise NotLowered(f"coordinates are {found.coordinates}, rounded by {found.rounding}")
    if int(node.get("antialias", 0)):
        raise NotLowered("it filters against aliasing")
    if node.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise NotLowered("it keeps the aspect ratio")
    return found


def taps(how: Sampling, length: int, resized: int, scale: float) -> tuple[Array, Array]:
    """Indices into ``length`` elements and their weights, both [resized, taps]."""
    if resized > MAX_EXTENT:
        raise NotLowered(f"it makes {resized} elements along an axis")
    at = _coordinates(how.coordinates, length, resized, scale)
    if how.mode == "nearest":
        index = np.clip(_rounded(how.rounding, at, scale), 0, length - 1).astype(np.int64)
        return index[:, None], np.ones((resized, 1), np.float32)
    if how.mode == "linear":
        inside = np.clip(at, 0, length - 1)
        low = np.minimum(np.floor(inside).astype(np.int64), length - 1)
        high = np.minimum(low + 1, length - 1)
        # At the end both taps are one element. ONNX Runtime halves it, which rounds otherwise than 1 and 0.
        part = np.where(low == high, np.float32(0.5), (inside - low).astype(np.float32))
        return np.stack([low, high], 1), np.stack([1 - part, part], 1)
    low = np.floor(at).astype(np.int64)
    part = (at - low).astype(np.float64)
    weights = np.stack([_cubic(part + 1, how.cubic), _cubic(part, how.cubic)], 1)
    weights = np.concatenate([weights, np.stack([_cubic(1 - part, how.cubic), _cubic(2 - part, how.cubic)], 1)], 1)
    index = low[:, None] + np.arange(-1, 3)
    if how.exclude_outside:
        weights = np.where((index >= 0) & (index < length), weights, 0)
        weights = weights / weights.sum(1, keepdims=True)
    return np.clip(index, 0, length - 1), weights.astype(np.float32)


def _coordinates(mode: str, length: int, resized: int, scale: float) -> Array:
    """Where the output elements lie among the input elements."""
    one, half, factor = np.float32(1), np.float32(0.5), np.float32(scale)
    place: Array = np.arange(resized, dtype=np.float32)
    at: Array = (place + half) / factor - half
    if mode == "align_corners":
        at = place * np.float32(length - 1) / np.float32(max(resized - 1, 1))
    elif mode == "asymmetric":
        at = place / factor
    elif mode == "tf_half_pixel_for_nn":
        at = (place + half) / factor
    elif mode == "pytorch_half_pixel" and resized == 1:
        at = place
    elif mode == "half_pixel_symmetric":
        adjustment = np.float32(resized) / (factor * np.float32(length))
        at = np.float32(length) / 2 * (one - adjustment) + at
    return at


def _rounded(rounding: str, at: Array, scale: float) -> Array:
    rounded: Array = np.floor(at)
    if rounding == "ceil" or (rounding == "simple" and scale < 1):
        rounded = np.ceil(at)
    elif rounding == "round_prefer_floor":
        rounded = np.ceil(at - np.float32(0.5))
    elif rounding == "round_prefer_ceil":
        rounded = np.floor(at + np.float32(0.5))
    return rounded


def _cubic(distance: Array, a: float) -> Array:
    """Keys, Cubic convolution interpolation for digital image processing, 1981, for distances in [0, 2]."""
    near = ((a + 2) * distance - (a + 3)) * distance * distance + 1
    far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
    return np.where(distance <= 1, near, far)


def scales(node: Node, arrays: list[Array | None], shape: tuple[int, ...], resized: tuple[int, ...]) -> list[float]:
    """The factor of every axis. ``arrays``: the constant inputs of the node, None for those that are none.

    Raises NotLowered where they are computed at run time.
    """
    given = node.get("scales")
    if given is None:
        floats = [array for array in arrays[1:] if array is not None and array.dtype.kind == "f"]
        given = floats[-1].reshape(-1).tolist() if floats and floats[-1].size and _takes_scales(node, arrays) else None
    if given is None:
        return [new / old for old, new in zip(shape, resized, strict=True)]
    axes = node.get("axes", list(range(len(shape))))
    factors = [1.0] * len(shape)
    for axis, factor in zip(axes, given, strict=True):
        factors[axis] = float(factor)
        if not math.isfinite(factor) or factor <= 0:
            raise NotLowered(f"the factor of axis {axis} is {factor}")
    return factors


def _takes_scales(node: Node, arrays: list[Array | None]) -> bool:
    """Whether the factors are those of the input of that name, and not those of the region of interest."""
    place = 1 if len(node.inputs) < 3 else 2
    array = arrays[place] if place < len(arrays) else None
    return array is not None and array.size > 0
