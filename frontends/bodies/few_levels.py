"""Channels of a depthwise convolution for the DSP extension whose outputs have few values, whatever the input is.

Weights that are next to nothing have a small scale, and a bias that is enormous in its units: more than the body's
accumulator holds. The same outputs come from another bias and another scale.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from arenite.frontends.quantise import INT8_MAX, INT8_MIN, INT32_MAX, INT32_MIN, requantise_twice

Scale = tuple[int, int, int]
"""Multiplier, rounding and shift of an ``arenite_3x3_channel``."""

MOST_STEPS = 4
"""Between the least output and the greatest."""
MOST_RIGHT = 16
"""Of shifts of the multiplier to the right."""


def scaled(acc: int, scale: Scale, ties_away: bool) -> int:
    """What arenite_columns_dsp.h computes from a sum."""
    multiplier, rounding, shift = scale
    high = 256 * acc * multiplier >> 32
    value = high + rounding - (128 if ties_away and high < 0 else 0) >> shift
    return min(max(value, INT8_MIN), INT8_MAX)


def few_levels(
    weights: npt.NDArray[np.int64], bias: int, multiplier: int, right: int, zero_point: int, ties_away: bool
) -> tuple[int, Scale] | None:
    """A bias and a scale with the outputs of ``multiplier * 2**-(31 + right)`` and ``bias``; None if none are found.

    Args:
        weights: of the channel.
        ties_away: how the body rounds.
    """
    least = bias + int(np.minimum(-128 * weights, 127 * weights).sum())
    most = bias + int(np.maximum(-128 * weights, 127 * weights).sum())
    if least < INT32_MIN or most > INT32_MAX or not 0 <= right <= 31:
        return None

    def exact(acc: int) -> int:
        return min(max(requantise_twice(acc, multiplier, -right) + zero_point, INT8_MIN), INT8_MAX)

    def reaches(value: int, offset: int) -> bool:
        return exact(least + offset) >= value

    low, high = exact(least), exact(most)
    if low == high:
        return 0, (0, (low << 8) + 128, 8)
    if high - low > MOST_STEPS:
        return None
    # Sums with which the output becomes each of its values but the least.
    steps = [least + _first(partial(reaches, value), most - least) for value in range(low + 1, high + 1)]
    factor, shift = multiplier >> max(right - MOST_RIGHT, 0), 7 + min(right, MOST_RIGHT)
    checked = [(acc, exact(acc)) for step in steps for acc in (step - 1, step)] + [(least, low), (most, high)]
    # Zero is where the first step is; what is added to it moves the others.
    for rounding in range((256 * factor >> 32) + 1):
        scale = factor, ((low + 1) << shift) + rounding, shift
        if all(scaled(acc - steps[0], scale, ties_away) == value for acc, value in checked):
            return bias - steps[0], scale
    return None


def _first(holds: Callable[[int], bool], most: int) -> int:
    """The first number of 0 to ``most`` from which on it holds; it does for ``most``."""
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
