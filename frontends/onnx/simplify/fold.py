"""Values that do not depend on the model's inputs, computed when the file is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from arenite.errors import AreniteError, ModelError
from arenite.frontends.onnx.file.nodes import node_proto
from arenite.frontends.onnx.file.tensors import DATA_TYPES, MAX_RANK, sparse_to_array, to_array
from arenite.frontends.onnx.file.text import printable
from arenite.frontends.onnx.graph import Array, Node, OnnxGraph, Value
from arenite.frontends.onnx.simplify.signatures import has_allowed_types

MAX_FOLDED_BYTES = 1 << 28
"""Of all results together. A file of a few bytes can ask for any amount (ConstantOfShape, Expand, Tile, Range)."""

MAX_REPEATED_BYTES = 1 << 31
"""Of one value repeated (ConstantOfShape), which takes no memory here: as much as a file can hold."""

_MAX_SLOW_ELEMENTS = 1 << 16
_MAX_PRODUCTS = 1 << 28

_FOLDABLE = frozenset(
    {
        *("Abs", "Add", "And", "ArgMax", "ArgMin", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor"),
        *("Cast", "CastLike", "Ceil", "Clip", "Concat", "ConstantOfShape", "Cos", "DepthToSpace", "Div", "Equal"),
        *("Erf", "Exp", "Expand", "EyeLike", "Flatten", "Floor", "Gather", "Greater", "GreaterOrEqual", "Identity"),
        *("IsInf", "IsNaN", "Less", "LessOrEqual", "Log", "Max", "Mean", "Min", "Mod", "Mul", "Neg", "Not", "Or"),
        *("Pad", "Pow", "Range", "Reciprocal", "ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin"),
        *("ReduceProd", "ReduceSum", "ReduceSumSquare", "Relu", "Reshape", "Round", "Shape", "Sigmoid", "Sign"),
        *("Sin", "Size", "Slice", "Softmax", "SpaceToDepth", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tan"),
        *("Tanh", "Tile", "Transpose", "Trilu", "Unsqueeze", "Where", "Xor"),
    }
)
"""What the reference implementation computes by numpy, in time proportional to inputs and results."""

DEQUANTISES_ALL = 21
"""The opset from which on DequantizeLinear has every form; the reference implementation lacks its older ones."""

_SLOW = frozenset(
    {
        *("Compress", "CumSum", "GatherElements", "GatherND", "NonZero", "OneHot", "ScatterElements", "ScatterND"),
        *("TopK", "Unique"),
    }
)
"""What it computes element by element."""

_PRODUCTS = frozenset({"Gemm", "MatMul"})
_QUANTISED = frozenset({"int8", "uint8", "int16", "uint16"})


def constant_value(node: Node) -> Array:
    """What a ``Constant`` node holds. Raises ModelError where that is nothing."""
    if len(node.attributes) != 1:
        raise ModelError(f"has {len(node.attributes)} values", operator=node.label, remedy="export the model again")
    name, value = next((name, node.get(name)) for name in node.attributes)
    try:
        if name == "value" and isinstance(value, TensorProto):
            return to_array(value)
        if name == "sparse_value" and isinstance(value, onnx.SparseTensorProto):
            return sparse_to_array(value, MAX_FOLDED_BYTES)
        if name in ("value_int", "value_ints"):
            return np.asarray(value, np.int64)
        if name in ("value_float", "value_floats"):
            return np.asarray(value, np.float32)
        if name in ("value_string", "value_strings"):
            return np.asarray(value, object)
        raise ValueError
    except AreniteError as error:
        raise type(error)(error.problem, operator=node.label, remedy=error.remedy) from None
    except (ValueError, TypeError, OverflowError):
        raise ModelError(
            f"holds no value in '{printable(name)}'", operator=node.label, remedy="export the model again"
        ) from None


def evaluate(
    node: Node, constants: Mapping[str, Array], results: Sequence[Value], opset: int, limit: int
) -> dict[str, Array] | None:
    """The results of a node whose inputs are all ``constants``; None for one that is better computed at run time.

    Args:
        results: what inference found of each named output. The file's word does not count: it may hide gigabytes.
        limit: bytes that all results together may have.

    Raises:
        ModelError: the results have more bytes.
    """
    if node.kind not in _FOLDABLE | _SLOW | _PRODUCTS | {"QuantizeLinear"}:
        return None
    operands = {name: constants[name] for name in node.inputs if name}
    if not has_allowed_types(node, operands, opset):
        return None
    if node.kind == "ConstantOfShape":
        return _repeated(node, results)
    known = [value.shape for value in results if value.shape is not None]
    elements = sum(math.prod(shape) for shape in known)
    if elements * 16 > limit and sum(_item_bytes(value) * math.prod(value.shape or ()) for value in results) > limit:
        raise ModelError(
            f"computes a constant of {elements} elements", operator=node.label, remedy="export a smaller model"
        )
    if node.kind in _SLOW:
        if elements + sum(array.size for array in operands.values()) > _MAX_SLOW_ELEMENTS:
            return None
    elif len(known) < len(results) or any(array.ndim > MAX_RANK for array in operands.values()):
        return None
    if node.kind in _PRODUCTS:
        depth = max((max(array.shape, default=1) for array in operands.values()), default=1)
        if elements * depth > _MAX_PRODUCTS:
            return None
    try:
        with np.errstate(all="ignore"):
            if node.kind == "QuantizeLinear":
                computed = _quantised(node, operands)
            else:
                computed = _reference(node, operands, results, opset)
    except Exception:  # whatever numpy and the reference implementation make of odd operands: it is left to run time
        return None
    if computed is None:
        return None
    for value in results:
        array = computed.get(value.name)
        if array is None or (value.shape is not None and array.shape != value.shape):
            return None
    return computed


def dequantised_constant(node: Node, graph: OnnxGraph) -> Array | None:
    """The float32 numbers of a DequantizeLinear of constants, in any form that ONNX has: blocks, 4 bits, float8."""
    result = Value(node.outputs[0], graph.shape(node.outputs[0]), graph.dtype(node.outputs[0]) or "")
    operands = {name: graph.constants[name] for name in node.inputs if name in graph.constants}
    if len(operands) < len({name for name in node.inputs if name}) or result.dtype != "float32":
        return None
    if not has_allowed_types(node, operands, graph.opset):
        return None
    try:
        with np.errstate(all="ignore"):
            computed = _reference(node, operands, (result,), max(graph.opset, DEQUANTISES_ALL))
    except Exception:  # as above
        return None
    array = computed[result.name] if computed is not None else None
    return array if array is not None and array.shape == result.shape else None


def held_bytes(array: Array) -> int:
    """Of memory: one value that is only repeated takes none."""
    return int(array.nbytes) if any(array.strides) else int(array.itemsize)


def _repeated(node: Node, results: Sequence[Value]) -> dict[str, Array] | None:
    given = node.get("value")
    value = to_array(given) if isinstance(given, TensorProto) else np.zeros(1, np.float32)
    if len(results) != 1 or results[0].shape is None or value.size != 1 or str(value.dtype) != results[0].dtype:
        return None
    shape = results[0].shape
    if len(shape) > MAX_RANK or math.prod(shape) * value.itemsize > MAX_REPEATED_BYTES:
        raise ModelError(
            f"computes a constant of {math.prod(shape)} elements", operator=node.label, remedy="export a smaller model"
        )
    return {results[0].name: np.broadcast_to(value.reshape(()), shape)}


def _item_bytes(value: Value) -> int:
    return {"bool": 1, "string": 8, "complex64": 8, "complex128": 16}.get(
        value.dtype, 8 if "64" in value.dtype else 4 if "32" in value.dtype else 2 if "16" in value.dtype else 1
    )


def _reference(
    node: Node, operands: Mapping[str, Array], results: Sequence[Value], opset: int
) -> dict[str, Array] | None:
    if node.kind == "Identity":
        return {results[0].name: operands[node.inputs[0]]}
    inputs = [helper.make_tensor_value_info(name, _data_type(array), array.shape) for name, array in operands.items()]
    outputs = [helper.make_tensor_value_info(value.name, DATA_TYPES[value.dtype], value.shape) for value in results]
    graph = helper.make_graph([node_proto(node)], "node", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    arrays = ReferenceEvaluator(model).run(None, dict(operands))
    computed = {}
    for value, array in zip(results, arrays, strict=True):
        array = np.asarray(array)
        if value.dtype != "string" and str(array.dtype) != value.dtype:
            array = array.astype(helper.tensor_dtype_to_np_dtype(DATA_TYPES[value.dtype]))
            if str(array.dtype) != value.dtype:
                return None
        computed[value.name] = array
    return computed


def _quantised(node: Node, operands: Mapping[str, Array]) -> dict[str, Array] | None:
    """Rounds half to even, as ONNX says; in float32, as ONNX Runtime computes."""
    data, scale = operands[node.inputs[0]], operands[node.inputs[1]]
    zero_point = operands.get(node.inputs[2]) if len(node.inputs) > 2 else np.zeros_like(scale, np.uint8)
    if (
        zero_point is None
        or str(zero_point.dtype) not in _QUANTISED
        or node.get("block_size", 0)
        or data.dtype != np.float32
        or zero_point.size != scale.size
        or not (np.isfinite(scale).all() and (scale > 0).all() and np.isfinite(data).all())
    ):
        return None
    if scale.size > 1:
        axis = int(node.get("axis", 1))
        if not -data.ndim <= axis < data.ndim or scale.shape != (data.shape[axis],):
            return None
        along = [1] * data.ndim
        along[axis] = -1
        scale, zero_point = scale.reshape(along), zero_point.reshape(along)
    else:
        scale, zero_point = scale.reshape(()), zero_point.reshape(())
    range_ = np.iinfo(zero_point.dtype)
    steps = np.rint(data / scale).astype(np.float64) + zero_point
    return {node.outputs[0]: np.clip(steps, range_.min, range_.max).astype(zero_point.dtype)}


def _data_type(array: Array) -> int:
    return int(helper.np_dtype_to_tensor_dtype(array.dtype))
