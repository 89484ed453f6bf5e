"""Sums for the DSP extension."""

from __future__ import annotations

from arenite.frontends.bodies.body import Body
from arenite.frontends.lowering import Call

FIELDS = (
    "batches", "rows", "columns", "channels", "a_batch_stride", "a_row_stride", "a_column_stride", "b_batch_stride",
    "b_row_stride", "b_column_stride", "swapped", "exact_offset", "scaled_offset", "scaled_multiplier", "scaled_shift",
    "output_multiplier", "output_shift", "rounding", "activation_min", "activation_max", "output_stride",
    "output_start",
)  # fmt: skip
MOST_SHIFT = 23
"""Of the output, up to which its zero point fits beside the product into 32 bits."""


def rewrite(call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    """The common case: channels side by side, both terms added."""
    layer = call.layer
    plain = (
        layer["a_channel_stride"] == layer["b_channel_stride"] == 1
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
    return Call("arenite_add_dsp_s8", {name: fields[name] for name in FIELDS}, call.inputs, call.constants), 0


BODIES = (Body("arenite_add_s8", "arenite_add_dsp_s8", "dsp", rewrite),)
