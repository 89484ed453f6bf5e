"""Operators that compute element by element: they take their inputs in any order, if only it is the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import numpy_helper

from arenite.frontends.onnx.builder import Builder, NotConverted
from arenite.frontends.onnx.conversions.common import ONCE, activation_of
from arenite.frontends.onnx.graph import Node
from arenite.frontends.onnx.layout import Order, channels_last_axes, order, permutation, plain
from arenite.frontends.onnx.simplify.fuse import clip_limits

KINDS = {
    "Add": "ADD",
    "Sub": "SUB",
    "Mul": "MUL",
    "Div": "DIV",
    "Min": "MINIMUM",
    "Max": "MAXIMUM",
    "Pow": "POW",
    "PRelu": "PRELU",
}
INTEGER_KINDS = frozenset(("Add", "Sub", "Mul"))
FUNCTIONS = {
    "HardSigmoid": "hard_sigmoid",
    "HardSwish": "hard_swish",
    "LeakyRelu": "leaky_relu",
    "com.microsoft:Gelu": "gelu",
    "com.microsoft:FastGelu": "gelu_tanh",
    "com.microsoft:QuickGelu": "silu",
}
"""Where the name of a function is not that of the operator in lower case."""
DEFAULTS = {
    "LeakyRelu": (0.01, 0.0),
    "Elu": (1.0, 0.0),
    "Selu": (1.67326319217681884765625, 1.05070102214813232421875),
    "HardSigmoid": (0.2, 0.5),
    "com.microsoft:QuickGelu": (1.702, 0.0),
}


def unary(builder: Builder, node: Node) -> None:
    if builder.graph.dtype(node.inputs[0]) != "float32" or builder.is_constant(node.inputs[0]):
        raise NotConverted("it is not float32")
    attributes: dict[str, Any] = {"function": FUNCTIONS.get(node.kind, node.kind.lower())}
    if node.kind in ("Clip", "Relu"):
        limits = clip_limits(builder.graph, node)
        if limits is None:
            raise NotConverted("the limits are computed")
        attributes |= {"function": "clip", "low": limits[0], "high": limits[1]}
    elif node.kind == "Gelu" and node.get("approximate", "none") == "tanh":
        attributes["function"] = "gelu_tanh"
    elif node.kind == "com.microsoft:FastGelu" and len([name for name in node.inputs if name]) > 1:
        raise NotConverted("it adds a bias")
    elif node.kind in DEFAULTS:
        alpha, beta = DEFAULTS[node.kind]
        beta_name = "gamma" if node.kind == "Selu" else "beta"
        attributes |= {"alpha": float(node.get("alpha", alpha)), "beta": float(node.get(beta_name, beta))}
    _same_order(builder, node, "UNARY", attributes)


def lookup(builder: Builder, node: Node) -> None:
    _same_order(builder, node, "LOOKUP", {"table": numpy_helper.to_array(node.get("table"))})


def requantise(builder: Builder, node: Node) -> None:
    _same_order(builder, node, "QUANTIZE", dict(ONCE))


def reinterpret(builder: Builder, node: Node) -> None:
    """The same bytes: only the quantisation is another."""
    source = builder.stored[node.inputs[0]]
    shape = builder.tensors[source.tensor].shape
    output = builder.value(node.outputs[0], shape, source.order)
    target = builder.constant(np.array(shape, np.int32), "shape")
    builder.operator("RESHAPE", (source.tensor, target), (output,), {"new_shape": shape}, waits=True)


def quantise(builder: Builder, node: Node) -> None:
    value = builder.graph.values[node.outputs[0]]
    if value.quantisation is None or builder.graph.dtype(node.inputs[0]) != "float32":
        raise NotConverted("a quantisation that no kernel has")
    _same_order(builder, node, "QUANTIZE", dict(ONCE))


def dequantise(builder: Builder, node: Node) -> None:
    value = builder.graph.values.get(node.inputs[0])
    if value is None or value.quantisation is None or builder.is_constant(node.inputs[0]):
        raise NotConverted("a quantisation that no kernel has")
    _same_order(builder, node, "DEQUANTIZE", dict(ONCE))


def _same_order(builder: Builder, node: Node, kind: str, attributes: dict[str, Any]) -> None:
    """One input, one output, the same place for every element."""
    if builder.is_constant(node.inputs[0]):
        raise NotConverted("the input is a constant")
    source = builder.stored[node.inputs[0]]
    output = builder.value(node.outputs[0], builder.tensors[source.tensor].shape, source.order)
    builder.operator(kind, (source.tensor,), (output,), attributes, node)


def binary(builder: Builder, node: Node) -> None:
    names = node.inputs
    dtypes = {builder.graph.dtype(name) for name in names}
    if len(names) != 2 or not (dtypes == {"float32"} or (dtypes == {"int8"} and node.kind in INTEGER_KINDS)):
        raise NotConverted("other types or another number of inputs")
    if dtypes == {"int8"} and any(builder.graph.values[name].quantisation is None for name in names):
        raise NotConverted("integers that stand for themselves")
    shape = builder.shape(node.outputs[0])
    target, view = _common_order(builder, names, shape)
    inputs = [_operand(builder, name, shape, target, view) for name in names]
    output = builder.value(node.outputs[0], _viewed(shape, view), target)
    attributes = {"fused_activation_function": activation_of(builder, node), **ONCE}
    builder.operator(KINDS[node.kind], inputs, (output,), attributes, node)


def _common_order(builder: Builder, names: Sequence[str], shape: Sequence[int]) -> tuple[Order, tuple[int, ...]]:
    """The order for an operator with operands that broadcast to ``shape``, and the axes of ``shape`` as it has them:
    that of an operand which is as large as the result, best one with channels last."""
    found: list[tuple[Order, tuple[int, ...]]] = []
    for name in names:
        if not builder.is_constant(name) and math.prod(builder.shape(name)) == math.prod(shape):
            axes = permutation(builder.order_of(name), shape)
            if axes is not None:
                found.append((builder.order_of(name), axes))
    preferred = [each for each in found if len(shape) == 4 and each[1] == channels_last_axes(4)]
    return (preferred or found or [(plain(shape), tuple(range(len(shape))))])[0]


def _operand(builder: Builder, name: str, shape: Sequence[int], target: Order, view: tuple[int, ...]) -> int:
    """An operand with its axes as the result has them, 1 where it is broadcast."""
    own = builder.shape(name)
    padded = (1,) * (len(shape) - len(own)) + own
    wanted = target if padded == tuple(shape) else order(padded, view)
    return builder.read(name, wanted, _viewed(padded, view))


def _viewed(shape: Sequence[int], view: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(shape[axis] for axis in view)


def requant_shift(builder: Builder, node: Node) -> None:
    """Of the compiler Deeploy: clip(floor((x * mul + add) / div + 1/2)) on integers in float32."""
    if len(node.inputs) != 3:
        raise NotConverted("it lacks a factor")
    name, multiplier, addend = node.inputs
    shape = builder.shape(name)
    if builder.graph.dtype(name) != "float32" or not all(map(builder.is_constant, (multiplier, addend))):
        raise NotConverted("the factors are computed")
    levels = _number(node.get("n_levels_out", node.get("n_levels")))
    low = -(levels // 2) if _number(node.get("signed")) else 0.0
    axis = 1 if len(shape) > 2 else len(shape) - 1
    channels = shape[axis]
    factors = []
    for each in (multiplier, addend):
        array = builder.graph.constants[each].astype(np.float32).reshape(-1)
        if array.size not in (1, channels):
            raise NotConverted("the factors are not per channel")
        factors.append(np.broadcast_to(array, (channels,)) if array.size > 1 else array)
    axes = channels_last_axes(len(shape))
    memory = tuple(shape[each] for each in axes)
    source = builder.read(name, order(shape, axes), memory)
    output = builder.value(node.outputs[0], memory, order(shape, axes))
    builder.operator(
        "REQUANT_SHIFT",
        (source, *(builder.constant(np.ascontiguousarray(array), "factor") for array in factors)),
        (output,),
        {"div": _number(node.get("div")), "low": low, "high": low + levels - 1},
        node,
    )


def _number(value: Any) -> float:
    try:
        return float(value if isinstance(value, (int, float)) else numpy_helper.to_array(value).reshape(-1)[0])
    except (AttributeError, IndexError, TypeError, ValueError):
        raise NotConverted("an attribute is missing or no number") from None
