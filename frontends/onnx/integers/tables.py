"""Functions of one int8 value, whatever operators they are made of, as a table of 256 entries.

Between a DequantizeLinear and a QuantizeLinear stands a piece of the graph that reads one tensor, element by element,
and otherwise constants of one element: Sigmoid; x * clip(x + 3, 0, 6) / 6; Softplus, Tanh, Mul. It is evaluated in
float32 by ONNX's reference implementation for all 256 values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from arenite.frontends.model import Quantisation
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph
from arenite.frontends.onnx.simplify.fuse import HIGH, LOW, activation

POINTWISE = frozenset(
    (
        *("Abs", "Ceil", "Celu", "Clip", "Cos", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish"),
        *("Identity", "LeakyRelu", "Log", "Mish", "Neg", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid", "Sign"),
        *("Sin", "Softplus", "Softsign", "Sqrt", "Tanh", "ThresholdedRelu"),
        *("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "PRelu"),
    )
)
MAX_NODES = 64


@dataclass(frozen=True, eq=False)
class Function:
    """``nodes`` compute ``result`` from the float value ``source``."""

    graph: OnnxGraph
    source: str
    result: str
    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]

    @property
    def sources(self) -> tuple[int, ...]:
        """Of the nodes, the last one first: it is what messages name."""
        return tuple(source for node in reversed(self.nodes) for source in node.sources)

    def table(self, before: Quantisation, after: Quantisation) -> Array | None:
        """int8 [256]: entry x is the result for the stored value x, negative ones counted from the end. None where the
        reference implementation does not know an operator."""
        stored = np.concatenate([np.arange(128), np.arange(-128, 0)])
        real = (stored - before.zero_point).astype(np.float32) * np.float32(before.scale)
        with np.errstate(all="ignore"):
            result = self._evaluate(real)
            if result is None or result.shape != real.shape or not np.isfinite(result).all():
                return None
            steps = np.rint(result.astype(np.float32) / np.float32(after.scale)) + np.float32(after.zero_point)
        table: Array = np.clip(steps, -128, 127).astype(np.int8)
        return table

    def _evaluate(self, real: Array) -> Array | None:
        nodes = []
        for node in self.nodes:
            domain, _, kind = node.kind.rpartition(":")
            low, high = activation(node)
            bounded = node.outputs[0] if math.isinf(low) and math.isinf(high) else f"{node.outputs[0]}:unbounded"
            made = helper.make_node(kind, list(node.inputs), [bounded], domain=domain)
            made.attribute.extend(value for name, value in node.attributes.items() if name not in (LOW, HIGH))
            nodes.append(made)
            if bounded != node.outputs[0]:
                least, greatest = self._limit(low), self._limit(high)
                nodes.append(helper.make_node("Max", [bounded, least], [f"{bounded}:low"]))
                nodes.append(helper.make_node("Min", [f"{bounded}:low", greatest], [node.outputs[0]]))
        constants = {
            **self.constants,
            **{self._limit(limit): np.float32(limit).reshape(()) for node in self.nodes for limit in activation(node)},
        }
        inputs = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), list(array.shape))
            for name, array in constants.items()
        ]
        graph = helper.make_graph(
            nodes,
            "function",
            [helper.make_tensor_value_info(self.source, TensorProto.FLOAT, [256]), *inputs],
            [helper.make_tensor_value_info(self.result, TensorProto.FLOAT, [256])],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.graph.opset)])
        try:
            (value,) = ReferenceEvaluator(model).run(None, {self.source: real, **constants})
        except Exception:  # whatever numpy or the evaluator raise on a form that they do not know
            return None
        return np.asarray(value)

    @staticmethod
    def _limit(limit: float) -> str:
        return f"limit:{limit}"


def table_of(
    graph: OnnxGraph,
    writers: Mapping[str, Node],
    integers: Mapping[str, str],
    dequantised: Mapping[str, str],
    result: str,
) -> Function | None:
    """The function of one value that a float value is.

    Args:
        integers: float values that stored integers stand for.
        dequantised: those of them that are constants.

    Returns:
        None if it is no such function, or just the dequantised value itself.
    """
    nodes: list[Node] = []
    sources: set[str] = set()
    constants: dict[str, Array] = {}
    pending, seen = [result], {result}
    shape = graph.shape(result)
    while pending:
        name = pending.pop()
        if name in integers and name not in dequantised:
            if graph.shape(name) != shape:
                return None
            sources.add(name)
            continue
        if name in graph.constants:
            if graph.constants[name].size != 1:
                return None
            constants[name] = graph.constants[name].reshape(())
            continue
        node = writers.get(name)
        if name in dequantised:
            value = _dequantised_scalar(graph, node)
            if value is None:
                return None
            constants[name] = value
            continue
        if node is None or node.kind not in POINTWISE or len(node.outputs) != 1 or len(nodes) == MAX_NODES:
            return None
        nodes.append(node)
        for each in node.inputs:
            if each and each not in seen:
                seen.add(each)
                pending.append(each)
    if len(sources) != 1 or not nodes:
        return None
    place = {id(node): index for index, node in enumerate(graph.nodes)}
    nodes.sort(key=lambda node: place[id(node)])
    return Function(graph, sources.pop(), result, tuple(nodes), constants)


def _dequantised_scalar(graph: OnnxGraph, node: Node | None) -> Array | None:
    if node is None:
        return None
    values = [graph.constants.get(name) for name in node.inputs]
    if values[0] is None or values[1] is None or values[0].size != 1 or values[1].size != 1:
        return None
    zero_point = values[2] if len(values) > 2 and values[2] is not None else np.zeros((), np.int64)
    difference = values[0].astype(np.int64).reshape(-1)[0] - zero_point.astype(np.int64).reshape(-1)[0]
    return np.asarray(np.float32(difference) * values[1].astype(np.float32).reshape(-1)[0])
