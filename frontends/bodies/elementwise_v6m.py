"""Sums and products on Armv6-M: long products from short ones."""

from __future__ import annotations

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

_MOST_SHIFT = 21
"""Of the output, up to which its zero point fits beside the product into 32 bits."""
_MOST_TERM = 1 << 28
"""What terms of the sum are less than."""
_MOST_LEFT = 14
"""Of shifts of a product of two elements to the left."""


def rewrite_sum(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
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


def rewrite_sum_once(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    """None where every sum may be next to a tie."""
    layer = call.layer
    if not 1 <= layer["shift"] <= _MOST_SHIFT or layer["window"] >= 1 << layer["shift"]:
        return None
    return Call("arenite_add_v6m_once_s8", layer, call.inputs, call.constants), 0


def rewrite_product(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    """None where products are not less than the output's units, or are nothing beside them."""
    if call.layer["gain"] != 2 or not 1 <= call.layer["shift"] <= _MOST_SHIFT:
        return None
    return Call("arenite_multiply_v6m_s8", call.layer, call.inputs, call.constants), 0


def rewrite_product_once(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    """None where products are much larger than the output's units."""
    if ~(call.layer["code"] >> 6) > _MOST_LEFT:
        return None
    return Call("arenite_multiply_v6m_once_s8", call.layer, call.inputs, call.constants), 0


BODIES = (
    Body("arenite_add_s8", "arenite_add_v6m_s8", "v6m", rewrite_sum),
    Body("arenite_add_once_s8", "arenite_add_v6m_once_s8", "v6m", rewrite_sum_once),
    Body("arenite_multiply_s8", "arenite_multiply_v6m_s8", "v6m", rewrite_product),
    Body("arenite_multiply_once_s8", "arenite_multiply_v6m_once_s8", "v6m", rewrite_product_once),
)
