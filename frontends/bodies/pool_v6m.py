"""Pooling on Armv6-M: averages of four channels at once, without a division each, and maxima of four elements."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

MAX_ELEMENTS = 256
"""Of a window, for sums to fit into halves of a word, and for quotients to be exact."""
MOST_LEFT = 14
"""Of shifts to the left, in rounding as ONNX Runtime does it."""


def window_elements(layer: Mapping[str, int]) -> int:
    """The most elements of a channel that a window has in the input."""
    return prod(min(layer[f"kernel_{axis}"], layer[f"input_{axis}"]) for axis in ("rows", "columns"))


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """The body's call: nothing changes but the kernel. None for averages over more than ``MAX_ELEMENTS``, and for codes
    that shift further to the left than ``MOST_LEFT``."""
    if call.kernel != "arenite_max_pool_s8" and window_elements(call.layer) > MAX_ELEMENTS:
        return None
    scales = call.constants.get("scales")
    if scales is not None and ~(int(scales[..., 1].min()) >> 6) > MOST_LEFT:
        return None
    return Call(call.kernel.replace("pool", "pool_v6m"), call.layer, call.inputs, call.constants), 0


BODIES = (
    Body("arenite_average_pool_s8", "arenite_average_pool_v6m_s8", "v6m", rewrite),
    Body("arenite_average_pool_once_s8", "arenite_average_pool_v6m_once_s8", "v6m", rewrite),
    Body("arenite_max_pool_s8", "arenite_max_pool_v6m_s8", "v6m", rewrite),
)
