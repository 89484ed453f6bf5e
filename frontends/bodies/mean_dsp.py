"""Means for the DSP extension, of eight neighbours at once."""

from __future__ import annotations

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

FEWEST_NEIGHBOURS = 8
MAX_ELEMENTS = 256
"""Of a mean: sums are kept in 16 bits."""
MAX_LEFT_SHIFT = 14
"""Of such a sum, to stay in 32 bits."""
MAX_SHIFT = 22
"""Of the output, up to which its zero point fits beside it into 32 bits."""
BYTE = 128
"""The output of int8 that is 0 as uint8."""


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """The body's call. None for fewer than ``FEWEST_NEIGHBOURS``, means of more than ``MAX_ELEMENTS``, and outputs with
    much smaller units than the sum of the inputs."""
    layer, once = call.layer, call.kernel == "arenite_mean_once_s8"
    if layer["inner"] < FEWEST_NEIGHBOURS or layer["reduced"] > MAX_ELEMENTS:
        return None
    if once:
        left, shift = ~(layer["shift"] >> 6), layer["shift"] & 63
    else:
        left, shift = 1, -layer["shift"] - 1
    if left > MAX_LEFT_SHIFT or not 0 <= shift < MAX_SHIFT:
        return None
    fields = {
        "outer": layer["outer"],
        "reduced": layer["reduced"],
        "inner": layer["inner"],
        "left": left,
        "offset": layer["offset"] << left,
        "multiplier": layer["multiplier"],
        "shift": shift,
        "rounding": 2 * (layer["output_zero_point"] + BYTE) + 1,
    }
    return Call(call.kernel.replace("mean", "mean_dsp"), fields, call.inputs, call.constants), 0


BODIES = tuple(
    Body(f"arenite_mean{suffix}", f"arenite_mean_dsp{suffix}", "dsp", rewrite) for suffix in ("_s8", "_once_s8")
)
