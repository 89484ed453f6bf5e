"""Convolutions straight from the input: what their bodies for several instruction sets have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call
from arenite.frontends.operators.weights import CONVOLUTION_FIELDS

Filters = npt.NDArray[np.int8]
Channels = npt.NDArray[np.int32]

MOST_RUNS, RUN_ELEMENTS = 26, 8
"""ARENITE_MOST_RUNS, and the elements of a gathered window that take the place of one."""
RECORD_BYTES = 12
"""Of what there is one of for each channel, whatever the instruction set."""
DENSE = {"groups": 1, "dilation_columns": 1}
"""Fields that layers of arenite_conv2d_s8 lack."""


def direct_layer(call: Call) -> dict[str, int] | None:
    """``arenite_direct_layer`` for a call of arenite_conv2d_s8 or arenite_conv2d_general_s8; None for long windows."""
    fields = {**DENSE, **call.layer}
    layer = {name: fields[name] for name in CONVOLUTION_FIELDS} | {"gathered": int(not _fours(fields))}
    taps = layer["kernel_rows"] * layer["kernel_columns"]
    runs = layer["kernel_rows"] if _joined(layer) else taps
    window = -(-taps * layer["input_channels"] // layer["groups"] // 4) * 4
    room = runs * RUN_ELEMENTS + layer["gathered"] * window <= MOST_RUNS * RUN_ELEMENTS
    return layer if room else None


def of_groups(array: npt.NDArray[Any], groups: int) -> npt.NDArray[Any]:
    """[channels of all groups, ...] -> the same, those of each group filled up with zeros to a multiple of 4."""
    parts = array.reshape(groups, -1, array.shape[-1])
    if parts.shape[1] % 4 == 0:
        return array
    filled: npt.NDArray[Any] = np.pad(parts, ((0, 0), (0, -parts.shape[1] % 4), (0, 0)))
    return filled.reshape(-1, array.shape[-1])


def channels(call: Call, groups: int) -> Channels:
    """Its channels, those of each group filled up to a multiple of 4."""
    return of_groups(call.constants["channels"][: call.layer["output_channels"]].astype(np.int32), groups)


def unfolded(records: Channels, weights: Filters, zero_point: int, factors: npt.ArrayLike = 1) -> Channels:
    """Channels with biases for inputs less their zero point; ``factors``: what the biases are multiplied by."""
    bias = records[:, 0] + zero_point * weights.astype(np.int64).sum(axis=1) * np.asarray(factors, np.int64)
    changed: Channels = records.copy()
    changed[:, 0] = (bias & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
    return changed


def _joined(layer: Mapping[str, int]) -> bool:
    """Whether the taps of a window's row are one run."""
    return layer["groups"] == layer["dilation_columns"] == 1


def _fours(layer: Mapping[str, int]) -> bool:
    """Whether all runs are multiples of four elements, wherever padding cuts them off."""
    if layer["input_channels"] // layer["groups"] % 4 == 0:
        return True
    last = (layer["output_columns"] - 1) * layer["stride_columns"] - layer["pad_left"] + layer["kernel_columns"]
    inside = _joined(layer) and layer["pad_left"] == 0 and last <= layer["input_columns"]
    return inside and layer["kernel_columns"] * layer["input_channels"] % 4 == 0
