"""Order and layout together against a joint brute force, on graphs of up to 12 steps."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import brute_force
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import chain, deep_graph
from strategies import graphs

from arenite.allocate import allocate
from arenite.graph import Buffer, Graph, Step
from arenite.joint_search import fit_any_order
from arenite.planner import packing_problem, plan_graph
from arenite.schedule import schedule
from arenite.validate import InvalidGraph, validate_arena_plan, validate_plan


@settings(max_examples=250, deadline=None)
@given(graphs(max_steps=6, max_bytes=5), st.sampled_from((1, 1, 2, 4, 16)))
def test_smallest_arena_of_all_orders_and_layouts(graph: Graph, alignment: int) -> None:
    plan = plan_graph(graph, alignment=alignment)
    validate_arena_plan(plan)
    assert plan.optimal
    assert plan.arena_bytes == brute_force.least_joint_arena(graph, alignment)


@settings(max_examples=100, deadline=None)
@given(graphs(max_steps=8, max_bytes=5), st.sampled_from((1, 4)))
def test_source_order_is_packed_as_it_stands(graph: Graph, alignment: int) -> None:
    plan = plan_graph(graph, order="source", alignment=alignment)
    validate_arena_plan(plan)
    assert plan.order == tuple(range(len(graph.steps)))
    problem = packing_problem(graph, plan.order, alignment)
    assert plan.arena_bytes == plan.source_order_bytes == allocate(problem).arena_bytes
    assert plan.lower_bound_bytes <= plan_graph(graph, alignment=alignment).arena_bytes


@settings(max_examples=150, deadline=None)
@given(graphs(max_steps=6, max_bytes=5))
def test_joint_search_alone_is_exact(graph: Graph) -> None:
    """Without the separate solvers in front of it, which answer most graphs."""
    least = brute_force.least_joint_arena(graph, 1)
    found = fit_any_order(graph, least, deadline=time.monotonic() + 60)
    assert found is not None
    validate_plan(packing_problem(graph, found.order, 1), found.offsets, least)
    if least:
        assert fit_any_order(graph, least - 1, deadline=time.monotonic() + 60) is None


@settings(max_examples=150, deadline=None)
@given(graphs(max_steps=5, max_bytes=4))
def test_both_brute_forces_agree(graph: Graph) -> None:
    assert brute_force.least_arena_by_states(graph, 1) == brute_force.least_joint_arena(graph, 1)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12])
def test_twelve_steps(seed: int) -> None:
    graph = deep_graph(random.Random(seed), 12, orders=5000)
    plan = plan_graph(graph, alignment=1)
    assert plan.optimal
    assert plan.arena_bytes == brute_force.least_arena_by_states(graph, 1)
    assert plan.source_order_bytes == brute_force.least_arena_by_states(graph, 1, orders="source")


def test_graphs_whose_best_peak_cannot_be_packed() -> None:
    """The cases that the joint search is there for: the order of the smallest peak has no layout of that size."""
    rng = random.Random(11)
    other_order = above_peak = 0
    for _ in range(400):
        graph = deep_graph(rng, 8, orders=300, largest=4, alignments=(1, 2, 4))
        ordered = schedule(graph)
        separate = allocate(packing_problem(graph, ordered.order, 1))
        if separate.arena_bytes == ordered.peak_bytes:
            continue
        plan = plan_graph(graph, alignment=1)
        assert plan.optimal
        assert plan.arena_bytes == brute_force.least_arena_by_states(graph, 1)
        other_order += plan.arena_bytes < separate.arena_bytes
        above_peak += plan.arena_bytes > ordered.peak_bytes
        if other_order >= 3 and above_peak >= 3:
            return
    pytest.fail(f"too few such graphs: {other_order} with a better order, {above_peak} above the peak")


def test_same_graph_same_plan() -> None:
    graph = deep_graph(random.Random(2), 25, orders=None, reach=6)
    first, second = plan_graph(graph), plan_graph(graph)
    assert replace(first, seconds=0.0) == replace(second, seconds=0.0)


def test_no_steps_and_no_buffers() -> None:
    assert plan_graph(Graph("nothing", (), (), (), ())).arena_bytes == 0
    plan = plan_graph(Graph("wire", (Buffer("io", 5), Buffer("unused", 3)), (), (0, 1), (0,)), alignment=1)
    assert plan.arena_bytes == plan.lower_bound_bytes == plan.source_order_bytes == 8


def test_chain_of_hundreds_in_milliseconds() -> None:
    plan = plan_graph(chain(500))
    assert plan.optimal
    assert plan.seconds < 1


def test_twelve_independent_branches_are_proved() -> None:
    """12! orders that all differ in what lives together, of sizes that do not pack smoothly."""
    sizes = (7, 5, 3, 11, 2, 13, 8, 6, 9, 4, 10, 12)
    buffers = tuple(Buffer(f"b{number}", size, 4) for number, size in enumerate(sizes + sizes[::-1]))
    steps = tuple(Step(f"s{number}", (number,), (12 + number,), (number,)) for number in range(12))
    graph = Graph("parallel", buffers, steps, tuple(range(12)), tuple(range(12, 24)))
    plan = plan_graph(graph, alignment=4, timeout=30)
    assert plan.optimal
    assert plan.arena_bytes <= plan.source_order_bytes


def test_time_limit_is_kept() -> None:
    graph = deep_graph(random.Random(5), 120, orders=None, reach=40)
    began = time.perf_counter()
    plan = plan_graph(graph, timeout=1.0)
    assert time.perf_counter() - began < 5
    assert plan.lower_bound_bytes <= plan.arena_bytes <= plan.source_order_bytes


def test_ill_formed_graph_is_refused() -> None:
    with pytest.raises(InvalidGraph, match="before it is written"):
        plan_graph(Graph("bad", (Buffer("a", 1),), (Step("s", (0,), ()),), (), ()))


@pytest.mark.parametrize("swapped", [False, True])
def test_either_result_of_a_step_may_be_the_one_in_place(swapped: bool) -> None:
    """The smaller one's alignment may cost more than the larger one's bytes."""
    buffers = (Buffer("wide", 2, 2), Buffer("narrow", 1, 2), Buffer("coarse", 1, 4), Buffer("fine", 1, 1))
    pairs = ((1, 2), (1, 3)) if swapped else ((1, 3), (1, 2))
    graph = Graph("two", buffers, (Step("step", (0, 1), (2, 3), (0,), in_place=pairs),), (0, 1), (0,))
    least = brute_force.least_joint_arena(graph, 1)
    found = fit_any_order(graph, least, deadline=time.monotonic() + 60)
    assert found is not None
    validate_plan(packing_problem(graph, found.order, 1), found.offsets, least)
    assert plan_graph(graph, alignment=1).arena_bytes == least
