"""Type and shape of one node's results: by ONNX's own inference, by the file's word, or by rules of our own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import onnx
from onnx import defs, helper, numpy_helper, shape_inference

from arenite.errors import AreniteError, ModelError, UnsupportedError
from arenite.frontends.onnx.file.nodes import node_proto
from arenite.frontends.onnx.file.subgraphs import bodies, captured, reads
from arenite.frontends.onnx.file.tensors import DATA_TYPES, DTYPES, MAX_RANK
from arenite.frontends.onnx.file.text import printable
from arenite.frontends.onnx.graph import Array, Node, Value, dtype_name
from arenite.frontends.onnx.simplify.rules import NEWER, Found, own_rule, stand_in
from arenite.frontends.onnx.simplify.signatures import check_extents, check_signature, check_types

MAX_VALUE_BYTES = 1 << 40
"""Far beyond any target, and small enough that extents cannot overflow in the inference of the next node."""

_MAX_DATA_ELEMENTS = 1 << 12
_LAST_WITHOUT_INFERENCE = 10
_DEPENDS_ON_VALUES = frozenset({"Compress", "NonMaxSuppression", "NonZero", "StringSplit", "Unique"})
_EXPORT_AGAIN = "export the model again"


@dataclass
class Facts:
    """What is known so far of the values of a graph: of constants everything, of others type and maybe shape."""

    opset: int
    domains: Mapping[str, int]
    declared: Mapping[str, tuple[int | str, ...]]
    types: Mapping[str, str]
    values: dict[str, Value] = field(default_factory=dict)
    constants: dict[str, Array] = field(default_factory=dict)

    def value(self, name: str) -> Value | None:
        if name in self.constants:
            array = self.constants[name]
            return Value(name, tuple(array.shape), dtype_name(array))
        return self.values.get(name)


def infer_node(node: Node, facts: Facts, *, trust_file: bool = True) -> tuple[Value, ...]:
    """The named results of a node whose inputs are known, in their order; a shape is None where nothing tells it.
    What inference leaves open the file may state, if it is to be trusted.

    Raises:
        ModelError: inputs, attributes and constants of the node contradict each other.
        UnsupportedError: a result is not a tensor, or its type is unknown.
    """
    check_extents(node)
    found = own_rule(node, facts.value, facts.opset)
    if found is not None:
        check_types(node)
    else:
        found = _onnx_inference(stand_in(node), facts)
    if node.kind == "Loop":
        found = _with_carried(node, found, facts)
    results = []
    for name in node.outputs:
        if not name:
            continue
        dtype, dims = found.get(name, ("", None))
        dtype = dtype or facts.types.get(name, "")
        value = Value(name, _merged(dims, facts.declared.get(name) if trust_file else None), dtype)
        if not dtype:
            raise UnsupportedError(
                f"the type of its result '{name}' is unknown", operator=node.label, remedy=remedy_for_unknown(node)
            )
        _check_size(node, value)
        results.append(value)
    _check_reshape(node, results, facts)
    return tuple(results)


def remedy_for_unknown(node: Node) -> str:
    """What to do where nothing tells the type or the shape of a node's results."""
    domain, _, op_type = node.kind.rpartition(":")
    if domain == "ai.onnx.ml":
        return "end the model before it: arenite has the operators of neural networks, not those of ai.onnx.ml"
    if not domain and not defs.has(op_type):
        return "ONNX has no such operator: export without it, or with shapes of its results"
    if node.kind in ("Loop", "Scan", "If"):
        return "export it unrolled: the shapes inside may change from turn to turn"
    if node.kind in _DEPENDS_ON_VALUES:
        return "end the model before it: how much it gives depends on the values that it reads"
    return "export with inferred shapes"


def _onnx_inference(node: Node, facts: Facts) -> Found:
    domain, _, op_type = node.kind.rpartition(":")
    if domain:
        return _inferred(node, facts, domain, facts.domains.get(domain, 1))
    version = max(NEWER.get(op_type, 1), min(facts.opset, defs.onnx_opset_version()))
    found = _inferred(node, facts, "", version)
    # The first versions of many operators came without inference; what the next ones say holds for them too.
    for later in range(version + 1, _LAST_WITHOUT_INFERENCE + 2):
        if any(dtype for dtype, _ in found.values()):
            break
        try:
            found = _inferred(node, facts, "", later)
        except ModelError:
            continue
    return found


def _inferred(node: Node, facts: Facts, domain: str, version: int) -> Found:
    op_type = node.kind.rpartition(":")[2]
    try:
        schema = defs.get_schema(op_type, version, domain)
    except defs.SchemaError:
        return {}
    check_signature(node, schema)
    outputs = [onnx.ValueInfoProto(name=name) for name in node.outputs if name]
    graph = onnx.GraphProto(name="node", node=[node_proto(node)], output=outputs)
    if not _add_operands(graph, reads(node), facts):
        return {}
    versions = {"": facts.opset, **facts.domains, domain: version}
    # Errors inside bodies and functions may be those of inference itself, which knows less there than we do.
    strict = schema.has_type_and_shape_inference_function and not bodies(node)
    try:
        return _types(node, _infer(graph, versions, strict=strict))
    except AreniteError:
        raise
    except Exception as error:  # the C++ behind it raises whatever it pleases
        reason = printable(str(error).strip().splitlines()[-1] if str(error).strip() else "no reason given")
        raise ModelError(
            f"its shapes contradict each other: {reason[-200:]}", operator=node.label, remedy=_EXPORT_AGAIN
        ) from None


