"""RequantShift, an operator that quantisation tools for PULP processors export, in operators that ONNX itself has.

``y = clip(floor((x * mul + add) / div + 1/2), low, high)`` with ``n_levels_out`` levels from 0, or around 0 if
``signed``; the C kernels of its home, the compiler Deeploy, round half upwards. ``x``, ``mul`` and ``add`` hold
integers as float32: products are exact wherever the result is not clipped, so this form gives the same integers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from arenite.errors import UnsupportedError

KIND = "RequantShift"


def decompose_requant_shift(model: onnx.ModelProto, file: str) -> onnx.ModelProto:
    """A model without RequantShift; the same object where there is none.

    Raises:
        UnsupportedError: one has not the attributes and constants that define it.
    """
    if all(node.op_type != KIND for node in model.graph.node):
        return model
    result = onnx.ModelProto()
    result.CopyFrom(model)
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    versions = [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")]
    nodes: list[onnx.NodeProto] = []
    for index, node in enumerate(model.graph.node):
        if node.op_type != KIND:
            nodes.append(node)
            continue
        try:
            made, added = _decomposed(node, constants, max(versions), f"requant_{index}")
        except (KeyError, ValueError) as cause:
            raise UnsupportedError(
                f"lacks {cause}", file=file, operator=f"{KIND} #{index}", remedy="export the model again"
            ) from cause
        nodes += made
        result.graph.initializer.extend(added)
    del result.graph.node[:]
    result.graph.node.extend(nodes)
    read = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in result.graph.initializer if tensor.name in read]
    del result.graph.initializer[:]
    result.graph.initializer.extend(kept)
    return result


def _decomposed(
    node: onnx.NodeProto, constants: dict[str, onnx.TensorProto], opset: int, name: str
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    attributes = {attribute.name: _number(attribute) for attribute in node.attribute}
    levels = attributes["n_levels_out" if "n_levels_out" in attributes else "n_levels"]
    div, signed = attributes["div"], bool(attributes["signed"])
    if div < 1 or div != int(div) or int(div) & (int(div) - 1):
        raise ValueError("a divisor that is a power of two")
    low = -(levels // 2) if signed else 0.0
    high = low + levels - 1
    data, multiplier, addend = node.input
    half = numpy_helper.to_array(constants[addend]).astype(np.float32) + np.float32(div / 2)
    added = [
        numpy_helper.from_array(np.asarray(half, np.float32), f"{name}_add"),
        numpy_helper.from_array(np.float32(1 / div).reshape(()), f"{name}_scale"),
    ]
    made = [
        helper.make_node("Mul", [data, multiplier], [f"{name}_product"]),
        helper.make_node("Add", [f"{name}_product", f"{name}_add"], [f"{name}_sum"]),
        helper.make_node("Mul", [f"{name}_sum", f"{name}_scale"], [f"{name}_quotient"]),
        helper.make_node("Floor", [f"{name}_quotient"], [f"{name}_floor"]),
    ]
    if opset < 11:
        made.append(helper.make_node("Clip", [f"{name}_floor"], [node.output[0]], min=low, max=high))
    else:
        added += [
            numpy_helper.from_array(np.float32(low).reshape(()), f"{name}_low"),
            numpy_helper.from_array(np.float32(high).reshape(()), f"{name}_high"),
        ]
        made.append(helper.make_node("Clip", [f"{name}_floor", f"{name}_low", f"{name}_high"], [node.output[0]]))
    return made, added


def _number(attribute: onnx.AttributeProto) -> float:
    value: Any = helper.get_attribute_value(attribute)
    if isinstance(value, onnx.TensorProto):
        value = numpy_helper.to_array(value).reshape(-1)[0]
    return float(value)
