"""TILE and BROADCAST_TO, any type: the same elements several times."""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.moves import moved, same_type, whole
from arenite.frontends.operators.tensors import constant

KINDS = ("TILE", "BROADCAST_TO")


def lower(model: Model, operator: Operator) -> Lowering:
    source, _ = same_type(model, operator)
    given = tuple(int(one) for one in constant(model, operator.inputs[1], "int32", "int64").ravel())
    view, rank = whole(source.shape), len(source.shape)
    if operator.kind == "TILE":
        if len(given) != rank or min(given, default=1) < 1:
            raise NotLowered(f"it takes {list(source.shape)} {list(given)} times")
        for axis in reversed(range(rank)):
            view = view.repeated(axis, given[axis])
        return moved(model, operator, view, [times * extent for times, extent in zip(given, source.shape, strict=True)])
    more = len(given) - rank
    if more < 0 or any(own not in (1, extent) for own, extent in zip(source.shape, given[more:], strict=True)):
        raise NotLowered(f"{list(source.shape)} cannot be broadcast to {list(given)}")
    for axis, extent in enumerate(given):
        if axis < more:
            view = view.repeated(axis, extent)
        elif view.extents[axis] != extent:
            view = view.without(axis).repeated(axis, extent)
    return moved(model, operator, view)
