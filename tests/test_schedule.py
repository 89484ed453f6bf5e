"""The scheduler against every topological order of small graphs, and against the graphs that are hard to order."""

from __future__ import annotations

import random
import time

import brute_force
import pytest
from hypothesis import given, settings
from random_graphs import chain, deep_graph
from strategies import graphs

from arenite.graph import Buffer, Graph, Step
from arenite.ordering.flow import least_before, least_downset, step_bound
from arenite.ordering.network import precedence
from arenite.ordering.orders import cut_order, order_peak
from arenite.ordering.precedence import bits
from arenite.schedule import live_ranges, peak_bytes, schedule
from arenite.validate import validate_graph, validate_schedule


@settings(max_examples=400, deadline=None)
@given(graphs(max_steps=7))
def test_smallest_peak_of_all_orders(graph: Graph) -> None:
    validate_graph(graph)
    found = schedule(graph)
    validate_schedule(graph, found.order)
    assert found.peak_bytes == brute_force.peak(graph, found.order)
    assert found.peak_bytes == found.lower_bound_bytes == brute_force.least_peak(graph)


@settings(max_examples=200, deadline=None)
@given(graphs(max_steps=6))
def test_live_ranges_and_peak_of_any_order(graph: Graph) -> None:
    for order in brute_force.topological_orders(graph):
        sets = brute_force.live_sets(graph, order)
        for buffer, (first, last) in enumerate(live_ranges(graph, order)):
            assert [position for position, live in enumerate(sets) if buffer in live] == list(range(first, last + 1))
        assert peak_bytes(graph, order) == brute_force.peak(graph, order)


@settings(max_examples=200, deadline=None)
@given(graphs(max_steps=7, min_steps=1))
def test_cuts_are_the_least_memory_over_downsets(graph: Graph) -> None:
    index = precedence(graph)
    downsets = {0}
    for step in range(len(graph.steps)):
        downsets |= {downset | 1 << step for downset in downsets if not index.predecessors[step] & ~downset}
    for step in range(len(graph.steps)):
        before = [d for d in downsets if not index.ancestors[step] & ~d and not d >> step & 1]
        least = min(index.memory(downset) for downset in before)
        best = [downset for downset in before if index.memory(downset) == least]
        smallest = least_before(index, step, 0, index.steps)
        largest = least_before(index, step, 0, index.steps, largest=True)
        assert smallest in best
        assert largest in best
        assert all(not smallest & ~downset and not downset & ~largest for downset in best)
        transients = [index.memory(downset) + index.allocated(downset, step) for downset in before]
        assert step_bound(index, step) == min(transients)
    assert index.memory(least_downset(index, 0, index.steps)) == min(map(index.memory, downsets))


def test_bound_of_a_step_that_could_write_over_either_operand() -> None:
    """The operand with more other readers comes first, and is the dearer one to wait for."""
    sizes = (98287, 82835, 19191, 68486, 82460, 79266, 63936, 48982, 34272)
    steps = (
        Step("fork", (), (0, 1, 2), (0,)),
        Step("left", (1, 0, 2), (3,), (1,), in_place=((1, 3), (0, 3))),
        Step("middle", (1, 0), (4, 5, 6), (2,), in_place=((1, 4), (0, 4))),
        Step("right", (1, 2), (7, 8), (3,), in_place=((1, 7), (1, 8))),
    )
    graph = Graph("either", tuple(Buffer(f"b{i}", size) for i, size in enumerate(sizes)), steps, (), (4, 8))
    found = schedule(graph)
    assert found.lower_bound_bytes <= brute_force.least_peak(graph) == found.peak_bytes


@settings(max_examples=200, deadline=None)
@given(graphs(max_steps=7, min_steps=1))
def test_cut_orders_are_orders(graph: Graph) -> None:
    index = precedence(graph)
    for largest in (False, True):
        order = cut_order(index, 0, index.steps, time.monotonic() + 60, largest=largest)
        assert order is not None
        validate_schedule(graph, order)
        assert order_peak(index, 0, order)[0] == brute_force.peak(graph, order)


@pytest.mark.parametrize("seed", range(12))
def test_twelve_steps(seed: int) -> None:
    graph = deep_graph(random.Random(seed), 12, orders=4000, reach=4, largest=99)
    found = schedule(graph)
    assert found.peak_bytes == found.lower_bound_bytes == brute_force.least_peak(graph)


def test_wide_graph_is_proved() -> None:
    """Two dozen independent branches between a buffer that stays and one reader: 24! orders."""
    sizes = [(37 * number % 23 + 1, 11 * number % 7 + 1) for number in range(24)]
    buffers = [Buffer("in", 5)]
    steps = []
    for large, small in sizes:
        buffers += [Buffer(f"large{len(buffers)}", large), Buffer(f"small{len(buffers)}", small)]
        steps.append(Step(f"grow{len(steps)}", (0,), (len(buffers) - 2,)))
        steps.append(Step(f"shrink{len(steps)}", (len(buffers) - 2,), (len(buffers) - 1,)))
    buffers.append(Buffer("out", 1))
    steps.append(Step("join", tuple(range(2, len(buffers) - 1, 2)), (len(buffers) - 1,)))
    graph = Graph("wide", tuple(buffers), tuple(steps), (0,), (0, len(buffers) - 1))
    found = schedule(graph)
    validate_schedule(graph, found.order)
    assert found.optimal
    # The exchange argument for independent jobs: the one that sheds most when it is done goes first.
    live = peak = 5
    for large, small in sorted(sizes, key=lambda pair: -pair[0]):
        peak = max(peak, live + large + small)
        live += small
    assert found.peak_bytes == peak


def test_chain_of_hundreds_in_milliseconds() -> None:
    graph = chain(600)
    began = time.perf_counter()
    found = schedule(graph)
    assert time.perf_counter() - began < 0.5
    assert found.optimal
    assert found.order == tuple(range(600))


@pytest.mark.parametrize("timeout", [0.0, 0.3])
def test_out_of_time_gives_an_order_and_a_bound(timeout: float) -> None:
    graph = deep_graph(random.Random(5), 150, orders=None, reach=40)
    began = time.perf_counter()
    found = schedule(graph, timeout)
    assert time.perf_counter() - began < timeout + 5
    validate_schedule(graph, found.order)
    assert 0 < found.lower_bound_bytes <= found.peak_bytes <= peak_bytes(graph, tuple(range(150)))


def test_same_graph_same_order() -> None:
    graph = deep_graph(random.Random(3), 30, orders=None, reach=6)
    assert schedule(graph) == schedule(graph)


def test_no_steps() -> None:
    graph = Graph("empty", (Buffer("in", 7), Buffer("other", 2)), (), (0, 1), (0,))
    assert schedule(graph).peak_bytes == schedule(graph).lower_bound_bytes == 9
    assert live_ranges(graph, ()) == [(0, 0), (0, 0)]


def test_after_keeps_side_effects_in_order() -> None:
    buffers = (Buffer("big", 10), Buffer("a", 1), Buffer("b", 1))
    steps = (Step("first", (), (1,)), Step("second", (0,), (2,)))
    free = Graph("state", buffers, steps, (0,), (1, 2))
    assert schedule(free).order == (1, 0)
    assert schedule(free).peak_bytes == 11
    bound = Graph("state", buffers, steps, (0,), (1, 2), after=((0, 1),))
    assert schedule(bound).order == (0, 1)
    assert schedule(bound).peak_bytes == 12


def test_bits() -> None:
    assert list(bits(0b101001)) == [0, 3, 5]
