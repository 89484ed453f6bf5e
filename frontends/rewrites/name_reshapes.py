"""Operators that move elements, and leave all of them where they are: another name for the same bytes."""

from __future__ import annotations

from dataclasses import replace

from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import lower_or_none

MOVES = frozenset(
    (
        "BATCH_TO_SPACE_ND", "BROADCAST_TO", "DEPTH_TO_SPACE", "MIRROR_PAD", "PACK", "REVERSE_V2", "SLICE",
        "SPACE_TO_BATCH_ND", "SPACE_TO_DEPTH", "STRIDED_SLICE", "TILE", "TRANSPOSE",
    )
)  # fmt: skip


def name_reshapes(model: Model) -> Model:
    """The model with a RESHAPE in place of each operator that brings every element to the place where it is: the slice
    that is everything, the transpose of axes of one element."""
    operators = tuple(_named(model, operator) for operator in model.operators)
    return replace(model, operators=operators) if operators != model.operators else model


def _named(model: Model, operator: Operator) -> Operator:
    if operator.kind not in MOVES:
        return operator
    lowering = lower_or_none(model, operator)
    if lowering is None or not lowering.alias:
        return operator
    return replace(operator, kind="RESHAPE", inputs=lowering.inputs, attributes={})
