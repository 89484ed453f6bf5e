"""Slices of slices: one slice, of the tensor that the first of them reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.moves import whole
from arenite.frontends.operators.strided_slice import KINDS, slice_view
from arenite.frontends.rewrites.additions import Additions
from arenite.frontends.rewrites.uses import Uses

Taken = tuple[tuple[int, int, int], ...]
"""Of each axis the first element that is taken, how many are, and the step from one to the next."""


def fold_slices(model: Model) -> Model:
    """The model without each slice that nobody reads but another slice, which is a STRIDED_SLICE of its operand then.

    In the result ``Model.shares`` and ``Model.folded`` have the first slice with the second one. A slice stays if it is
    a model output or reads a state, and if one of the two changes the number of axes.
    """
    added, uses = Additions(model), Uses(model)
    operators: dict[int, Operator] = {}
    hosts: dict[int, int] = {}
    takes: dict[int, Taken] = {}
    for operator in model.operators:
        operators[operator.index] = operator
        own = _taken(model, operator)
        if own is None:
            continue
        takes[operator.index] = own
        first = uses.writer.get(operator.inputs[0])
        if first is None or first.index not in takes or not _is_between(model, uses, first):
            continue
        before = operators.pop(first.index)
        takes[operator.index] = _composed(takes[first.index], own)
        operators[operator.index] = _strided(added, operator, before.inputs[0], takes[operator.index])
        hosts[first.index] = operator.index
    return _with_hosts(added.model([*operators.values()]), hosts)


def _is_between(model: Model, uses: Uses, first: Operator) -> bool:
    """Whether a slice is there for one reader alone, which may as well read what it reads."""
    (result,) = first.outputs
    alone = len(uses.readers[result]) == 1 and result not in model.outputs
    return alone and not model.tensors[first.inputs[0]].variable


def _taken(model: Model, operator: Operator) -> Taken | None:
    """None if the operator is no slice, or one that does not keep all axes."""
    if operator.kind not in KINDS or len(operator.outputs) != 1:
        return None
    try:
        view = slice_view(model, operator)
    except (NotLowered, IndexError):
        return None
    shape = model.tensors[operator.inputs[0]].shape
    if view.extents != model.tensors[operator.outputs[0]].shape or len(view.extents) != len(shape):
        return None
    found, left, rest = [], view.offset, whole(shape)
    for count, stride, unit in zip(view.extents, view.strides, whole(shape).strides, strict=True):
        found.append((left // unit, count, stride // unit))
        left %= unit
    for axis, (first, count, step) in enumerate(found):
        rest = rest.taken(axis, first, count, step)
    return tuple(found) if rest == view else None


def _composed(outer: Taken, inner: Taken) -> Taken:
    """What ``inner`` takes of what ``outer`` takes."""
    both = zip(outer, inner, strict=True)
    return tuple((first + begin * step, count, step * own) for (first, _, step), (begin, count, own) in both)


def _strided(added: Additions, operator: Operator, source: int, taken: Taken) -> Operator:
    """The operator as a STRIDED_SLICE of ``source``. Backwards it may go on to the first element, before which TFLite's
    numbers cannot end."""
    ends = [first + count * step for first, count, step in taken]
    numbers = [[first for first, _, _ in taken], [max(end, 0) for end in ends], [step for _, _, step in taken]]
    limits = [added.constant(np.array(values, np.int32)) for values in numbers]
    mask = sum(1 << axis for axis, end in enumerate(ends) if end < 0)
    return replace(operator, kind="STRIDED_SLICE", inputs=(source, *limits), attributes={"end_mask": mask})


def _with_hosts(model: Model, hosts: Mapping[int, int]) -> Model:
    """The model with operators that are gone, each done by another, which may be gone, too."""
    if not hosts:
        return model
    shares, folded = dict(model.shares), dict(model.folded)
    for gone, host in hosts.items():
        shares[host] = tuple(dict.fromkeys((*shares.get(host, ()), gone, *shares.pop(gone, ()))))
        folded = {source: host if other == gone else other for source, other in folded.items()}
        folded[gone] = host
    return replace(model, shares=shares, folded=folded)
