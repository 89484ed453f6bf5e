"""The packer against brute force over every offset, and its bound against what is known."""

from __future__ import annotations

import itertools
import random
import time

import brute_force
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import deep_graph
from strategies import in_place_problems, plain_problems, problems

from arenite import allocate as module
from arenite.allocate import allocate, pack_within
from arenite.graph import Block, Glue, Problem
from arenite.packing import bounds
from arenite.packing.bounds import lower_bound
from arenite.packing.disjunctive import pack_any
from arenite.packing.first_fit import fixed_orders, place
from arenite.packing.items import prepare
from arenite.packing.skyline import OutOfTime
from arenite.packing.stacking import stack_height
from arenite.planner import packing_problem
from arenite.schedule import peak_bytes
from arenite.validate import validate_plan


@settings(max_examples=600, deadline=None)
@given(plain_problems())
def test_smallest_arena_of_plain_blocks(problem: Problem) -> None:
    plan = allocate(problem)
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    assert plan.optimal
    assert plan.arena_bytes == brute_force.least_arena(problem)


@settings(max_examples=600, deadline=None)
@given(problems())
def test_smallest_arena_with_glue_pins_and_overlaps(problem: Problem) -> None:
    least = brute_force.least_arena(problem)
    if least is None:
        with pytest.raises(ValueError, match=r"pinned|glued|alignment"):
            allocate(problem)
        return
    plan = allocate(problem)
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    assert plan.optimal
    assert plan.arena_bytes == least
    assert lower_bound(prepare(problem)) <= least


@settings(max_examples=600, deadline=None)
@given(in_place_problems())
def test_smallest_arena_with_results_in_place(problem: Problem) -> None:
    plan = allocate(problem)
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    assert plan.optimal
    assert plan.arena_bytes == brute_force.least_arena(problem)
    assert lower_bound(prepare(problem)) <= plan.arena_bytes


@settings(max_examples=300, deadline=None)
@given(plain_problems())
def test_both_exact_searches_agree(problem: Problem) -> None:
    packing = prepare(problem)
    least = brute_force.least_arena(problem)
    assert least is not None
    for capacity in (max(least - problem.alignment, 0), least):
        for pack in (pack_within, pack_any):
            found = pack(packing, capacity, deadline=time.monotonic() + 60, nodes=1 << 30)
            assert (found is not None) == (capacity == least)
            if found is not None:
                validate_plan(problem, found, capacity)


@settings(max_examples=200, deadline=None)
@given(plain_problems(max_blocks=14))
def test_heuristics_give_valid_layouts(problem: Problem) -> None:
    packing = prepare(problem)
    for order in fixed_orders(packing):
        for tightest in (False, True):
            offsets = place(packing, order, tightest=tightest)
            validate_plan(problem, offsets, packing.arena_bytes(offsets))


@settings(max_examples=300, deadline=None)
@given(plain_problems(max_blocks=14))
def test_no_column_is_higher_than_the_bound(problem: Problem) -> None:
    bound = lower_bound(prepare(problem))
    for step in {block.first_step for block in problem.blocks}:
        live = [block for block in problem.blocks if block.first_step <= step <= block.last_step]
        assert stack_height((block.bytes, block.alignment) for block in live) <= bound


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from((1, 2, 3, 4, 8))), max_size=6), st.integers(0, 40))
def test_column_height_is_the_best_of_all_sequences(column: list[tuple[int, int]], enough: int) -> None:
    least = sum(size for size, _ in column) + 100
    for sequence in itertools.permutations([block for block in column if block[0]]):
        height = 0
        for size, alignment in sequence:
            height += -height % alignment + size
        least = min(least, height)
    assert stack_height(column) == least
    assert (stack_height(column, enough) <= enough) == (least <= enough)


def test_column_height_never_exceeds_the_truth_when_cut_short() -> None:
    rng = random.Random(4)
    column = [(rng.randint(1, 500), rng.choice((1, 2, 4, 8, 16))) for _ in range(60)]
    height = 0
    for size, alignment in sorted(column, key=lambda block: -block[1]):
        height += -height % alignment + size
    assert sum(size for size, _ in column) <= stack_height(column) <= height


def blocks(*rows: tuple[int, int, int]) -> tuple[Block, ...]:
    return tuple(Block(f"b{number}", size, first, last) for number, (size, first, last) in enumerate(rows))


def test_live_bytes_cannot_always_be_reached() -> None:
    """Problems that need more than their live bytes although nothing is aligned: the proof must be exhaustive."""
    rng = random.Random(1)
    for _ in range(4000):
        graph = deep_graph(rng, 12, orders=None, reach=5, largest=4, alignments=(1,))
        source = tuple(range(12))
        problem = packing_problem(graph, source, 1)
        plan = allocate(problem)
        assert plan.optimal
        if plan.arena_bytes > peak_bytes(graph, source):
            assert brute_force.least_arena_by_states(graph, 1, orders="source") == plan.arena_bytes
            return
    pytest.fail("no such problem among the samples")


TWO_RESULTS = ((2, 2), (1, 2), (1, 4), (1, 1))
"""Bytes and alignments: another tensor, the operand, two results."""


def test_the_bound_holds_whichever_of_two_results_is_in_place() -> None:
    """Both have one byte; over the operand, the one with the larger alignment saves more."""
    blocks = tuple(Block(f"b{number}", size, 0, 0, unit) for number, (size, unit) in enumerate(TWO_RESULTS))
    for pairs in ({(1, 2)}, {(1, 3)}, {(1, 2), (1, 3)}):
        problem = Problem(blocks, alignment=1, in_place=frozenset(pairs))
        least = brute_force.least_arena(problem)
        assert lower_bound(prepare(problem)) == allocate(problem).arena_bytes == least
    assert least == 4


