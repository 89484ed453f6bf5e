"""Nodes of ONNX files as data, and back."""

from __future__ import annotations

import onnx

from arenite.errors import ModelError
from arenite.frontends.onnx.file.text import printable
from arenite.frontends.onnx.graph import Node

_EXPORT_AGAIN = "export the model again"
_QUANTISING = ("QuantizeLinear", "DequantizeLinear")
"""Which steps look at before anything else does."""


def domain_name(domain: str) -> str:
    """ONNX's own domain has two spellings."""
    return "" if domain == "ai.onnx" else domain


def make_node(node: onnx.NodeProto, sources: tuple[int, ...]) -> Node:
    """A node of the file; of attributes that have one name, the last counts."""
    domain = domain_name(node.domain)
    kind = f"{domain}:{node.op_type}" if domain else node.op_type
    made = Node(
        kind,
        tuple(node.input),
        tuple(node.output),
        {attribute.name: attribute for attribute in node.attribute},
        sources,
    )
    if not node.op_type:
        raise ModelError("has no operator type", operator=made.label, remedy=_EXPORT_AGAIN)
    if kind in _QUANTISING and (len(made.inputs) < 2 or len(made.outputs) != 1):
        what = f"has {len(made.inputs)} inputs and {len(made.outputs)} outputs"
        raise ModelError(what, operator=made.label, remedy=_EXPORT_AGAIN)
    for attribute in node.attribute:
        _check_attribute(made, attribute)
    return made


def _check_attribute(node: Node, attribute: onnx.AttributeProto) -> None:
    known = attribute.type in onnx.AttributeProto.AttributeType.values()
    if not attribute.name or not known or attribute.type == onnx.AttributeProto.UNDEFINED or attribute.ref_attr_name:
        what = f"has the attribute '{printable(attribute.name)}', which has no value"
        raise ModelError(what, operator=node.label, remedy=_EXPORT_AGAIN)


def node_proto(node: Node) -> onnx.NodeProto:
    """The node as ONNX writes it."""
    domain, _, op_type = node.kind.rpartition(":")
    return onnx.NodeProto(
        op_type=op_type,
        domain=domain,
        input=node.inputs,
        output=node.outputs,
        attribute=list(node.attributes.values()),
    )
