"""ONNX nodes that TVM does not import, or imports wrongly, as small graphs of nodes that it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import NodeProto, helper

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.onnx.graph import Array, Node
from arenite.frontends.onnx.resample import sampling, scales, taps

OPSET = 18
"""Of the nodes that are made here."""


@dataclass
class Expansion:
    """The graph so far. ``tensors``: the node's inputs, None for those left out; ``results``: its outputs."""

    node: Node
    opset: int
    tensors: list[Tensor | None]
    results: list[Tensor]
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, values: Any, dtype: Any = None) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(values, dtype)
        return name

    def input(self, place: int) -> str:
        tensor = self.tensors[place] if place < len(self.tensors) else None
        if tensor is None:
            raise NotLowered(f"input {place} is left out")
        return f"t{tensor.index}"

    def has(self, place: int) -> bool:
        return place < len(self.tensors) and self.tensors[place] is not None

    def tensor(self, place: int) -> Tensor:
        self.input(place)
        tensor = self.tensors[place]
        assert tensor is not None
        return tensor

    def finish(self, *names: str) -> None:
        """Binds what was computed to the node's outputs, in their order."""
        for name, result in zip(names, self.results, strict=False):
            self.nodes.append(helper.make_node("Identity", [name], [f"t{result.index}"]))


def expand(model: Model, operator: Operator) -> Expansion | None:
    """The graph for an operator of kind ``ONNX:...``, or None for one that TVM imports as it is.

    Raises NotLowered for a form of the operator that neither TVM nor this module knows.
    """
    node: Node = operator.attributes["node"]  # type: ignore[assignment]
    opset: int = operator.attributes["opset"]  # type: ignore[assignment]
    function = EXPANSIONS.get(node.kind)
    if function is None:
        return None
    tensors = [model.tensors[index] if index >= 0 else None for index in operator.inputs]
    results = [model.tensors[index] for index in operator.outputs if index >= 0]
    expansion = Expansion(node, opset, tensors, results)
    function(expansion)
    return expansion if expansion.nodes else None


def _resize(graph: Expansion) -> None:
    source, result = graph.tensor(0), graph.results[0]
    if len(source.shape) != len(result.shape):
        raise NotLowered("it changes the number of axes")
    how = sampling(graph.node, graph.opset)
    arrays = [tensor.data if tensor is not None else None for tensor in graph.tensors]
    value = graph.input(0)
    for axis, scale in enumerate(scales(graph.node, arrays, source.shape, result.shape)):
        length, resized = source.shape[axis], result.shape[axis]
        index, weights = taps(how, length, resized, scale)
        if resized == length and np.array_equal(index[:, 0], np.arange(length)) and (weights[:, 0] == 1).all():
            continue
        if how.mode != "nearest" and source.dtype != "float32":
            raise NotLowered(f"it interpolates {source.dtype}")
        parts = []
        for tap in range(index.shape[1]):
            if not weights[:, tap].any():
                continue
            part = graph.add("Gather", value, graph.constant(index[:, tap], np.int32), axis=axis)
            if not (weights[:, tap] == 1).all():
                shape = [-1] + [1] * (len(source.shape) - axis - 1)
                part = graph.add("Mul", part, graph.constant(weights[:, tap].reshape(shape)))
            parts.append(part)
        value = parts[0]
        for part in parts[1:]:
            value = graph.add("Add", value, part)
    graph.finish(value)


def _one_hot(graph: Expansion) -> None:
    indices, result = graph.tensor(0), graph.results[0]
    axis = int(graph.node.get("axis", -1)) % len(result.shape)
    depth = result.shape[axis]
    places = np.arange(depth).reshape([-1] + [1] * (len(result.shape) - axis - 1)).astype(indices.dtype)
    index = graph.add("Unsqueeze", graph.input(0), graph.constant([axis], np.int64))
    from_start = graph.add("Equal", index, graph.constant(places))
    from_end = graph.add("Equal", index, graph.constant(places - places.dtype.type(depth)))
    hot = graph.add("Or", from_start, from_end) if np.dtype(indices.dtype).kind != "u" else from_start
    off, on = (graph.add("Gather", graph.input(2), graph.constant([place], np.int32)) for place in range(2))
    graph.finish(graph.add("Where", hot, on, off))


