"""The one place that knows Relay's data and kernel layouts: everything behind it is NHWC, OHWI and 1HWC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered

Array = npt.NDArray[Any]


def require_nhwc(layout: object) -> None:
    if str(layout) != "NHWC":
        raise NotLowered(f"the layout is {layout}, not NHWC")


def output_major(weights: Array, layout: str, groups: int) -> Array:
    """The weights of a convolution as [output channel, row, column, input channel of the group].

    Relay's HWOI with groups is a depthwise kernel [row, column, channel, multiplier].
    """
    if sorted(layout) != sorted("OHWI"):
        raise NotLowered(f"the weights have the layout {layout}")
    if layout == "HWOI" and groups > 1:
        rows, columns, channels, multiplier = weights.shape
        return np.ascontiguousarray(weights.reshape(rows, columns, channels * multiplier, 1).transpose(2, 0, 1, 3))
    return np.ascontiguousarray(weights.transpose([layout.index(letter) for letter in "OHWI"]))


def depthwise(weights: Array) -> Array:
    """[output channel, row, column, 1] as [1, row, column, output channel]."""
    return np.ascontiguousarray(weights.transpose(3, 1, 2, 0))


def padding(
    pads: Sequence[int], extents: Sequence[int], reaches: Sequence[int], strides: Sequence[int], counts: Sequence[int]
) -> dict[str, object]:
    """Padding as attributes of an operator: by the name it has in TensorFlow Lite, where it has one.

    Args:
        pads: as Relay has them: one for all sides, [rows, columns], or [top, left, bottom, right].
        extents: height and width of the input; ``counts``: of the output.
        reaches: height and width of the window, dilated.
    """
    top, left, bottom, right = list(pads) * (4 // len(pads))
    axes = list(zip(extents, reaches, strides, counts, ((top, bottom), (left, right)), strict=True))
    if all(pair == (0, 0) and count == (extent - reach) // stride + 1 for extent, reach, stride, count, pair in axes):
        return {"padding": "VALID"}
    if all(
        count == -(-extent // stride) and before == max((count - 1) * stride + reach - extent, 0) // 2
        for extent, reach, stride, count, (before, _) in axes
    ):
        return {"padding": "SAME"}
    # Where the number of windows is rounded up, the last one reaches farther than the padding says.
    rows, columns = (
        (before, max(after, (count - 1) * stride + reach - extent - before))
        for extent, reach, stride, count, (before, after) in axes
    )
    return {"explicit_padding": (rows, columns)}
