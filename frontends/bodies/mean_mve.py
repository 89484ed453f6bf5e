"""Means for Helium, of four neighbours at once."""

from __future__ import annotations

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """The body's call: nothing changes but the kernel. None for single elements, of which there are no vectors."""
    if call.layer["inner"] == 1:
        return None
    return Call(call.kernel.replace("mean", "mean_mve"), call.layer, call.inputs, call.constants), 0


BODIES = tuple(
    Body(f"arenite_mean{suffix}", f"arenite_mean_mve{suffix}", "mve", rewrite) for suffix in ("_s8", "_once_s8")
)
