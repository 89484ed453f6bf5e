"""SPACE_TO_DEPTH, DEPTH_TO_SPACE, SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, any type: blocks of elements go elsewhere.

The first two of NHWC. TFLite copies what is stored; borders are 0 as the output has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.fills import fill_call, zero_of
from arenite.frontends.operators.moves import View, move_call, moved, same_type, whole
from arenite.frontends.operators.tensors import as_int, constant, require_shape

KINDS = ("SPACE_TO_DEPTH", "DEPTH_TO_SPACE", "SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND")

MAX_BLOCK = 64
"""Elements of a block with a border: each is a call of its own."""

Pairs = tuple[tuple[int, int], ...]


def lower(model: Model, operator: Operator) -> Lowering:
    return _with_batches(model, operator) if operator.kind.endswith("ND") else _with_depth(model, operator)


def _with_depth(model: Model, operator: Operator) -> Lowering:
    source, result = same_type(model, operator)
    size = as_int(operator.attributes["block_size"])
    if len(source.shape) != 4 or size < 1:
        raise NotLowered(f"its input has {len(source.shape)} axes, its blocks {size} elements")
    batches, height, width, channels = source.shape
    view = whole(source.shape)
    if operator.kind == "SPACE_TO_DEPTH":
        if height % size or width % size:
            raise NotLowered(f"blocks of {size} do not fill {height} by {width}")
        require_shape(result, (batches, height // size, width // size, channels * size * size))
        if size == 1:
            return moved(model, operator, view)
        # Batches, rows of blocks, rows of a block, columns of blocks, columns of a block with their channels. Each call
        # takes one row of every block, so that the rows of the result need those that they are made of.
        source_rows = view.divided(2, size).divided(1, size)
        rows = whole((*result.shape[:3], size, size, channels)).transposed((0, 1, 3, 2, 4, 5))
        ends = ((source_rows.taken(2, row, 1), rows.taken(2, row, 1)) for row in range(size))
        calls = tuple(move_call(source, result, *both) for both in ends)
        return Lowering((source.index,), (result.index,), calls)
    if channels % (size * size):
        raise NotLowered(f"{channels} channels are no blocks of {size}")
    view = view.divided(3, channels // (size * size)).divided(3, size).transposed((0, 1, 3, 2, 4, 5))
    return moved(model, operator, view, (batches, height * size, width * size, channels // (size * size)))


def _with_batches(model: Model, operator: Operator) -> Lowering:
    """Batch (block element, n) of the many has the elements of batch n of the few that stand there in their block."""
    source, result = same_type(model, operator)
    forth = operator.kind == "SPACE_TO_BATCH_ND"
    few, many = (source, result) if forth else (result, source)
    block = [int(one) for one in constant(model, operator.inputs[1], "int32", "int64").ravel()]
    pairs = constant(model, operator.inputs[2], "int32", "int64")
    if len(block) >= len(few.shape) or min(block, default=1) < 1 or pairs.shape != (len(block), 2) or (pairs < 0).any():
        raise NotLowered(f"the blocks are {block}, the border {pairs.tolist()}")
    border: Pairs = tuple((int(before), int(after)) for before, after in pairs)
    spatial = tuple(range(1, len(block) + 1))
    extents = [few.shape[axis] + sum(pair) for axis, pair in zip(spatial, border, strict=True)]
    if any(extent % one for extent, one in zip(extents, block, strict=True)):
        raise NotLowered(f"blocks of {block} do not fill {extents}")
    counts = [extent // one for extent, one in zip(extents, block, strict=True)]
    require_shape(many, (few.shape[0] * math.prod(block), *counts, *few.shape[len(block) + 1 :]))
    if not any(map(any, border)):
        view = whole(few.shape)
        for axis, one in reversed(list(zip(spatial, block, strict=True))):
            view = view.divided(axis, one)
        inner = tuple(2 * axis for axis in spatial)
        outer = tuple(2 * axis - 1 for axis in spatial)
        axes = (*inner, 0, *outer, *range(inner[-1] + 1 if inner else 1, len(view.extents)))
        if forth:
            return moved(model, operator, view.transposed(axes), many.shape)
        back = whole([view.extents[axis] for axis in axes]).transposed([axes.index(n) for n in range(len(axes))])
        return moved(model, operator, back, few.shape)
    if math.prod(block) > MAX_BLOCK:
        raise NotLowered(f"it has a border and blocks of {math.prod(block)} elements")
    calls = [fill_call(result, zero_of(result))] if forth else []
    for number, place in enumerate(product(*map(range, block))):
        inside, within = whole(few.shape), whole(many.shape).taken(0, number * few.shape[0], few.shape[0])
        inside, within = _meeting(inside, within, place, block, [before for before, _ in border])
        if math.prod(inside.extents):
            ends = (inside, within) if forth else (within, inside)
            calls.append(move_call(source, result, *ends))
    return Lowering((source.index,), (result.index,), tuple(calls))


def _meeting(
    few: View, many: View, place: Sequence[int], block: Sequence[int], before: Sequence[int]
) -> tuple[View, View]:
    """Elements of the few that stand at ``place`` in their blocks, and where these are among the many."""
    for axis, (own, size, border) in enumerate(zip(place, block, before, strict=True), start=1):
        count = many.extents[axis]
        first = max(0, -((own - border) // size))
        last = max(first, min(count, -((own - border - few.extents[axis]) // size)))
        few = few.taken(axis, first * size + own - border if first < last else 0, last - first, size)
        many = many.taken(axis, first if first < last else 0, last - first)
    return few, many
