"""Parts of tensors, in the order of axes that these have in memory."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, pairwise

import numpy as np

from arenite.frontends.onnx.builder import Builder, NotConverted
from arenite.frontends.onnx.graph import Node
from arenite.frontends.onnx.layout import order, permutation

INT32 = np.iinfo(np.int32)


def split(builder: Builder, node: Node) -> None:
    """A slice for each of its results."""
    shape = _shape(builder, node)
    axis = int(node.get("axis", 0)) % len(shape)
    if not all(node.outputs):
        raise NotConverted("a result has no name")
    ends = accumulate((builder.shape(name)[axis] for name in node.outputs), initial=0)
    for name, (first, last) in zip(node.outputs, pairwise(ends), strict=True):
        _sliced(builder, node, name, {axis: range(first, last)})


def slices(builder: Builder, node: Node) -> None:
    """In either direction, where begin and end are constants."""
    shape = _shape(builder, node)
    starts, ends = (_numbers(builder, node, place, name) for place, name in ((1, "starts"), (2, "ends")))
    if starts is None or ends is None:
        raise NotConverted("begin or end is not there")
    axes = _numbers(builder, node, 3, "axes") or range(len(starts))
    steps = _numbers(builder, node, 4, "steps") or [1] * len(starts)
    taken = {
        axis % len(shape): range(shape[axis % len(shape)])[slice(start, end, step)]
        for start, end, axis, step in zip(starts, ends, axes, steps, strict=True)
    }
    _sliced(builder, node, node.outputs[0], taken)


def gather(builder: Builder, node: Node) -> None:
    """By indices that are constants, one after the other along an axis."""
    name, result = node.inputs[0], node.outputs[0]
    shape = _shape(builder, node)
    given = builder.graph.constants.get(node.inputs[1])
    if given is None or given.ndim != 1:
        raise NotConverted("the indices are computed, or have other than one axis")
    axis = int(node.get("axis", 0)) % len(shape)
    indices = np.where(given < 0, given + shape[axis], given)
    kept = (*shape[:axis], len(indices), *shape[axis + 1 :])
    if kept != builder.shape(result) or (indices < 0).any() or (indices >= shape[axis]).any():
        raise NotConverted("it reaches outside of the input")
    axes = permutation(builder.order_of(name), shape) or tuple(range(len(shape)))
    source = builder.read(name, order(shape, axes), [shape[each] for each in axes])
    where = builder.constant(indices.astype(np.int32), "indices")
    output = builder.value(result, [kept[each] for each in axes], order(kept, axes))
    builder.operator("GATHER", (source, where), (output,), {"axis": axes.index(axis)}, node)


def _shape(builder: Builder, node: Node) -> tuple[int, ...]:
    name = node.inputs[0]
    if builder.is_constant(name):
        raise NotConverted("the input is a constant")
    shape = builder.shape(name)
    if not shape:
        raise NotConverted("it has no axes")
    return shape


def _numbers(builder: Builder, node: Node, place: int, name: str) -> list[int] | None:
    """An input that is a constant, an attribute in older opsets; None if there is neither."""
    given = node.get(name)
    if len(node.inputs) == 1 and given is not None:
        return [int(one) for one in given]
    if len(node.inputs) <= place or not node.inputs[place]:
        return None
    if not builder.is_constant(node.inputs[place]):
        raise NotConverted(f"{name} are computed")
    return [int(one) for one in builder.graph.constants[node.inputs[place]].reshape(-1)]


def _sliced(builder: Builder, node: Node, result: str, taken: Mapping[int, range]) -> None:
    """``result``, which has some elements of some axes, and all of the others."""
    name = node.inputs[0]
    shape, kept = builder.shape(name), builder.shape(result)
    places = [taken.get(axis, range(extent)) for axis, extent in enumerate(shape)]
    if tuple(map(len, places)) != kept or max(shape) > INT32.max:
        raise NotConverted(f"it has the shape {list(kept)}")
    axes = permutation(builder.order_of(name), shape) or tuple(range(len(shape)))
    source = builder.read(name, order(shape, axes), [shape[axis] for axis in axes])
    begins, ends, steps, open_ends = [], [], [], 0
    for place, axis in enumerate(axes):
        own = places[axis]
        begins.append(own.start)
        # Backwards, an end of -1 would be the last element.
        ends.append(max(own.stop, 0))
        steps.append(own.step)
        open_ends |= (own.stop < 0) << place
    limits = [
        builder.constant(np.array(values, np.int32), what)
        for what, values in (("begin", begins), ("end", ends), ("strides", steps))
    ]
    output = builder.value(result, [kept[axis] for axis in axes], order(kept, axes))
    builder.operator("STRIDED_SLICE", (source, *limits), (output,), {"end_mask": open_ends}, node)
