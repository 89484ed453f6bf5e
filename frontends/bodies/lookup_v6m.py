"""Tables of functions of one value on Armv6-M, eight values in a round of the loop."""

from __future__ import annotations

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call


def rewrite(call: Call, _scratch_limit: int) -> tuple[Call, int]:
    """The body's call: nothing changes but the kernel."""
    return Call("arenite_lookup_v6m_s8", call.layer, call.inputs, call.constants), 0


BODIES = (Body("arenite_lookup_s8", "arenite_lookup_v6m_s8", "v6m", rewrite),)
