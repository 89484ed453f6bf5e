"""Means on Armv6-M, of four neighbours at once."""

from __future__ import annotations

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

MAX_REDUCED = 256
"""Elements of a mean, for sums to fit into halves of a word, and for their products into 32 bits."""
MOST_RIGHT = 21
"""Of shifts to the right."""
MOST_LEFT = 14
"""Of shifts to the left, in rounding as ONNX Runtime does it."""


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """None for means of many elements, for single elements, which have no neighbours, and for unusual scales."""
    if call.layer["inner"] == 1 or call.layer["reduced"] > MAX_REDUCED or not has_scale(call):
        return None
    return Call(call.kernel.replace("mean", "mean_v6m"), call.layer, call.inputs, call.constants), 0


def has_scale(call: Call) -> bool:
    """Whether the body can multiply by the layer's scale."""
    if call.kernel == "arenite_mean_once_s8":
        return ~(call.layer["shift"] >> 6) <= MOST_LEFT
    return -MOST_RIGHT <= call.layer["shift"] < 0


BODIES = tuple(
    Body(f"arenite_mean{suffix}", f"arenite_mean_v6m{suffix}", "v6m", rewrite) for suffix in ("_s8", "_once_s8")
)
