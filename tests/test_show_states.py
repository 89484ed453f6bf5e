"""Outputs of a model that are states are read from them, at the end."""

from __future__ import annotations

from models.recurrent import lstm

from arenite.frontends.rewrites.show_states import show_states
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph


def test_states_that_are_outputs_get_tensors_of_their_own() -> None:
    before = parse_tflite(lstm(states_shown=True), "test.tflite")
    model = show_states(before)
    assert [operator.kind for operator in model.operators] == [before.operators[0].kind, *["READ_VARIABLE"] * 2]
    assert model.outputs == before.outputs
    assert [operator.outputs[0] for operator in model.operators[1:]] == list(model.outputs[1:])
    assert model.states.keys().isdisjoint(model.outputs)
    assert [values.tolist() for values in model.states.values()] == [one.tolist() for one in before.states.values()]
    graph = to_graph(model)
    assert (graph.after, graph.state_bytes) == (((0, 1), (0, 2)), before.state_bytes)
    assert [step.source_ops for step in graph.steps] == [(0,), (), ()]
    assert show_states(model) is model


def test_other_models_stay_as_they_are() -> None:
    model = parse_tflite(lstm(), "test.tflite")
    assert show_states(model) is model
