"""In which order the elements of a value lie in memory, and how little has to move to bring them into another.

ONNX counts elements row by row over a value's shape, channels before rows. Kernels want channels last. Neither RESHAPE
nor TRANSPOSE of ONNX changes an element, so none of them has to move one either: only the order changes by which the
elements are found. An Order says that, and does not depend on the shape.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Order:
    """``extents``: the flat index of an element in ONNX's count, split into digits, most significant first.
    ``axes``: the same digits as memory has them. In normal form: no extent is 1, and digits that follow each other in
    both are one."""

    extents: tuple[int, ...]
    axes: tuple[int, ...]


@dataclass(frozen=True)
class Move:
    """A transposition: an array of ``shape``, its axes permuted by ``axes`` as numpy does it."""

    shape: tuple[int, ...]
    axes: tuple[int, ...]


def order(shape: Sequence[int], axes: Sequence[int]) -> Order:
    """Of an array of this shape that lies in memory with its axes permuted."""
    return _normal(tuple(shape), tuple(axes))


def plain(shape: Sequence[int]) -> Order:
    """As ONNX counts."""
    return order(shape, range(len(shape)))


def channels_last_axes(rank: int) -> tuple[int, ...]:
    """Batch, space, channels: (0, 2, 3, 1) for the four axes NCHW."""
    return (0, *range(2, rank), 1) if rank > 2 else tuple(range(rank))


def channels_last(shape: Sequence[int]) -> Order:
    return order(shape, channels_last_axes(len(shape)))


def permutation(order_: Order, shape: Sequence[int]) -> tuple[int, ...] | None:
    """How to permute the axes of ``shape`` to have them as memory does; None where that cuts through an axis.

    Axes of extent 1 may stand anywhere: channels last is preferred, then the order of the shape.
    """
    for axes in (channels_last_axes(len(shape)), tuple(range(len(shape)))):
        if order(shape, axes) == order_:
            return axes
    digits = _split(order_, _boundaries(shape))
    if digits is None:
        return None
    owner = _owners(digits.extents, shape)
    found = list(dict.fromkeys(owner[digit] for digit in digits.axes))
    axes = (*found, *(axis for axis in range(len(shape)) if axis not in found))
    return axes if order(shape, axes) == order_ else None


def transposed(order_: Order, shape: Sequence[int], axes: Sequence[int]) -> Order | None:
    """Of the value that ONNX's Transpose makes of one of this shape, where nothing moves in memory; None where the
    order cuts through an axis."""
    digits = _split(order_, _boundaries(shape))
    if digits is None:
        return None
    owner = _owners(digits.extents, shape)
    place = [digit for axis in axes for digit in range(len(owner)) if owner[digit] == axis]
    new = {old: position for position, old in enumerate(place)}
    return _normal(tuple(digits.extents[old] for old in place), tuple(new[digit] for digit in digits.axes))


def move(source: Order, target: Order) -> Move | None:
    """The transposition in memory from one order to another; None where there is none of a single array, which a way
    through ``plain`` can always replace."""
    boundaries = {*_inner_boundaries(source), *_inner_boundaries(target)}
    first, second = _split(source, boundaries), _split(target, boundaries)
    if first is None or second is None:
        return None
    position = {digit: place for place, digit in enumerate(first.axes)}
    joined = order([first.extents[digit] for digit in first.axes], [position[digit] for digit in second.axes])
    return Move(joined.extents, joined.axes)


def arranged(array: npt.NDArray[Any], target: Order) -> npt.NDArray[Any]:
    """A constant's elements as memory shall have them, flat."""
    if not array.size:
        return array.reshape(-1)
    turned = array.reshape(target.extents).transpose(target.axes)
    return turned.reshape(-1) if not any(turned.strides) else np.ascontiguousarray(turned).reshape(-1)


def _normal(extents: tuple[int, ...], axes: tuple[int, ...]) -> Order:
    memory = [axis for axis in axes if extents[axis] > 1]
    groups: list[list[int]] = []
    wide = [axis for axis in range(len(extents)) if extents[axis] > 1]
    following = dict(pairwise(wide))
    for axis in memory:
        if groups and following.get(groups[-1][-1]) == axis:
            groups[-1].append(axis)
        else:
            groups.append([axis])
    by_index = sorted(groups)
    return Order(
        tuple(math.prod(extents[axis] for axis in group) for group in by_index),
        tuple(by_index.index(group) for group in groups),
    )


def _boundaries(extents: Sequence[int]) -> set[int]:
    """The strides, in elements, at which axes meet."""
    result, stride = set[int](), 1
    for extent in reversed(extents):
        result.add(stride)
        stride *= extent
    return result


def _inner_boundaries(order_: Order) -> set[int]:
    return _boundaries(order_.extents)


def _split(order_: Order, boundaries: set[int]) -> Order | None:
    """The same order with digits that end at all of these strides; None if one of them cuts through a digit."""
    pieces: list[list[int]] = []
    stride = math.prod(order_.extents)
    for extent in order_.extents:
        low = stride // extent
        cuts = sorted({b for b in boundaries if low < b < stride}, reverse=True)
        parts, upper = [], stride
        for cut in [*cuts, low]:
            if upper % cut or cut % low:
                return None
            parts.append(upper // cut)
            upper = cut
        pieces.append(parts)
        stride = low
    first = [sum(len(parts) for parts in pieces[:digit]) for digit in range(len(pieces))]
    axes = tuple(first[digit] + part for digit in order_.axes for part in range(len(pieces[digit])))
    return Order(tuple(extent for parts in pieces for extent in parts), axes)


def _owners(extents: Sequence[int], shape: Sequence[int]) -> list[int]:
    """For each digit the axis of the shape that it is part of."""
    owners: list[int] = []
    axis, room = 0, shape[0] if shape else 1
    for extent in extents:
        while room == 1:
            axis += 1
            room = shape[axis]
        owners.append(axis)
        room //= extent
    return owners
