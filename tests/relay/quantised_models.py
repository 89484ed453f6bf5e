"""Models for the tests of ``passes.relay.quantised``, what TVM imports from them, and how to compute the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tflite
from kernel_harness import Array, run_operator
from models.network import Network
from onnx import TensorProto, helper, numpy_helper

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator, Quantisation
from arenite.frontends.operators import lower
from arenite.frontends.rewrites.fold_pads import fold_pads
from arenite.passes.relay.quantised.dataflow import inputs_of, operator_name, post_order
from arenite.passes.relay.quantised.find import Findings
from arenite.relay_compat import relay, tvm


def import_tflite(data: bytes) -> Any:
    """The Relay module as ``relay.build`` has it after its first pass: parameters are constants, types inferred."""
    module, parameters = relay.frontend.from_tflite(tflite.Model.GetRootAs(data, 0))
    return bound(module["main"], parameters)


def bound(function: Any, parameters: Mapping[str, Any]) -> Any:
    """A function as a module, with these parameters as constants."""
    function = relay.build_module.bind_params_by_name(function, parameters)
    return relay.transform.InferType()(tvm.IRModule.from_expr(function))


def importable_zoo() -> bytes:
    """What ``ops_zoo`` has, less RELU_0_TO_1, which TVM's importer does not know."""
    net = Network("importable_zoo", seed=21)
    image = net.float_input("image", (1, 11, 14, 3))
    x = net.quantize(image)
    x = net.convolution(x, 12, (3, 3), dilation=(2, 1), activation="RELU6")
    x = net.transpose(x, (0, 2, 1, 3))
    x = net.depthwise(x, (3, 5), multiplier=2, stride=(2, 1), padding="SAME")
    x = net.rectify("RELU6", x)
    x = net.pad(x, [(0, 0), (1, 0), (2, 1), (0, 0)])
    x = net.pool("AVERAGE_POOL_2D", x, (2, 3), stride=(1, 2))
    x = net.pad(x, [(0, 0), (0, 1), (1, 0), (0, 0)], kind="PADV2")
    left = net.convolution(x, 10, (3, 3), padding="VALID")
    right = net.pool("MAX_POOL_2D", net.convolution(x, 10), (3, 3), padding="VALID")
    difference = net.binary("SUB", right, left, "RELU6")
    gate = net.logistic(net.mean(difference, keep_dims=True))
    product = net.binary("MUL", difference, gate)
    bounded = net.tanh(net.add(product, net.rectify("RELU_N1_TO_1", left)))
    x = net.concatenation([bounded, net.quantize(net.rectify("RELU", product), like=bounded)])
    features = net.squeeze(net.expand_dims(net.mean(x), 1), [1])
    hidden = net.fully_connected(features, 16, "RELU")
    x = net.softmax(net.fully_connected(net.reshape(hidden, (1, 16)), 6))
    return net.finish([image], [net.dequantize(x), bounded])


def one_channel() -> bytes:
    """A depthwise convolution of one channel, which TVM imports as any other convolution, and reshapes."""
    net = Network("one_channel", seed=22)
    image = net.input("image", (1, 6, 5, 1))
    x = net.depthwise(image, (3, 3), multiplier=4, activation="RELU6")
    x = net.reshape(net.pool("MAX_POOL_2D", x, (6, 5), stride=(6, 5), padding="VALID"), (1, 4))
    return net.finish([image], [net.reshape(net.fully_connected(x, 8), (1, 2, 2, 2))])


OWN_MODELS: dict[str, Callable[[], bytes]] = {"importable_zoo": importable_zoo, "one_channel": one_channel}


def interpret(body: Any, findings: Findings, inputs: Mapping[str, Array]) -> list[Array]:
    """The outputs of a Relay function for one sample, by running the lowerings of the operators found.

    ``inputs`` by the names of the function's parameters; values pass from one operator to the next as the rewritten
    function passes them.
    """
    found = findings.found

    def reads(expr: Any) -> Sequence[Any]:
        return list(found[expr].candidate.values.values()) if expr in found else inputs_of(expr)

    values: dict[Any, Any] = {}
    for expr in post_order(body, reads):
        if expr in found:
            candidate = found[expr].candidate
            given = {index: values[value] for index, value in candidate.values.items()}
            if candidate.table is not None:
                (value,) = given.values()
                values[expr] = candidate.table[value]
            else:
                (values[expr],) = run_operator(candidate.model, candidate.operator, given).values()
        elif isinstance(expr, relay.Var):
            values[expr] = inputs[expr.name_hint]
        elif isinstance(expr, relay.Tuple):
            values[expr] = [values[field] for field in expr.fields]
        elif operator_name(expr) == "transpose":
            values[expr] = values[expr.args[0]].transpose([int(axis) for axis in expr.attrs.axes])
        elif isinstance(expr, relay.Constant):
            values[expr] = expr.data.numpy()
        else:
            values[expr] = _compute(operator_name(expr), [values[read] for read in inputs_of(expr)]).reshape(
                [int(extent) for extent in expr.checked_type.shape]
            )
    result = values[body]
    return result if isinstance(result, list) else [result]


