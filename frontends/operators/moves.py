"""Operators that only move elements, as nests of loops: which element of the input each element of the output is.

A ``View`` is where the elements of some array lie within a tensor, as numpy's strides say it, but as plain numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator, Tensor
from arenite.frontends.operators.tensors import activation, require_shape, sized_bytes
from arenite.frontends.rows.operator_rows import count_rows

KERNEL = "arenite_move"
MAX_LOOPS = 8
"""ARENITE_MOVE_LOOPS of move.h."""
INT32_MAX = 2**31 - 1
MOVED = tuple(dtype for dtype, item in ITEM_BYTES.items() if item > 0 and dtype != "string")
"""Types whose elements are nothing but bytes."""


@dataclass(frozen=True)
class View:
    """Element (i, j, ...) of an array of these extents is element ``offset + i * strides[0] + j * strides[1] + ...`` of
    a tensor whose elements are numbered as they lie in memory."""

    extents: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0

    def taken(self, axis: int, first: int, count: int, step: int = 1) -> View:
        """``count`` elements of an axis, from ``first`` on."""
        extents, strides = list(self.extents), list(self.strides)
        offset = self.offset + first * strides[axis]
        extents[axis], strides[axis] = count, strides[axis] * step
        return View(tuple(extents), tuple(strides), offset)

    def transposed(self, axes: Sequence[int]) -> View:
        """Axis n is what axis ``axes[n]`` was."""
        return replace(self, extents=tuple(self.extents[a] for a in axes), strides=tuple(self.strides[a] for a in axes))

    def without(self, axis: int) -> View:
        """The first element of an axis, which is none any more."""
        return replace(
            self,
            extents=self.extents[:axis] + self.extents[axis + 1 :],
            strides=self.strides[:axis] + self.strides[axis + 1 :],
        )

    def divided(self, axis: int, inner: int) -> View:
        """With two axes in place of one, of which the second has ``inner`` elements: a divisor of the extent."""
        extent, stride = self.extents[axis], self.strides[axis]
        return replace(
            self,
            extents=(*self.extents[:axis], extent // inner, inner, *self.extents[axis + 1 :]),
            strides=(*self.strides[:axis], stride * inner, stride, *self.strides[axis + 1 :]),
        )

    def repeated(self, axis: int, times: int) -> View:
        """With a new axis along which every element is the same."""
        return replace(
            self,
            extents=(*self.extents[:axis], times, *self.extents[axis:]),
            strides=(*self.strides[:axis], 0, *self.strides[axis:]),
        )


def whole(shape: Sequence[int]) -> View:
    """All elements of a tensor in their order."""
    strides = [*accumulate(reversed(shape[1:]), initial=1, func=lambda a, b: a * b)][::-1] if shape else []
    return View(tuple(shape), tuple(strides))


@dataclass(frozen=True)
class Loop:
    """``count`` times, ``source`` further in the input and ``target`` in the output."""

    count: int
    source: int
    target: int


def merged(loops: Sequence[Loop]) -> tuple[Loop, ...]:
    """The same moves in as few loops as can be, the outermost first: loops that run once are left out, and two that
    follow each other are one where the outer goes on where the inner ends."""
    found: list[Loop] = []
    for loop in loops:
        if loop.count == 1:
            continue
        outer = found[-1] if found else None
        ends = (loop.count * loop.source, loop.count * loop.target)
        if outer is not None and (outer.source, outer.target) == ends:
            found[-1] = replace(loop, count=outer.count * loop.count)
        else:
            found.append(loop)
    return tuple(found)


def moved(model: Model, operator: Operator, source: View, shape: Sequence[int] | None = None) -> Lowering:
    """The lowering of an operator whose only output is ``source``, a view of its first input; nothing but a new name if
    that is all of the input in its order.

    Args:
        shape: of the output, where the view has its elements in their order under more axes.
    """
    own, result = same_type(model, operator)
    require_shape(result, source.extents if shape is None else shape)
    if is_all(source, own):
        return Lowering((own.index,), (result.index,), alias=True)
    call = move_call(own, result, source, whole(source.extents))
    return Lowering((own.index,), (result.index,), (call,))


def same_type(model: Model, operator: Operator) -> tuple[Tensor, Tensor]:
    """The first input, computed at run time, and the only output, both of one type: whatever it is, its bytes move."""
    source = sized_bytes(model, activation(model, operator.inputs[0]), *MOVED)
    (index,) = operator.outputs
    return source, sized_bytes(model, index, source.dtype)


def is_all(view: View, tensor: Tensor) -> bool:
    """Whether the view is all elements in their order."""
    loops = merged([Loop(n, s, s) for n, s in zip(view.extents, view.strides, strict=True)])
    return loops in ((), (Loop(tensor.elements, 1, 1),)) and math.prod(view.extents) == tensor.elements


def move_call(source: Tensor, result: Tensor, view: View, target: View) -> Call:
    """The call that brings the elements of ``view``, in ``source``, to those of ``target``, in ``result``, which has
    the same extents. It falls into rows of both tensors where each row of the output is filled from one input row."""
    if view.extents != target.extents:
        raise ValueError(f"{view} and {target} differ in shape")
    item = ITEM_BYTES[source.dtype]
    axes = zip(view.extents, view.strides, target.strides, strict=True)
    loops = [Loop(count, own * item, other * item) for count, own, other in axes]
    start, end = view.offset * item, target.offset * item
    sizes = source.bytes // count_rows(source.shape), result.bytes // count_rows(result.shape)
    rows = _by_rows(loops, (start, end), sizes, count_rows(result.shape))
    if rows is None:
        rows = {"rows": 1, "input_rows": 1, "first_row": 0, "row_step": 0, "input_row_bytes": 0, "output_row_bytes": 0}
        rows |= {"input_offset": start, "output_offset": end}
        inner = list(merged([*loops, Loop(item, 1, 1)]))
    else:
        rows["input_rows"] = count_rows(source.shape)
        inner = list(merged([*(loop for loop in loops if loop.target < sizes[1]), Loop(item, 1, 1)]))
    run = inner.pop().count if inner and (inner[-1].source, inner[-1].target) == (1, 1) else 1
    inner = inner or [Loop(1, 0, 0)]
    if len(inner) > MAX_LOOPS:
        raise NotLowered(f"its elements go through {len(inner)} loops")
    names = "rows", "input_rows", "first_row", "row_step", "input_row_bytes", "output_row_bytes"
    layer = {name: rows[name] for name in (*names, "input_offset", "output_offset")}
    layer |= {"loops": len(inner), "bytes": run}
    numbers = np.array([(loop.count, loop.source, loop.target) for loop in inner], np.int64)
    if np.abs(numbers).max() > INT32_MAX:
        raise NotLowered("its strides are beyond int32")
    return Call(KERNEL, layer, (source.index,), {"loops": numbers.astype(np.int32).ravel()})


def _by_rows(
    loops: Sequence[Loop], starts: tuple[int, int], sizes: tuple[int, int], rows: int
) -> dict[str, int] | None:
    """The fields of the layer if every output row is filled from one input row, and these follow each other in equal
    steps; None if not.

    Args:
        starts: bytes before the first element, in the input and in the output.
        sizes: bytes of a row of each.
        rows: of the output.
    """
    source, target = sizes
    outer = merged([loop for loop in loops if loop.target >= target])
    inner = [loop for loop in loops if loop.target < target and loop.count > 1]
    if rows == 1 or starts[1] >= target or outer[1:] or not outer:
        return None
    (loop,) = outer
    first, offset = divmod(starts[0], source)
    least = offset + sum(min(0, (one.count - 1) * one.source) for one in inner)
    last = offset + sum(max(0, (one.count - 1) * one.source) for one in inner)
    if (loop.count, loop.target) != (rows, target) or loop.source % source or least < 0 or last >= source:
        return None
    return {
        "rows": rows,
        "first_row": first,
        "row_step": loop.source // source,
        "input_row_bytes": source,
        "output_row_bytes": target,
        "input_offset": offset,
        "output_offset": starts[1],
    }
