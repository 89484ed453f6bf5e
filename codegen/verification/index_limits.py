"""What the numbers of a tensor have to stay below where they pick elements of another."""

from __future__ import annotations

from arenite.frontends.aliases import alias_sources
from arenite.frontends.model import Model, Operator

INDEXED = {"GATHER": 0, "GATHER_ND": 0, "EMBEDDING_LOOKUP": 1}
"""Operators with two inputs of which one is indices -> which of them is what they pick from."""


def index_limits(model: Model, index: int) -> list[int]:
    """Extents of the axes that a tensor, or what is the same bytes, has indices along."""
    same, aliases = {index}, alias_sources(model)
    limits: list[int] = []
    for operator in model.operators:
        if operator.kind in INDEXED and operator.inputs[1 - INDEXED[operator.kind]] in same:
            limits += _extents(model, operator)
        same.update(result for result in operator.outputs if aliases.get(result) in same)
    return limits


def _extents(model: Model, operator: Operator) -> tuple[int, ...]:
    place = INDEXED[operator.kind]
    shape = model.tensors[operator.inputs[place]].shape
    if operator.kind == "GATHER_ND":
        return shape[: model.tensors[operator.inputs[1 - place]].shape[-1]]
    axis = operator.attributes.get("axis", 0)
    assert isinstance(axis, int)
    return (shape[axis],)
