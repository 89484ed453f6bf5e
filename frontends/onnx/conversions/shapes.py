"""Operators along axes, and those that only rename where elements are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arenite.frontends.onnx.builder import Builder, NotConverted, Stored
from arenite.frontends.onnx.conversions.common import ONCE
from arenite.frontends.onnx.conversions.other import keep_in_order
from arenite.frontends.onnx.graph import Node
from arenite.frontends.onnx.layout import order, permutation, plain, transposed


def reshape(builder: Builder, node: Node) -> None:
    """Elements stay, and so does their count: the order is that of the input."""
    name = node.inputs[0]
    if len(node.outputs) > 1:
        raise NotConverted("a mask is asked for, too")
    if builder.is_constant(name) or math.prod(builder.shape(name)) != math.prod(builder.shape(node.outputs[0])):
        raise NotConverted("it does more than give another shape")
    builder.vanish(node, {node.outputs[0]: builder.stored[name]})


def transpose(builder: Builder, node: Node) -> None:
    """Nothing moves until somebody needs another order."""
    name = node.inputs[0]
    if builder.is_constant(name):
        raise NotConverted("the input is a constant")
    shape = builder.shape(name)
    axes = node.get("perm") or tuple(reversed(range(len(shape))))
    if sorted(axes) != list(range(len(shape))):
        raise NotConverted(f"{list(axes)} is no permutation")
    stored = builder.stored[name]
    result = transposed(stored.order, shape, axes)
    if result is None:
        stored = builder.in_order(stored, plain(shape))
        result = transposed(stored.order, shape, axes)
        assert result is not None
    builder.vanish(node, {node.outputs[0]: Stored(stored.tensor, result)})


def depth_to_space(builder: Builder, node: Node) -> None:
    """Digits of an axis change places; they move when somebody needs them elsewhere."""
    name = node.inputs[0]
    batch, channels, height, width = builder.shape(name)
    block = int(node.get("blocksize", 0))
    if builder.is_constant(name) or block < 1:
        raise NotConverted("the input is a constant")
    if node.kind == "SpaceToDepth":
        digits = (batch, channels, height // block, block, width // block, block)
        axes: tuple[int, ...] = (0, 3, 5, 1, 2, 4)
    elif node.get("mode", "DCR") == "CRD":
        digits, axes = (batch, channels // block**2, block, block, height, width), (0, 1, 4, 2, 5, 3)
    else:
        digits, axes = (batch, block, block, channels // block**2, height, width), (0, 3, 4, 1, 5, 2)
    stored = builder.stored[name]
    result = transposed(stored.order, digits, axes)
    if result is None:
        stored = builder.in_order(stored, plain(digits))
        result = transposed(stored.order, digits, axes)
        assert result is not None
    builder.vanish(node, {node.outputs[0]: Stored(stored.tensor, result)})


def concatenation(builder: Builder, node: Node) -> None:
    shape = builder.shape(node.outputs[0])
    dtypes = {builder.graph.dtype(name) for name in node.inputs}
    if len(dtypes) != 1 or not dtypes <= {"int8", "float32"} or len(shape) > 4:
        raise NotConverted("types without a kernel")
    if dtypes == {"int8"} and any(builder.graph.values[name].quantisation is None for name in node.inputs):
        raise NotConverted("integers that stand for themselves")
    axes = _axes_in_memory(builder, node.inputs, node.outputs[0])
    axis = axes.index(int(node.get("axis", 1)) % len(shape))
    inputs = []
    for name in node.inputs:
        own = builder.shape(name)
        inputs.append(builder.read(name, order(own, axes), [own[each] for each in axes]))
    output = builder.value(node.outputs[0], [shape[each] for each in axes], order(shape, axes))
    given = {"axis": axis, "fused_activation_function": "NONE", **ONCE}
    builder.operator("CONCATENATION", inputs, (output,), given, node)


def _axes_in_memory(builder: Builder, names: Sequence[str], result: str) -> tuple[int, ...]:
    """The order of axes that most elements have already."""
    weights: dict[tuple[int, ...], int] = {}
    for name in names:
        if not builder.is_constant(name):
            axes = permutation(builder.order_of(name), builder.shape(name))
            if axes is not None:
                weights[axes] = weights.get(axes, 0) + math.prod(builder.shape(name))
    return max(weights, key=weights.__getitem__, default=tuple(range(len(builder.shape(result)))))


def pad(builder: Builder, node: Node) -> None:
    name = node.inputs[0]
    shape, result = builder.shape(name), builder.shape(node.outputs[0])
    value = builder.graph.values.get(name)
    if builder.is_constant(name) or value is None or len(shape) > 4:
        raise NotConverted("a form without a kernel")
    pads = _pads(builder, node, len(shape))
    if max(pads, default=0) >= 1 << 31:
        raise NotConverted("paddings beyond int32")
    axes = permutation(builder.order_of(name), shape) or tuple(range(len(shape)))
    filling, integers = _filling(builder, node), value.dtype == "int8" and value.quantisation is not None
    if node.get("mode", "constant") != "constant" or filling is None or min(pads, default=0) < 0:
        _pad_in_order(builder, node, axes, pads)
        return
    if value.dtype != "float32" and not integers:
        raise NotConverted("integers that stand for themselves")
    pairs = [(pads[axis], pads[axis + len(shape)]) for axis in axes]
    source = builder.read(name, order(shape, axes), [shape[axis] for axis in axes])
    inputs = [source, builder.constant(np.array(pairs, np.int32).reshape(-1, 2), "paddings")]
    output = builder.value(node.outputs[0], [result[axis] for axis in axes], order(result, axes))
    zero = value.quantisation.zero_point if value.quantisation is not None and integers else 0.0
    if filling != zero:
        dtype = np.int8 if integers else np.float32
        inputs.append(builder.constant(np.array([filling], dtype), "value", value.quantisation))
    builder.operator("PADV2" if filling != zero else "PAD", inputs, (output,), {}, node)


def _pads(builder: Builder, node: Node, rank: int) -> list[int]:
    """Elements before every axis, then after every axis."""
    if len(node.inputs) < 2:
        pads = list(node.get("pads", node.get("paddings", ())))
    else:
        given = builder.graph.constants.get(node.inputs[1])
        if given is None:
            raise NotConverted("the paddings are computed")
        pads = given.reshape(-1).tolist()
    chosen = node.inputs[3] if len(node.inputs) > 3 else ""
    axes = builder.graph.constants.get(chosen) if chosen else np.arange(rank)
    if axes is None or len(pads) != 2 * axes.size:
        raise NotConverted("the axes are computed")
    pairs = [[0] * rank, [0] * rank]
    for place, axis in enumerate(axes.reshape(-1).tolist()):
        pairs[0][axis], pairs[1][axis] = pads[place], pads[place + axes.size]
    return [*pairs[0], *pairs[1]]


def _filling(builder: Builder, node: Node) -> float | None:
    """As the padded tensor stores it: integers are given so. None where it is computed."""
    if len(node.inputs) < 2:
        return float(node.get("value", 0.0))
    name = node.inputs[2] if len(node.inputs) > 2 else ""
    return builder.graph.scalar(name) if name else 0.0


def _pad_in_order(builder: Builder, node: Node, axes: Sequence[int], pads: Sequence[int]) -> None:
    """A mode without a kernel, along the axes where they lie in memory."""
    if len(node.inputs) < 2:
        raise NotConverted("a form of older opsets")
    rank = len(axes)
    made = f"{node.outputs[0]}:pads"
    turned = [pads[axis + side] for side in (0, rank) for axis in axes]
    inputs = (node.inputs[0], made, *node.inputs[2:3])
    keep_in_order(builder, replace(node, inputs=inputs), axes, {made: np.array(turned, np.int64)})


def softmax(builder: Builder, node: Node) -> None:
    """Over one axis, brought to the end; before opset 13 over that axis and all after it."""
    name = node.inputs[0]
    shape = builder.shape(name)
    if builder.graph.dtype(name) not in ("float32", "int8") or builder.is_constant(name) or not shape:
        raise NotConverted("a type without a kernel")
    axis = int(node.get("axis", -1 if builder.graph.opset >= 13 else 1)) % len(shape)
    first, last = (axis, axis + 1) if builder.graph.opset >= 13 else (axis, len(shape))
    axes = (*range(first), *range(last, len(shape)), *range(first, last))
    depth = math.prod(shape[first:last])
    wanted = order(shape, axes)
    if builder.order_of(name) == order(shape, _axes_in_memory(builder, [name], name)) and depth > 1:
        # Rows may come in any order: only the axis itself has to be the last one in memory.
        present = _axes_in_memory(builder, [name], name)
        if last - first == 1 and present[-1] == first:
            axes, wanted = present, order(shape, present)
    memory = [shape[each] for each in axes] if last - first == 1 else [math.prod(shape) // depth, depth]
    source = builder.read(name, wanted, memory)
    output = builder.value(node.outputs[0], memory, wanted)
    kind = "SOFTMAX" if node.kind == "Softmax" else "LOG_SOFTMAX"
    builder.operator(kind, (source,), (output,), {"beta": 1.0, **ONCE}, node)


REDUCTIONS = {"ReduceMean": "MEAN", "ReduceSum": "SUM", "ReduceMax": "REDUCE_MAX", "ReduceMin": "REDUCE_MIN"}


def reduction(builder: Builder, node: Node) -> None:
    name = node.inputs[0]
    shape = builder.shape(name)
    types = ("float32", "int8") if node.kind == "ReduceMean" else ("float32",)
    if builder.graph.dtype(name) not in types or builder.is_constant(name):
        raise NotConverted("a type without a kernel")
    given = node.get("axes")
    if given is None and len(node.inputs) > 1 and node.inputs[1]:
        constant = builder.graph.constants.get(node.inputs[1])
        if constant is None:
            raise NotConverted("the axes are computed")
        given = constant.reshape(-1).tolist()
    if not given:
        if int(node.get("noop_with_empty_axes", 0)):
            raise NotConverted("it does nothing")
        given = range(len(shape))
    reduced = sorted({int(axis) % len(shape) for axis in given})
    axes = permutation(builder.order_of(name), shape) or tuple(range(len(shape)))
    memory_axes = sorted(axes.index(axis) for axis in reduced)
    wide = [axis for axis in memory_axes if shape[axes[axis]] > 1]
    between = range(wide[0], wide[-1]) if wide else ()
    if any(axis not in memory_axes and shape[axes[axis]] > 1 for axis in between):
        raise NotConverted("the axes are no neighbours in memory")
    source = builder.read(name, order(shape, axes), [shape[axis] for axis in axes])
    kept = [1 if axis in reduced else extent for axis, extent in enumerate(shape)]
    output = builder.value(node.outputs[0], [kept[axis] for axis in axes], order(kept, axes))
    constant_axes = builder.constant(np.array(memory_axes, np.int32), "axes")
    builder.operator(REDUCTIONS[node.kind], (source, constant_axes), (output,), {"keep_dims": True, **ONCE}, node)
