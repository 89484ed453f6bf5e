"""PAD in front of convolutions: they pad by themselves, and the padded tensor is never made.

TensorFlow Lite's SAME cannot say where a converter wants the border, so it writes a PAD and a convolution without
padding. Where the PAD fills with the zero point, what it adds contributes nothing to any product, just as what lies
outside of the input does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import lower
from arenite.frontends.operators.pool import axis_paddings, window_positions
from arenite.frontends.operators.tensors import as_int

PADS = ("PAD", "PADV2")
READERS = ("CONV_2D", "DEPTHWISE_CONV_2D")
Borders = tuple[tuple[int, int], tuple[int, int]]
"""Elements before and after: of rows, of columns."""


def fold_pads(model: Model) -> Model:
    """The model without each PAD and PADV2 of rows and columns whose readers are convolutions that can pad as it does.

    They read what it read and have its border in the attribute ``explicit_padding``, added to their own padding. In the
    result ``Model.shares`` has the PAD with every one of them, ``Model.folded`` with the first. Results are the same
    bit for bit. A PAD stays if it is a model output, has no or another reader, pads batches or channels, fills with
    another value than the zero point, changes the quantisation, or if a window would lie in the padding only.
    """
    operators = {operator.index: operator for operator in model.operators}
    readers: dict[int, list[int]] = {}
    for operator in model.operators:
        for index in dict.fromkeys(operator.inputs):
            readers.setdefault(index, []).append(operator.index)
    shares, folded = dict(model.shares), dict(model.folded)
    # From the last to the first: of two PADs in a row the second one goes first, then the other's reader is known.
    for pad in reversed(model.operators):
        if pad.kind not in PADS or pad.outputs[0] in model.outputs:
            continue
        hosts = readers.get(pad.outputs[0], [])
        padded = _padding_readers(model, pad, [operators[host] for host in hosts])
        if not padded:
            continue
        operators.update((operator.index, operator) for operator in padded)
        del operators[pad.index]
        of_source = readers[pad.inputs[0]]
        of_source[:] = dict.fromkeys([*(index for index in of_source if index != pad.index), *hosts])
        taken = (pad.index, *shares.pop(pad.index, ()))
        for host in hosts:
            shares[host] = tuple(dict.fromkeys((*shares.get(host, ()), *taken)))
        folded = {source: hosts[0] if host == pad.index else host for source, host in folded.items()}
        folded[pad.index] = hosts[0]
    if len(operators) == len(model.operators):
        return model
    return replace(model, operators=tuple(operators.values()), shares=shares, folded=folded)


def _padding_readers(model: Model, pad: Operator, readers: Sequence[Operator]) -> list[Operator]:
    """The readers of a PAD as they are without it; none if it has to stay."""
    if any(reader.kind not in READERS or pad.outputs[0] in reader.inputs[1:] for reader in readers):
        return []
    borders = _borders(model, pad) if readers else None
    if borders is None:
        return []
    try:
        return [_padding_reader(model, pad, borders, reader) for reader in readers]
    except NotLowered:
        return []


def _borders(model: Model, pad: Operator) -> Borders | None:
    """What a PAD adds to rows and columns; None if it does anything else."""
    try:
        (call,) = lower(model, pad).calls
    except NotLowered:
        return None
    source, result = model.tensors[pad.inputs[0]], model.tensors[pad.outputs[0]]
    paddings = model.tensors[pad.inputs[1]].data
    if paddings is None or len(source.shape) != 4 or source.variable:
        return None
    zero = 0
    if source.dtype == "int8":
        own, padded = source.quantisation, result.quantisation
        if own is None or padded is None or (own.scale, own.zero_point) != (padded.scale, padded.zero_point):
            return None
        zero = padded.zero_point
    batches, rows, columns, channels = ((int(before), int(after)) for before, after in paddings)
    if any((*batches, *channels)) or call.layer["value"] != zero:
        return None
    return rows, columns


def _padding_reader(model: Model, pad: Operator, borders: Borders, reader: Operator) -> Operator:
    """A convolution that reads what the PAD reads. Raises NotLowered where no kernel pads so."""
    weights = model.tensors[reader.inputs[1]]
    if weights.data is not None and weights.dtype == "float32" and not np.isfinite(weights.data).all():
        raise NotLowered("the product of zero and a weight is not zero")
    lower(model, reader)  # what does not fit the padded tensor shall not pass for fitting
    extents = model.tensors[pad.outputs[0]].shape[1:3]
    rows, columns = (
        _added(reader, letter, extent, kernel, own, border)
        for letter, extent, kernel, own, border in zip(
            "hw", extents, weights.shape[1:3], axis_paddings(reader), borders, strict=True
        )
    )
    attributes = {**reader.attributes, "padding": "VALID", "explicit_padding": (rows, columns)}
    padding = replace(reader, inputs=(pad.inputs[0], *reader.inputs[1:]), attributes=attributes)
    lower(model, padding)
    return padding


def _added(
    reader: Operator, letter: str, extent: int, kernel: int, own: object, border: tuple[int, int]
) -> tuple[int, int]:
    """Along one axis, the border and the reader's own padding of the padded tensor as its windows use it."""
    stride = as_int(reader.attributes[f"stride_{letter}"])
    reach = (kernel - 1) * as_int(reader.attributes[f"dilation_{letter}_factor"]) + 1
    count, before = window_positions(extent, reach, stride, own)
    after = max((count - 1) * stride + reach - before - extent, 0)
    return border[0] + before, border[1] + after
