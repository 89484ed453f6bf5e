"""Operators that move elements, and leave all of them where they are: another name for the same bytes."""

from __future__ import annotations

from dataclasses import replace

from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import lower_or_none

MOVES = frozenset(("PACK", "REVERSE_V2", "SLICE", "STRIDED_SLICE", "TRANSPOSE"))


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
