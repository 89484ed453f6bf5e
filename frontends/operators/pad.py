"""PAD and PADV2, any type, up to four axes (five and more where some are not padded)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.float_rounding import rounds_once
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator, Tensor
from arenite.frontends.operators.fills import fill_call, zero_of
from arenite.frontends.operators.moves import move_call, same_type, whole
from arenite.frontends.operators.tensors import ROW_CHANNELS, constant, int8_tensor, require_shape, sized_tensor

KINDS = ("PAD", "PADV2")

AXES = ("batches", "rows", "columns")
Triple = tuple[int, int, int]
"""Of one axis: elements of padding before, of the input, of padding after."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, result = same_type(model, operator)
    triples = padded_axes(model, operator, source, result)
    value = np.ascontiguousarray(_value(model, operator, source, result)).reshape(1)
    item, data = ITEM_BYTES[source.dtype], value.view(np.int8)
    if (data == data[0]).all():
        # The last axis in bytes.
        kernel, last, unit, number = "arenite_pad_s8", "bytes", item, int(data[0])
    elif source.dtype == "float32":
        kernel, last, unit, number = "arenite_pad_f32", "channels", 1, int(value.view(np.int32)[0])
    else:
        inside = whole(result.shape)
        for axis, (before, extent, _) in enumerate(triples):
            inside = inside.taken(axis, before, extent)
        calls = (fill_call(result, value), move_call(source, result, whole(source.shape), inside))
        return Lowering((source.index,), (result.index,), calls)
    axes = dict(zip((*AXES, last), four_axes(triples), strict=True))
    before, extent, after = axes[last]
    axes[last] = before * unit, extent * unit, after * unit
    layer = {f"output_{name}": sum(triple) for name, triple in axes.items()}
    layer |= {f"input_{name}": extent for name, (_, extent, _) in axes.items()}
    layer |= {f"before_{name}": before for name, (before, _, _) in axes.items()}
    call = Call(kernel, layer | {"value": number}, (source.index,))
    return Lowering((source.index,), (result.index,), (call,))


def padded_axes(model: Model, operator: Operator, source: Tensor, result: Tensor) -> list[Triple]:
    """The padding of each axis."""
    rank = len(source.shape)
    paddings = constant(model, operator.inputs[1], "int32", "int64")
    if paddings.shape != (rank, 2) or (paddings < 0).any():
        raise NotLowered(f"the paddings are {paddings.tolist()}")
    pairs = [(int(before), int(after)) for before, after in paddings]
    triples = [(before, extent, after) for extent, (before, after) in zip(source.shape, pairs, strict=True)]
    require_shape(result, [sum(triple) for triple in triples])
    return triples


def _value(model: Model, operator: Operator, source: Tensor, result: Tensor) -> npt.NDArray[Any]:
    """Of the padding: what the output has for 0, or the one value of the third input."""
    if source.dtype == "int8":
        (_, own), (_, quantisation) = int8_tensor(model, source.index), int8_tensor(model, result.index)
        if rounds_once(operator) and (own.scale, own.zero_point) != (quantisation.scale, quantisation.zero_point):
            raise NotLowered("input and output differ in quantisation")
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return zero_of(result)
    tensor = sized_tensor(model, operator.inputs[2], source.dtype)
    if tensor.elements != 1:
        raise NotLowered(f"the padding's value, tensor {tensor.index}, has {tensor.elements} elements")
    if source.dtype != "float32" and _numbers(tensor) != _numbers(result):
        raise NotLowered(f"the padding's value, tensor {tensor.index}, and the output differ in quantisation")
    return constant(model, tensor.index, source.dtype)


def _numbers(tensor: Tensor) -> tuple[object, ...] | None:
    """What stored numbers stand for."""
    own = tensor.quantisation
    return (own.scales, own.zero_points) if own is not None else None


def four_axes(axes: Sequence[Triple]) -> list[Triple]:
    """The same padding on batches, rows, columns and bytes. An axis without padding joins the one before it: always at
    the end (whole runs of columns are copied), elsewhere only where there are too many axes. Of three axes or less the
    last but one are the rows, if there are ``ROW_CHANNELS`` or more."""
    if len(axes) in (2, 3) and axes[-1][1] >= ROW_CHANNELS:
        axes = [*axes[:-1], (0, 1, 0), axes[-1]]
    axes = [(0, 1, 0)] * (4 - len(axes)) + list(axes)
    if axes[-1][0] == axes[-1][2] == 0:
        axes = [*axes[:-2], (0, 1, 0), _joined(axes[-2], axes[-1])]
    while len(axes) > 4:
        inner = next((i for i in range(1, len(axes)) if axes[i][0] == axes[i][2] == 0), None)
        if inner is None:
            raise NotLowered(f"it pads {len(axes)} axes")
        axes = [*axes[: inner - 1], _joined(axes[inner - 1], axes[inner]), *axes[inner + 1 :]]
    return axes


def _joined(outer: Triple, inner: Triple) -> Triple:
    before, extent, after = outer
    return before * inner[1], extent * inner[1], after * inner[1]
