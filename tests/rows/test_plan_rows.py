"""Plans of random row graphs: what they promise, when rows are taken, and when rows that are handed in come."""

from __future__ import annotations

import random
from collections.abc import Sequence
from unittest.mock import Mock

import pytest
from brute_force import peak
from hypothesis import given, settings
from hypothesis import strategies as st
from row_graphs import Case, cases, needed_steps, random_order, row_values, whole_values

from arenite.errors import UnsupportedError
from arenite.graph import Buffer, Graph, Step
from arenite.planner import plan_graph
from arenite.progress import Progress
from arenite.rows import plan_rows as module
from arenite.rows.forms import Operand, RowForm
from arenite.rows.plan_rows import RowRequest, all_rows, choose_rows
from arenite.rows.pushes import late_pushes
from arenite.rows.row_graph import row_counts
from arenite.rows.split import split
from arenite.validate import validate_arena_plan


def silent(_: Progress) -> None:
    pass


def is_valid(graph: Graph, order: Sequence[int]) -> bool:
    before = needed_steps(graph)
    place = {step: at for at, step in enumerate(order)}
    return sorted(order) == list(range(len(graph.steps))) and all(
        place[first] < place[second] for second, needed in enumerate(before) for first in needed
    )


@settings(max_examples=200, deadline=None)
@given(case=cases(one_input=True), seed=st.integers(0, 1000), eager=st.booleans())
def test_late_pushes_keep_order_and_peak(case: Case, seed: int, eager: bool) -> None:
    counts = row_counts(case.graph, case.forms)
    if case.graph.inputs[0] not in counts:
        return
    steps = frozenset(range(len(case.graph.steps))) if eager else frozenset[int]()
    rows = split(case.graph, case.forms, dict.fromkeys(counts, 1), pushed=frozenset(case.graph.inputs), eager=steps)
    order = random_order(rows.graph, random.Random(seed))
    late = late_pushes(rows, order)
    assert is_valid(rows.graph, late)
    assert peak(rows.graph, late) <= peak(rows.graph, order)
    others = [step for step in order if not rows.units[step].pushed]
    assert [step for step in late if not rows.units[step].pushed] == others
    pushes = [step for step in late if rows.units[step].pushed]
    assert [rows.units[step].first for step in pushes] == list(range(len(pushes)))
    # None comes earlier than it did, counted in steps that run before.
    for push in pushes:
        assert late[: late.index(push)].count(push) == 0
        run = {step for step in late[: late.index(push)] if not rows.units[step].pushed}
        assert run >= {step for step in order[: order.index(push)] if not rows.units[step].pushed}


def test_rows_that_nobody_reads_come_while_there_is_room() -> None:
    """A row of 10 bytes behind the last that is read, and results that grow."""
    buffers = (Buffer("x", 20), Buffer("y", 4), Buffer("z", 100))
    graph = Graph("g", buffers, (Step("pick", (0,), (1,)), Step("grow", (1,), (2,))), (0,), (2,))
    rows = split(graph, [RowForm(1, {0: Operand(2, ((0, 1),))}), None], {0: 1}, pushed=frozenset((0,)))
    order = (0, 1, 2, 3)
    assert [unit.pushed for unit in rows.units] == [True, True, False, False]
    assert peak(rows.graph, order) == 104
    assert peak(rows.graph, late_pushes(rows, order)) == 104


@settings(max_examples=40, deadline=None)
@given(case=cases(), granularity=st.sampled_from(("op", "row", "auto")))
def test_the_plan_holds_and_computes(case: Case, granularity: module.Granularity) -> None:
    request = RowRequest(granularity)
    whole = plan_graph(case.graph, timeout=2.0, report=silent)
    if granularity == "row" and not row_counts(case.graph, case.forms):
        with pytest.raises(UnsupportedError, match="falls into rows"):
            choose_rows(case.graph, case.forms, request, report=silent)
        return
    choice = choose_rows(case.graph, case.forms, request, timeout=2.0, report=silent)
    validate_arena_plan(choice.plan)
    assert choice.plan.lower_bound_bytes <= choice.plan.arena_bytes
    if granularity == "op":
        assert choice.rows is None
    elif granularity == "auto":
        assert choice.plan.arena_bytes <= whole.arena_bytes
        assert (choice.rows is not None) == (choice.plan.arena_bytes < whole.arena_bytes)
    else:
        assert choice.rows is not None or choice.plan.arena_bytes <= whole.arena_bytes
    if choice.rows is not None:
        assert choice.rows.bands
        assert choice.granularity == "row"
        assert choice.plan.graph == choice.rows.graph
        expected = whole_values(case)
        found = row_values(case, choice.rows, choice.plan.order)
        assert all(found[buffer] == expected[buffer] for buffer in case.graph.outputs)


