"""Concatenations that grow, as in DenseNet: each block reads all results so far, which are never brought together.

What is read of them is an element-wise function of each channel, which is computed operand by operand, and the next
concatenation, which can read their operands instead.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise

import numpy as np

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators import lower
from arenite.frontends.operators.parts import alike, is_lowered, of_parts, operands, same_numbers
from arenite.frontends.operators.tensors import as_int
from arenite.frontends.rewrites.uses import Uses

ELEMENT_WISE = frozenset(("ADD", "MUL", "SUB"))


def dissolve_concatenations(model: Model) -> Model:
    """The model without each CONCATENATION along channels (NHWC) that is read by an ADD, SUB or MUL with a constant and
    behind that by others, which are of this kind too, or a CONCATENATION along channels again.

    The element-wise operator becomes a CONCATENATION of its results on single operands (attribute ``parts``), the other
    CONCATENATION reads the operands. Results are the same bit for bit. Memory never rises: the operands wait where
    their concatenation did, which has as many bytes, and which nothing could be written over.
    """
    changed = model
    for operator in model.operators:
        if operator.kind == "CONCATENATION":
            changed = _without(changed, operator.index)
    return changed


def _without(model: Model, index: int) -> Model:
    """The model without one CONCATENATION, or as it is."""
    (operator,) = (one for one in model.operators if one.index == index)
    uses = Uses(model)
    result = operator.outputs[0]
    readers = uses.readers.get(result, [])
    if result in model.outputs or len(readers) < 2 or not _along_channels(model, operator):
        return model
    first = [reader for reader in readers if reader.kind in ELEMENT_WISE]
    joined = [reader for reader in readers if reader.kind == "CONCATENATION"]
    waits = all(any(other.index in uses.behind(reader) for other in readers) for reader in first)
    if not first or len(first) + len(joined) < len(readers) or not waits:
        return model
    if not all(alike(model, operator, reader) for reader in joined):
        return model
    try:
        changed = model
        replaced: dict[int, Operator] = {}
        for reader in first:
            changed, replaced[reader.index] = _by_operand(changed, operator, reader)
        replaced |= {reader.index: _spliced(operator, reader) for reader in joined}
        for new in replaced.values():
            lower(changed, new)
    except NotLowered:
        return model
    hosts = [reader.index for reader in readers]
    shares = dict(model.shares)
    taken = (index, *shares.pop(index, ()))
    for host in hosts:
        shares[host] = tuple(dict.fromkeys((*shares.get(host, ()), *taken)))
    folded = {source: hosts[0] if host == index else host for source, host in model.folded.items()}
    left = tuple(replaced.get(one.index, one) for one in model.operators if one.index != index)
    return replace(changed, operators=left, shares=shares, folded={**folded, index: hosts[0]})


def _along_channels(model: Model, operator: Operator) -> bool:
    rank = len(model.tensors[operator.outputs[0]].shape)
    return is_lowered(model, operator) and rank == 4 and as_int(operator.attributes["axis"]) % rank == 3


def _spliced(operator: Operator, reader: Operator) -> Operator:
    """A concatenation that reads the operands of another."""
    parts: list[int | Operator] = []
    for part in operands(reader):
        parts += operands(operator) if part == operator.outputs[0] else [part]
    return of_parts(reader, parts)


def _by_operand(model: Model, operator: Operator, reader: Operator) -> tuple[Model, Operator]:
    """The element-wise ``reader`` of a concatenation as a concatenation of what it makes of the operands, and the model
    with the tensors for that. Raises NotLowered where its other input is no constant."""
    place = reader.inputs.index(operator.outputs[0])
    if len(reader.inputs) != 2 or reader.inputs.count(operator.outputs[0]) != 1:
        raise NotLowered(f"{reader.label} has other inputs")
    other = model.tensors[reader.inputs[1 - place]]
    result = model.tensors[reader.outputs[0]]
    indices = [part for part in operands(operator) if isinstance(part, int)]
    if (
        other.data is None
        or len(indices) < len(operands(operator))
        or result.shape != model.tensors[operator.outputs[0]].shape
    ):
        raise NotLowered(f"{reader.label} has no constant for each channel")
    if any(not same_numbers(model, index, operator.outputs[0]) for index in indices):
        raise NotLowered(f"{operator.label} rounds its operands")
    tensors = list(model.tensors)
    parts: list[int | Operator] = []
    extents = [model.tensors[index].shape[3] for index in indices]
    for index, (begin, end) in zip(indices, pairwise([0, *accumulate(extents)]), strict=True):
        constant = _slice(tensors, other, begin, end)
        tensors.append(
            replace(result, index=len(tensors), name=f"{result.name}_{begin}", shape=(*result.shape[:3], end - begin))
        )
        inputs = (index, constant) if place == 0 else (constant, index)
        parts.append(replace(reader, inputs=inputs, outputs=(len(tensors) - 1,)))
    limit = model.file_tensors if model.file_tensors is not None else len(model.tensors)
    joined = replace(reader, attributes={**_attributes(reader), "axis": 3})
    return replace(model, tensors=tuple(tensors), file_tensors=limit), of_parts(joined, parts)


def _attributes(reader: Operator) -> dict[str, object]:
    """What is left of its attributes: the activation belongs to its parts."""
    kept = {name: value for name, value in reader.attributes.items() if name == "requantisation"}
    return {**kept, "fused_activation_function": "NONE"}


def _slice(tensors: list[Tensor], constant: Tensor, begin: int, end: int) -> int:
    """The index of some channels of a constant; of the constant itself if all channels have the same."""
    assert constant.data is not None
    if not constant.shape or constant.shape[-1] == 1:
        return constant.index
    data = np.ascontiguousarray(constant.data[..., begin:end])
    tensors.append(replace(constant, index=len(tensors), name=f"{constant.name}_{begin}", shape=data.shape, data=data))
    return len(tensors) - 1
