"""MEAN, SUM, REDUCE_MAX and REDUCE_MIN, float32, over up to two groups of neighbouring axes."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import groupby

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import float_activation, float_tensor
from arenite.frontends.operators.mean import reduced_axes
from arenite.frontends.operators.tensors import constant, require_shape

KINDS = ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN")

KERNELS = {
    "MEAN": "arenite_mean_f32",
    "SUM": "arenite_sum_f32",
    "REDUCE_MAX": "arenite_reduce_max_f32",
    "REDUCE_MIN": "arenite_reduce_min_f32",
}


def lower(model: Model, operator: Operator) -> Lowering:
    source = float_activation(model, operator.inputs[0])
    result = float_tensor(model, operator.outputs[0])
    shape = source.shape
    axes = reduced_axes(constant(model, operator.inputs[1], "int32", "int64").ravel().tolist(), len(shape))
    kept = [extent for axis, extent in enumerate(shape) if axis not in axes]
    if operator.attributes.get("keep_dims", False):
        kept = [1 if axis in axes else extent for axis, extent in enumerate(shape)]
    require_shape(result, kept)
    call = Call(KERNELS[operator.kind], reduction_fields(shape, axes), (source.index,))
    return Lowering((source.index,), (result.index,), (call,))


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
