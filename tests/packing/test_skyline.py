"""The exact search in C against a slow search of another kind, and on puzzles whose solution is known."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest
from canonical_search import pack_canonically
from hypothesis import given, settings
from hypothesis import strategies as st

from arenite.allocate import allocate
from arenite.graph import Block, Problem
from arenite.packing import skyline
from arenite.packing.bounds import lower_bound
from arenite.packing.items import prepare
from arenite.packing.skyline import OutOfTime, luby, pack_plain, rectangles
from arenite.validate import validate_plan

ALIGNMENTS = ((1,), (1, 2), (1, 4), (4, 16), (1, 2, 4, 8, 16), (2, 3), (1, 3, 4, 6))


@st.composite
def mixed_alignments(draw: st.DrawFn) -> Problem:
    steps = draw(st.integers(1, 12))
    alignments = st.sampled_from(draw(st.sampled_from(ALIGNMENTS)))
    sizes = st.integers(0, draw(st.sampled_from((3, 8, 30))))
    rows = []
    for number in range(draw(st.integers(0, 12))):
        first = draw(st.integers(0, steps - 1))
        last = min(steps - 1, first + draw(st.integers(0, 5)))
        rows.append(Block(f"b{number}", draw(sizes), first, last, draw(alignments)))
    return Problem(tuple(rows), alignment=draw(st.sampled_from((1, 16))))


@settings(max_examples=400, deadline=None)
@given(mixed_alignments(), st.sampled_from((1, 4, 500)))
def test_layout_or_proof_as_the_slow_search_finds(problem: Problem, shortest_run: int) -> None:
    """At every capacity from below the bound up to the first that suffices; short runs make for many restarts."""
    packing = prepare(problem)
    capacity = max(lower_bound(packing) - 2 * problem.alignment, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(skyline, "SHORTEST_RUN", shortest_run)
        for _ in range(12):
            try:
                expected = pack_canonically(packing, capacity, deadline=time.monotonic() + 10, nodes=20_000)
            except OutOfTime:
                return
            found = pack_plain(packing, capacity, deadline=time.monotonic() + 60, nodes=1 << 30)
            assert (found is None) == (expected is None)
            if found is not None:
                validate_plan(problem, found, capacity)
                return
            capacity += problem.alignment


def test_pieces_solved_before_one_that_fails_are_taken_back() -> None:
    """A layout of 69 bytes exists; a search that forgets to undo what an earlier piece has moved does not find it."""
    rows = (
        *((18, 6, 8, 3), (29, 4, 5, 2), (20, 7, 8, 2), (1, 5, 5, 2), (18, 3, 3, 2), (7, 6, 7, 3), (29, 0, 0, 3)),
        *((17, 11, 11, 2), (3, 8, 9, 2), (19, 2, 4, 3), (19, 1, 3, 3), (23, 5, 7, 2), (30, 11, 11, 3)),
    )
    problem = Problem(tuple(Block(f"b{number}", *row) for number, row in enumerate(rows)), alignment=1)
    for pack in (pack_plain, pack_canonically):
        found = pack(prepare(problem), 69, deadline=time.monotonic() + 60, nodes=1 << 30)
        assert found is not None
        validate_plan(problem, found, 69)


def cut(rng: random.Random, width: int, height: int, count: int) -> list[tuple[int, int, int, int]]:
    """A rectangle of ``width`` steps by ``height`` bytes cut into ``count``: (first step, width, offset, height)."""
    pieces = [(0, width, 0, height)]
    while len(pieces) < count:
        left, wide, low, high = pieces.pop(rng.randrange(len(pieces)))
        if rng.random() < 0.5 and wide > 1:
            at = rng.randint(1, wide - 1)
            pieces += [(left, at, low, high), (left + at, wide - at, low, high)]
        elif high > 1:
            at = rng.randint(1, high - 1)
            pieces += [(left, wide, low, at), (left, wide, low + at, high - at)]
        else:
            pieces.append((left, wide, low, high))
    return pieces


@pytest.mark.parametrize("seed", range(12))
def test_puzzles_without_a_free_byte(seed: int) -> None:
    rng = random.Random(seed)
    count = (20, 40, 80, 160)[seed % 4]
    rows = [
        Block(f"b{number}", high, left, left + wide - 1)
        for number, (left, wide, _, high) in enumerate(cut(rng, count, 4096, count))
    ]
    problem = Problem(tuple(rows), alignment=1)
    packing = prepare(problem)
    assert lower_bound(packing) == 4096
    found = pack_plain(packing, 4096, deadline=time.monotonic() + 60, nodes=1 << 30)
    assert found is not None
    validate_plan(problem, found, 4096)


def test_same_nodes_give_the_same_answer() -> None:
    rng = random.Random(3)
    rows = [
        Block(f"b{number}", high, left, left + wide - 1)
        for number, (left, wide, _, high) in enumerate(cut(rng, 100, 512, 100))
    ]
    packing = prepare(Problem(tuple(rows), alignment=1))
    with pytest.MonkeyPatch.context() as patch:
        layouts = set()
        for seconds in (0.0, 10.0):
            patch.setattr(skyline, "SLICE_SECONDS", seconds)
            layouts.add(pack_plain(packing, 512, deadline=time.monotonic() + 60, nodes=1 << 30))
    assert len(layouts) == 1


def hopeless() -> Problem:
    """Blocks of even sizes and some odd ones, one byte too few for them: no proof within any time."""
    rng = random.Random(11)
    rows = []
    for number in range(120):
        first = rng.randrange(60)
        rows.append(
            Block(f"b{number}", rng.randint(50, 4000), first, first + rng.randrange(30), rng.choice((1, 4, 16)))
        )
    return Problem(tuple(rows), alignment=1)


def test_deadline_is_kept() -> None:
    packing = prepare(hopeless())
    capacity = lower_bound(packing)
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        pack_plain(packing, capacity, deadline=began + 0.5, nodes=1 << 40)
    assert time.monotonic() - began < 3


def test_unit_divides_what_layouts_are_made_of() -> None:
    blocks = (Block("a", 3072, 0, 1, 16), Block("b", 1024, 1, 2, 4), Block("c", 2048, 2, 2, 1024))
    assert rectangles(prepare(Problem(blocks, alignment=16))).unit == 1024
    others = (Block("a", 12, 0, 1, 1), Block("b", 24, 1, 2, 8))
    assert rectangles(prepare(Problem(others, alignment=1))).unit == 4


def test_sections_are_the_maximal_sets_of_live_blocks() -> None:
    blocks = (
        Block("a", 1, 0, 3),
        Block("b", 2, 1, 1),
        Block("c", 3, 3, 5),
        Block("d", 4, 5, 6),
        Block("none", 0, 0, 9),
    )
    found = rectangles(prepare(Problem(blocks, alignment=1)))
    assert found.numbers == (0, 1, 2, 3)
    assert (found.begin, found.end) == ((0, 0, 1, 2), (1, 0, 2, 2))
    assert found.total == (3, 4, 7)


def test_lengths_of_runs() -> None:
    assert [luby(number) for number in range(1, 16)] == [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]


def test_wasmtime_is_not_imported_where_first_fit_suffices() -> None:
    program = (
        "import sys\n"
        "from arenite.allocate import allocate\n"
        "from arenite.graph import Block, Problem\n"
        "plan = allocate(Problem((Block('a', 8, 0, 1), Block('b', 8, 1, 2)), alignment=1))\n"
        "assert plan.optimal and 'wasmtime' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_thousands_of_blocks_take_seconds() -> None:
    rng = random.Random(5)
    rows = []
    for number in range(5000):
        first = rng.randrange(5000)
        last = min(4999, first + int(rng.expovariate(0.1)))
        rows.append(Block(f"b{number}", 256 * rng.randint(1, 64), first, last, rng.choice((1, 4))))
    problem = Problem(tuple(rows), alignment=16)
    began = time.process_time()
    plan = allocate(problem, 20.0)
    assert time.process_time() - began < 15
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    assert plan.optimal
