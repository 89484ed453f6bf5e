"""How each kind of operator is described with height and width exchanged, where it treats the two alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.in_place import OF_ONE, OF_TWO
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators.axes import reduced_axes
from arenite.frontends.operators.tensors import ROW_CHANNELS, as_int, constant

Array = npt.NDArray[Any]

ELEMENT_WISE = OF_ONE | OF_TWO | {
    "CAST", "DEQUANTIZE", "EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "LOGICAL_AND", "LOGICAL_NOT",
    "LOGICAL_OR", "LOOKUP", "NOT_EQUAL", "REQUANT_SHIFT", "SELECT_V2", "UNARY",
}  # fmt: skip
ALONG_CHANNELS = frozenset(
    ("L2_NORMALIZATION", "LOCAL_RESPONSE_NORMALIZATION", "LOG_SOFTMAX", "LRN", "SOFTMAX", "FULLY_CONNECTED")
)
"""Each vector of channels by itself."""
MAX_TAPS = 1 << 12
"""Rows that all windows of an operator have together. Beyond, rows take more flash and instructions than they are
worth: an operator on the samples of a microphone stays whole."""
_PAIRS = (
    ("stride_h", "stride_w"), ("dilation_h_factor", "dilation_w_factor"), ("filter_height", "filter_width"),
)  # fmt: skip
_MASKS = ("begin_mask", "end_mask")
_OTHER_MASKS = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
_EXCHANGED = (0, 2, 1, 3)


@dataclass(frozen=True, eq=False)
class Turned:
    """An operator with height and width exchanged: its attributes, and those of its constants that change, by place
    among its inputs."""

    attributes: Mapping[str, object]
    constants: Mapping[int, Array] = field(default_factory=dict)


def turned(model: Model, operator: Operator) -> Turned | None:
    """The operator with height and width of all of its NHWC tensors exchanged; None if that is not the same operator,
    or it is of a form that is not known here."""
    find = _KINDS.get(operator.kind)
    if find is None:
        return None
    try:
        return find(model, operator)
    except (NotLowered, KeyError, IndexError, TypeError, ValueError):
        # An attribute, an operand or a constant is not there, or not what it should be.
        return None


def exchanged(shape: Sequence[int]) -> tuple[int, ...]:
    """The shape of an NHWC tensor with height and width exchanged."""
    return tuple(shape[axis] for axis in _EXCHANGED)


def _attributes(operator: Operator) -> dict[str, object]:
    """Extents along height and width exchanged."""
    found = dict(operator.attributes)
    for one, other in _PAIRS:
        if one in found or other in found:
            found[one], found[other] = found[other], found[one]
    explicit = found.get("explicit_padding")
    if isinstance(explicit, tuple):
        rows, columns = explicit
        found["explicit_padding"] = (columns, rows)
    return found


def _data(model: Model, operator: Operator, place: int, *dtypes: str) -> Array:
    tensor = model.tensors[operator.inputs[place]]
    return constant(model, tensor.index, *(dtypes or (tensor.dtype,)))


def _numbers(model: Model, operator: Operator, place: int) -> Array:
    return _data(model, operator, place, "int32", "int64")


def _exchange(values: Array) -> Array:
    """Height's entry and width's, of one for each axis of NHWC."""
    if len(values) != len(_EXCHANGED):
        raise NotLowered(f"{len(values)} entries for 4 axes")
    return np.ascontiguousarray(values[list(_EXCHANGED)])


def _axis(axis: int) -> int:
    return _EXCHANGED[range(len(_EXCHANGED))[axis]]


def _unweighted(_model: Model, operator: Operator) -> Turned:
    return Turned(_attributes(operator))


def _window(model: Model, operator: Operator) -> Turned | None:
    rows = as_int(operator.attributes["filter_width"])
    return None if _has_many_taps(model, operator, rows) else _unweighted(model, operator)


def _has_many_taps(model: Model, operator: Operator, rows: int) -> bool:
    return model.tensors[operator.outputs[0]].shape[2] * rows > MAX_TAPS


def _weighted(model: Model, operator: Operator) -> Turned | None:
    """Weights have height and width as their axes 1 and 2, too."""
    weights = _data(model, operator, 1).transpose(_EXCHANGED)
    if weights.dtype == np.float32 or _has_many_taps(model, operator, weights.shape[1]):
        # The kernels for real numbers compute two columns at once; with one column they take 30 to 50 % longer.
        return None
    return Turned(_attributes(operator), {1: np.ascontiguousarray(weights)})


def _element_wise(model: Model, operator: Operator) -> Turned | None:
    """Operands may be broadcast: their axes are the last ones of the result."""
    if model.tensors[operator.outputs[0]].shape[-1] < ROW_CHANNELS:
        return None
    constants: dict[int, Array] = {}
    for place, index in enumerate(operator.inputs):
        if index < 0:
            continue
        tensor = model.tensors[index]
        full = (1,) * (len(_EXCHANGED) - len(tensor.shape)) + tensor.shape
        if len(full) > len(_EXCHANGED):
            return None
        if len(tensor.shape) == len(_EXCHANGED) and not is_constant(tensor):
            continue
        if full[1] == full[2] == 1:
            continue
        if not is_constant(tensor):
            return None
        constants[place] = np.ascontiguousarray(_data(model, operator, place).reshape(full).transpose(_EXCHANGED))
    return Turned(operator.attributes, constants)


def is_constant(tensor: Tensor) -> bool:
    """Of a type that numpy may not know."""
    return tensor.constant or tensor.data is not None


def _per_axis(*places: int) -> Callable[[Model, Operator], Turned]:
    """Constants have an entry for each axis."""

    def find(model: Model, operator: Operator) -> Turned:
        return Turned(operator.attributes, {place: _exchange(_numbers(model, operator, place)) for place in places})

    return find


def _strided_slice(model: Model, operator: Operator) -> Turned | None:
    if any(as_int(operator.attributes.get(name, 0)) for name in _OTHER_MASKS):
        return None
    attributes = dict(operator.attributes)
    for name in _MASKS:
        mask = as_int(attributes.get(name, 0))
        attributes[name] = sum((mask >> axis & 1) << place for place, axis in enumerate(_EXCHANGED))
    return Turned(attributes, _per_axis(1, 2, 3)(model, operator).constants)


def _reduced(model: Model, operator: Operator) -> Turned | None:
    """What is left of an image without height and width is the same; without one of them, a tensor of three axes is."""
    axes = _numbers(model, operator, 1)
    known = reduced_axes(axes.ravel().tolist(), len(_EXCHANGED))
    if not operator.attributes["keep_dims"] and not known & {1, 2}:
        return None
    exchange = np.array([_EXCHANGED[axis] for axis in sorted(known)], axes.dtype)
    return Turned(operator.attributes, {1: np.sort(exchange)})


def _along_axis(model: Model, operator: Operator) -> Turned | None:
    """CONCATENATION, whose constant operands are turned like the others."""
    if any(len(model.tensors[index].shape) != len(_EXCHANGED) for index in operator.inputs):
        return None
    attributes = {**operator.attributes, "axis": _axis(as_int(operator.attributes["axis"]))}
    constants = {
        place: np.ascontiguousarray(_data(model, operator, place).transpose(_EXCHANGED))
        for place, index in enumerate(operator.inputs)
        if is_constant(model.tensors[index])
    }
    return Turned(attributes, constants)


def _split(place: int) -> Callable[[Model, Operator], Turned]:
    def find(model: Model, operator: Operator) -> Turned:
        given = _numbers(model, operator, place)
        return Turned(operator.attributes, {place: np.full(given.shape, _axis(int(given.item())), given.dtype)})

    return find


def _resized(model: Model, operator: Operator) -> Turned:
    return Turned(operator.attributes, {1: np.ascontiguousarray(_numbers(model, operator, 1)[::-1])})


_KINDS: Mapping[str, Callable[[Model, Operator], Turned | None]] = {
    **dict.fromkeys(ELEMENT_WISE, _element_wise),
    **dict.fromkeys(ALONG_CHANNELS, _unweighted),
    **dict.fromkeys(("AVERAGE_POOL_2D", "L2_POOL_2D", "MAX_POOL_2D"), _window),
    **dict.fromkeys(("CONV_2D", "DEPTHWISE_CONV_2D"), _weighted),
    **dict.fromkeys(("PAD", "PADV2", "MIRROR_PAD"), _per_axis(1)),
    "SLICE": _per_axis(1, 2),
    "STRIDED_SLICE": _strided_slice,
    "CONCATENATION": _along_axis,
    "SPLIT": _split(0),
    "SPLIT_V": _split(2),
    **dict.fromkeys(("MEAN", "REDUCE_MAX", "REDUCE_MIN", "SUM"), _reduced),
    "RESIZE_NEAREST_NEIGHBOR": _resized,
}
"""Kind -> how it is turned. What is not listed stays as it is."""
