"""Row graphs of random operators: every byte is computed from what the whole operator computes it from."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from row_graphs import Case, band_heights, cases, needed_steps, random_order, row_values, whole_values

from arenite.graph import Buffer, Graph, Step
from arenite.rows.forms import Operand, RowForm
from arenite.rows.row_graph import Piece, RowGraph, Unit, row_counts, scratch_buffers
from arenite.rows.split import split
from arenite.validate import validate_graph


@st.composite
def splits(draw: st.DrawFn) -> tuple[Case, RowGraph]:
    case = draw(cases(one_input=draw(st.booleans())))
    bands = draw(band_heights(case))
    (first, *others) = case.graph.inputs
    pushed = (
        frozenset((first,)) if first in bands and not others and first not in case.graph.outputs else frozenset[int]()
    )
    if not draw(st.booleans()):
        pushed = frozenset()
    return case, split(case.graph, case.forms, bands, pushed=pushed, eager=draw(eager_steps(case)))


def eager_steps(case: Case) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.sampled_from(range(len(case.graph.steps)))) if case.graph.steps else st.just(frozenset())


@settings(max_examples=300, deadline=None)
@given(made=splits(), seed=st.integers(0, 1000))
def test_every_order_computes_what_whole_operators_compute(made: tuple[Case, RowGraph], seed: int) -> None:
    case, rows = made
    validate_graph(rows.graph)
    expected = whole_values(case)
    found = row_values(case, rows, random_order(rows.graph, random.Random(seed)))
    for buffer in range(len(case.graph.buffers)):
        if buffer not in scratch_buffers(case.graph):
            assert found[buffer] == expected[buffer], case.graph.buffers[buffer].name


@settings(max_examples=150, deadline=None)
@given(splits())
def test_pieces_cover_each_buffer_once(made: tuple[Case, RowGraph]) -> None:
    case, rows = made
    counts = row_counts(case.graph, case.forms)
    for number, buffer in enumerate(case.graph.buffers):
        if number in scratch_buffers(case.graph):
            continue
        own = [
            (piece, rows.graph.buffers[place])
            for place, piece in enumerate(rows.pieces)
            if piece.buffer == number and not rows.graph.buffers[place].caller_bytes
        ]
        height = rows.bands.get(number, counts.get(number, 1))
        count = counts.get(number, 1)
        assert [(p.first, p.last) for p, _ in own] == [(at, min(at + height, count)) for at in range(0, count, height)]
        assert sum(part.bytes for _, part in own) == buffer.bytes
        assert all(part.bytes * count == (p.last - p.first) * buffer.bytes for p, part in own)
        assert all(part.source_tensor == buffer.source_tensor for _, part in own)
    assert sum(step.macs for step in rows.graph.steps) == sum(
        step.macs for step, form in zip(case.graph.steps, case.forms, strict=True)
    ) or any(unit.taken for unit in rows.units)


@settings(max_examples=150, deadline=None)
@given(splits())
def test_steps_read_no_more_than_they_need(made: tuple[Case, RowGraph]) -> None:
    """Where an operator sees a buffer in the rows that it is split into; elsewhere it gets the whole of it."""
    case, rows = made
    counts = row_counts(case.graph, case.forms)
    for unit, step in zip(rows.units, rows.graph.steps, strict=True):
        if unit.pushed:
            continue
        form = case.forms[unit.step]
        by_rows = unit.taken is not None or any(rows.pieces[p].buffer in rows.bands for p in step.writes)
        for buffer in case.graph.steps[unit.step].reads:
            own = {place for place in step.reads if rows.pieces[place].buffer == buffer}
            needed = set(range(counts.get(buffer, 1)))
            if form is not None and by_rows:
                ranges = [form.operands[buffer].needs[row] for row in range(unit.first, unit.last)]
                ranges = [unit.taken] if unit.taken else [r for r in ranges if r[0] < r[1]]
                if buffer in rows.bands and form.operands[buffer].rows == counts[buffer]:
                    # What lies between two bands' windows comes along.
                    needed = set(range(min((r[0] for r in ranges), default=0), max((r[1] for r in ranges), default=0)))
                elif not ranges:
                    needed = set()
            for place, piece in enumerate(rows.pieces):
                if piece.buffer == buffer and not rows.graph.buffers[place].caller_bytes:
                    assert (place in own) == bool(needed & set(range(piece.first, piece.last)))


@settings(max_examples=150, deadline=None)
@given(splits())
def test_what_is_read_as_a_whole_is_contiguous(made: tuple[Case, RowGraph]) -> None:
    case, rows = made
    counts = row_counts(case.graph, case.forms)
    fine = rows.graph
    place_of: dict[int, tuple[int, int]] = {}
    scratch = {place for place, piece in enumerate(rows.pieces) if piece.buffer in scratch_buffers(case.graph)}
    for number, group in enumerate(fine.glued):
        if any(member in scratch for member, _ in group.members):
            continue
        for member, at in group.members:
            piece = rows.pieces[member]
            assert at == piece.first * case.graph.buffers[piece.buffer].bytes // counts[piece.buffer]
            place_of[member] = number, piece.buffer
        assert len({rows.pieces[member].buffer for member, _ in group.members}) == 1
    pushed = {rows.pieces[p].buffer for p in fine.inputs if fine.buffers[p].caller_bytes}
    whole = {buffer for buffer in (*case.graph.inputs, *case.graph.outputs) if buffer in rows.bands} - (
        pushed - set(case.graph.outputs)
    )
    for unit, step in zip(rows.units, fine.steps, strict=True):
        if unit.pushed:
            continue
        form = case.forms[unit.step]
        by_rows = unit.taken is not None or any(rows.pieces[p].buffer in rows.bands for p in step.writes)
        for buffer in case.graph.steps[unit.step].reads:
            if buffer in rows.bands and not (
                by_rows and form is not None and form.operands[buffer].rows == counts[buffer]
            ):
                whole.add(buffer)
    for buffer in whole:
        members = [
            p for p, piece in enumerate(rows.pieces) if piece.buffer == buffer and not fine.buffers[p].caller_bytes
        ]
        assert {place_of.get(member) for member in members} == {place_of[members[0]]}
    # Nothing else is: rows on their own are easier to place.
    assert {buffer for _, buffer in place_of.values()} == whole


@settings(max_examples=150, deadline=None)
@given(splits())
def test_scratch_of_rows_has_one_address(made: tuple[Case, RowGraph]) -> None:
    case, rows = made
    scratch = scratch_buffers(case.graph)
    by_rows = {
        place
        for unit, step in zip(rows.units, rows.graph.steps, strict=True)
        if unit.taken is None and any(rows.pieces[place].buffer in rows.bands for place in step.writes)
        for place in step.writes
        if rows.pieces[place].buffer in scratch
    }
    groups = [group.members for group in rows.graph.glued if any(place in by_rows for place, _ in group.members)]
    assert {member for group in groups for member in group} == {(place, 0) for place in by_rows}
    assert len(groups) == bool(by_rows)


@settings(max_examples=150, deadline=None)
@given(splits())
def test_rows_of_an_operator_run_in_ascending_order(made: tuple[Case, RowGraph]) -> None:
    _, rows = made
    before = needed_steps(rows.graph)
    closure: list[set[int]] = []
    for needed in before:
        closure.append(needed.union(*(closure[number] for number in needed)))
    of_step: dict[int, list[int]] = {}
    for number, unit in enumerate(rows.units):
        of_step.setdefault(unit.step, []).append(number)
    for members in of_step.values():
        spans = [rows.units[m].taken or (rows.units[m].first, rows.units[m].last) for m in members]
        assert [rows.units[m].first for m in members] == sorted(rows.units[m].first for m in members)
        assert spans == sorted(spans)
        assert all(first in closure[second] for first, second in pairwise(members))


@settings(max_examples=150, deadline=None)
@given(case=cases(one_input=True), seed=st.integers(0, 1000), data=st.data())
def test_eager_orders_run_what_they_can_before_the_next_row(case: Case, seed: int, data: st.DataObject) -> None:
    bands = data.draw(band_heights(case))
    if case.graph.inputs[0] not in bands:
        return
    eager = data.draw(eager_steps(case) | st.just(frozenset(range(len(case.graph.steps)))))
    rows = split(case.graph, case.forms, bands, pushed=frozenset(case.graph.inputs), eager=eager)
    validate_graph(rows.graph)
    free = split(case.graph, case.forms, bands, pushed=frozenset(case.graph.inputs))
    key = {
        (unit, step.name): number for number, (unit, step) in enumerate(zip(free.units, free.graph.steps, strict=True))
    }
    before = needed_steps(free.graph)
    latest: dict[int, int] = {}
    pushes = [number for number, unit in enumerate(free.units) if unit.pushed]

    def rows_needed(number: int) -> int:
        """How many rows have to come first, itself included."""
        if number not in latest:
            own = pushes.index(number) + 1 if number in pushes else 0
            latest[number] = max([own, *(rows_needed(other) for other in before[number])])
        return latest[number]

    handed = 0
    waiting = set(range(len(free.graph.steps)))
    for step in random_order(rows.graph, random.Random(seed)):
        number = key[rows.units[step], rows.graph.steps[step].name]
        if rows.units[step].pushed and handed:
            left = {other for other in waiting if free.units[other].step in eager and rows_needed(other) <= handed}
            assert not left, "something could have run before this row came"
        handed += rows.units[step].pushed
        waiting.remove(number)
    assert not waiting


def sums_of(needs: tuple[tuple[int, int], ...], rows: int, bands: dict[int, int], row_bytes: int = 8) -> RowGraph:
    buffers = (Buffer("x", rows * row_bytes), Buffer("y", len(needs) * 4))
    graph = Graph("g", buffers, (Step("pool", (0,), (1,)),), (0,), (1,))
    return split(graph, [RowForm(len(needs), {0: Operand(rows, needs)}, 4)], bands)


def test_an_accumulator_lives_from_the_first_row_to_the_last() -> None:
    rows = sums_of(((0, 4),), 4, {0: 1})
    assert [unit.taken for unit in rows.units] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    sums = rows.pieces.index(Piece(-1, 0, 1))
    result = rows.pieces.index(Piece(1, 0, 1))
    assert [sums in step.writes for step in rows.graph.steps] == [True, False, False, False]
    assert [sums in step.reads for step in rows.graph.steps] == [False, True, True, True]
    assert [result in step.writes for step in rows.graph.steps] == [False, False, False, True]


def test_a_window_of_one_piece_needs_no_accumulator() -> None:
    """It is computed at once, between windows that are summed up."""
    rows = sums_of(((0, 1), (1, 6)), 6, {0: 1, 1: 1})
    assert [(unit.first, unit.taken) for unit in rows.units][:2] == [(0, (0, 1)), (1, (1, 2))]
    assert [piece.first for piece in rows.pieces if piece.buffer < 0] == [1]


def test_results_of_several_rows_that_stay_together_are_not_summed_up() -> None:
    rows = sums_of(((0, 3), (3, 6)), 6, {0: 1})
    assert rows.units == (Unit(0, 0, 2),)
    validate_graph(rows.graph)


def test_a_window_that_lies_in_the_padding_is_computed_all_the_same() -> None:
    rows = sums_of(((0, 0), (0, 6)), 6, {0: 1, 1: 1})
    written = [piece for step in rows.graph.steps for piece in step.writes if rows.pieces[piece].buffer == 1]
    assert len(written) == 2
    validate_graph(rows.graph)
