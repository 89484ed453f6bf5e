"""One operator of the Model that is an ONNX node, as an ONNX model of its own."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, ValueInfoProto, helper, numpy_helper

from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.onnx.expand import OPSET, expand
from arenite.frontends.onnx.graph import Node

IR_VERSION = 10


def node_model(model: Model, operator: Operator) -> ModelProto:
    """An ONNX model of the node, or of the nodes that it expands to. Its inputs are the operator's activations, each
    once; tensors with data are initializers. Value ``t12`` is tensor 12."""
    node: Node = operator.attributes["node"]  # type: ignore[assignment]
    opset: int = operator.attributes["opset"]  # type: ignore[assignment]
    domain, _, kind = node.kind.rpartition(":")
    present = [model.tensors[index] for index in dict.fromkeys(operator.inputs) if index >= 0]
    outputs = [model.tensors[index] for index in operator.outputs if index >= 0]
    constants = {f"t{tensor.index}": tensor.data for tensor in present if tensor.data is not None}
    expansion = expand(model, operator)
    if expansion is not None:
        nodes, opset, domain = expansion.nodes, OPSET, ""
        constants.update(expansion.constants)
    else:
        results = iter(f"t{tensor.index}" for tensor in outputs)
        proto = helper.make_node(
            kind,
            [f"t{index}" if index >= 0 else "" for index in operator.inputs],
            [next(results) if name else "" for name in node.outputs],
            domain=domain,
        )
        proto.attribute.extend(attribute for _, attribute in sorted(node.attributes.items()))
        nodes = [proto]
    graph = helper.make_graph(
        nodes,
        "node",
        [_port(tensor) for tensor in present if tensor.data is None],
        [_port(tensor) for tensor in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    opsets = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


def _port(tensor: Tensor) -> ValueInfoProto:
    type_ = helper.np_dtype_to_tensor_dtype(np.dtype(tensor.dtype))
    return helper.make_tensor_value_info(f"t{tensor.index}", type_, tensor.shape)
