"""Portable packings of weights, undone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def unquads(packed: npt.NDArray[np.generic]) -> npt.NDArray[np.int8]:
    """uint32 [output channels / 4, elements] of ``arenite_quad`` -> int8 [output channels, elements], those included
    that fill up the last four."""
    words = packed.astype(np.uint32)
    first, fourth, third, second = ((words >> shift) & 255 for shift in (0, 8, 16, 24))
    lanes: npt.NDArray[Any] = np.stack([first ^ 128, second, third ^ 128, fourth], axis=1)
    return lanes.astype(np.uint8).view(np.int8).reshape(-1, words.shape[1])


def has_least_weight(packed: npt.NDArray[np.generic]) -> bool:
    """Whether one of the weights is -128: of ``arenite_quad`` words, or of int8."""
    if packed.dtype != np.uint32:
        return bool((packed == -128).any())
    # The second and fourth byte of a word are weights as they are, the others lack their highest bit.
    return not (packed ^ np.uint32(0x80008000)).view(np.uint8).all()
