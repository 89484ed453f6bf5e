"""Attributes and arguments that ONNX's inference takes on trust: it divides by strides, indexes by axes, and believes
that attributes have the types of the specification. With anything else it may take down the process.
"""

from __future__ import annotations

from collections.abc import Mapping

from onnx import AttributeProto, defs

from arenite.errors import ModelError
from arenite.frontends.onnx.file.tensors import DATA_TYPES, DTYPES, MAX_RANK
from arenite.frontends.onnx.graph import Array, Node, dtype_name

_POSITIVE = ("strides", "dilations", "kernel_shape", "group", "blocksize", "num_heads", "num_outputs", "hidden_size")
_AXES = ("axis", "axes", "batch_axis", "time_axis", "perm", "scan_input_axes", "scan_output_axes")
_TYPES = ("dtype", "to", "output_dtype", "stash_type", "softmax_precision")
_WANTED = {
    **dict.fromkeys(("axes", "kernel_shape", "strides", "pads", "dilations"), AttributeProto.INTS),
    **dict.fromkeys(("axis", "opset", "channels_last", "keepdims", "transA", "transB"), AttributeProto.INT),
    "alpha": AttributeProto.FLOAT,
}
_SPELLINGS = {dtype: dtype.replace("_", "") for dtype in DATA_TYPES} | {"float32": "float", "float64": "double"}
_EXPORT_AGAIN = "export the model again"


def check_extents(node: Node) -> None:
    """Raises ModelError for an attribute that is an axis, an extent or a type, and cannot be one."""
    for name, attribute in node.attributes.items():
        if attribute.type not in (AttributeProto.INT, AttributeProto.INTS):
            continue
        numbers = [attribute.i] if attribute.type == AttributeProto.INT else list(attribute.ints)
        if (
            (name in _POSITIVE and any(not 0 < number < 1 << 31 for number in numbers))
            or (name == "batch_dims" and any(not 0 <= number <= MAX_RANK for number in numbers))
            or (name in _AXES and any(not -MAX_RANK <= number <= MAX_RANK for number in numbers))
            or (name in _TYPES and any(number not in DTYPES and number != 0 for number in numbers))
        ):
            text = ", ".join(map(str, numbers[:8]))
            raise ModelError(f"has the attribute {name} = {text}", operator=node.label, remedy=_EXPORT_AGAIN)


def check_types(node: Node) -> None:
    """Raises ModelError for attributes of quantised operators, which ONNX has no schema of, with values of other types
    than the documentation of ONNX Runtime says."""
    for name, attribute in node.attributes.items():
        wanted = _WANTED.get(name)
        if wanted is not None and attribute.type != wanted:
            kind = AttributeProto.AttributeType.Name(attribute.type)
            raise ModelError(f"has the attribute {name} as {kind}", operator=node.label, remedy=_EXPORT_AGAIN)


def check_signature(node: Node, schema: defs.OpSchema) -> None:
    """Raises ModelError unless the operator could have the node's number of inputs and outputs and its attributes."""
    for what, count, least, most in (
        ("inputs", len(node.inputs), schema.min_input, schema.max_input),
        ("outputs", len(node.outputs), schema.min_output, schema.max_output),
    ):
        if not least <= count <= most:
            raise ModelError(f"has {count} {what}", operator=node.label, remedy=_EXPORT_AGAIN)
    for place, name in enumerate(node.inputs):
        formal = schema.inputs[min(place, len(schema.inputs) - 1)]
        if not name and formal.option != defs.OpSchema.FormalParameterOption.Optional:
            raise ModelError(f"lacks its input {place}", operator=node.label, remedy=_EXPORT_AGAIN)
    if node.get("num_outputs", len(node.outputs)) != len(node.outputs):
        raise ModelError(f"has {len(node.outputs)} outputs", operator=node.label, remedy=_EXPORT_AGAIN)
    for name, parameter in schema.attributes.items():
        attribute = node.attributes.get(name)
        if attribute is None:
            if parameter.required:
                raise ModelError(f"lacks the attribute {name}", operator=node.label, remedy=_EXPORT_AGAIN)
        elif attribute.type != parameter.type.value:
            kind = AttributeProto.AttributeType.Name(attribute.type)
            raise ModelError(f"has the attribute {name} as {kind}", operator=node.label, remedy=_EXPORT_AGAIN)


def has_allowed_types(node: Node, operands: Mapping[str, Array], opset: int) -> bool:
    """Whether an operator of ONNX's own may have these inputs: numpy would take, say, infinite indices."""
    try:
        schema = defs.get_schema(node.kind, opset, "")
    except defs.SchemaError:
        return False
    for place, name in enumerate(node.inputs):
        formal = schema.inputs[min(place, len(schema.inputs) - 1)]
        if name and f"tensor({_SPELLINGS[dtype_name(operands[name])]})" not in formal.types:
            return False
    return True
