"""What portable kernels' constants are made of: before they are packed, or with their packing undone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Array, Arrays, Call, LateConstants
from arenite.frontends.operators.weights import in_fours

Filters = npt.NDArray[np.int8]
Records = npt.NDArray[np.int32]
Pack = Callable[[Filters], Array]


def unquads(packed: npt.NDArray[np.generic]) -> npt.NDArray[np.int8]:
    """uint32 [output channels / 4, elements] of ``arenite_quad`` -> int8 [output channels, elements], those included
    that fill up the last four."""
    words = packed.astype(np.uint32)
    first, fourth, third, second = ((words >> shift) & 255 for shift in (0, 8, 16, 24))
    lanes: npt.NDArray[Any] = np.stack([first ^ 128, second, third ^ 128, fourth], axis=1)
    return lanes.astype(np.uint8).view(np.int8).reshape(-1, words.shape[1])


def filters(call: Call) -> Filters:
    """int8 [output channels, elements] of a call of a convolution, or of a matrix product."""
    if isinstance(call.constants, LateConstants):
        return call.constants.source["weights"].view(np.int8)
    packed = call.constants["weights"]
    count = call.layer["output_channels" if "output_channels" in call.layer else "outputs"]
    return unquads(packed)[:count] if packed.dtype == np.uint32 else packed.astype(np.int8).reshape(count, -1)


def scales(call: Call) -> Records:
    """int32 [channels, 3] of ``arenite_channel``, whose biases may be those of inputs less their zero point."""
    known = call.constants.source if isinstance(call.constants, LateConstants) else call.constants
    return known["channels"].view(np.int32)


def with_weights(call: Call, pack: Pack, size: int, **others: Array) -> LateConstants:
    """The constants of a matrix product with its weights packed otherwise.

    Args:
        pack: int8 [output channels, filled up to a multiple of 4, elements] -> the weights.
        size: bytes of these.
        others: instead of the call's.
    """
    weights = filters(call)
    kept = {name: call.constants[name] for name in ("bias", "scales")}
    return LateConstants({"weights": size, **kept, **others}, partial(_packed, pack, weights), {"weights": weights})


def _packed(pack: Pack, weights: npt.NDArray[np.int8]) -> Arrays:
    return {"weights": pack(in_fours(weights))}
