"""The validators must catch what is wrong: good answers are corrupted one by one."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_graphs import deep_graph
from strategies import graphs

from arenite.graph import ArenaPlan, Block, Buffer, Glue, Graph, Problem, Step
from arenite.planner import plan_graph
from arenite.validate import (
    InvalidGraph,
    InvalidPlan,
    validate_arena_plan,
    validate_graph,
    validate_plan,
    validate_schedule,
)


@pytest.fixture(scope="module")
def plan() -> ArenaPlan:
    return plan_graph(deep_graph(random.Random(1), 12, orders=600), alignment=4)


def test_good_plan_passes(plan: ArenaPlan) -> None:
    validate_arena_plan(plan)


@settings(max_examples=200, deadline=None)
@given(graphs(max_steps=7, min_steps=2), st.randoms(use_true_random=False))
def test_orders_that_break_a_dependency_are_caught(graph: Graph, rng: random.Random) -> None:
    order = list(range(len(graph.steps)))
    validate_schedule(graph, order)
    first, second = sorted(rng.sample(order, 2))
    depends = (first, second) in graph.after or set(graph.steps[first].writes) & set(graph.steps[second].reads)
    assume(depends)
    order.remove(second)
    order.insert(first, second)
    with pytest.raises(InvalidPlan, match="runs before"):
        validate_schedule(graph, order)


@pytest.mark.parametrize("order", [(0, 1), (0, 1, 1), (0, 1, 3), (0, 1, 2, 2), ()])
def test_what_is_no_permutation_is_caught(order: tuple[int, ...]) -> None:
    graph = Graph("three", (), (Step("a", (), ()), Step("b", (), ()), Step("c", (), ())), (), ())
    with pytest.raises(InvalidPlan, match="permutation"):
        validate_schedule(graph, order)


def test_every_shift_that_makes_two_live_blocks_share_a_byte_is_caught(plan: ArenaPlan) -> None:
    """Against the definition, byte by byte and step by step."""
    caught = 0
    for moved in range(len(plan.offsets)):
        for offset in range(plan.arena_bytes - plan.problem.blocks[moved].bytes + 1):
            offsets = [*plan.offsets[:moved], offset, *plan.offsets[moved + 1 :]]
            bad = offset % plan.problem.blocks[moved].alignment != 0
            for step in range(len(plan.order)):
                owned = [
                    byte
                    for block, start in zip(plan.problem.blocks, offsets, strict=True)
                    if block.first_step <= step <= block.last_step
                    for byte in range(start, start + block.bytes)
                ]
                bad = bad or len(owned) != len(set(owned))
            caught += bad
            if bad:
                with pytest.raises(InvalidPlan):
                    validate_plan(plan.problem, offsets, plan.arena_bytes)
            else:
                validate_plan(plan.problem, offsets, plan.arena_bytes)
    assert caught > 20


def test_live_ranges_that_are_too_short_are_caught(plan: ArenaPlan) -> None:
    blocks = plan.problem.blocks
    for index, block in enumerate(blocks):
        for first, last in ((block.first_step + 1, block.last_step), (block.first_step, block.last_step - 1)):
            shrunk = replace(block, first_step=first, last_step=last)
            problem = replace(plan.problem, blocks=(*blocks[:index], shrunk, *blocks[index + 1 :]))
            with pytest.raises(InvalidPlan, match="is live in"):
                validate_arena_plan(replace(plan, problem=problem))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plan: {"arena_bytes": plan.arena_bytes - 4}, "inside the arena"),
        (lambda plan: {"arena_bytes": plan.arena_bytes + 1}, "no multiple"),
        (lambda plan: {"lower_bound_bytes": plan.arena_bytes + 4}, "below the lower bound"),
        (lambda plan: {"source_order_bytes": plan.lower_bound_bytes - 4}, "below the lower bound"),
        (lambda plan: {"offsets": plan.offsets[:-1]}, "offsets for"),
        (lambda plan: {"offsets": (-4, *plan.offsets[1:])}, "inside the arena"),
        (lambda plan: {"order": plan.order[::-1]}, "runs before"),
        (lambda plan: {"problem": replace(plan.problem, blocks=plan.problem.blocks[1:])}, "blocks for"),
        (
            lambda plan: {
                "problem": replace(
                    plan.problem, blocks=(replace(plan.problem.blocks[0], bytes=0), *plan.problem.blocks[1:])
                )
            },
            "is not buffer",
        ),
    ],
)
def test_figures_that_do_not_fit_are_caught(plan: ArenaPlan, change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidPlan, match=message):
        validate_arena_plan(replace(plan, **change(plan)))


def two(**extra: int) -> tuple[Block, Block]:
    return Block("a", 4, 0, 1), Block("b", 4, 1, 2, **extra)


@pytest.mark.parametrize(
    ("problem", "good", "bad", "message"),
    [
        (Problem(two()), (0, 4), (0, 3), "share bytes"),
        (Problem(two(alignment=4)), (0, 8), (0, 6), "not aligned to 4"),
        (Problem(two(pinned=8)), (0, 8), (0, 4), "pinned to 8"),
        (Problem(two(), (Glue(((0, 0), (1, 5))),)), (1, 6), (1, 5), "distances"),
        (Problem(two(), overlaps=frozenset({(0, 1)})), (0, 2), (0, 13), "inside the arena"),
    ],
)
def test_each_rule_of_a_layout(problem: Problem, good: tuple[int, ...], bad: tuple[int, ...], message: str) -> None:
    validate_plan(problem, good, 16)
    with pytest.raises(InvalidPlan, match=message):
        validate_plan(problem, bad, 16)


def test_blocks_of_no_bytes_share_with_anybody() -> None:
    validate_plan(Problem((Block("a", 4, 0, 1), Block("none", 0, 0, 1))), (0, 2), 16)


GOOD = Graph("good", (Buffer("a", 1), Buffer("b", 1)), (Step("s", (0,), (1,)),), (0,), (1,))


def test_well_formed_graph_passes() -> None:
    validate_graph(GOOD)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"buffers": (Buffer("a", -1), Buffer("b", 1))}, "-1 bytes"),
        ({"buffers": (Buffer("a", 1), Buffer("b", 1, alignment=0))}, "aligned to 0"),
        ({"buffers": (Buffer("a", 1), Buffer("b", 1), Buffer("c", 1))}, "neither"),
        ({"steps": (Step("s", (0, 0), (1,)),)}, "twice"),
        ({"steps": (Step("s", (0,), (1, 2)),)}, "does not exist"),
        ({"steps": (Step("s", (0,), (0, 1)),)}, "already written"),
        ({"steps": (Step("s", (1,), (1,)),)}, "before it is written"),
        ({"steps": (Step("s", (0,), (1,)), Step("t", (0,), (1,)))}, "already written"),
        ({"outputs": (1, 1)}, "twice"),
        ({"outputs": (-1,)}, "does not exist"),
        ({"after": ((0, 0),)}, "not in source order"),
        ({"state_bytes": -1}, "state_bytes"),
    ],
)
def test_ill_formed_graphs_are_caught(change: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidGraph, match=message):
        validate_graph(replace(GOOD, **change))  # type: ignore[arg-type]
