"""Tables of functions of an int16, 513 entries between which kernels interpolate (TFLite: LUTPopulate)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered

STEPS = 512

Array = npt.NDArray[Any]


def interpolation_table(
    function: Callable[[Array], Array], source: float, result: float, start: int = 0, *, double: bool = False
) -> npt.NDArray[np.int16]:
    """int16 [513]: ``function`` of real numbers, at steps of the input from -2^15 on.

    Every entry but the last is moved by half of what the line to the next one is off in the middle.

    Args:
        source: scale of the input, ``start`` its zero point; ``result``: scale of the output.
        double: computed in float64, not in float32, as in TFLite.
    """
    real = np.float64 if double else np.float32
    scale = real(source)
    low, high = scale * real(-(2**15) - start), scale * real(2**15 - 1 - start)
    step = (high - low) / real(STEPS)
    inverse = real(2**16) / (real(result) * real(2**15 - 1) - real(result) * real(-(2**15)))
    at = low + np.arange(STEPS + 1).astype(real) * step
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        values = function(at).astype(real) * inverse
        middles = _rounded(function(at[:-1] + step / real(2)).astype(real) * inverse)
        last = _rounded(function(np.array([high])).astype(real) * inverse)
    if not (np.isfinite(values).all() and np.isfinite(middles).all()):
        raise NotLowered("the scales are too far apart")
    samples = _rounded(values[:-1])
    off = _rounded((values[1:] + samples) / real(2)) - middles
    entries = np.concatenate([samples - _rounded(off / real(2)), last])
    table: npt.NDArray[np.int16] = np.clip(entries, -(2**15), 2**15 - 1).astype(np.int16)
    return table


def _rounded(values: Array) -> Array:
    """To the nearest integers, ties away from zero."""
    whole = np.trunc(values)
    rounded: Array = whole + (values - whole >= 0.5) - (values - whole <= -0.5)
    return rounded


def logistic_table() -> npt.NDArray[np.uint16]:
    """uint16 [256]: 1 / (1 + exp(-i / 24)) in Q0.16, raised by half of what lines between entries are too low in the
    middle, which is TFLite's table; the last entry is the greatest value."""
    at = np.arange(512) / 48
    exact = 2.0**16 / (1 + np.exp(-at))
    points, middles = exact[0::2], exact[1::2]
    following = np.append(points[1:], points[-1])
    table = np.floor(points + (middles - (points + following) / 2) / 2 + 0.5)
    table[-1] = 2**16 - 1
    entries: npt.NDArray[np.uint16] = table.astype(np.uint16)
    return entries
