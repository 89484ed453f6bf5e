"""PRelu with a slope per channel on stored integers.

    PRelu(x) = max(x, 0) + slope * min(x, 0)

One of the two terms is zero for every x. Both are rounded to the result's quantisation, and their sum is exact: the
whole rounds once. The first term is a table, the second a depthwise convolution with a window of one element.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arenite.frontends.model import Quantisation
from arenite.frontends.onnx.graph import Array
from arenite.frontends.onnx.integers.affine import Affine


@dataclass(frozen=True, eq=False)
class Parts:
    """``positive``: int8 [256], the table of the first term. ``clipped``: likewise that of min(x, 0), None if no slope
    is negative, so that clipping the second term does the same. ``weights`` int8 [channels, 1, 1, 1], their ``scales``
    float32 [channels] and ``bias`` int32 [channels]: the convolution."""

    positive: Array
    clipped: Array | None
    weights: Array
    scales: Array
    bias: Array


def prelu_parts(slopes: Array, before: Quantisation, after: Quantisation) -> Parts | None:
    """For ``slopes``, float64 [channels], of a tensor quantised as ``before`` with a result as ``after``."""
    terms = Affine("", slopes, np.zeros(len(slopes)), ()).integers(before.scale)
    if terms is None:
        return None
    stored = np.concatenate([np.arange(128), np.arange(-128, 0)])
    real = (stored - before.zero_point).astype(np.float32) * np.float32(before.scale)
    steps = np.rint(np.maximum(real, 0) / np.float32(after.scale)) + after.zero_point
    clipped = np.minimum(stored, before.zero_point).astype(np.int8) if (slopes < 0).any() else None
    return Parts(np.clip(steps, -128, 127).astype(np.int8), clipped, *terms)
