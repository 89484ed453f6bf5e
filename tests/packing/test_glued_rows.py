"""Rows of tensors in one arena: compiled placing against the plain one, ejection against brute force."""

from __future__ import annotations

import random
from dataclasses import replace

import brute_force
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import in_place_problems, problems

from arenite import allocate as allocation
from arenite.allocate import allocate
from arenite.graph import Block, Glue, Problem
from arenite.packing import ejection
from arenite.packing.bounds import lower_bound
from arenite.packing.first_fit import place
from arenite.packing.in_place import choices, merge
from arenite.packing.items import prepare, round_up
from arenite.packing.layouts import Layouts
from arenite.validate import InvalidPlan, validate_plan


def never() -> bool:
    return False


def streamed_rows(heights: int, layers: tuple[tuple[int, int, int], ...], input_bytes: int) -> Problem:
    """A chain of row-wise operators of (kernel height, stride, bytes of a row), each row as late as possible; the
    input is resident. Only rows that somebody reads are made."""
    first: dict[tuple[int, int], int] = {(0, row): 0 for row in range(heights)}
    last: dict[tuple[int, int], int] = {}
    step = 0

    def make(layer: int, row: int) -> None:
        nonlocal step
        if (layer, row) in first:
            return
        kernel, stride, _ = layers[layer - 1]
        most = -(-heights // _product(stride for _, stride, _ in layers[: layer - 1]))
        reads = [read for read in range(row * stride, row * stride + kernel) if read < most]
        for read in reads:
            make(layer - 1, read)
        first[layer, row] = step
        for read in reads:
            last[layer - 1, read] = step
        step += 1

    for row in range(-(-heights // _product(stride for _, stride, _ in layers))):
        make(len(layers), row)
        last[len(layers), row] = step
    sizes = (input_bytes, *(size for _, _, size in layers))
    blocks = tuple(
        Block(f"{layer}.{row}", sizes[layer], born, last.get((layer, row), born))
        for (layer, row), born in first.items()
    )
    resident = Glue(tuple((row, row * input_bytes) for row in range(heights)))
    return Problem(blocks, (resident,), alignment=16)


def _product(numbers: object) -> int:
    product = 1
    for number in numbers:  # type: ignore[attr-defined]
        product *= number
    return product


CHAIN = ((3, 2, 160), (3, 1, 320), (1, 1, 240), (3, 2, 120), (1, 1, 200), (3, 1, 200), (1, 1, 136))


def random_rows(seed: int, blocks: int) -> Problem:
    """Blocks of few sizes with short lives, glued groups among them, two of the blocks pinned side by side."""
    rng = random.Random(seed)
    lives = [(first, first + rng.randint(0, 9)) for first in (rng.randrange(blocks // 4) for _ in range(blocks))]
    made = [Block(f"b{n}", rng.choice((16, 24, 40, 72)), *life, rng.choice((1, 4))) for n, life in enumerate(lives)]
    groups = []
    for group in range(blocks // 40):
        at, members = 0, []
        for member in range(4 + 8 * group, 4 + 8 * group + rng.randint(2, 8)):
            members.append((member, at))
            at += made[member].bytes + rng.choice((0, 0, 48))
        groups.append(Glue(tuple(members)))
    made[0] = replace(made[0], pinned=64)
    made[1] = replace(made[1], pinned=64 + 72)
    return Problem(tuple(made), tuple(groups), alignment=16)


@settings(max_examples=150, deadline=None)
@given(problems(), st.randoms(use_true_random=False), st.booleans())
def test_compiled_placing_is_that_of_first_fit(problem: Problem, rng: random.Random, tightest: bool) -> None:
    try:
        packing = prepare(problem)
    except ValueError:
        return
    order = list(range(len(packing.items)))
    rng.shuffle(order)
    layouts = Layouts(packing)
    end = layouts.place(order, tightest=tightest)
    assert layouts.offsets() == place(packing, order, tightest=tightest)
    assert round_up(end, problem.alignment) == layouts.arena_bytes() >= packing.arena_bytes(layouts.offsets())


@pytest.mark.parametrize("tightest", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_compiled_placing_of_hundreds_is_that_of_first_fit(seed: int, tightest: bool) -> None:
    packing = prepare(random_rows(seed, 400))
    layouts = Layouts(packing)
    for order in ejection.orders(packing):
        layouts.place(order, tightest=tightest)
        assert layouts.offsets() == place(packing, order, tightest=tightest)


@settings(max_examples=150, deadline=None)
@given(problems())
def test_ejection_gives_valid_layouts_never_below_the_optimum(problem: Problem) -> None:
    least = brute_force.least_arena(problem)
    if least is None:
        return
    packing = prepare(problem)
    bound = lower_bound(packing)
    assert bound <= least
    layouts = Layouts(packing)
    offsets = ejection.best_placed(layouts, packing, bound, never)
    offsets = ejection.lowered(layouts, packing, offsets, bound, never, 200_000)
    arena = packing.arena_bytes(offsets)
    validate_plan(problem, offsets, arena)
    assert arena >= least


@pytest.mark.parametrize("seed", range(3))
def test_layouts_of_hundreds_are_valid_and_near_the_bound(seed: int) -> None:
    problem = random_rows(seed, 600)
    plan = allocate(problem, 60)
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    assert plan.lower_bound_bytes <= plan.arena_bytes <= 1.035 * plan.lower_bound_bytes


def test_rows_of_a_chain_are_packed_near_the_live_peak() -> None:
    problem = streamed_rows(96, CHAIN, 96)
    assert len(problem.blocks) > 200
    peak = max(
        sum(block.bytes for block in problem.blocks if block.first_step <= step <= block.last_step)
        for step in range(1 + max(block.last_step for block in problem.blocks))
    )
    plan = allocate(problem, 60, nodes=50_000)
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    assert peak <= plan.lower_bound_bytes <= plan.arena_bytes <= 1.035 * peak


def test_ejection_goes_below_what_the_orders_reach() -> None:
    packing = prepare(streamed_rows(96, CHAIN, 96))
    bound = lower_bound(packing)
    layouts = Layouts(packing)
    by_orders = ejection.best_placed(layouts, packing, bound, never)
    offsets = ejection.lowered(layouts, packing, by_orders, bound, never, 50_000_000)
    validate_plan(packing.problem, offsets, packing.arena_bytes(offsets))
    assert bound <= packing.arena_bytes(offsets) < packing.arena_bytes(by_orders)


def test_same_rows_same_layout() -> None:
    problem = random_rows(7, 500)
    assert allocate(problem, 60) == allocate(problem, 60)


def test_a_layout_is_found_when_there_is_no_time() -> None:
    for problem in (random_rows(1, 600), streamed_rows(96, CHAIN, 96)):
        plan = allocate(problem, 0)
        validate_plan(problem, plan.offsets, plan.arena_bytes)
        assert lower_bound(prepare(problem)) == plan.lower_bound_bytes


def test_pinned_rows_stay_where_they_are() -> None:
    problem = streamed_rows(48, CHAIN, 96)
    pinned = replace(problem, blocks=(replace(problem.blocks[0], pinned=1008), *problem.blocks[1:]))
    plan = allocate(pinned, 60)
    validate_plan(pinned, plan.offsets, plan.arena_bytes)
    assert plan.offsets[:3] == (1008, 1104, 1200)


def test_capacity_below_a_pinned_row_is_refused() -> None:
    layouts = Layouts(prepare(Problem((Block("a", 16, 0, 0, pinned=64), Block("b", 16, 0, 0)), alignment=16)))
    layouts.place([0, 1])
    assert layouts.lower(64, 1000, 0, never) is None
    assert layouts.lower(80, 1000, 0, never) is not None


@pytest.mark.parametrize("error", [MemoryError, OverflowError])
def test_without_compiled_code_there_is_a_layout(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(allocation, "Layouts", fail)
    problem = random_rows(2, 500)
    plan = allocate(problem, 60)
    validate_plan(problem, plan.offsets, plan.arena_bytes)


def test_offsets_that_need_more_than_32_bits_are_found_otherwise() -> None:
    blocks = tuple(Block(f"b{n}", 1 << 24, n, n + 3) for n in range(450))
    with pytest.raises(OverflowError):
        Layouts(prepare(Problem(blocks)))
    plan = allocate(Problem(blocks), 60)
    assert plan.arena_bytes == plan.lower_bound_bytes == 4 << 24


def test_parts_of_a_group_that_live_at_different_times_may_share_bytes() -> None:
    blocks = (Block("a", 32, 0, 1), Block("b", 32, 2, 3), Block("c", 16, 0, 3))
    problem = Problem(blocks, (Glue(((0, 0), (1, 0))),))
    packing = prepare(problem)
    layouts = Layouts(packing)
    offsets = ejection.lowered(layouts, packing, ejection.best_placed(layouts, packing, 0, never), 0, never, 1000)
    validate_plan(problem, offsets, 48)
    assert offsets[0] == offsets[1]


@st.composite
def glued_in_place_problems(draw: st.DrawFn) -> Problem:
    """Blocks that may be written over others, some glued side by side; all alignments are 1."""
    drawn = draw(in_place_problems(max_blocks=5))
    blocks = tuple(replace(block, alignment=1) for block in drawn.blocks)
    count = draw(st.integers(0, min(3, len(blocks))))
    members = draw(st.permutations(range(len(blocks))))[:count]
    at, glued = 0, []
    for member in members:
        glued.append((member, at))
        at += blocks[member].bytes + draw(st.integers(0, 2))
    return Problem(blocks, (Glue(tuple(glued)),) if glued else (), alignment=1, in_place=drawn.in_place)


@settings(max_examples=150, deadline=None)
@given(glued_in_place_problems())
def test_rows_written_over_glued_rows(problem: Problem) -> None:
    plan = allocate(problem, 60)
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    least = brute_force.least_arena(problem)
    assert least is not None
    assert plan.lower_bound_bytes <= least <= plan.arena_bytes
    for chosen in choices(problem):
        merged = merge(problem, chosen)
        offsets = merged.offsets(
            place(prepare(merged.problem), range(len(merged.problem.blocks))[: len(prepare(merged.problem).items)])
        )
        assert all(offsets[source] == offsets[result] for source, result in chosen)


@pytest.mark.parametrize("count", [2, 500])
def test_a_row_written_over_a_row_of_the_input_joins_its_group(count: int) -> None:
    """Every row of the input is replaced: there is no byte to spare."""
    rows = [Block(f"in{n}", 32, 0, n) for n in range(count)]
    results = [Block(f"out{n}", 32, n, count) for n in range(count)]
    glue = Glue(tuple((n, 32 * n) for n in range(count)))
    pairs = frozenset((n, count + n) for n in range(count))
    problem = Problem((*rows, *results), (glue,), in_place=pairs)
    plan = allocate(problem, 60)
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    assert plan.arena_bytes == 32 * count
    with pytest.raises(InvalidPlan):
        validate_plan(replace(problem, in_place=frozenset()), plan.offsets, plan.arena_bytes)


def test_steps_may_be_large_numbers() -> None:
    blocks = tuple(Block(f"b{n}", 16, n << 40, (n + 2) << 40) for n in range(450))
    plan = allocate(Problem(blocks), 60)
    assert plan.arena_bytes == plan.lower_bound_bytes == 48
