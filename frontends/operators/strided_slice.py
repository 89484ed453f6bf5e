"""STRIDED_SLICE, SLICE and REVERSE_V2, any type: some elements of each axis, in either direction. SPLIT, SPLIT_V and
UNPACK become such slices, one for each result that is read.

TFLite copies what is stored, whatever the quantisation of input and output.
"""

from __future__ import annotations

from dataclasses import dataclass

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.moves import View, moved, whole
from arenite.frontends.operators.tensors import as_int, constant

KINDS = ("STRIDED_SLICE", "SLICE", "REVERSE_V2")


@dataclass(frozen=True)
class Spec:
    """What STRIDED_SLICE says about its axes: of each, where to begin, where to end and how far to step. Bit n of a
    mask is about the nth of them."""

    begin: tuple[int, ...]
    end: tuple[int, ...]
    strides: tuple[int, ...]
    begin_mask: int = 0
    end_mask: int = 0
    ellipsis_mask: int = 0
    new_axis_mask: int = 0
    shrink_axis_mask: int = 0
    offset: bool = False


def lower(model: Model, operator: Operator) -> Lowering:
    return moved(model, operator, slice_view(model, operator))


def slice_view(model: Model, operator: Operator) -> View:
    """What one of these operators takes. Raises NotLowered where this is computed, or is not there."""
    shape = model.tensors[operator.inputs[0]].shape
    if operator.kind == "STRIDED_SLICE":
        return strided(shape, strided_spec(model, operator))
    view = whole(shape)
    if operator.kind == "SLICE":
        begin, size = (_numbers(model, operator, place) for place in (1, 2))
        if len(begin) != len(shape) or len(size) != len(shape):
            raise NotLowered(f"begin and size are {list(begin)} and {list(size)}")
        for axis, (extent, first, count) in enumerate(zip(shape, begin, size, strict=True)):
            taken = extent - first if count == -1 else count
            if first < 0 or taken < 0 or first + taken > extent:
                raise NotLowered(f"it takes {count} elements from {first} on of axis {axis}, which has {extent}")
            view = view.taken(axis, first, taken)
        return view
    for axis in {axis % len(shape) for axis in _numbers(model, operator, 1) if shape}:
        view = view.taken(axis, shape[axis] - 1, shape[axis], -1)
    return view


def strided_spec(model: Model, operator: Operator) -> Spec:
    """Raises NotLowered where begin, end or strides are computed, or do not fit to each other."""
    begin, end, strides = (_numbers(model, operator, place) for place in (1, 2, 3))
    if not len(begin) == len(end) == len(strides) or 0 in strides:
        raise NotLowered(f"begin, end and strides are {list(begin)}, {list(end)} and {list(strides)}")
    masks = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    found = {name: as_int(operator.attributes.get(name, 0)) for name in masks}
    return Spec(begin, end, strides, offset=bool(operator.attributes.get("offset")), **found)


def strided(shape: tuple[int, ...], spec: Spec) -> View:
    """What is taken of a tensor. An ellipsis stands for all axes that nothing else is said about, and so does the end;
    a new axis goes before an ellipsis at the same place, and shrinking behind both, as in TFLite.

    Raises NotLowered for more axes than there are, and an index that is outside.
    """
    places = range(len(spec.begin))
    ellipsis = next((n for n in places if spec.ellipsis_mask >> n & 1), len(spec.begin))
    new = [n for n in places if spec.new_axis_mask >> n & 1 and n != ellipsis]
    named = [n for n in places if n != ellipsis and n not in new]
    if len(named) > len(shape):
        raise NotLowered(f"it takes slices of {len(named)} axes of {len(shape)}")
    view, axis = whole(shape), 0
    for place in places:
        if place == ellipsis:
            axis += len(shape) - len(named)
        elif place in new:
            view = view.repeated(axis, 1)
            axis += 1
        else:
            view = _taken(view, axis, place, spec)
            if spec.shrink_axis_mask >> place & 1:
                view = view.without(axis)
            else:
                axis += 1
    return view


def _taken(view: View, axis: int, place: int, spec: Spec) -> View:
    """Of one axis; TFLite's begin and end are cut to what there is as Python's are."""
    extent, step = view.extents[axis], spec.strides[place]
    begin = None if spec.begin_mask >> place & 1 else spec.begin[place]
    end = None if spec.end_mask >> place & 1 else spec.end[place]
    if spec.shrink_axis_mask >> place & 1:
        first = 0 if begin is None else begin
        first += extent if first < 0 else 0
        if not 0 <= first < extent:
            raise NotLowered(f"it takes element {first} of {extent} along axis {axis}")
        return view.taken(axis, first, 1)
    if spec.offset and end is not None:
        end += spec.begin[place]
    taken = range(extent)[slice(begin, end, step)]
    return view.taken(axis, taken.start if taken else 0, len(taken), step)


def _numbers(model: Model, operator: Operator, place: int) -> tuple[int, ...]:
    found = constant(model, operator.inputs[place], "int32", "int64").ravel().tolist()
    return tuple(int(one) for one in found)