def _add_operands(graph: onnx.GraphProto, names: Iterable[str], facts: Facts) -> bool:
    """Adds inputs, and initializers for small constants, to a graph that is to be inferred; False if one is unknown."""
    for name in names:
        value = facts.value(name)
        if value is None or value.shape is None:
            return False
        if name in facts.constants and facts.constants[name].size <= _MAX_DATA_ELEMENTS:
            graph.initializer.append(numpy_helper.from_array(facts.constants[name], name))
        else:
            graph.input.append(helper.make_tensor_value_info(name, DATA_TYPES[value.dtype], value.shape))
    return True


def _infer(graph: onnx.GraphProto, versions: Mapping[str, int], *, strict: bool) -> onnx.GraphProto:
    imports = [helper.make_opsetid(domain, version) for domain, version in versions.items()]
    model = helper.make_model(graph, opset_imports=imports, ir_version=8)
    inferred: onnx.GraphProto = shape_inference.infer_shapes(model, strict_mode=strict, data_prop=not strict).graph
    return inferred


def _with_carried(node: Node, found: Found, facts: Facts) -> Found:
    """What ONNX leaves open about a Loop: a value that every turn hands to the next has the shape that it starts with,
    if the body does not change it."""
    body = node.get("body")
    carried = list(zip(node.outputs, node.inputs[2:], strict=False))
    if not isinstance(body, onnx.GraphProto) or len(body.input) < len(carried) + 2:
        return found
    starts = [facts.value(name) for _, name in carried]
    if any(start is None or start.shape is None for start in starts) or len(body.output) <= len(carried):
        return found
    graph = onnx.GraphProto()
    graph.CopyFrom(body)
    for info, start in zip(graph.input[2:], starts, strict=False):
        if start is not None:
            info.CopyFrom(helper.make_tensor_value_info(info.name, DATA_TYPES[start.dtype], start.shape))
    for info in graph.output:
        info.ClearField("type")
    if not _add_operands(graph, captured(body), facts):
        return found
    try:
        ends = [
            _read_type(node, info) for info in _infer(graph, {"": facts.opset, **facts.domains}, strict=False).output
        ]
    except AreniteError:
        raise
    except Exception:  # the C++ behind it raises whatever it pleases
        return found
    made = dict(found)
    for (result, _), start, end in zip(carried, starts, ends[1:], strict=False):
        if start is not None and result and end == (start.dtype, start.shape):
            made[result] = end
    return made


def _types(node: Node, graph: onnx.GraphProto) -> Found:
    return {info.name: _read_type(node, info) for info in graph.output}


def _read_type(node: Node, info: onnx.ValueInfoProto) -> tuple[str, tuple[int | None, ...] | None]:
    form = info.type.WhichOneof("value")
    if form is None:
        return "", None
    if form != "tensor_type":
        raise UnsupportedError(
            f"its result '{info.name}' is no tensor but a {form.removesuffix('_type').replace('_', ' ')}",
            operator=node.label,
            remedy="export a model of tensors",
        )
    tensor = info.type.tensor_type
    dtype = DTYPES.get(tensor.elem_type, "")
    if not tensor.HasField("shape"):
        return dtype, None
    return dtype, tuple(
        int(dim.dim_value) if dim.WhichOneof("value") == "dim_value" else None for dim in tensor.shape.dim
    )


def _merged(dims: tuple[int | None, ...] | None, declared: tuple[int | str, ...] | None) -> tuple[int, ...] | None:
    """Inferred extents, completed by what the file states; the inferred ones win."""
    stated = tuple(extent if isinstance(extent, int) else None for extent in declared or ())
    if dims is None:
        dims = stated if declared is not None else None
    elif None in dims and len(stated) == len(dims):
        dims = tuple(own if own is not None else other for own, other in zip(dims, stated, strict=True))
    if dims is None or None in dims:
        return None
    return tuple(extent for extent in dims if extent is not None)


def _check_size(node: Node, value: Value) -> None:
    shape = value.shape or ()
    if any(extent < 0 for extent in shape) or len(shape) > MAX_RANK or math.prod(shape) * 16 > MAX_VALUE_BYTES:
        text = str(list(shape)) if len(shape) <= MAX_RANK else f"of {len(shape)} axes"
        raise ModelError(f"its result '{value.name}' has the shape {text}", operator=node.label, remedy=_EXPORT_AGAIN)


def _check_reshape(node: Node, results: list[Value], facts: Facts) -> None:
    data = facts.value(node.inputs[0]) if node.kind == "Reshape" and node.inputs else None
    if data is None or data.shape is None or not results or results[0].shape is None:
        return
    if math.prod(data.shape) != math.prod(results[0].shape):
        raise ModelError(
            f"cannot reshape {list(data.shape)} to {list(results[0].shape)}",
            operator=node.label,
            remedy="give the input shape that the model was exported for with --shape",
        )
