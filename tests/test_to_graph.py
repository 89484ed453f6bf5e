"""Model -> Graph: buffers, aliases, scratch, state, names, and the figures of known models."""

from __future__ import annotations

import csv
import pathlib
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from models.fuzz_target import fuzz_target

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends import to_graph as module
from arenite.frontends.calls import call_bytes
from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.state import state_order, stateless_subgraphs
from arenite.frontends.tflite import parse_tflite, read_tflite
from arenite.frontends.to_graph import to_graph
from arenite.graph import Alias, Graph
from arenite.schedule import peak_bytes
from arenite.validate import validate_graph


def model_of(
    operators: Sequence[tuple[str, Sequence[int], Sequence[int]]],
    inputs: Sequence[int],
    outputs: Sequence[int],
    *,
    constants: Sequence[int] = (),
    variables: Sequence[int] = (),
    handles: Sequence[int] = (),
    dtype: str = "int8",
) -> Model:
    """A model of eight-element tensors; ``handles`` are resource tensors."""
    count = 1 + max(index for _, read, written in operators for index in (*read, *written, *inputs, *outputs))
    tensors = tuple(
        Tensor(
            index,
            f"name/{index}",
            (8,),
            "resource" if index in handles else dtype,
            constant=index in constants,
            variable=index in variables,
        )
        for index in range(count)
    )
    numbered = tuple(
        Operator(number, kind, tuple(read), tuple(written), {"shared_name": str(written)})
        for number, (kind, read, written) in enumerate(operators)
    )
    return Model("m.tflite", "m", tensors, numbered, tuple(inputs), tuple(outputs))


def tensors_of(graph: Graph, buffers: Sequence[int]) -> list[int | None]:
    return [graph.buffers[buffer].source_tensor for buffer in buffers]


def test_reshape_is_an_alias_of_what_its_source_wrote() -> None:
    graph = to_graph(
        model_of([("A", [0], [1]), ("RESHAPE", [1], [2]), ("SQUEEZE", [2], [3]), ("B", [3], [4])], [0], [4])
    )
    assert [step.name for step in graph.steps] == ["a_0", "b_3"]
    assert graph.steps[0].source_ops == (0, 1, 2)
    assert tensors_of(graph, range(3)) == [0, 1, 4]
    assert graph.buffers[1].aliases == (Alias("t2", 2), Alias("t3", 3))
    assert graph.steps[1].reads == graph.steps[0].writes


def test_reshape_of_a_model_input_joins_its_first_reader() -> None:
    graph = to_graph(model_of([("A", [1], [2]), ("RESHAPE", [0], [3]), ("B", [2, 3], [4])], [0, 1], [4]))
    assert [step.source_ops for step in graph.steps] == [(0,), (1, 2)]
    assert graph.buffers[0].aliases == (Alias("t3", 3),)


def test_reshape_from_model_input_to_model_output_is_the_input() -> None:
    graph = to_graph(model_of([("EXPAND_DIMS", [0], [1]), ("RESHAPE", [1], [2])], [0], [2]))
    assert graph.steps == ()
    assert graph.outputs == graph.inputs
    assert [alias.source_tensor for alias in graph.buffers[0].aliases] == [1, 2]


def test_model_outputs_that_are_reshapes_of_one_tensor_share_its_bytes() -> None:
    graph = to_graph(model_of([("A", [0], [1]), ("RESHAPE", [1], [2]), ("RESHAPE", [1], [3])], [0], [2, 3]))
    assert [step.source_ops for step in graph.steps] == [(0, 1, 2)]
    assert len(set(graph.outputs)) == 1


def test_reshape_of_a_constant_is_a_step() -> None:
    graph = to_graph(model_of([("RESHAPE", [0], [1]), ("A", [1], [2])], [], [2], constants=[0]))
    assert [step.name for step in graph.steps] == ["reshape_0", "a_1"]
    assert graph.steps[0].reads == ()


def test_repeated_absent_and_constant_inputs_are_not_read() -> None:
    graph = to_graph(model_of([("A", [0, 0, -1, 1], [2])], [0], [2], constants=[1]))
    assert graph.steps[0].reads == (0,)


def test_scratch_is_a_buffer_that_only_its_step_has(monkeypatch: pytest.MonkeyPatch) -> None:
    def lower_or_none(model: Model, operator: Operator) -> Lowering | None:
        return Lowering(operator.inputs, operator.outputs, scratch_bytes=12) if operator.kind == "A" else None

    monkeypatch.setattr(module, "lower_or_none", lower_or_none)
    graph = to_graph(model_of([("A", [0], [1]), ("B", [1], [2])], [0], [2]))
    scratch = graph.buffers[graph.steps[0].writes[-1]]
    assert (scratch.name, scratch.bytes, scratch.alignment, scratch.source_tensor) == ("scratch_0", 12, 4, None)
    assert [len(step.writes) for step in graph.steps] == [2, 1]


