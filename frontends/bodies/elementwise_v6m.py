"""Sums on Armv6-M: long products from short ones."""

from __future__ import annotations

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

_MOST_SHIFT = 21
"""Of the output, up to which its zero point fits beside the product into 32 bits."""
_MOST_TERM = 1 << 28
"""What terms of the sum are less than."""


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    """The common case: channels side by side, both terms added."""
    layer = call.layer
    plain = (
        layer["a_channel_stride"] == layer["b_channel_stride"] == 1
        and layer["exact_gain"] == 1 << 20
        and layer["scaled_gain"] == 2
        and 1 <= layer["output_shift"] <= _MOST_SHIFT
    )
    exact = max(abs(layer["exact_offset"] + (value << 20)) for value in (-128, 127))
    scaled = max(abs(layer["scaled_offset"] + (value << 21)) for value in (-128, 127))
    if not plain or exact >= _MOST_TERM or scaled >= 2 * _MOST_TERM:
        return None
    return Call("arenite_add_v6m_s8", layer, call.inputs, call.constants), 0


BODIES = (Body("arenite_add_s8", "arenite_add_v6m_s8", "v6m", rewrite),)
