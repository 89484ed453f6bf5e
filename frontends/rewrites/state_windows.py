"""Windows of which only what does not change is a state: kept as a whole, where they are moved on.

Streaming networks join the last rows of a sequence with new ones, work on all of them, and keep all but the first for
the next inference: READ_VARIABLE, CONCATENATION, a slice, ASSIGN_VARIABLE.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from arenite.frontends.aliases import RESHAPING
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.parts import operand_tensor, operands, same_numbers
from arenite.frontends.operators.tensors import as_int
from arenite.frontends.rewrites.state_copies import redirected, without
from arenite.frontends.rewrites.state_shifts import shift_of, takes_end
from arenite.frontends.rewrites.uses import Uses


@dataclass(frozen=True, eq=False)
class Window:
    """A state and what makes a window of it: ``joined`` gives the tensor ``whole``, ``taker`` what is kept of that."""

    state: int
    whole: int
    read: Operator
    joined: Operator
    taker: Operator
    assign: Operator

    @property
    def gone(self) -> tuple[Operator, ...]:
        """The operators that a window that is kept as a whole does without."""
        return self.read, self.taker, self.assign


def keep_windows(model: Model) -> Model:
    """The model with windows as states, of which a SHIFT drops the first rows and adds new ones, in place of the states
    that are parts of them.

    A window lies beside the arena then, where it lives on, and is no longer in the arena, where its place may serve
    others: so many are kept, the largest first, as take least of both together in the order of the file.
    """
    windows = [found for state in model.states if (found := _window(model, state)) is not None]
    windows.sort(key=lambda window: (-model.tensors[window.whole].bytes, window.whole))
    costs = [_bytes(model, windows, count) for count in range(len(windows) + 1)]
    for window in windows[: costs.index(min(costs))]:
        model = _kept(model, window.state)
    return model


def _window(model: Model, state: int) -> Window | None:
    """None if anything else is done with the state or with what is kept."""
    uses = Uses(model)
    touching = [operator for operator in model.operators if state in (*operator.inputs, *operator.outputs)]
    if [operator.kind for operator in touching] != ["READ_VARIABLE", "ASSIGN_VARIABLE"]:
        return None
    read, assign = touching
    (value,), new = read.outputs, assign.inputs[1]
    taker, readers = uses.writer.get(new), uses.readers.get(value, [])
    if len(readers) != 1 or taker is None or len(uses.readers[new]) != 1 or {value, new} & {*model.outputs}:
        return None
    (joined,) = readers
    if joined.kind != "CONCATENATION" or joined.attributes["fused_activation_function"] != "NONE":
        return None
    (whole,) = joined.outputs
    first, *others = operands(joined)
    tensor = model.tensors[whole]
    if not tensor.shape:
        return None
    leading = tensor.shape[: as_int(joined.attributes["axis"]) % len(tensor.shape)]
    reads = {index for part in others for index in (part.inputs if isinstance(part, Operator) else (part,))}
    if first != value or value in reads or not others or prod(leading) != 1 or whole in model.outputs:
        return None
    if tensor.variable or not same_numbers(model, value, whole) or not takes_end(model, taker, whole, new):
        return None
    return Window(state, whole, read, joined, taker, assign)


def _kept(model: Model, state: int) -> Model:
    """The model with the window of this state, which has one, in its place; as it is if that cannot be."""
    window = _window(model, state)
    if window is None:
        return model
    before, whole = model.tensors[state], model.tensors[window.whole]
    tensors = list(model.tensors)
    tensors[state] = replace(before, variable=False)
    tensors[whole.index] = replace(whole, name=before.name, variable=True)
    values = model.states[state].ravel()
    # What is dropped first; one more of the same needs no room in the program where all are the same.
    more = np.full(whole.elements - values.size, values[0], values.dtype)
    states = {index: own for index, own in model.states.items() if index != state}
    states[whole.index] = np.concatenate([more, values]).reshape(whole.shape)
    size = model.state_bytes + whole.bytes - before.bytes
    changed = replace(model, tensors=tuple(tensors), states=dict(sorted(states.items())), state_bytes=size)
    readers, reshaping = redirected(changed, whole.index, whole.index)
    if any(index in model.outputs for operator in reshaping for index in operator.outputs):
        return model
    shift = shift_of(window.joined, operand_tensor(operands(window.joined)[0]), whole.index)
    staying = [operator for operator in readers if operator.index != window.taker.index]
    result = without(changed, [*window.gone, *reshaping], [shift, *staying])
    return model if result is changed else result


def _bytes(model: Model, windows: Sequence[Window], count: int) -> int:
    """What the arena, its buffers packed without gaps, and the states take if the first of the windows are kept."""
    absent = {index for window in windows for index in (*window.read.outputs, *window.taker.outputs)}
    kept = [model.tensors[window.whole] for window in windows[:count]]
    growth = sum(one.bytes - model.tensors[own.state].bytes for one, own in zip(kept, windows, strict=False))
    return _peak(model, absent | {tensor.index for tensor in kept}) + growth


def _peak(model: Model, absent: Collection[int]) -> int:
    """The largest sum of live tensors, but for those that are not in the arena."""
    root: dict[int, int] = {}
    for operator in model.operators:
        if operator.kind in RESHAPING:
            root[operator.outputs[0]] = root.get(operator.inputs[0], operator.inputs[0])
    first: dict[int, int] = dict.fromkeys(model.inputs, 0)
    last: dict[int, int] = {}
    for place, operator in enumerate(model.operators):
        for index in operator.outputs:
            first.setdefault(root.get(index, index), place)
        for index in (*operator.inputs, *operator.outputs):
            last[root.get(index, index)] = place
    last.update({root.get(index, index): len(model.operators) for index in model.outputs})
    changes = [0] * (len(model.operators) + 2)
    for index, place in first.items():
        if index not in absent and not model.tensors[index].variable:
            changes[place] += model.tensors[index].bytes
            changes[last.get(index, place) + 1] -= model.tensors[index].bytes
    return int(np.max(np.cumsum(changes)))
