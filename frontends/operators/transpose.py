"""TRANSPOSE, any type; nothing at all where the elements stay in their order."""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.moves import moved, whole
from arenite.frontends.operators.tensors import constant

KINDS = ("TRANSPOSE",)


def lower(model: Model, operator: Operator) -> Lowering:
    shape = model.tensors[operator.inputs[0]].shape
    axes = tuple(constant(model, operator.inputs[1], "int32", "int64").ravel().tolist())
    rank = len(shape)
    if not all(-rank <= axis < rank for axis in axes) or sorted(axis % rank for axis in axes) != list(range(rank)):
        raise NotLowered(f"{list(axes)} is not a permutation of {rank} axes")
    return moved(model, operator, whole(shape).transposed([axis % rank for axis in axes]))
