"""States that are outputs of the model: what they hold behind the last operator is read into the output."""

from __future__ import annotations

from dataclasses import replace

from arenite.frontends.model import Model, Operator
from arenite.frontends.rewrites.additions import Additions


def show_states(model: Model) -> Model:
    """The model with a READ_VARIABLE at the end for each output that is a state, and no model input.

    The output keeps its index; the state, and all operators that touch it, get a new one.
    """
    shown = [index for index in dict.fromkeys(model.outputs) if index in model.states and index not in model.inputs]
    if not shown:
        return model
    added = Additions(model)
    state = {index: added.tensor(model.tensors[index]) for index in shown}
    operators = [
        replace(
            operator,
            inputs=tuple(state.get(index, index) for index in operator.inputs),
            outputs=tuple(state.get(index, index) for index in operator.outputs),
        )
        for operator in model.operators
    ]
    reads = [Operator(added.operator(), "READ_VARIABLE", (state[index],), (index,)) for index in shown]
    result = added.model([*operators, *reads])
    tensors = tuple(replace(own, variable=False) if own.index in state else own for own in result.tensors)
    states = {state.get(index, index): values for index, values in model.states.items()}
    return replace(result, tensors=tensors, states=dict(sorted(states.items())))
