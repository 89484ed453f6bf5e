"""Sums and products for the DSP extension."""

from __future__ import annotations

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

ADD_FIELDS = (
    "batches", "rows", "columns", "channels", "a_batch_stride", "a_row_stride", "a_column_stride", "b_batch_stride",
    "b_row_stride", "b_column_stride", "swapped", "exact_offset", "scaled_offset", "scaled_multiplier", "scaled_shift",
    "output_multiplier", "output_shift", "rounding", "activation_min", "activation_max", "output_stride",
    "output_start",
)  # fmt: skip
MULTIPLY_FIELDS = (
    "batches", "rows", "columns", "channels", "a_batch_stride", "a_row_stride", "a_column_stride", "b_batch_stride",
    "b_row_stride", "b_column_stride", "a_offset", "b_offset", "multiplier", "shift", "rounding", "activation_min",
    "activation_max", "output_stride", "output_start",
)  # fmt: skip
MOST_SHIFT = 23
"""Of a sum, up to which the output's zero point fits beside it into 32 bits."""
MOST_PRODUCT_SHIFT = 22
"""Of a product likewise, where the zero point counts from -128."""
GAIN = 2
"""Of products less than the output's units."""
MOST_LEFT_SHIFT = 14
"""Of a product, to stay in 32 bits."""
BYTE = 128
"""The output of int8 that is 0 as uint8."""


def side_by_side(call: Call) -> bool:
    """Whether the channels of both operands are neighbours."""
    return call.layer["a_channel_stride"] == call.layer["b_channel_stride"] == 1


def rewrite_sum(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """The common case: channels side by side, both terms added."""
    layer = call.layer
    plain = (
        side_by_side(call)
        and layer["exact_gain"] == 1 << 20
        and layer["scaled_gain"] == 2
        and 1 <= layer["output_shift"] <= MOST_SHIFT
    )
    if not plain:
        return None
    # The last shift is by 1, and saturates.
    fields = {
        **layer,
        "output_shift": layer["output_shift"] - 1,
        "rounding": 2 * layer["output_zero_point"] + 1,
    }
    return Call("arenite_add_dsp_s8", {name: fields[name] for name in ADD_FIELDS}, call.inputs, call.constants), 0


def rewrite_product(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """The common case: channels side by side, and products that are less than the output's units."""
    layer = call.layer
    if not side_by_side(call) or layer["gain"] != GAIN or not 1 <= layer["shift"] <= MOST_PRODUCT_SHIFT:
        return None
    fields = {
        **layer,
        "a_offset": layer["a_offset"] // GAIN,
        "shift": layer["shift"] - 1,
        "rounding": 2 * (layer["output_zero_point"] + BYTE) + 1,
    }
    body = Call(
        "arenite_multiply_dsp_s8", {name: fields[name] for name in MULTIPLY_FIELDS}, call.inputs, call.constants
    )
    return body, 0


def rewrite_sum_once(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """Nothing changes but the kernel; None unless channels are side by side."""
    if not side_by_side(call):
        return None
    return Call("arenite_add_dsp_once_s8", call.layer, call.inputs, call.constants), 0


def rewrite_product_once(call: Call, _scratch_limit: int) -> tuple[Call, int] | None:
    """Nothing changes but the kernel; None unless channels are side by side, and for unusually large scales."""
    if not side_by_side(call) or ~(call.layer["code"] >> 6) > MOST_LEFT_SHIFT:
        return None
    return Call("arenite_multiply_dsp_once_s8", call.layer, call.inputs, call.constants), 0


BODIES = (
    Body("arenite_add_s8", "arenite_add_dsp_s8", "dsp", rewrite_sum),
    Body("arenite_add_once_s8", "arenite_add_dsp_once_s8", "dsp", rewrite_sum_once),
    Body("arenite_multiply_s8", "arenite_multiply_dsp_s8", "dsp", rewrite_product),
    Body("arenite_multiply_once_s8", "arenite_multiply_dsp_once_s8", "dsp", rewrite_product_once),
)
