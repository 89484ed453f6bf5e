"""The order of calls in real builds: what it saves, that nothing else changes, and how exact its cost model is."""

from __future__ import annotations

import pathlib
import random
import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from brute_force import peak
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from relay import relay_modules as samples

from arenite.errors import UnsupportedError
from arenite.passes.relay.order.call_phases import LoweredGraph
from arenite.passes.relay.order.lowered_graph import let_chain, lowered_graph
from arenite.passes.relay.order.reorder_schedule import in_order, reorder
from arenite.relay_compat import relay, tvm

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: the generated code cannot run")


UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""For properties that build: each takes a second, and shrinking one would try hundreds."""


def shuffled(graph: LoweredGraph, seed: int) -> list[int]:
    """Some topological order of the calls."""
    rng, done, order = random.Random(seed), set(graph.calls.inputs), []
    while len(order) < len(graph.calls.steps):
        ready = [
            number for number, step in enumerate(graph.calls.steps) if number not in order and set(step.reads) <= done
        ]
        order.append(rng.choice(ready))
        done.update(graph.calls.steps[order[-1]].writes)
    return order


def heaviest_clique(conflicts: Mapping[str, tuple[int, frozenset[str]]]) -> int:
    """Bytes of buffers of which each conflicts with each other, by branching on who is in."""
    best = 0

    def extend(weight: int, candidates: list[str]) -> None:
        nonlocal best
        best = max(best, weight)
        for number, name in enumerate(candidates):
            if weight + sum(conflicts[other][0] for other in candidates[number:]) <= best:
                return
            extend(
                weight + conflicts[name][0],
                [other for other in candidates[number + 1 :] if other in conflicts[name][1]],
            )

    extend(0, sorted(conflicts, key=lambda name: -conflicts[name][0]))
    return best


def some_inputs(module: Any) -> list[Any]:
    rng = np.random.default_rng(7)
    return [
        rng.integers(-128, 128, [int(extent) for extent in parameter.checked_type.shape], np.int8)
        for parameter in relay.transform.InferType()(module)["main"].params
    ]


def empty_outputs(module: Any) -> list[Any]:
    type_ = relay.transform.InferType()(module)["main"].ret_type
    types = list(type_.fields) if isinstance(type_, tvm.ir.TupleType) else [type_]
    return [np.empty([int(extent) for extent in each.shape], each.dtype) for each in types]


@pytest.fixture(scope="module")
def cell() -> tuple[samples.Built, samples.Built]:
    """The four-branch cell in TVM's order and in arenite's."""
    return samples.build(samples.four_branch_cell(), ordered=False), samples.build(samples.four_branch_cell())


def test_order_alone_beats_every_planner_of_usmp(cell: tuple[samples.Built, samples.Built]) -> None:
    default, ordered = cell
    assert default.workspace["hill_climb"] == default.pressure == 32_768
    assert ordered.pressure == 25_600
    for algorithm in samples.ALGORITHMS:
        assert ordered.workspace[algorithm] < default.workspace[algorithm]
    assert ordered.workspace["hill_climb"] == 25_600
    report = ordered.report
    assert report is not None
    assert (report.source_peak_bytes, report.peak_bytes) == (default.pressure, ordered.pressure)
    assert report.moved
    assert report.optimal


def test_generated_code_calls_in_the_new_order(cell: tuple[samples.Built, samples.Built]) -> None:
    default, ordered = cell
    for built in cell:
        assert built.calls == [name for name in built.order if name in built.calls]
    assert default.calls != ordered.calls
    assert sorted(default.calls) == sorted(ordered.calls)


@needs_compiler
def test_outputs_stay_the_same(cell: tuple[samples.Built, samples.Built], tmp_path: pathlib.Path) -> None:
    module = samples.four_branch_cell()
    inputs, outputs = some_inputs(module), empty_outputs(module)
    (expected,), (result,) = (samples.run(built, inputs, outputs, tmp_path) for built in cell)
    assert len(np.unique(expected)) > 50
    np.testing.assert_array_equal(result, expected)


@needs_compiler
@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_the_graph_computes_the_same(seed: int, tmp_path: pathlib.Path) -> None:
    module = samples.all_forms()

    def change(lowered: Any) -> Any:
        graph = lowered_graph(lowered, workspace_io=False)
        return in_order(lowered["main"], [graph.lets[call] for call in shuffled(graph, seed)])

    plain, changed = samples.build(module, ordered=False), samples.build(module, change=change)
    assert changed.calls != plain.calls
    inputs, outputs = some_inputs(module), empty_outputs(module)
    expected = samples.run(plain, inputs, outputs, tmp_path)
    for result, wanted in zip(samples.run(changed, inputs, outputs, tmp_path), expected, strict=True):
        assert wanted.any()
        np.testing.assert_array_equal(result, wanted)


def test_what_later_passes_need_survives(cell: tuple[samples.Built, samples.Built]) -> None:
    lowered = cell[1].lowered
    main = lowered["main"]
    changed, report = reorder(lowered, workspace_io=False)
    assert report.moved
    before, after = let_chain(main)[0], let_chain(changed)[0]
    assert [let.var for let in before] != [let.var for let in after]
    kept = {let.var: let for let in after}
    assert len(kept) == len(before)
    for let in before:
        assert kept[let.var].value.same_as(let.value)
        assert kept[let.var].span == let.span
        assert kept[let.var].checked_type == let.checked_type
    assert let_chain(changed)[1].same_as(let_chain(main)[1])
    assert changed.attrs.keys() == main.attrs.keys()
    assert str(changed.virtual_device_) == str(main.virtual_device_)
    assert changed.checked_type == main.checked_type
    assert lowered["main"].same_as(main)


def test_main_itself_comes_back_where_nothing_is_gained() -> None:
    built = samples.build(samples.all_forms(), ordered=False)
    main, report = reorder(built.lowered, workspace_io=False)
    assert not report.moved
    assert main.same_as(built.lowered["main"])
    assert report.planned_bytes == report.source_bytes


def test_a_removed_reshape_has_the_storage_of_what_it_reads() -> None:
    built = samples.build(samples.all_forms(), ordered=False)
    graph = built.graph
    assert graph is not None
    reshapes = [name for name in built.order if "reshape" in name]
    assert len(reshapes) > len([step for step in graph.calls.steps if "reshape" in step.name])
    assert [step.name for step in graph.calls.steps] == built.calls


def test_reshapes_are_calls_where_tvm_is_told_to_keep_them() -> None:
    built = samples.build(samples.all_forms(), ordered=False, config={"relay.remove_standalone_reshapes.enable": False})
    assert built.graph is not None
    assert [step.name for step in built.graph.calls.steps] == built.calls == built.order
    source = tuple(range(len(built.graph.calls.steps)))
    assert peak(built.graph.as_counted(source), built.graph.phase_order(source)) == built.pressure


@pytest.mark.parametrize("workspace_io", [False, True])
def test_inputs_and_outputs_count_where_they_are_in_the_workspace(workspace_io: bool) -> None:
    module = samples.four_branch_cell()
    built = samples.build(module, ordered=False, workspace_io=workspace_io)
    graph = built.graph
    assert graph is not None
    sizes = [graph.phases.buffers[buffer].bytes for buffer in (*graph.phases.inputs, *graph.phases.outputs)]
    assert sizes == ([1024, empty_outputs(module)[0].nbytes] if workspace_io else [0, 0])
    placed = sorted(size for size, _ in built.conflicts.values())
    shared = [buffer for group in graph.shared for buffer in group[1:]]
    assert placed == sorted(
        buffer.bytes for number, buffer in enumerate(graph.phases.buffers) if buffer.bytes and number not in shared
    )


def test_a_long_chain_needs_no_deep_recursion() -> None:
    built = samples.build(samples.chain(4), ordered=False)
    lowered = built.lowered
    main = lowered["main"]
    lets, _ = let_chain(main)
    template = lets[-1]
    call = template.value.args[0]
    values = [lets[0].value]
    variables = [relay.Var(f"v{number}", template.var.checked_type) for number in range(1_500)]
    for previous in variables[:-1]:
        arguments = relay.Tuple([previous])
        inner = relay.expr.CallWithFields(call, None, [call.args[0], arguments], None, None, None, None)
        values.append(relay.expr.CallWithFields(template.value, None, [inner], None, None, None, None))
    expression = variables[-1]
    for variable, value in zip(reversed(variables), reversed(values), strict=True):
        expression = relay.Let(variable, value, expression)
    lowered["main"] = relay.function.FunctionWithFields(main, None, expression)
    lowered = relay.transform.InferType()(lowered)
    graph = lowered_graph(lowered, workspace_io=True)
    assert len(graph.calls.steps) == 1_500
    again = in_order(lowered["main"], graph.lets)
    assert [let.var for let in let_chain(again)[0]] == [let.var for let in let_chain(lowered["main"])[0]]


def test_dynamic_shapes_are_refused_with_a_remedy() -> None:
    x = relay.var("x", shape=(relay.Any(), 4), dtype="int8")
    module = relay.transform.InferType()(samples.as_module([x], x))
    with pytest.raises(UnsupportedError, match="fix all dimensions"):
        lowered_graph(module, workspace_io=False)


def test_a_function_that_is_called_again_for_an_output_holds_what_it_wrote_before() -> None:
    x = samples.variable("x", 1, 8, 4, 4)
    first = relay.negative(x)
    second = relay.nn.relu(samples.widened(relay.nn.max_pool2d(first, (2, 2), (2, 2)), 4))
    last = relay.negative(relay.reshape(second, (1, 8, 4, 4)))
    built = samples.build(samples.as_module([x], last), ordered=False)
    graph = built.graph
    assert graph is not None
    assert built.calls[0] == built.calls[-1]
    source = tuple(range(len(graph.calls.steps)))
    assert peak(graph.as_counted(source), graph.phase_order(source)) == built.pressure
    assert peak(graph.phases, graph.phase_order(source)) < built.pressure


def test_a_function_that_is_called_twice_has_its_temporaries_once() -> None:
    x = samples.variable("x", 1, 256, dtype="float32")
    result = relay.nn.softmax(relay.negative(relay.nn.softmax(relay.nn.relu(x))))
    built = samples.build(samples.as_module([x], relay.nn.relu(result)))
    graph, report = built.graph, built.report
    assert graph is not None
    assert report is not None
    assert len([name for name in built.calls if "softmax" in name]) == 2
    assert graph.shared
    assert all(len(group) == 2 for group in graph.shared)
    placed = len([buffer for buffer in graph.phases.buffers if buffer.bytes])
    assert len(built.conflicts) == placed - len(graph.shared)
    assert report.peak_bytes == built.pressure
    assert report.planned_bytes >= heaviest_clique(built.conflicts)


def test_order_alone_saves_on_a_real_model(shared_models: pathlib.Path) -> None:
    tflite = pytest.importorskip("tflite", reason="TVM's TFLite importer needs the package tflite")
    model = tflite.Model.GetRootAsModel((shared_models / "mlperf_resnet8.tflite").read_bytes(), 0)
    module, params = relay.frontend.from_tflite(model)
    built = samples.build(module, params=params, fused=True)
    report = built.report
    assert report is not None
    assert (report.source_bytes, report.planned_bytes, report.optimal) == (89_216, 81_920, True)
    assert built.pressure == built.workspace["hill_climb"] == 81_920


@st.composite
def random_modules(draw: st.DrawFn) -> Any:
    """Connected modules of up to nine operators over tensors of several sizes, with one or two results."""
    x = samples.variable("x", 1, 4, 4, 4)
    tensors: list[tuple[Any, int]] = [(relay.negative(x), 4)]
    for _ in range(draw(st.integers(2, 8))):
        value, channels = tensors[draw(st.integers(0, len(tensors) - 1))]
        kind = draw(st.sampled_from(("relu", "widen", "join", "split", "pool", "reshape", "constant")))
        if kind == "relu":
            tensors.append((relay.nn.relu(value), channels))
        elif kind == "widen" and channels <= 16:
            tensors.append((samples.widened(value, draw(st.integers(2, 4))), 0))
        elif kind == "join":
            other, more = tensors[draw(st.integers(0, len(tensors) - 1))]
            tensors.append((relay.concatenate([value, other], axis=1), channels + more))
        elif kind == "split" and channels % 2 == 0:
            halves = relay.split(value, 2, axis=1)
            tensors += [(halves[0], channels // 2), (halves[1], channels // 2)]
        elif kind == "pool":
            tensors.append((relay.nn.max_pool2d(value, (3, 3), (1, 1), padding=(1, 1, 1, 1)), channels))
        elif kind == "reshape":
            flat = relay.nn.relu(relay.reshape(value, (-1, 2)))
            tensors.append((relay.reshape(flat, (1, -1, 4, 4)), channels))
        else:
            tensors.append((relay.add(value, relay.const(np.int8(draw(st.integers(-9, 9))))), channels))
        if tensors[-1][1] == 0:
            tensors[-1] = (tensors[-1][0], _channels(tensors[-1][0]))
    used = [value for value, _ in tensors[-3:]]
    return samples.as_module([x], relay.negative(relay.concatenate(used, axis=1)))


def _channels(value: Any) -> int:
    inferred = relay.transform.InferType()(tvm.IRModule.from_expr(value))["main"].body.checked_type
    return int(inferred.shape[1])


@settings(max_examples=12, phases=UNSHRUNK, deadline=None, suppress_health_check=list(HealthCheck))
@given(random_modules(), st.booleans())
def test_the_cost_model_is_usmps_own(module: Any, workspace_io: bool) -> None:
    built = samples.build(module, workspace_io=workspace_io)
    graph, report = built.graph, built.report
    assert graph is not None
    assert report is not None
    assert built.calls == [name for name in built.order if name in built.calls]
    assert report.planned_bytes <= report.source_bytes
    assert report.lower_bound_bytes <= report.planned_bytes
    clique = heaviest_clique(built.conflicts)
    assert built.pressure <= report.peak_bytes
    if not workspace_io:
        assert built.pressure == report.peak_bytes
        assert graph.shared or clique == report.peak_bytes
        assert report.peak_bytes <= min(built.workspace.values())
    if not report.moved:
        assert report.peak_bytes == report.source_peak_bytes


@needs_compiler
@settings(max_examples=6, phases=UNSHRUNK, deadline=None, suppress_health_check=list(HealthCheck))
@given(random_modules(), st.integers(0, 1_000))
def test_random_modules_compute_the_same_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, module: Any, seed: int
) -> None:
    def change(lowered: Any) -> Any:
        graph = lowered_graph(lowered, workspace_io=False)
        return in_order(lowered["main"], [graph.lets[call] for call in shuffled(graph, seed)])

    directory = tmp_path_factory.mktemp("built")
    inputs, outputs = some_inputs(module), empty_outputs(module)
    results = [
        samples.run(samples.build(module, ordered=False, change=each), inputs, outputs, directory)
        for each in (None, change)
    ]
    for expected, result in zip(*results, strict=True):
        np.testing.assert_array_equal(result, expected)
