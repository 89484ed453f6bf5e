"""Compiled cuts against enumeration, against the cuts in Python, and on networks of rows with known optima."""

from __future__ import annotations

import random
import time

import brute_force
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import count_orders, odd_graph
from row_networks import RowBuilder, encoder_decoder_rows, inverted_residual_rows, random_rows, residual_rows
from strategies import graphs

import arenite.native
import arenite.ordering.native_cuts as native_cuts
from arenite.graph import Buffer, Graph, Step
from arenite.ordering.cut_proof import refuted
from arenite.ordering.cut_search import RULES, CutSearch, ends_bound
from arenite.ordering.flow import step_bound
from arenite.ordering.native_cuts import CutSolver, OutOfTime
from arenite.ordering.network import network, precedence
from arenite.ordering.solve import LARGE
from arenite.schedule import peak_bytes, row_operators, schedule
from arenite.validate import validate_graph, validate_schedule

NEVER = float("inf")


def searched(graph: Graph) -> CutSearch:
    search = CutSearch(network(graph), row_operators(graph))
    search.divide(0, NEVER)
    search.search_windows(0, time.monotonic() + 0.05)
    return search


def small_rows(rng: random.Random) -> Graph:
    """Drawn again until enumeration ends."""
    while True:
        graph = random_rows(rng, rng.randint(2, 4), rng.randint(2, 3))
        if count_orders(graph, 1001) <= 1000:
            return graph


@pytest.mark.parametrize("seed", range(60))
def test_rows_against_enumeration(seed: int) -> None:
    graph = small_rows(random.Random(seed))
    validate_graph(graph)
    found = searched(graph)
    validate_schedule(graph, found.order)
    assert found.peak == brute_force.peak(graph, found.order)
    assert found.bound <= brute_force.least_peak(graph) <= found.peak
    assert schedule(graph).peak_bytes == brute_force.least_peak(graph)


@settings(max_examples=100, deadline=None)
@given(graphs(max_steps=7, min_steps=1))
def test_any_graph_against_enumeration(graph: Graph) -> None:
    found = searched(graph)
    validate_schedule(graph, found.order)
    assert found.peak == brute_force.peak(graph, found.order)
    assert found.bound <= brute_force.least_peak(graph) <= found.peak


def test_what_is_refuted_is_impossible() -> None:
    """And something is refuted that the bounds of single tasks leave open."""
    proved = 0
    for seed in range(120):
        rng = random.Random(seed)
        graph = small_rows(rng) if seed % 2 else odd_graph(rng, rng.randint(4, 7))
        if count_orders(graph, 1001) > 1000:
            continue
        tasks, operators = network(graph), row_operators(graph)
        least = brute_force.least_peak(graph)
        assert not refuted(tasks, operators, least, NEVER)
        solver = CutSolver(tasks, operators)
        if max(solver.bound(task, NEVER) for task in range(solver.count)) < least:
            proved += refuted(tasks, operators, least - 1, NEVER)
    assert proved


@settings(max_examples=200, deadline=None)
@given(graphs(max_steps=6, min_steps=1))
def test_ends_of_any_order_need_their_bound(graph: Graph) -> None:
    assert ends_bound(network(graph)) <= brute_force.least_peak(graph)


def test_results_that_stay_are_proved_at_the_end() -> None:
    """Three tensors that are widened and kept: whichever row comes last, all others lie there, and its operand."""
    builder = RowBuilder("results")
    rows = builder.pushed(120, 3)
    wide = [builder.conv(rows, 12, kernel=1)]
    for _ in range(2):
        rows = builder.conv(rows, 3, stride=2)
        wide.append(builder.conv(rows, 12, kernel=1))
    found = schedule(builder.graph(*wide))
    assert found.peak_bytes == found.lower_bound_bytes == (120 + 60 + 30) * 12 + 3


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_bounds_of_steps_are_those_of_the_cuts_in_python(seed: int) -> None:
    rng = random.Random(seed)
    graph = odd_graph(rng, 25) if seed % 2 else random_rows(rng, 5, 6)
    index, solver = precedence(graph), CutSolver(network(graph), row_operators(graph))
    for step in range(len(graph.steps)):
        assert solver.bound(step, NEVER) == step_bound(index, step)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_every_way_of_dividing_gives_an_order(seed: int) -> None:
    rng = random.Random(seed)
    graph = odd_graph(rng, 30) if seed % 2 else random_rows(rng, 6, 8)
    solver = CutSolver(network(graph), row_operators(graph))
    for rule in RULES:
        low = rng.randrange(solver.count)
        before = solver.order()
        solver.reorder(low, rng.randint(low, solver.count), 0, NEVER, rule)
        order = solver.order()
        validate_schedule(graph, order)
        assert order[:low] == before[:low]
        peak = solver.peak()
        assert peak.bytes == peak_bytes(graph, order)
        assert peak.first <= peak.last
    for descending in (False, True):
        solver.pull_on_demand(descending=descending)
        validate_schedule(graph, solver.order())
    solver.pull_latest()
    validate_schedule(graph, solver.order())