def _compute(name: str, inputs: Sequence[Array]) -> Array:
    """What a network may have between the operators found, save for the shape of the result."""
    value = inputs[0]
    if name == "qnn.dequantize":
        return (value.astype(np.float32) - inputs[2]) * inputs[1]
    if name == "qnn.quantize":
        return np.clip(np.rint(value / inputs[1]) + inputs[2], -128, 127).astype(np.int8)
    if name == "nn.softmax":
        exponentials = np.exp(value - value.max())
        return exponentials / exponentials.sum()
    assert name in ("reshape", "squeeze", "expand_dims"), name
    return value


def signature(lowering: Lowering) -> tuple[object, ...]:
    """All that a lowering computes with, save the numbers of its tensors."""
    return tuple(
        (
            call.kernel,
            tuple(call.layer.items()),
            tuple((name, array.dtype.str, array.shape, array.tobytes()) for name, array in call.constants.items()),
        )
        for call in lowering.calls
    )


def file_signatures(model: Model) -> list[tuple[object, ...]]:
    """Of every operator of a model file that calls kernels, without pads that others do, and without transposes, which
    Relay has an operator of its own for."""
    model = fold_pads(model)
    found = []
    for operator in (one for one in model.operators if one.kind != "TRANSPOSE"):
        try:
            lowering = lower(*_as_imported(model, operator))
        except NotLowered:
            continue
        if lowering.calls:
            found.append(signature(lowering))
    return found


def _as_imported(model: Model, operator: Operator) -> tuple[Model, Operator]:
    """Depthwise on one input channel as the CONV_2D that it equals: TVM imports both as the same expression."""
    if operator.kind != "DEPTHWISE_CONV_2D" or model.tensors[operator.inputs[0]].shape[-1] != 1:
        return model, operator
    weights = model.tensors[operator.inputs[1]]
    assert weights.data is not None
    assert weights.quantisation is not None
    data = np.ascontiguousarray(weights.data.transpose(3, 1, 2, 0))
    quantisation = Quantisation(weights.quantisation.scales, weights.quantisation.zero_points, 0)
    tensors = list(model.tensors)
    tensors[weights.index] = replace(weights, shape=data.shape, data=data, quantisation=quantisation)
    return replace(model, tensors=tuple(tensors)), replace(operator, kind="CONV_2D")


class QdqNetwork:
    """An ONNX network in QDQ form, NCHW, an operator per call; all activations have one quantisation."""

    SCALE, ZERO_POINT = np.float32(0.05), np.int8(4)

    def __init__(self) -> None:
        self.random = np.random.RandomState(7)
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def apply(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, values: Any) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def through_int8(self, value: str) -> str:
        """QuantizeLinear and DequantizeLinear."""
        parameters = [self.constant(self.SCALE), self.constant(self.ZERO_POINT)]
        return self.apply("DequantizeLinear", [self.apply("QuantizeLinear", [value, *parameters]), *parameters])

    def weighted(self, kind: str, x: str, shape: tuple[int, ...], **attributes: Any) -> str:
        """Conv with weights [output, input of the group, height, width], per channel, or Gemm with [output, input]."""
        fan = int(np.prod(shape[1:]))
        scales = (self.random.uniform(0.5, 1, shape[0]) / (75 * fan**0.5)).astype(np.float32)
        weights = self.constant(self.random.randint(-127, 128, shape).astype(np.int8))
        bias = self.constant(self.random.randint(-500, 500, shape[0]).astype(np.int32))
        zeros = [np.zeros(shape[0], dtype) for dtype in (np.int8, np.int32)]
        parts = [
            self.apply("DequantizeLinear", [stored, self.constant(scale), self.constant(zero)], axis=0)
            for stored, scale, zero in zip((weights, bias), (scales, scales * self.SCALE), zeros, strict=True)
        ]
        return self.apply(kind, [x, *parts], **attributes)

    def finish(self, shape: Sequence[int], output: str) -> Any:
        ends = [
            helper.make_tensor_value_info("image", TensorProto.FLOAT, list(shape)),
            helper.make_tensor_value_info(output, TensorProto.FLOAT, None),
        ]
        graph = helper.make_graph(self.nodes, "qdq", ends[:1], ends[1:], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def qdq_residual() -> Any:
    """Dense, grouped by channel, strided and padded on one side; a residual sum, pools and a classifier."""
    net = QdqNetwork()
    x = net.through_int8("image")
    x = net.weighted("Conv", x, (8, 3, 3, 3), pads=[1, 0, 2, 1], strides=[2, 2])
    x = net.through_int8(net.apply("Relu", [x]))
    inner = net.through_int8(net.weighted("Conv", x, (8, 1, 3, 3), pads=[1, 1, 1, 1], group=8))
    inner = net.through_int8(net.weighted("Conv", inner, (8, 8, 1, 1)))
    x = net.through_int8(net.apply("Add", [x, inner]))
    x = net.through_int8(net.apply("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2]))
    x = net.through_int8(net.apply("Concat", [x, x], axis=1))
    x = net.through_int8(net.apply("Flatten", [x]))
    x = net.through_int8(net.weighted("Gemm", x, (5, 16 * 3 * 3), transB=1))
    return net.finish((1, 3, 12, 12), x)
