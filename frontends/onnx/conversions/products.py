"""Gemm and MatMul with constant weights: fully connected layers on rows of the input.

Where the input is the flattened result of a convolution, the weights are put into the order in which it lies, channels
last, and nothing moves at run time.
"""

from __future__ import annotations

import math

import numpy as np

from arenite.frontends.onnx.builder import Builder, NotConverted
from arenite.frontends.onnx.conversions.common import ONCE, activation_of
from arenite.frontends.onnx.graph import Array, Node
from arenite.frontends.onnx.layout import arranged, plain


def general(builder: Builder, node: Node) -> None:
    alpha, beta = float(node.get("alpha", 1.0)), float(node.get("beta", 1.0))
    if int(node.get("transA", 0)):
        raise NotConverted("the input is transposed")
    weights = _weights(builder, node.inputs[1])
    if alpha != 1.0:
        if weights.dtype != np.float32:
            raise NotConverted("it scales integers")
        weights = weights * np.float32(alpha)
    _connect(builder, node, weights if int(node.get("transB", 0)) else weights.T, beta)


def matrix(builder: Builder, node: Node) -> None:
    _connect(builder, node, _weights(builder, node.inputs[1]).T, 1.0)


def _weights(builder: Builder, name: str) -> Array:
    if not builder.is_constant(name):
        raise NotConverted("both factors are computed")
    weights = builder.graph.constants[name]
    if weights.ndim != 2 or weights.dtype not in (np.float32, np.int8):
        raise NotConverted("weights of another type or rank")
    return weights


def _connect(builder: Builder, node: Node, weights: Array, beta: float) -> None:
    """``weights``: [outputs, inputs]."""
    outputs, depth = weights.shape
    shape, result = builder.shape(node.inputs[0]), builder.shape(node.outputs[0])
    if not shape or shape[-1] != depth or builder.graph.dtype(node.inputs[0]) != str(weights.dtype):
        raise NotConverted("the factors do not fit")
    rows = math.prod(shape[:-1])
    bias = _bias(builder, node, outputs, beta)
    if builder.is_constant(node.inputs[0]):
        raise NotConverted("the input is a constant")
    stored = builder.stored[node.inputs[0]]
    if rows == 1:
        # One row is the whole value, whatever its order: the weights follow it.
        columns = arranged(np.arange(depth), stored.order)
        weights = weights[:, columns]
    else:
        stored = builder.in_order(stored, plain(shape))
    value = builder.graph.values.get(node.inputs[1])
    quantisation = value.quantisation if value else None
    if quantisation is not None and quantisation.per_channel:
        quantisation = type(quantisation)(quantisation.scales, quantisation.zero_points, 0)
    inputs = [
        builder.view(stored.tensor, (rows, depth)),
        builder.constant(np.ascontiguousarray(weights), node.inputs[1], quantisation),
    ]
    if bias is not None:
        inputs.append(builder.constant(bias, node.inputs[2]))
    attributes = {
        "fused_activation_function": activation_of(builder, node),
        "weights_format": "DEFAULT",
        "keep_num_dims": False,
        **ONCE,
    }
    output = builder.value(node.outputs[0], (rows, outputs), plain(result))
    builder.operator("FULLY_CONNECTED", inputs, (output,), attributes, node)


def _bias(builder: Builder, node: Node, outputs: int, beta: float) -> Array | None:
    if len(node.inputs) < 3 or not node.inputs[2]:
        return None
    if not builder.is_constant(node.inputs[2]):
        raise NotConverted("the bias is computed")
    bias = builder.graph.constants[node.inputs[2]]
    if bias.dtype == np.float32:
        bias = bias * np.float32(beta)
    elif beta != 1.0:
        raise NotConverted("it scales integers")
    if bias.size not in (1, outputs) or bias.size != max(bias.shape[-1:], default=1):
        raise NotConverted(f"a bias of shape {list(bias.shape)}")
    return np.ascontiguousarray(np.broadcast_to(bias.reshape(-1), (outputs,)))