@pytest.mark.parametrize(
    ("dtype", "size", "alignment"),
    [("int8", 8, 1), ("int16", 16, 2), ("float32", 32, 4), ("int64", 64, 8), ("complex128", 128, 8), ("int4", 8, 1)],
)
def test_size_and_alignment_follow_the_element_type(dtype: str, size: int, alignment: int) -> None:
    graph = to_graph(model_of([("A", [0], [1])], [0], [1], dtype=dtype))
    assert {(buffer.bytes, buffer.alignment) for buffer in graph.buffers} == {(size, alignment)}


def test_state_keeps_its_order_and_stays_out_of_the_arena() -> None:
    model = model_of(
        [
            ("VAR_HANDLE", [], [1]),
            ("VAR_HANDLE", [], [2]),
            ("READ_VARIABLE", [1], [3]),
            ("READ_VARIABLE", [1], [4]),
            ("READ_VARIABLE", [2], [5]),
            ("ASSIGN_VARIABLE", [1, 0], []),
            ("READ_VARIABLE", [1], [6]),
            ("JOIN", [3, 4, 5, 6], [7]),
        ],
        [0],
        [7],
        handles=[1, 2],
    )
    # Handles before their users; reads of the first variable before its assignment, the last one behind it; neither an
    # order between the reads nor one between the variables.
    assert set(state_order(model)) == {(0, 2), (0, 3), (0, 5), (0, 6), (1, 4), (2, 5), (3, 5), (5, 6)}
    graph = to_graph(model)
    assert graph.after == state_order(model)
    assert tensors_of(graph, range(len(graph.buffers))) == [0, 3, 4, 5, 6, 7]


def test_variable_tensors_are_updated_in_order() -> None:
    model = model_of([("SVDF", [0, 1], [2]), ("SVDF", [2, 1], [3]), ("SVDF", [3, 4], [5])], [0], [5], variables=[1, 4])
    assert state_order(model) == ((0, 1),)
    assert tensors_of(to_graph(model), range(4)) == [0, 2, 3, 5]


def test_calls_keep_their_place_among_all_state() -> None:
    model = model_of(
        [
            ("VAR_HANDLE", [], [1]),
            ("READ_VARIABLE", [1], [2]),
            ("CALL_ONCE", [], []),
            ("READ_VARIABLE", [1], [3]),
            ("JOIN", [0, 2, 3], [4]),
        ],
        [0],
        [4],
        handles=[1],
    )
    assert {(1, 2), (2, 3)} <= set(state_order(model))


def test_calls_keep_their_order_unless_there_is_no_state_in_them() -> None:
    calls = [("CALL_ONCE", [], []), ("IF", [0], [1]), ("IF", [0], [2]), ("JOIN", [1, 2], [3])]
    model = model_of(calls, [0], [3])
    attributes = {"then_subgraph_index": 1, "else_subgraph_index": 2}
    first, *ifs, last = model.operators
    model = replace(model, operators=(first, *(replace(one, attributes=attributes) for one in ifs), last))
    assert state_order(model) == ((0, 1), (1, 2))
    pure = model_of([("A", [0], [1])], [0], [1])
    drawing = model_of([("RANDOM_UNIFORM", [0], [1])], [0], [1])
    counting = model_of([("SVDF", [0, 1], [2])], [0], [2], variables=[1])
    calling = replace(model_of([("IF", [0], [1])], [0], [1]))
    calling = replace(calling, operators=(replace(calling.operators[0], attributes={"then_subgraph_index": 2}),))
    assert stateless_subgraphs([model, pure, pure]) == {0, 1, 2}
    assert stateless_subgraphs([model, pure, drawing, counting, calling]) == {1}
    assert state_order(model, frozenset({1, 2})) == ()
    assert state_order(model, frozenset({1})) == ((0, 1), (1, 2))


def test_a_handle_that_is_given_may_be_of_any_variable() -> None:
    operators = [("VAR_HANDLE", [], [1]), ("READ_VARIABLE", [0], [2]), ("ASSIGN_VARIABLE", [1, 2], [])]
    assert state_order(model_of(operators, [0], [2], handles=[0, 1])) == ((0, 2), (1, 2))
    operators = [("VAR_HANDLE", [], [0]), ("HASHTABLE", [], [1]), ("HASHTABLE_SIZE", [1], [2]), ("A", [2], [3])]
    operators.append(("ASSIGN_VARIABLE", [0, 3], []))
    assert state_order(model_of(operators, [], [3], handles=[0, 1])) == ((0, 4), (1, 2))