def _celu(graph: Expansion) -> None:
    alpha, zero = graph.constant(float(graph.node.get("alpha", 1.0)), np.float32), graph.constant(0, np.float32)
    power = graph.add("Exp", graph.add("Div", graph.input(0), alpha))
    below = graph.add("Mul", alpha, graph.add("Sub", power, graph.constant(1, np.float32)))
    graph.finish(graph.add("Where", graph.add("Greater", graph.input(0), zero), graph.input(0), below))


def _swish(graph: Expansion) -> None:
    alpha = graph.constant(float(graph.node.get("alpha", 1.0)), np.float32)
    gate = graph.add("Sigmoid", graph.add("Mul", graph.input(0), alpha))
    graph.finish(graph.add("Mul", graph.input(0), gate))


def _lp_normalization(graph: Expansion) -> None:
    axes = graph.constant([int(graph.node.get("axis", -1))], np.int64)
    kind = {1: "ReduceL1", 2: "ReduceL2"}[int(graph.node.get("p", 2))]
    norm = graph.add(kind, graph.input(0), axes, keepdims=1)
    # ONNX Runtime leaves zeros where the norm is zero.
    none = graph.add("Equal", norm, graph.constant(0, np.float32))
    graph.finish(graph.add("Div", graph.input(0), graph.add("Where", none, graph.constant(1, np.float32), norm)))


def _pow(graph: Expansion) -> None:
    base, exponent = graph.tensor(0), graph.tensor(1)
    power = exponent.data.reshape(-1)[0].item() if exponent.data is not None and exponent.elements == 1 else None
    if power in (2, 3) and graph.results[0].shape == base.shape:
        square = graph.add("Mul", graph.input(0), graph.input(0))
        graph.finish(square if power == 2 else graph.add("Mul", square, graph.input(0)))
    elif np.dtype(base.dtype).kind != "f":
        raise NotLowered(f"the base is {base.dtype}")
    elif base.dtype != exponent.dtype:
        type_ = helper.np_dtype_to_tensor_dtype(np.dtype(base.dtype))
        graph.finish(graph.add("Pow", graph.input(0), graph.add("Cast", graph.input(1), to=type_)))


def _sum(graph: Expansion) -> None:
    total = graph.input(0)
    for place in range(1, len(graph.tensors)):
        total = graph.add("Add", total, graph.input(place))
    if graph.node.kind == "Mean":
        total = graph.add("Div", total, graph.constant(len(graph.tensors), graph.tensor(0).dtype))
    graph.finish(total)


def _slice(graph: Expansion) -> None:
    if graph.opset < 10:
        starts, ends = (list(graph.node.get(name)) for name in ("starts", "ends"))
        axes = list(graph.node.get("axes") or range(len(starts)))
        bounds = [graph.constant(values, np.int64) for values in (starts, ends, axes)]
        graph.finish(graph.add("Slice", graph.input(0), *bounds))


def _skip_layer_normalization(graph: Expansion) -> None:
    if len(graph.results) > 1:
        raise NotLowered("its statistics are results")
    total = graph.add("Add", graph.input(0), graph.input(1))
    if graph.has(4):
        total = graph.add("Add", total, graph.input(4))
    scale_and_bias = [graph.input(place) for place in (2, 3) if graph.has(place)]
    epsilon = float(graph.node.get("epsilon", 1e-12))
    graph.finish(graph.add("LayerNormalization", total, *scale_and_bias, axis=-1, epsilon=epsilon))


EXPANSIONS: dict[str, Callable[[Expansion], None]] = {
    "Resize": _resize,
    "Upsample": _resize,
    "OneHot": _one_hot,
    "Celu": _celu,
    "Swish": _swish,
    "LpNormalization": _lp_normalization,
    "Pow": _pow,
    "Slice": _slice,
    "Sum": _sum,
    "Mean": _sum,
    "com.microsoft:SkipLayerNormalization": _skip_layer_normalization,
}
"""A function that adds no nodes leaves the operator to TVM."""
