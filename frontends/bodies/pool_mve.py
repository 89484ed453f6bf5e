"""Pooling for Helium: averages of four channels at once, maxima of 16."""

from __future__ import annotations

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

MAX_ELEMENTS = 255
"""Of a window, for the body's division to be exact."""


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """The body's call: nothing changes but the kernel. None for averages over more than ``MAX_ELEMENTS``."""
    average = call.kernel == "arenite_average_pool_s8"
    if average and call.layer["kernel_rows"] * call.layer["kernel_columns"] > MAX_ELEMENTS:
        return None
    return Call(call.kernel.replace("pool", "pool_mve"), call.layer, call.inputs, call.constants), 0


BODIES = (
    Body("arenite_average_pool_once_s8", "arenite_average_pool_mve_once_s8", "mve", rewrite),
    Body("arenite_average_pool_s8", "arenite_average_pool_mve_s8", "mve", rewrite),
    Body("arenite_max_pool_s8", "arenite_max_pool_mve_s8", "mve", rewrite),
)