def test_a_loop_has_room_for_the_subgraphs_it_runs() -> None:
    body = model_of([("A", [0], [1]), ("B", [1], [2])], [0], [2])
    condition = model_of([("LESS", [0], [1])], [0], [1])
    loop = model_of([("WHILE", [0], [1])], [0], [1])
    attributes = {"cond_subgraph_index": 1, "body_subgraph_index": 2}
    loop = replace(loop, operators=(replace(loop.operators[0], attributes=attributes),))
    assert call_bytes([loop, condition, body]) == (16 + 16 + 24, 16, 24)
    graph = to_graph(replace(loop, call_bytes=call_bytes([loop, condition, body])))
    assert [buffer.bytes for buffer in graph.buffers] == [8, 8, 16 + 24]
    with pytest.raises(ModelError, match=r"m\.tflite: WHILE #0: calls subgraph 2 of 2"):
        call_bytes([loop, condition])
    with pytest.raises(UnsupportedError, match="in a circle"):
        call_bytes([loop, loop, body])


def test_names_are_unique_identifiers() -> None:
    model = model_of([("CUSTOM:My Op", [0, 1, 2, 3], [4])], [0, 1, 2, 3], [4])
    names = ["serving_default:0", "same", "same", "t4"]
    tensors = (*(replace(model.tensors[index], name=name) for index, name in enumerate(names)), model.tensors[4])
    graph = to_graph(replace(model, tensors=tensors))
    assert [buffer.name for buffer in graph.buffers] == ["serving_default_0", "t1", "t2", "t3", "t4"]
    assert graph.steps[0].name == "custom_my_op_0"


def test_output_that_is_not_computed_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"m\.tflite: the model output 2 'name/2' is not computed"):
        to_graph(model_of([("A", [0], [1])], [0], [1, 2][1:], constants=[2]))


def test_model_without_a_step() -> None:
    graph = to_graph(replace(model_of([("A", [0], [1])], [0], [0]), operators=()))
    validate_graph(graph)
    assert (graph.steps, graph.outputs) == ((), graph.inputs)


def test_input_that_is_an_output_too() -> None:
    graph = to_graph(model_of([("A", [0], [1])], [0], [0, 1]))
    validate_graph(graph)
    assert graph.outputs == (0, 1)


def test_everything_together_is_a_valid_graph() -> None:
    graph = to_graph(parse_tflite(fuzz_target(), "m"))
    validate_graph(graph)
    assert graph.state_bytes == 40
    assert sorted(number for step in graph.steps for number in step.source_ops) == list(range(22))
    names = [buffer.name for buffer in graph.buffers] + [step.name for step in graph.steps]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in names)
    conv, depthwise, dense = (
        next(s for s in graph.steps if s.name == n) for n in ("conv_2d_1", "depthwise_conv_2d_2", "fully_connected_18")
    )
    assert (conv.macs, depthwise.macs, dense.macs) == (8 * 8 * 4 * 27, 8 * 8 * 4 * 9, 16)


# The manifest counts four bytes for every handle of a variable; arenite knows handles at compile time.
HANDLES = {"mww_v1_okay_nabu": 10, "mww_v2_okay_nabu": 4}


def test_shared_models_have_the_figures_of_the_manifest(shared_models: pathlib.Path) -> None:
    with (shared_models / "manifest.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["file"].endswith(".tflite")]
    assert len(rows) > 30
    for row in rows:
        file = shared_models / row["file"]
        model = parse_tflite(file.read_bytes(), str(file))
        graph = to_graph(model)
        validate_graph(graph)
        buffers = tuple(replace(b, bytes=0) if b.source_tensor is None else b for b in graph.buffers)
        order = tuple(range(len(graph.steps)))
        apart = replace(graph, buffers=buffers, steps=tuple(replace(step, in_place=()) for step in graph.steps))
        peak = peak_bytes(apart, order)
        assert peak == int(row["peak_source_order"]) - 4 * HANDLES.get(row["name"], 0), row["name"]
        assert peak_bytes(replace(graph, buffers=buffers), order) <= peak, row["name"]
        assert sum(step.macs for step in graph.steps) == int(row["macs"]), row["name"]
        counted = sorted(number for step in graph.steps for number in step.source_ops)
        assert counted == list(range(int(row["ops"]))), row["name"]
        folded = to_graph(read_tflite(file))
        assert peak_bytes(folded, tuple(range(len(folded.steps)))) <= peak_bytes(graph, order), row["name"]
        assert {number for step in folded.steps for number in step.source_ops} == set(counted), row["name"]
