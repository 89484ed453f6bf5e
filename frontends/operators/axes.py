"""Axes that an operator reduces: which they are, what is left, and the tensor as groups of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import groupby

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Operator

MAX_REDUCED = 2**23
"""Sums of so many differences of two int8 values fit into int32."""


def reduced_axes(axes: list[int], rank: int) -> set[int]:
    """The axes as a set of numbers in [0, rank); negative ones count from the end."""
    if not all(-rank <= axis < rank for axis in axes):
        raise NotLowered(f"the axes are {axes} of {rank}")
    return {axis % rank for axis in axes}


def reduced_shape(operator: Operator, shape: Sequence[int], axes: Collection[int]) -> list[int]:
    """What is left of a shape when these axes are reduced."""
    if operator.attributes.get("keep_dims", False):
        return [1 if axis in axes else extent for axis, extent in enumerate(shape)]
    return [extent for axis, extent in enumerate(shape) if axis not in axes]


def neighbours(shape: Sequence[int], axes: Collection[int]) -> tuple[int, int, int] | None:
    """The tensor as [outer, reduced, inner]; None if axes that are kept separate those that are reduced."""
    # Axes of extent 1 neither add to a mean nor separate two axes that are reduced.
    wide = [axis for axis in sorted(axes) if shape[axis] > 1]
    first, last = (wide[0], wide[-1]) if wide else (len(shape), len(shape) - 1)
    if any(axis not in axes and shape[axis] > 1 for axis in range(first, last + 1)):
        return None
    return math.prod(shape[:first]), math.prod(shape[first : last + 1]), math.prod(shape[last + 1 :])


def reduction_fields(shape: Sequence[int], axes: Collection[int]) -> dict[str, int]:
    """The tensor as [outer, reduced, kept, reduced_inner, inner]. Raises NotLowered where that is not enough."""
    # Axes of extent 1 separate nothing.
    wide = [axis for axis in range(len(shape)) if shape[axis] > 1]
    runs = [
        (reduced, math.prod(shape[axis] for axis in group))
        for reduced, group in groupby(wide, key=lambda axis: axis in axes)
    ]
    if not runs or runs[0][0]:
        runs.insert(0, (False, 1))
    if len(runs) % 2 == 0:
        runs.append((False, 1))
    extents = [extent for _, extent in runs]
    if len(extents) == 3:
        # What is kept before the only group are rows: each index is reduced on its own.
        extents = [extents[0], 1, 1, *extents[1:]]
    if len(extents) > 5:
        raise NotLowered(f"the axes {sorted(axes)} of {list(shape)} are more than two groups of neighbours")
    extents = [1] * (5 - len(extents)) + extents
    return dict(zip(("outer", "reduced", "kept", "reduced_inner", "inner"), extents, strict=True))
