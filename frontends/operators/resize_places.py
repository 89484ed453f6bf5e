"""Where an axis is read when it is resized, as RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR of TFLite do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

UNIT = 1 << 10
"""Of integers, places along an axis are counted in parts of the distance between two elements, and so are weights."""


@dataclass(frozen=True)
class Axis:
    """An axis of ``inputs`` elements that becomes one of ``outputs``.

    ``align_corners``: the first and the last elements stay where they are. ``half_pixel_centers``: elements are areas
    and not points.
    """

    inputs: int
    outputs: int
    align_corners: bool = False
    half_pixel_centers: bool = False

    @property
    def ratio(self) -> tuple[int, int]:
        """Of distances before to distances behind."""
        if self.align_corners and self.outputs > 1:
            return self.inputs - 1, self.outputs - 1
        return self.inputs, self.outputs


def nearest(axis: Axis) -> npt.NDArray[np.int32]:
    """[outputs, 1]: the element that each output is a copy of. In float32, which decides between two."""
    before, behind = axis.ratio
    place = np.arange(axis.outputs, dtype=np.float32) + np.float32(0.5 if axis.half_pixel_centers else 0)
    place *= np.float32(before) / np.float32(behind)
    element = np.floor(place)
    if axis.align_corners:
        element += place - element >= 0.5
    found: npt.NDArray[np.int32] = np.clip(element, 0, axis.inputs - 1).astype(np.int32)[:, None]
    return found


def linear(axis: Axis) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """[outputs, 2]: the two elements between which each output lies, and float32 weights that add up to 1."""
    indices, weights = linear_beyond(axis)
    weights[indices[:, 0] == indices[:, 1]] = 1, 0
    return indices, weights


def linear_beyond(axis: Axis) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """The same; beyond the first and the last element, these have weights for going on in their direction, of which one
    is negative. They are two parts of one element, which adds up to itself but for rounding."""
    before, behind = axis.ratio
    scale = np.float32(before) / np.float32(behind)
    place = np.arange(axis.outputs, dtype=np.float32)
    offset = np.float32(0.5 if axis.half_pixel_centers else 0)
    place = (place + offset) * scale - offset
    low = np.maximum(np.floor(place), 0)
    high = np.minimum(np.ceil(place), axis.inputs - 1)
    behind_low = (place - low).astype(np.float32)
    return _pairs(low, high), np.stack([1 - behind_low, behind_low], axis=1)


def linear_units(axis: Axis) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int16]]:
    """The same for integers: weights add up to ``UNIT``. The distance of two places is rounded to units, so that errors
    add up along the axis.

    Raises:
        ValueError: they add up to a place behind the last element, where the reference reads outside of its input.
    """
    before, behind = axis.ratio
    step = (before * UNIT + behind // 2) // behind
    place = np.arange(axis.outputs, dtype=np.int64) * step
    if axis.half_pixel_centers:
        place += step // 2 - UNIT // 2
    low = np.maximum(place // UNIT, 0)
    high = np.minimum(-(-place // UNIT), axis.inputs - 1)
    if (low > high).any():
        raise ValueError(
            f"of {axis.outputs} places among {axis.inputs} elements, rounded to 1/{UNIT}, some lie behind the last"
        )
    behind_low = np.where(low == high, 0, place - low * UNIT)
    return _pairs(low, high), np.stack([UNIT - behind_low, behind_low], axis=1).astype(np.int16)


def _pairs(low: Array, high: Array) -> npt.NDArray[np.int32]:
    return np.stack([low, high], axis=1).astype(np.int32)
