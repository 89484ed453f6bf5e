"""Operators on integers (QLinearConv, com.microsoft:QLinearAdd ...) as ONNX's other way of writing them:
DequantizeLinear for every input, the operator on real numbers, QuantizeLinear. Same scales, same zero points.

Signatures: the ONNX operator specification and the contrib operators of ONNX Runtime (docs/ContribOperators.md).
ConvInteger and MatMulInteger give plain int32 results, which no QuantizeLinear describes; they stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from onnx import AttributeProto

from arenite.errors import AreniteError, ModelError, UnsupportedError
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph, Value, attributes
from arenite.frontends.onnx.simplify.names import Names
from arenite.frontends.onnx.simplify.signatures import check_types

_MS = "com.microsoft:"
_EXPORT_AGAIN = "export the model again"
_EXPORT_QDQ = "export in the QDQ format"


def to_qdq(graph: OnnxGraph) -> OnnxGraph:
    """``graph`` in which quantised operators are DequantizeLinear, operator, QuantizeLinear, all with the sources of
    the one that they replace. Shapes of the values between need not be known: inference finds them.

    Raises:
        ModelError: an operator lacks inputs.
        UnsupportedError: a scale has several axes, or axes count from an unknown rank.
    """
    if not any(node.kind in _CONVERSIONS for node in graph.nodes):
        return graph
    building = _Building(graph, Names(graph), [], {}, {}, {})
    for node in graph.nodes:
        conversion = _CONVERSIONS.get(node.kind)
        if conversion is None:
            building.nodes.append(node)
            continue
        try:
            check_types(node)
            conversion(_Operator(node, building))
        except AreniteError as error:
            raise type(error)(error.problem, file=graph.file, operator=node.label, remedy=error.remedy) from None
    return replace(
        graph,
        nodes=tuple(building.nodes),
        values={**graph.values, **building.values},
        constants={**graph.constants, **building.constants},
        constant_sources={**graph.constant_sources, **building.constant_sources},
    )


@dataclass
class _Building:
    graph: OnnxGraph
    names: Names
    nodes: list[Node]
    values: dict[str, Value]
    constants: dict[str, Array]
    constant_sources: dict[str, tuple[int, ...]]


@dataclass
class _Operator:
    """A quantised node, and ways to write what replaces it."""

    node: Node
    building: _Building

    @property
    def graph(self) -> OnnxGraph:
        return self.building.graph

    @property
    def output(self) -> str:
        if len(self.node.outputs) != 1 or not self.node.outputs[0]:
            raise ModelError(f"has {len(self.node.outputs)} outputs", remedy=_EXPORT_AGAIN)
        return self.node.outputs[0]

    def input(self, place: int) -> str:
        """Raises ModelError if it is left out."""
        name = self.optional(place)
        if not name:
            raise ModelError(f"lacks its input {place}", remedy=_EXPORT_AGAIN)
        return name

    def optional(self, place: int) -> str:
        return self.node.inputs[place] if place < len(self.node.inputs) else ""

    def rank(self, place: int) -> int:
        name = self.input(place)
        shape = self.graph.shape(name)
        rank = len(shape) if shape is not None else len(self.graph.declared.get(name, ()))
        if not rank:
            raise UnsupportedError(f"the rank of its input '{name}' is unknown", remedy="export with inferred shapes")
        return rank

    def kept(self, *names: str) -> dict[str, AttributeProto]:
        return {name: value for name, value in self.node.attributes.items() if name in names}

    def emit(
        self,
        kind: str,
        inputs: Sequence[str],
        output: str | None = None,
        given: dict[str, AttributeProto] | None = None,
    ) -> str:
        """Appends a node and returns the name of its result, a fresh one if ``output`` names none."""
        if output is None:
            output = self.building.names.fresh(f"{self.output}/{kind}")
            self.building.values[output] = Value(output, None, "float32")
        self.building.nodes.append(Node(kind, tuple(inputs), (output,), given or {}, self.node.sources))
        return output

    def add_constant(self, wanted: str, array: Array, *behind: str) -> str:
        """A new constant, computed from those named ``behind``."""
        name = self.building.names.fresh(f"{self.output}/{wanted}")
        self.building.constants[name] = array
        sources = [source for one in behind for source in self.graph.constant_sources.get(one, ())]
        if sources:
            self.building.constant_sources[name] = tuple(dict.fromkeys(sources))
        return name

    def real(self, place: int, axis: int = 0) -> str:
        """The dequantised input at ``place``, which scale and zero point follow; ``axis`` counts if they are many."""
        return self.dequantised(self.input(place), self.input(place + 1), self.optional(place + 2), axis)

    def dequantised(self, name: str, scale: str, zero_point: str, axis: int) -> str:
        array = self.building.constants.get(scale, self.graph.constants.get(scale))
        if array is not None and array.size > 1 and array.ndim != 1:
            raise UnsupportedError(f"the scale '{scale}' has {array.ndim} axes", remedy=_EXPORT_QDQ)
        inputs = [name, scale, zero_point] if zero_point else [name, scale]
        one = array is not None and array.size == 1
        return self.emit("DequantizeLinear", inputs, given=None if one else attributes(axis=axis))

    def quantise(self, real: str, scale: int, like: int) -> None:
        """Writes the node's result; ``scale``: place of its scale, before its zero point; ``like``: place of an
        input of the same type, which counts where the zero point is left out."""
        zero_point = self.optional(scale + 1)
        if not zero_point:
            dtype = self.graph.dtype(self.input(like)) or "uint8"
            if dtype not in ("int8", "uint8", "int16", "uint16"):
                raise UnsupportedError(f"lacks a zero point for its result of {dtype}", remedy=_EXPORT_QDQ)
            zero_point = self.add_constant("zero_point", np.zeros((), dtype))
        self.emit("QuantizeLinear", [real, self.input(scale), zero_point], self.output)

    def bias(self, place: int, scales: tuple[int, int], factor: float, axis: int) -> str:
        """The dequantised int32 bias: its scale is the product of the two at ``scales`` and of ``factor``."""
        names = [self.input(scale) for scale in scales]
        arrays = [self.graph.constants.get(name) for name in names]
        if arrays[0] is not None and arrays[1] is not None:
            product = np.asarray(np.float32(factor) * arrays[0].astype(np.float32) * arrays[1].astype(np.float32))
            product = product.reshape(-1) if product.size > 1 else product.reshape(())
            scale = self.add_constant("bias_scale", product, *names)
        else:
            scale = self.emit("Mul", names)
            if factor != 1:
                scale = self.emit("Mul", [scale, self.add_constant("factor", np.asarray(factor, np.float32))])
        # The zero point is left out: DequantizeLinear takes none for int32.
        return self.dequantised(self.input(place), scale, "", axis)


def _convolution(operator: _Operator) -> None:
    data, weights = operator.real(0), operator.real(3, axis=0)
    inputs = [data, weights]
    if operator.optional(8):
        inputs.append(operator.bias(8, (1, 4), 1.0, axis=0))
    kept = operator.kept("auto_pad", "dilations", "group", "kernel_shape", "pads", "strides")
    operator.quantise(operator.emit("Conv", inputs, given=kept), 6, like=0)


def _matrix_product(operator: _Operator) -> None:
    real = operator.emit("MatMul", [operator.real(0, axis=-2), operator.real(3, axis=-1)])
    operator.quantise(real, 6, like=0)


def _gemm(operator: _Operator) -> None:
    transposed = bool(operator.node.get("transB", 0))
    inputs = [operator.real(0), operator.real(3, axis=0 if transposed else 1)]
    if operator.optional(6):
        inputs.append(operator.bias(6, (1, 4), float(operator.node.get("alpha", 1.0)), axis=-1))
    kept = operator.kept("alpha", "transA", "transB")
    if operator.optional(7):
        operator.quantise(operator.emit("Gemm", inputs, given=kept), 7, like=0)
    else:
        operator.emit("Gemm", inputs, operator.output, kept)


def _of_two(kind: str) -> Callable[[_Operator], None]:
    def convert(operator: _Operator) -> None:
        operator.quantise(operator.emit(kind, [operator.real(0), operator.real(3)]), 6, like=0)

    return convert


def _of_one(kind: str, *kept: str) -> Callable[[_Operator], None]:
    def convert(operator: _Operator) -> None:
        operator.quantise(operator.emit(kind, [operator.real(0)], given=operator.kept(*kept)), 3, like=0)

    return convert


def _concatenation(operator: _Operator) -> None:
    count = len(operator.node.inputs) - 2
    if count < 3 or count % 3:
        raise ModelError(f"has {len(operator.node.inputs)} inputs", remedy=_EXPORT_AGAIN)
    parts = [operator.real(place) for place in range(2, count + 2, 3)]
    operator.quantise(operator.emit("Concat", parts, given=operator.kept("axis")), 0, like=2)


def _selection(operator: _Operator) -> None:
    parts = [operator.input(0), operator.real(1), operator.real(4)]
    operator.quantise(operator.emit("Where", parts), 7, like=1)


def _average_pool(operator: _Operator) -> None:
    kernel = operator.node.get("kernel_shape", ())
    kept = operator.kept("auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides")
    real = _channels_first(operator, "AveragePool", len(kernel) + 2, kept)
    operator.quantise(real, 3, like=0)


def _global_average_pool(operator: _Operator) -> None:
    last = bool(operator.node.get("channels_last", 0))
    operator.quantise(_channels_first(operator, "GlobalAveragePool", operator.rank(0) if last else 0, {}), 3, like=0)


def _channels_first(operator: _Operator, kind: str, rank: int, kept: dict[str, AttributeProto]) -> str:
    """A pooling of the first input, between transposes where its channels come last."""
    data = operator.real(0)
    if not operator.node.get("channels_last", 0):
        return operator.emit(kind, [data], given=kept)
    data = operator.emit("Transpose", [data], given=attributes(perm=[0, rank - 1, *range(1, rank - 1)]))
    pooled = operator.emit(kind, [data], given=kept)
    return operator.emit("Transpose", [pooled], given=attributes(perm=[0, *range(2, rank), 1]))


def _softmax(operator: _Operator) -> None:
    # Before version 13, Softmax took all axes from ``axis`` on as one; QLinearSoftmax says which way it means.
    axis, own = int(operator.node.get("axis", -1)), int(operator.node.get("opset", operator.graph.opset))
    if (own < 13) != (operator.graph.opset < 13) and axis != -1 and axis != operator.rank(0) - 1:
        raise UnsupportedError(f"normalises from axis {axis} on, as before version 13", remedy=_EXPORT_QDQ)
    if operator.graph.opset < 11 and axis < 0:
        axis += operator.rank(0)
    operator.quantise(operator.emit("Softmax", [operator.real(0)], given=attributes(axis=axis)), 3, like=0)


def _mean(operator: _Operator) -> None:
    axes, kept = operator.node.get("axes"), operator.kept("keepdims")
    inputs = [operator.real(0)]
    if axes and operator.graph.opset >= 18:
        inputs.append(operator.add_constant("axes", np.asarray(axes, np.int64)))
    elif axes:
        kept |= operator.kept("axes")
    operator.quantise(operator.emit("ReduceMean", inputs, given=kept), 3, like=0)


def _renamed(operator: _Operator) -> None:
    node = operator.node
    operator.building.nodes.append(replace(node, kind=node.kind.removeprefix(_MS)))


_CONVERSIONS: dict[str, Callable[[_Operator], None]] = {
    "QLinearConv": _convolution,
    "QLinearMatMul": _matrix_product,
    f"{_MS}DequantizeLinear": _renamed,
    f"{_MS}QGemm": _gemm,
    f"{_MS}QLinearAdd": _of_two("Add"),
    f"{_MS}QLinearAveragePool": _average_pool,
    f"{_MS}QLinearConcat": _concatenation,
    f"{_MS}QLinearGlobalAveragePool": _global_average_pool,
    f"{_MS}QLinearLeakyRelu": _of_one("LeakyRelu", "alpha"),
    f"{_MS}QLinearMul": _of_two("Mul"),
    f"{_MS}QLinearReduceMean": _mean,
    f"{_MS}QLinearSigmoid": _of_one("Sigmoid"),
    f"{_MS}QLinearSoftmax": _softmax,
    f"{_MS}QLinearWhere": _selection,
    f"{_MS}QuantizeLinear": _renamed,
}
