"""Fully connected layers for the DSP extension."""

from __future__ import annotations

from functools import partial

from arenite.frontends.bodies.body import Body
from arenite.frontends.bodies.pair_weights import fits_pairs, pair_weights
from arenite.frontends.bodies.repack import filters, with_weights
from arenite.frontends.lowering import Call


def rewrite(kernel: str, call: Call, scratch_limit: int) -> tuple[Call, int] | None:
    del scratch_limit
    weights = filters(call)
    if not fits_pairs(weights):
        return None
    outputs, elements = (-(-extent // 4) * 4 for extent in weights.shape)
    return Call(kernel, call.layer, call.inputs, with_weights(call, pair_weights, outputs * elements)), 0


BODIES = tuple(
    Body(
        of=f"arenite_fully_connected{suffix}",
        kernel=f"arenite_fully_connected_dsp{suffix}",
        instruction_set="dsp",
        rewrite=partial(rewrite, f"arenite_fully_connected_dsp{suffix}"),
    )
    for suffix in ("_s8", "_once_s8")
)
