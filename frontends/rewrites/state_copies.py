"""Copies of state that nobody needs: what reads a variable reads the state, what computes its new value writes there.

Runs last, when the operators of a model are those that are planned and compiled: a state is no value, so that its reads
must not be moved about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from arenite.frontends.aliases import RESHAPING
from arenite.frontends.in_place import may_overwrite
from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import PARTS, lower_or_none
from arenite.frontends.operators.parts import of_parts, operands, same_numbers
from arenite.frontends.rewrites.state_shifts import shifted


def save_state_copies(model: Model) -> Model:
    """The model without each READ_VARIABLE whose readers all run before the state changes, and without each
    ASSIGN_VARIABLE whose value can be computed into the state, because whoever needs what it held has run.

    Results are the same bit for bit, and the arena holds less. What reads or writes a state stays whole, though, where
    it would fall into rows otherwise.
    """
    for kind, saved in (("READ_VARIABLE", _read_directly), ("ASSIGN_VARIABLE", _write_directly)):
        for number in [operator.index for operator in model.operators if operator.kind == kind]:
            model = saved(model, _places(model)[number])
    return model


def _read_directly(model: Model, place: int) -> Model:
    """The model without the READ_VARIABLE at this place, or as it is."""
    read = model.operators[place]
    (state,), (value,) = read.inputs, read.outputs
    readers, names = redirected(model, value, state)
    if any(reader.kind == "ASSIGN_VARIABLE" and reader.inputs[0] == state for reader in readers):
        return model
    if not _may_be_the_state(model, state, value, names) or not _run_before_change(model, state, place, readers):
        return model
    return without(model, [read, *names], readers)


def _write_directly(model: Model, place: int) -> Model:
    """The model without the ASSIGN_VARIABLE at this place, or as it is."""
    assign = model.operators[place]
    state, value = assign.inputs
    begin = next((at for at, operator in enumerate(model.operators) if value in operator.outputs), place)
    writer, between = model.operators[begin], model.operators[begin + 1 : place]
    found, names = redirected(model, value, state)
    readers = [reader for reader in found if reader.index != assign.index]
    if begin == place or any(state in (*operator.inputs, *operator.outputs) for operator in between):
        return model
    if not _may_be_the_state(model, state, value, names) or not _run_before_change(model, state, place, readers):
        return model
    shift = shifted(model, state, writer)
    if shift is not None:
        instead, taker = shift
        since = model.operators[_places(model)[taker.index] : begin]
        if not any(_changes(operator, state) for operator in since):
            return without(model, [assign, taker, *names], [instead, *readers])
    outputs = tuple(state if index == value else index for index in writer.outputs)
    result = without(model, [assign, *names], [replace(writer, outputs=outputs), *readers])
    return result if state not in writer.inputs or _is_in_place(result, writer.index, state) else model


def _is_in_place(model: Model, index: int, state: int) -> bool:
    """Whether the kernel of an operator may write a state that it reads."""
    writer = next(operator for operator in model.operators if operator.index == index)
    return may_overwrite(lower_or_none(model, writer), state)


def _places(model: Model) -> dict[int, int]:
    return {operator.index: place for place, operator in enumerate(model.operators)}


def redirected(model: Model, value: int, state: int) -> tuple[list[Operator], list[Operator]]:
    """The operators that read a tensor, or what it is reshaped to, as readers of the state; and the reshaping ones."""
    names = {value}
    readers: list[Operator] = []
    reshaping: list[Operator] = []
    for operator in model.operators:
        if names.isdisjoint(operator.inputs):
            continue
        if operator.kind in RESHAPING:
            names.update(operator.outputs)
            reshaping.append(operator)
        else:
            readers.append(_reading(operator, names, state))
    return readers, reshaping


def _reading(operator: Operator, names: Collection[int], state: int) -> Operator:
    """The operator with the state in place of each of these tensors."""
    if PARTS not in operator.attributes:
        return replace(operator, inputs=tuple(state if index in names else index for index in operator.inputs))
    parts = operands(operator)
    return of_parts(
        operator,
        [
            _reading(part, names, state) if isinstance(part, Operator) else state if part in names else part
            for part in parts
        ],
    )


def _may_be_the_state(model: Model, state: int, value: int, reshaping: Sequence[Operator]) -> bool:
    """Whether a tensor, and what it is reshaped to, can be the state, if that holds the same at the same time."""
    results = {value, *(index for operator in reshaping for index in operator.outputs)}
    known = state in model.states and not model.tensors[value].variable
    return known and results.isdisjoint(model.outputs) and same_numbers(model, state, value)


def _run_before_change(model: Model, state: int, place: int, readers: Sequence[Operator]) -> bool:
    """Whether the readers run before an operator behind ``place`` changes the state, or are the one that does."""
    places = _places(model)
    last = max((places[reader.index] for reader in readers), default=-1)
    return not any(_changes(operator, state) for operator in model.operators[place + 1 : max(last, place + 1)])


def _changes(operator: Operator, state: int) -> bool:
    assigned = operator.kind in ("ASSIGN_VARIABLE", "SHIFT") and operator.inputs[0] == state
    return assigned or state in operator.outputs


def without(model: Model, gone: Sequence[Operator], changed: Sequence[Operator]) -> Model:
    """The model without some operators, others changed; as it is if one of these computes something else then."""
    before = {operator.index: operator for operator in model.operators}
    after = {operator.index: operator for operator in changed}
    indices = {operator.index for operator in gone}
    left = [after.get(index, one) for index, one in before.items() if index not in indices]
    result = replace(model, operators=tuple(left), folded=_folded(model, indices, (*changed, *left)))
    same = all(_is_same(model, before[one.index], result, one) for one in changed)
    return result if same else model


def _folded(model: Model, gone: Collection[int], hosts: Sequence[Operator]) -> Mapping[int, int]:
    if not hosts:
        return {}
    moved = {source: hosts[0].index if host in gone else host for source, host in model.folded.items()}
    return {**moved, **dict.fromkeys(gone, hosts[0].index)}


def _is_same(model: Model, before: Operator, result: Model, after: Operator) -> bool:
    """Whether an operator computes on a state what it computes without."""
    if before.kind == "SHIFT":
        return False  # it has a concatenation within, which names its tensors itself
    old, new = lower_or_none(model, before), lower_or_none(result, after)
    if after.kind == "SHIFT":
        return old is not None and new is not None
    if old is None and PARTS in after.attributes:
        return False
    if old is None:
        shapes = {(model.tensors[one].shape, result.tensors[other].shape) for one, other in _pairs(before, after)}
        return all(shape == other for shape, other in shapes)
    return new is not None and bool(new.calls) and _calls_are_same(old, new)


def _pairs(before: Operator, after: Operator) -> list[tuple[int, int]]:
    pairs = zip((*before.inputs, *before.outputs), (*after.inputs, *after.outputs), strict=True)
    return [(one, other) for one, other in pairs if one >= 0]


def _calls_are_same(old: Lowering, new: Lowering) -> bool:
    """Whether they differ in tensors alone."""
    if len(old.calls) != len(new.calls):
        return False
    return all(
        (one.kernel, one.layer) == (other.kernel, other.layer)
        and one.constants.keys() == other.constants.keys()
        and all(np.array_equal(values, other.constants[name]) for name, values in one.constants.items())
        for one, other in zip(old.calls, new.calls, strict=True)
    )
