"""State made explicit: which tensors live across inferences, and what they hold before the first one."""

from __future__ import annotations

import numpy as np
import pytest
from kernel_harness import run_operator
from models import stateful
from models.writer import ModelWriter
from oracles import MicroReference, Reference

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends.operators import lower_all
from arenite.frontends.state import state_bytes
from arenite.frontends.tflite import parse_subgraphs, parse_tflite
from arenite.frontends.to_graph import to_graph


@pytest.mark.parametrize("zero_point", [0, -7])
def test_marked_tensors_begin_as_in_the_interpreter(zero_point: int) -> None:
    writer = ModelWriter()
    memory = writer.tensor("memory", (1, 8), scale=0.1, zero_point=zero_point, variable=True)
    total = writer.tensor("total", (1, 8), scale=0.2, zero_point=3)
    other = writer.tensor("other", (1, 8), scale=0.1, zero_point=1)
    writer.operator("ADD", [other, memory], [total])
    data = writer.finish([other], [total])
    model = parse_tflite(data, "test.tflite")
    assert list(model.states) == [memory]
    expected = Reference(data).run([np.zeros((1, 8), np.int8)])[memory]
    np.testing.assert_array_equal(model.states[memory], expected)
    assert (expected == zero_point).all()


def test_variables_become_tensors_with_the_initialisers_values() -> None:
    data = stateful.swapped()
    (main, *others) = parse_subgraphs(data, "test.tflite")
    model = parse_tflite(data, "test.tflite")
    assert {model.tensors[index].name: values.ravel().tolist() for index, values in model.states.items()} == {
        "a handle": [1] * 6,
        "b handle": [0, 1, 2, 3, 4, 5],
    }
    assert not {"VAR_HANDLE", "CALL_ONCE"} & {operator.kind for operator in model.operators}
    assert model.state_bytes == state_bytes(main, [main, *others]) == 12
    gone = {operator.index for operator in main.operators} - {operator.index for operator in model.operators}
    assert gone == model.folded.keys()
    assert set(model.folded.values()) <= {operator.index for operator in model.operators}


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_variables_that_nothing_initialises_begin_as_in_tflite_micro(dtype: str) -> None:
    """TensorFlow Lite refuses to read them."""
    data = stateful.accumulated(dtype, None)
    model, reference = parse_tflite(data, "test.tflite"), MicroReference(data)
    generator, values = np.random.default_rng(0), dict(model.states)
    for _ in range(3):
        values[model.inputs[0]] = generator.integers(-9, 10, (1, 6)).astype(dtype)
        for operator in model.operators:
            values.update(run_operator(model, operator, values))
        expected = reference.run([values[model.inputs[0]]])[0]
        np.testing.assert_array_equal(values[model.outputs[0]], expected)


def test_an_initialiser_that_the_file_lacks_is_damage() -> None:
    writer = ModelWriter()
    handle, result = writer.tensor("handle", (), "resource"), writer.tensor("result", (4,), scale=0.1)
    writer.operator("VAR_HANDLE", [], [handle], shared_name="v")
    writer.operator("CALL_ONCE", [], [], init_subgraph_index=7)
    writer.operator("READ_VARIABLE", [handle], [result])
    with pytest.raises(ModelError, match=r"CALL_ONCE #1.*calls subgraph 7 of 1"):
        parse_tflite(writer.finish([], [result]), "test.tflite")


def test_what_is_known_at_run_time_only_is_refused_and_planned() -> None:
    once, main = ModelWriter("initialiser"), ModelWriter()
    for writer in (main, once):
        handle = writer.tensor("handle", (), "resource")
        writer.operator("VAR_HANDLE", [], [handle], shared_name="v")
    one, two = (once.tensor(name, (4,), scale=0.1, data=[1, 2, 3, 4]) for name in ("one", "two"))
    computed = once.tensor("computed", (4,), scale=0.1)
    once.operator("ADD", [one, two], [computed])
    once.operator("ASSIGN_VARIABLE", [0, computed], [])
    main.operator("CALL_ONCE", [], [], init_subgraph_index=1)
    result = main.tensor("result", (4,), scale=0.1)
    main.operator("READ_VARIABLE", [0], [result])
    model = parse_tflite(main.finish([], [result], others=[(once, [], [])]), "test.tflite")
    assert (model.states, model.state_bytes) == ({}, 4)
    with pytest.raises(UnsupportedError, match=r"READ_VARIABLE #2 .what its variable holds is known at run time only"):
        lower_all(model)
    assert to_graph(model).state_bytes == 4
