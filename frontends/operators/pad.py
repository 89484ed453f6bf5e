"""PAD and PADV2, int8, up to four axes (five and more where some are not padded)."""

from __future__ import annotations

from collections.abc import Sequence

from arenite.frontends.float_rounding import rounds_once
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.tensors import ROW_CHANNELS, activation, constant, int8_tensor, require_shape

KINDS = ("PAD", "PADV2")

AXES = ("batches", "rows", "columns", "bytes")
Triple = tuple[int, int, int]
"""Of one axis: elements of padding before, of the input, of padding after."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, own = int8_tensor(model, activation(model, operator.inputs[0]))
    result, quantisation = int8_tensor(model, operator.outputs[0])
    if rounds_once(operator) and (own.scale, own.zero_point) != (quantisation.scale, quantisation.zero_point):
        raise NotLowered("input and output differ in quantisation")
    rank = len(source.shape)
    paddings = constant(model, operator.inputs[1], "int32", "int64")
    if paddings.shape != (rank, 2) or (paddings < 0).any():
        raise NotLowered(f"the paddings are {paddings.tolist()}")
    pairs = [(int(before), int(after)) for before, after in paddings]
    triples = [(before, extent, after) for extent, (before, after) in zip(source.shape, pairs, strict=True)]
    require_shape(result, [sum(triple) for triple in triples])
    value = quantisation.zero_point
    if len(operator.inputs) > 2:
        value = padding_value(model, operator.inputs[2], (quantisation.scale, value))
    axes = dict(zip(AXES, four_axes(triples), strict=True))
    layer = {f"output_{name}": sum(triple) for name, triple in axes.items()}
    layer |= {f"input_{name}": extent for name, (_, extent, _) in axes.items()}
    layer |= {f"before_{name}": before for name, (before, _, _) in axes.items()}
    call = Call("arenite_pad_s8", layer | {"value": value}, (source.index,))
    return Lowering((source.index,), (result.index,), (call,))


def padding_value(model: Model, index: int, quantisation: tuple[float, int]) -> int:
    """The one value of PADV2's third input, which must be quantised as the output is."""
    tensor, own = int8_tensor(model, index)
    if (own.scale, own.zero_point) != quantisation:
        raise NotLowered(f"the padding's value, tensor {index}, and the output differ in quantisation")
    if tensor.elements != 1:
        raise NotLowered(f"the padding's value, tensor {index}, has {tensor.elements} elements")
    return int(constant(model, index, "int8").ravel()[0])


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
