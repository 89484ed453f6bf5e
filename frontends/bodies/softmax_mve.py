"""Softmax for Helium, four elements at once."""

from __future__ import annotations

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int]:
    """The body's call: nothing changes but the kernel."""
    return Call(call.kernel.replace("softmax", "softmax_mve"), call.layer, call.inputs, call.constants), 0


BODIES = tuple(
    Body(f"arenite_softmax{suffix}", f"arenite_softmax_mve{suffix}", "mve", rewrite) for suffix in ("_s8", "_once_s8")
)
