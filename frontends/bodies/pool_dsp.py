"""Pooling for the DSP extension, of eight channels at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

FEWEST_CHANNELS = 8
MAX_ELEMENTS = 256
"""Of the window of an average: sums are kept in 16 bits."""
MAX_LEFT_SHIFT = 14
"""Of such a sum, to stay in 32 bits."""

BODY_OF = {
    "arenite_average_pool_s8": "arenite_average_pool_dsp_s8",
    "arenite_average_pool_once_s8": "arenite_average_pool_dsp_once_s8",
    "arenite_max_pool_s8": "arenite_max_pool_dsp_s8",
}


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """The body's call: nothing changes but the kernel. None for fewer than ``FEWEST_CHANNELS``, and for averages over
    more than ``MAX_ELEMENTS`` or with unusually large scales."""
    layer = call.layer
    if layer["channels"] < FEWEST_CHANNELS:
        return None
    if "average" in call.kernel and layer["kernel_rows"] * layer["kernel_columns"] > MAX_ELEMENTS:
        return None
    if "scales" in call.constants and left_shifts(call.constants["scales"][..., 1]).max() > MAX_LEFT_SHIFT:
        return None
    return Call(BODY_OF[call.kernel], layer, call.inputs, call.constants), 0


def left_shifts(codes: npt.NDArray[np.generic]) -> npt.NDArray[np.int64]:
    """``left`` of codes of ``arenite_scale_as_float``."""
    shifts: npt.NDArray[np.int64] = ~(codes.astype(np.int64) >> 6)
    return shifts


BODIES = tuple(Body(kernel, body, "dsp", rewrite) for kernel, body in BODY_OF.items())