@settings(max_examples=25, deadline=None)
@given(case=cases(one_input=True), eager=st.booleans())
def test_streamed_plans_hold(case: Case, eager: bool) -> None:
    request = RowRequest("auto", pushed=True, eager=eager)
    if case.graph.inputs[0] not in row_counts(case.graph, case.forms):
        with pytest.raises(UnsupportedError, match="cannot come row by row"):
            choose_rows(case.graph, case.forms, request, report=silent)
        return
    choice = choose_rows(case.graph, case.forms, request, timeout=2.0, report=silent)
    assert choice.rows is not None
    validate_arena_plan(choice.plan)
    expected = whole_values(case)
    found = row_values(case, choice.rows, choice.plan.order)
    assert all(found[buffer] == expected[buffer] for buffer in case.graph.outputs)


def chain(rows: int, layers: int = 2) -> tuple[Graph, list[RowForm]]:
    """Windows of three rows, one after another; the result is small."""
    buffers = tuple(Buffer(f"b{number}", rows * (2 if number == layers else 16)) for number in range(layers + 1))
    steps = tuple(Step(f"conv{number}", (number,), (number + 1,)) for number in range(layers))
    needs = tuple((max(row - 1, 0), min(row + 2, rows)) for row in range(rows))
    forms = [RowForm(rows, {number: Operand(rows, needs)}) for number in range(layers)]
    return Graph("chain", buffers, steps, (0,), (layers,)), forms


def test_auto_takes_rows_where_they_are_smaller() -> None:
    graph, forms = chain(16)
    choice = choose_rows(graph, forms, RowRequest("auto"), alignment=1, report=silent)
    assert choice.granularity == "row"
    assert choice.plan.arena_bytes < plan_graph(graph, alignment=1).arena_bytes
    needs = tuple((0, 16) for _ in range(16))
    all_of_it: list[RowForm | None] = [RowForm(16, {number: Operand(16, needs)}) for number in range(2)]
    assert choose_rows(graph, all_of_it, RowRequest("auto"), alignment=1, report=silent).granularity == "op"


def test_the_order_of_the_file_is_one_of_operators() -> None:
    graph, forms = chain(16)
    assert choose_rows(graph, forms, RowRequest("auto"), order="source", report=silent).rows is None


def test_many_rows_stay_together_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, forms = chain(40)
    monkeypatch.setattr(module, "MAX_STEPS", 30)
    splitting = Mock(wraps=split)
    monkeypatch.setattr(module, "split", splitting)
    rows = all_rows(graph, forms)
    splitting.assert_called_once()  # lower bands are far too many
    assert rows is not None
    assert set(rows.bands.values()) == {4}
    assert len(rows.graph.steps) == 20
    pushed = all_rows(graph, forms, pushed=frozenset(graph.inputs))
    assert pushed is not None
    assert pushed.bands[0] == 1
    assert sum(unit.pushed for unit in pushed.units) == 40
    monkeypatch.setattr(module, "MAX_INPUT_BANDS", 5)
    rows = all_rows(graph, forms)
    assert rows is not None
    assert set(rows.bands.values()) == {8}


@pytest.mark.parametrize("flaw", ["two", "whole", "output"])
def test_inputs_that_cannot_come_row_by_row(flaw: str) -> None:
    graph, forms = chain(8)
    some: list[RowForm | None] = [*forms]
    if flaw == "two":
        step = Step("conv1", (1, 3), (2,))
        graph = Graph("g", (*graph.buffers, Buffer("other", 4)), (graph.steps[0], step), (0, 3), (2,))
        some[1] = None
    elif flaw == "whole":
        some[0] = None
    else:
        graph = Graph("g", graph.buffers, graph.steps, (0,), (0, 2))
    with pytest.raises(UnsupportedError, match="--stream-input"):
        choose_rows(graph, some, RowRequest("auto", pushed=True), file="m.tflite", report=silent)