@pytest.mark.parametrize("height", [5, 80, 200])
def test_residual_rows_need_three_rows_and_one(height: int) -> None:
    """While a row in the middle is computed, three rows of the input, its own and the sums live. Rows of sums lie over
    the convolution's; the row before, which they need too, has gone by then."""
    found = schedule(residual_rows(height, 10))
    assert found.peak_bytes == found.lower_bound_bytes == 3 * 10 + 10 + 4


def test_residual_blocks_in_a_stream() -> None:
    """In a steady state every block keeps two rows of its input; the convolution that runs has a third one and its
    result."""
    found = schedule(residual_rows(100, 10, blocks=4))
    assert found.peak_bytes == found.lower_bound_bytes == 4 * 2 * 10 + 10 + 10 + 4


@pytest.mark.parametrize("pushed", [False, True])
def test_thousands_of_rows_are_proved(pushed: bool) -> None:
    graph = inverted_residual_rows(160, 16, pushed=pushed)
    assert len(graph.steps) > 1000
    found = schedule(graph, 60)
    validate_schedule(graph, found.order)
    assert found.peak_bytes == peak_bytes(graph, found.order)
    assert found.optimal


def test_rows_with_skips_over_all_levels() -> None:
    graph = encoder_decoder_rows(64, 4)
    found = schedule(graph, 60)
    validate_schedule(graph, found.order)
    assert found.lower_bound_bytes <= found.peak_bytes <= 1.02 * found.lower_bound_bytes


def test_out_of_time_gives_an_order_and_a_bound() -> None:
    graph = inverted_residual_rows(160, 16)
    found = schedule(graph, 0)
    validate_schedule(graph, found.order)
    assert 0 < found.lower_bound_bytes <= found.peak_bytes <= peak_bytes(graph, tuple(range(len(graph.steps))))
    solver = CutSolver(network(graph), row_operators(graph))
    with pytest.raises(OutOfTime):
        solver.bound(0, time.monotonic() - 1)
    with pytest.raises(OutOfTime):
        solver.reorder(0, solver.count, 0, time.monotonic() - 1, RULES[0])
    validate_schedule(graph, solver.order())


@pytest.mark.parametrize("seed", range(20))
def test_a_peak_of_rows_is_low_enough_or_refuted(seed: int) -> None:
    graph = small_rows(random.Random(seed))
    least = brute_force.least_peak(graph)
    for enough in (least - 1, least, least + 7, 2 * least):
        found = schedule(graph, enough=enough)
        validate_schedule(graph, found.order)
        assert (found.peak_bytes <= enough) == (least <= enough)
        assert found.lower_bound_bytes <= least
        assert (found.lower_bound_bytes > enough) == (least > enough)


def test_large_peaks_end_the_search_early() -> None:
    graph = inverted_residual_rows(96, 6)
    best = schedule(graph)
    lower = schedule(graph, enough=best.lower_bound_bytes - 1)
    assert lower.lower_bound_bytes > best.lower_bound_bytes - 1
    higher = schedule(graph, enough=2 * best.peak_bytes)
    assert best.peak_bytes <= higher.peak_bytes <= 2 * best.peak_bytes
    hasty = schedule(graph, work=0)
    validate_schedule(graph, hasty.order)
    assert hasty.lower_bound_bytes <= best.peak_bytes <= hasty.peak_bytes


def test_work_does_not_depend_on_where_it_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = encoder_decoder_rows(48, 3)
    results = []
    for largest in (40, 1 << 28):
        monkeypatch.setattr(native_cuts, "LARGEST_SLICE", largest)
        monkeypatch.setattr(native_cuts, "FIRST_SLICE", largest)
        solver = CutSolver(network(graph), row_operators(graph))
        for rule in RULES[:4]:
            solver.reorder(0, solver.count, 0, NEVER, rule)
        results.append((solver.order(), solver.work()))
    assert results[0] == results[1]
    assert results[0][1] > 50


def test_same_rows_same_order() -> None:
    graph = encoder_decoder_rows(48, 3)
    assert schedule(graph, 60) == schedule(graph, 60)


def test_rows_of_an_operator() -> None:
    graph = residual_rows(3, 10)
    assert row_operators(graph) == [0, 0, 0, 3, 3, 3, 6, 6, 6, 9, 9, 9, 12]
    forked = Graph(
        "forked", (Buffer("b", 1),), tuple(Step(f"s{i}", (), ()) for i in range(4)), (), (), ((0, 1), (0, 2))
    )
    assert row_operators(forked) == [0, 1, 2, 3]


def test_sizes_beyond_the_solver_are_ordered_without_it() -> None:
    graph = residual_rows(LARGE // 3, (1 << 40) + 1)
    with pytest.raises(OverflowError):
        CutSolver(network(graph), row_operators(graph))
    found = schedule(graph, 1)
    validate_schedule(graph, found.order)
    assert found.peak_bytes == peak_bytes(graph, found.order) >= found.lower_bound_bytes


def test_without_memory_for_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise MemoryError

    monkeypatch.setattr(arenite.native, "Solvers", fail)
    found = schedule(residual_rows(LARGE // 3, 10), 1)
    assert found.peak_bytes >= found.lower_bound_bytes
