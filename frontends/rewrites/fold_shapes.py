"""Shapes that a model computes from the shapes of its tensors: evaluated once, when the file is read.

A model whose batch was left open when it was converted asks for its own shapes at run time: SHAPE, STRIDED_SLICE and
PACK before a RESHAPE. As the shape of every model input is known here, so are these numbers; with them, the file's
guesses for tensors whose extents it did not know (1 for each) can be corrected.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.model import Model, Operator, Tensor

Value = npt.NDArray[Any]

MAX_VALUES = 64
"""Elements of a tensor that is evaluated: shapes are short, and a hostile file shall not make anything large."""
_DTYPES = ("int32", "int64")
_SAME_SHAPE = frozenset(
    {"RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "LOGISTIC", "TANH", "SOFTMAX", "QUANTIZE", "DEQUANTIZE"}
)
_BROADCASTING = frozenset({"ADD", "SUB", "MUL"})


def fold_shapes(model: Model) -> Model:
    """The model without operators that compute shapes. Their results are constants, results of RESHAPE and of what
    follows have the shapes that these give; ``Model.folded`` tells where the operators went.

    Whatever cannot be evaluated stays as it is, for others to refuse.
    """
    tensors = list(model.tensors)
    values: set[int] = set()
    changed: set[int] = set()
    kept: list[Operator] = []
    removed: list[Operator] = []
    for operator in model.operators:
        value = None if set(operator.outputs) & set(model.outputs) else _evaluate(tensors, operator)
        if value is not None:
            (index,) = operator.outputs
            tensors[index] = replace(tensors[index], data=value, constant=True)
            values.add(index)
            removed.append(operator)
            continue
        kept.append(operator)
        if changed.intersection(operator.inputs) or (operator.kind == "RESHAPE" and values & {*operator.inputs[1:]}):
            shape = _shape(tensors, operator)
            if shape is not None and shape != tensors[operator.outputs[0]].shape:
                tensors[operator.outputs[0]] = replace(tensors[operator.outputs[0]], shape=shape)
                changed.add(operator.outputs[0])
    if not removed:
        return model
    return replace(model, tensors=tuple(tensors), operators=tuple(kept), folded=first_readers(kept, removed))


def first_readers(kept: Sequence[Operator], removed: Sequence[Operator]) -> dict[int, int]:
    """Removed operator -> the first of those kept that needs its result; of no reader at all, the first one."""
    if not kept:
        return {}
    reader: dict[int, int] = {}
    for operator in reversed(kept):
        reader.update(dict.fromkeys(operator.inputs, operator.index))
    folded: dict[int, int] = {}
    for operator in reversed(removed):
        folded[operator.index] = reader.get(operator.outputs[0], kept[0].index)
        for index in operator.inputs:
            reader.setdefault(index, folded[operator.index])
    return folded


def _evaluate(tensors: Sequence[Tensor], operator: Operator) -> Value | None:
    """What a shape-computing operator of known inputs computes; None if it is none, or not of a form known here."""
    rule = _RULES.get(operator.kind)
    if rule is None or len(operator.outputs) != 1 or not operator.inputs or min(operator.inputs) < 0:
        return None
    result = tensors[operator.outputs[0]]
    sources = [tensors[index] for index in operator.inputs]
    if result.dtype not in _DTYPES or result.variable or result.elements > MAX_VALUES:
        return None
    if operator.kind == "SHAPE":
        arrays = [np.array(sources[0].shape, np.int64)]
    else:
        arrays = []
        for source in sources:
            if source.data is None or source.dtype not in _DTYPES or source.elements > MAX_VALUES:
                return None
            arrays.append(source.data.astype(np.int64))
    try:
        value = rule(arrays, operator.attributes)
    except (IndexError, ValueError, TypeError):  # of a form that TFLite would refuse, too
        return None
    limits = np.iinfo(result.dtype)
    if value is None or value.shape != result.shape or ((value < limits.min) | (value > limits.max)).any():
        return None
    return np.ascontiguousarray(value, dtype=result.dtype).reshape(result.shape)


Rule = Callable[[Sequence[Value], Mapping[str, Any]], "Value | None"]


def _strided_slice(arrays: Sequence[Value], attributes: Mapping[str, Any]) -> Value | None:
    """Of one axis, forwards: begin and end count from the end where they are negative, and are clipped."""
    source, *limits = arrays
    if source.ndim != 1 or len(limits) != 3 or any(limit.shape != (1,) for limit in limits):
        return None
    if attributes["ellipsis_mask"] or attributes["new_axis_mask"] or attributes["offset"]:
        return None
    begin, end, step = (int(limit[0]) for limit in limits)
    if attributes["shrink_axis_mask"] & 1:
        return np.array(source[0 if attributes["begin_mask"] & 1 else begin])
    if step < 1:
        return None
    first = None if attributes["begin_mask"] & 1 else begin
    return source[first : None if attributes["end_mask"] & 1 else end : step]


def _pack(arrays: Sequence[Value], attributes: Mapping[str, Any]) -> Value | None:
    return np.stack(arrays, axis=attributes["axis"])


def _gather(arrays: Sequence[Value], attributes: Mapping[str, Any]) -> Value | None:
    source, positions = arrays
    if attributes["batch_dims"] or (positions < 0).any():
        return None
    return np.take(source, positions, axis=attributes["axis"])


def _reduce_prod(arrays: Sequence[Value], attributes: Mapping[str, Any]) -> Value | None:
    source, axes = arrays
    axis = tuple(int(one) for one in axes.ravel())
    return np.asarray(np.prod(source, axis=axis, keepdims=bool(attributes["keep_dims"])))


def _concatenation(arrays: Sequence[Value], attributes: Mapping[str, Any]) -> Value | None:
    if attributes["fused_activation_function"] != "NONE":
        return None
    return np.concatenate(arrays, axis=attributes["axis"])


def _arithmetic(function: Callable[[Value, Value], Value]) -> Rule:
    def rule(arrays: Sequence[Value], attributes: Mapping[str, Any]) -> Value | None:
        if attributes["fused_activation_function"] != "NONE":
            return None
        a, b = arrays
        return np.asarray(function(a, b))

    return rule


def _broadcast_args(arrays: Sequence[Value], _attributes: Mapping[str, Any]) -> Value | None:
    shapes = (tuple(array.ravel().tolist()) for array in arrays)
    return np.array(np.broadcast_shapes(*shapes), np.int64)


_RULES: Mapping[str, Rule] = {
    "BROADCAST_ARGS": _broadcast_args,
    "SHAPE": lambda arrays, _attributes: arrays[0],
    "STRIDED_SLICE": _strided_slice,
    "PACK": _pack,
    "GATHER": _gather,
    "REDUCE_PROD": _reduce_prod,
    "CONCATENATION": _concatenation,
    "ADD": _arithmetic(np.add),
    "SUB": _arithmetic(np.subtract),
    "MUL": _arithmetic(np.multiply),
}


def _shape(tensors: Sequence[Tensor], operator: Operator) -> tuple[int, ...] | None:
    """The shape of what an operator computes, from its inputs' shapes; None if it is not one of those known here."""
    if min(operator.inputs[:2], default=-1) < 0 or len(operator.outputs) != 1:
        return None
    source = tensors[operator.inputs[0]]
    if operator.kind in _SAME_SHAPE:
        return source.shape
    if len(operator.inputs) < 2:
        return None
    other = tensors[operator.inputs[1]]
    if operator.kind == "RESHAPE":
        return None if other.data is None else _reshaped(source.elements, [int(one) for one in other.data.ravel()])
    if operator.kind in _BROADCASTING:
        try:
            return np.broadcast_shapes(source.shape, other.shape)
        except ValueError:
            return None
    if operator.kind == "FULLY_CONNECTED" and len(other.shape) == 2 and min(other.shape) > 0:
        outputs, inputs = other.shape
        if operator.attributes["keep_num_dims"]:
            return (*source.shape[:-1], outputs)
        return None if source.elements % inputs else (source.elements // inputs, outputs)
    return None


def _reshaped(elements: int, wanted: Sequence[int]) -> tuple[int, ...] | None:
    """``wanted`` with its -1, if there is one, replaced by what is left of the elements; None if they do not fit."""
    known = math.prod(extent for extent in wanted if extent != -1)
    if wanted.count(-1) == 1 and known > 0:
        wanted = [elements // known if extent == -1 else extent for extent in wanted]
    return tuple(wanted) if min(wanted, default=1) > 0 and math.prod(wanted) == elements else None