def test_glued_rows_keep_their_distance() -> None:
    problem = Problem(
        blocks((4, 0, 0), (4, 0, 1), (4, 0, 2), (8, 1, 2)), (Glue(((0, 0), (1, 4), (2, 8))),), alignment=4
    )
    plan = allocate(problem)
    assert plan.offsets[1] - plan.offsets[0] == plan.offsets[2] - plan.offsets[1] == 4
    assert plan.arena_bytes == brute_force.least_arena(problem) == 16


def test_hole_in_a_group_counts_where_nothing_fills_it() -> None:
    glue = (Glue(((0, 0), (1, 10))),)
    assert lower_bound(prepare(Problem(blocks((4, 0, 0), (4, 0, 0), (7, 0, 0)), glue, alignment=1))) == 21
    assert lower_bound(prepare(Problem(blocks((4, 0, 0), (4, 0, 0), (6, 0, 0)), glue, alignment=1))) == 14
    assert allocate(Problem(blocks((4, 0, 0), (4, 0, 0), (7, 0, 0)), glue, alignment=1)).arena_bytes == 21
    assert allocate(Problem(blocks((4, 0, 0), (4, 0, 0), (6, 0, 0)), glue, alignment=1)).arena_bytes == 14


def test_in_place_pair_shares_bytes() -> None:
    rows = blocks((8, 0, 1), (8, 1, 2), (3, 1, 1))
    assert allocate(Problem(rows, alignment=1)).arena_bytes == 19
    shared = allocate(Problem(rows, overlaps=frozenset({(0, 1)}), alignment=1))
    assert shared.arena_bytes == shared.lower_bound_bytes == 11


def test_bound_of_a_chain_of_overlaps_is_the_heaviest_set_without_any() -> None:
    rows = blocks((5, 0, 0), (6, 0, 0), (5, 0, 0))
    problem = Problem(rows, overlaps=frozenset({(0, 1), (1, 2)}), alignment=1)
    assert lower_bound(prepare(problem)) == 10
    assert allocate(problem).arena_bytes == 10


def test_pins_are_kept_and_count() -> None:
    problem = Problem((Block("fixed", 4, 0, 1, pinned=32), Block("free", 40, 0, 0)), alignment=16)
    plan = allocate(problem)
    assert plan.offsets[0] == 32
    assert plan.arena_bytes == plan.lower_bound_bytes == 80


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (Problem((Block("a", 4, 0, 0, pinned=0), Block("b", 4, 0, 0, pinned=2))), "pinned onto the same bytes"),
        (Problem((Block("a", 4, 0, 0, alignment=4, pinned=2),)), "not aligned"),
        (Problem(blocks((4, 0, 0), (4, 0, 0)), (Glue(((0, 0), (1, 2))),)), "glued onto the same bytes"),
        (Problem(blocks((4, 0, 0), (4, 0, 0)), (Glue(((0, 0),)), Glue(((0, 0), (1, 4))))), "glued twice"),
        (
            Problem((Block("a", 4, 0, 0, alignment=4), Block("b", 4, 0, 0, alignment=4)), (Glue(((0, 0), (1, 6))),)),
            "alignment of b",
        ),
    ],
)
def test_contradictions_are_named(problem: Problem, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        allocate(problem)


def test_nothing_to_pack() -> None:
    assert allocate(Problem(())).arena_bytes == 0
    assert allocate(Problem(blocks((0, 0, 3)))).arena_bytes == 0


def test_out_of_time_gives_a_layout_and_a_bound() -> None:
    rng = random.Random(7)
    rows = []
    for _ in range(300):
        first = rng.randrange(200)
        rows.append((rng.randint(1, 4000), first, min(199, first + rng.randrange(40))))
    problem = Problem(blocks(*rows))
    began = time.perf_counter()
    plan = allocate(problem, 0.5)
    assert time.perf_counter() - began < 3
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    assert lower_bound(prepare(problem)) <= plan.lower_bound_bytes <= plan.arena_bytes


def test_too_many_blocks_to_look_at_give_a_layout_and_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """As thousands of rows that wait for the last one: neither every column nor every pair counts."""
    rng = random.Random(3)
    problem = Problem(blocks(*((rng.randint(1, 40), number, 500 + rng.randrange(500)) for number in range(450))))
    best = lower_bound(prepare(problem))
    monkeypatch.setattr(bounds, "MOST_LOOKED_AT", 0)
    monkeypatch.setattr(module, "MOST_MEETINGS", 10_000)
    monkeypatch.setattr(module, "pack_within", None)
    plan = allocate(problem, effort=0)
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    assert 0 < plan.lower_bound_bytes <= min(best, plan.arena_bytes)
    met = sum(a.first_step <= b.last_step and b.first_step <= a.last_step
              for a, b in itertools.combinations(problem.blocks, 2))  # fmt: skip
    assert module._meetings(problem) == met


def test_node_limit_is_no_proof() -> None:
    packing = prepare(Problem(blocks((2, 0, 1), (2, 1, 2), (3, 2, 3), (1, 0, 3)), alignment=1))
    for pack in (pack_within, pack_any):
        with pytest.raises(OutOfTime):
            pack(packing, 6, deadline=time.monotonic() + 60, nodes=0)


def test_exact_search_goes_deep() -> None:
    """A staircase in which every block lives with the next one: no split before the last blocks."""
    rows = [(3 + number % 2, number, number + 1) for number in range(3000)]
    packing = prepare(Problem(blocks(*rows), alignment=1))
    found = pack_within(packing, 7, deadline=time.monotonic() + 60)
    assert found is not None
    validate_plan(packing.problem, found, 7)
