"""SPLIT into one part: another name for the same bytes."""

from __future__ import annotations

from dataclasses import replace

from arenite.frontends.model import Model, Operator

VALUES = {"SPLIT": 1, "SPLIT_V": 0}
"""Kind -> which input is split; the others say along which axis and where."""


def fold_splits(model: Model) -> Model:
    """The model with a RESHAPE, which moves nothing, in place of each SPLIT and SPLIT_V that has one result."""
    operators = tuple(_reshape(model, operator) for operator in model.operators)
    return replace(model, operators=operators) if operators != model.operators else model


def _reshape(model: Model, operator: Operator) -> Operator:
    if operator.kind not in VALUES or len(operator.outputs) != 1 or len(operator.inputs) <= VALUES[operator.kind]:
        return operator
    value, result = operator.inputs[VALUES[operator.kind]], operator.outputs[0]
    if value < 0 or model.tensors[value].shape != model.tensors[result].shape:
        return operator
    if model.tensors[value].quantisation != model.tensors[result].quantisation:
        return operator
    return replace(operator, kind="RESHAPE", inputs=(value,), attributes={})
