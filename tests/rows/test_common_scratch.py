"""One place for all scratch, against a search of every place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from arenite.graph import Block, Buffer, Graph, Problem, Step
from arenite.rows.common_scratch import place_scratch, without_scratch

STEPS = 8


@st.composite
def packed(draw: st.DrawFn) -> tuple[Problem, tuple[int, ...], frozenset[int]]:
    """Blocks at places that may overlap as they like, and scratch that lives for a step each."""
    blocks, offsets = [], []
    for number in range(draw(st.integers(0, 8))):
        first = draw(st.integers(0, STEPS - 1))
        size = draw(st.integers(0, 9))
        blocks.append(Block(f"b{number}", size, first, draw(st.integers(first, STEPS - 1))))
        offsets.append(draw(st.integers(0, 30)))
    steps = draw(st.sets(st.integers(0, STEPS - 1), min_size=1))
    scratch = frozenset(range(len(blocks), len(blocks) + len(steps)))
    blocks += [Block(f"s{step}", 4 * draw(st.integers(1, 4)), step, step, alignment=4) for step in sorted(steps)]
    return Problem(tuple(blocks), alignment=16), (*offsets, *(0 for _ in steps)), scratch


def free(problem: Problem, offsets: tuple[int, ...], scratch: frozenset[int], place: int) -> bool:
    for one in scratch:
        working = problem.blocks[one]
        largest = max(problem.blocks[other].bytes for other in scratch)
        for number, (block, offset) in enumerate(zip(problem.blocks, offsets, strict=True)):
            together = block.first_step <= working.first_step <= block.last_step
            overlap = place < offset + block.bytes and offset < place + largest
            if number not in scratch and together and block.bytes and overlap:
                return False
    return True


@given(packed())
def test_the_place_is_free_and_the_lowest(given_plan: tuple[Problem, tuple[int, ...], frozenset[int]]) -> None:
    problem, offsets, scratch = given_plan
    placed, size = place_scratch(problem, offsets, scratch)
    (place,) = {placed[block] for block in scratch}
    assert place == next(at for at in range(0, 200, 4) if free(problem, offsets, scratch, at))
    assert [placed[block] for block in range(len(offsets)) if block not in scratch] == list(offsets[: -len(scratch)])
    end = max(offset + block.bytes for offset, block in zip(placed, problem.blocks, strict=True))
    assert size % 16 == 0
    assert end <= size < end + 16


def test_only_scratch_shrinks() -> None:
    buffers = (Buffer("x", 8, source_tensor=0), Buffer("scratch_0", 64, 4), Buffer("y", 4, source_tensor=1))
    graph = Graph("g", buffers, (Step("s", (0,), (2, 1)),), (0,), (2,))
    assert [buffer.bytes for buffer in without_scratch(graph).buffers] == [8, 0, 4]
