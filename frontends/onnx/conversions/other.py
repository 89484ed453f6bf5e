"""Nodes without a counterpart: they stay what they are, and TVM's own converter compiles them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from arenite.frontends.onnx.builder import Builder
from arenite.frontends.onnx.graph import Array, Node
from arenite.frontends.onnx.layout import order, plain
from arenite.frontends.onnx.simplify.fuse import HIGH, LOW, activation

PREFIX = "ONNX:"


def keep(builder: Builder, node: Node) -> None:
    """One operator ``ONNX:<kind>``, whose tensors are as ONNX has them; what was joined with the node follows it."""
    joined_bias = node.kind == "MatMul" and len(node.inputs) > 2
    bounds = activation(node)
    plain_node = replace(
        node,
        inputs=node.inputs[:2] if joined_bias else node.inputs,
        attributes={name: value for name, value in node.attributes.items() if name not in (LOW, HIGH)},
    )
    inputs = []
    for name in plain_node.inputs:
        if not name:
            inputs.append(-1)
        else:
            shape = builder.shape(name)
            inputs.append(builder.read(name, plain(shape), shape))
    bounded = not (math.isinf(bounds[0]) and math.isinf(bounds[1]))
    if not joined_bias and not bounded:
        _emit(builder, plain_node, inputs, [builder.value(name, builder.shape(name)) for name in node.outputs if name])
        return
    (name,) = node.outputs
    shape = builder.shape(name)
    result = builder.tensor(name, shape, "float32")
    _emit(builder, plain_node, inputs, [result])
    output = builder.value(name, shape)
    if joined_bias:
        bias = builder.constant(builder.graph.constants[node.inputs[2]], node.inputs[2])
        attributes: dict[str, object] = {"fused_activation_function": bounds if bounded else "NONE"}
        builder.operator("ADD", (result, bias), (output,), attributes)
    else:
        builder.operator("UNARY", (result,), (output,), {"function": "clip", "low": bounds[0], "high": bounds[1]})


def keep_in_order(builder: Builder, node: Node, axes: Sequence[int], constants: Mapping[str, Array]) -> None:
    """Likewise, with first input and outputs in memory with these axes; ``constants`` are inputs made for the node."""
    inputs = []
    for place, name in enumerate(node.inputs):
        if not name:
            inputs.append(-1)
        elif name in constants:
            inputs.append(builder.constant(constants[name], name))
        else:
            own = builder.shape(name)
            turned = axes if place == 0 else range(len(own))
            inputs.append(builder.read(name, order(own, turned), [own[axis] for axis in turned]))
    outputs = []
    for name in node.outputs:
        if name:
            shape = builder.shape(name)
            index = builder.value(name, [shape[axis] for axis in axes], order(shape, axes))
            outputs.append(index)
    _emit(builder, node, inputs, outputs)


def _emit(builder: Builder, node: Node, inputs: Sequence[int], outputs: Sequence[int]) -> None:
    given = {"node": node, "opset": builder.graph.opset}
    builder.operator(f"{PREFIX}{node.kind}", inputs, outputs, given, node)
