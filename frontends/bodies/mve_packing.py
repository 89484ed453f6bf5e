"""Weights and constants of four output channels, as the words for Helium read them (arenite_words_mve.h)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

CHUNK = 16
"""Elements of a vector of int8."""


def chunk_weights(weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """int8 [channels, elements], of a multiple of 4 channels -> int8 [channels / 4, chunks, 4, CHUNK], zeros behind the
    last element."""
    channels, elements = weights.shape
    padded = np.pad(weights, ((0, 0), (0, -elements % CHUNK)))
    return np.ascontiguousarray(padded.reshape(channels // 4, 4, -1, CHUNK).transpose(0, 2, 1, 3))


def four_channels(records: npt.NDArray[np.int32], once: bool) -> npt.NDArray[np.int32]:
    """int32 [channels, 3] of ``arenite_channel``, of a multiple of 4 channels -> int32 [channels / 4, 3, 4]: biases,
    multipliers, shifts.

    Args:
        once: multipliers are for arenite_scale_as_float, and stay as they are.
    """
    converted: npt.NDArray[Any] = records.astype(np.int32)
    if not once:
        converted = np.column_stack([converted[:, 0], converted[:, 1].view(np.uint32) >> 1, ~converted[:, 2]])
    return np.ascontiguousarray(converted.astype(np.int32).reshape(-1, 4, 3).transpose(0, 2, 1))


def has_left_shifts(records: npt.NDArray[np.int32]) -> bool:
    """Whether any of these ``arenite_channel``, rounded twice, scales up before it multiplies."""
    return bool((~records[:, 2] > 0).any())


def four_scales(scales: npt.NDArray[np.int32], once: bool) -> npt.NDArray[np.int32]:
    """int32 [scales, 3] of ``arenite_scale`` -> int32 [fours, 3, 4]: multipliers, -1 less the exponents, and twice the
    fractions. One scale fills four lanes; zeros fill up the last four.

    Args:
        once: the exponents are codes for arenite_scale_as_float, and stay as they are.
    """
    padded: npt.NDArray[Any] = (
        np.tile(scales, (4, 1)) if len(scales) == 1 else np.pad(scales, ((0, -len(scales) % 4), (0, 0)))
    )
    multipliers, exponents, fractions = padded.T
    columns = np.stack([multipliers, exponents if once else ~exponents, 2 * fractions], axis=1)
    return np.ascontiguousarray(columns.astype(np.int32).reshape(-1, 4, 3).transpose(0, 2, 1))
