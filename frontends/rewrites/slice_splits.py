"""SPLIT, SPLIT_V and UNPACK as slices, one for each of their results.

A slice is a step of its own: its result lives no longer than it is needed, and is computed no sooner. A result that
nobody reads is not computed at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import as_int, constant
from arenite.frontends.rewrites.additions import Additions

Limits = tuple[str, tuple[tuple[int, ...], ...], dict[str, object]]
"""Of a slice: its kind, its constant inputs and its attributes."""


def slice_splits(model: Model) -> Model:
    """The model with a SLICE for each result of SPLIT and SPLIT_V, and a STRIDED_SLICE for each result of UNPACK, that
    is read or an output of the model. What splits in ways that TFLite would refuse stays as it is.

    The first of the slices has the index of their operator, the others do a part of it (``Model.shares``).
    """
    added = Additions(model)
    read = {index for operator in model.operators for index in operator.inputs} | set(model.outputs)
    operators: list[Operator] = []
    for operator in model.operators:
        try:
            source, limits = _slices(model, operator)
        except (NotLowered, KeyError, IndexError, ValueError):
            # An attribute, an operand or a constant is not there, or not what it should be.
            operators.append(operator)
            continue
        parts = list(zip(operator.outputs, limits, strict=True))
        parts = [part for part in parts if part[0] in read] or parts[:1]
        for number, (result, (kind, numbers, attributes)) in enumerate(parts):
            places = [added.constant(np.array(values, np.int32)) for values in numbers]
            index = added.share(operator) if number else operator.index
            operators.append(Operator(index, kind, (source, *places), (result,), attributes))
    return added.model(operators)


def _slices(model: Model, operator: Operator) -> tuple[int, list[Limits]]:
    """The tensor that is split, and what to take of it for each result. Raises NotLowered, KeyError, IndexError or
    ValueError for other operators, and where operands and results are not what they should be."""
    if not operator.outputs or min(operator.inputs, default=-1) < 0:
        raise NotLowered("an operand or all results are absent")
    if operator.kind == "UNPACK":
        return operator.inputs[0], _unpacked(model, operator)
    if operator.kind == "SPLIT":
        place, source = operator.inputs
        sizes = None
    elif operator.kind == "SPLIT_V":
        source, given, place = operator.inputs
        sizes = [int(size) for size in constant(model, given, "int32", "int64").ravel()]
    else:
        raise NotLowered("it splits nothing")
    shape = model.tensors[source].shape
    axis = _axis(int(constant(model, place, "int32").item()), len(shape))
    count = len(operator.outputs)
    if sizes is None:
        sizes = [shape[axis] // count] * count
    if sizes.count(-1) == 1:
        sizes = [shape[axis] - (sum(sizes) + 1) if size == -1 else size for size in sizes]
    if len(sizes) != count or sum(sizes) != shape[axis] or min(sizes) < 1:
        raise NotLowered(f"the parts have {sizes} of {shape[axis]} elements")
    limits: list[Limits] = []
    for first, size, result in zip(accumulate(sizes, initial=0), sizes, operator.outputs, strict=False):
        extents = (*shape[:axis], size, *shape[axis + 1 :])
        _check(model, result, extents)
        limits.append(("SLICE", (tuple(first if n == axis else 0 for n in range(len(shape))), extents), {}))
    return source, limits


def _unpacked(model: Model, operator: Operator) -> list[Limits]:
    shape = model.tensors[operator.inputs[0]].shape
    axis = _axis(as_int(operator.attributes["axis"]), len(shape))
    if len(operator.outputs) != shape[axis]:
        raise NotLowered(f"it has {len(operator.outputs)} results")
    limits: list[Limits] = []
    for place, result in enumerate(operator.outputs):
        _check(model, result, shape[:axis] + shape[axis + 1 :])
        first = tuple(place if n == axis else 0 for n in range(len(shape)))
        last = tuple(place + 1 if n == axis else extent for n, extent in enumerate(shape))
        limits.append(("STRIDED_SLICE", (first, last, (1,) * len(shape)), {"shrink_axis_mask": 1 << axis}))
    return limits


def _axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise NotLowered(f"the axis is {axis} of {rank}")
    return axis % rank


def _check(model: Model, result: int, shape: Sequence[int]) -> None:
    if model.tensors[result].shape != tuple(shape):
        raise NotLowered(f"tensor {result} has shape {list(model.tensors[result].shape)}, not {list(shape)}")
