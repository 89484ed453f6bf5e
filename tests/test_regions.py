"""Blocks in several memory regions, against enumeration of every placement of small problems."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import in_place_problems, plain_problems, problems

from arenite.graph import Block, Problem
from arenite.regions.check import validate_layout
from arenite.regions.model import Region, RegionLayout, RegionProblem
from arenite.regions.place import DoesNotFit, place
from arenite.regions.spill_bound import spill
from arenite.validate import InvalidPlan


def least_use(stated: RegionProblem) -> tuple[int, ...] | None:
    """Bytes used of each region, the slowest first, by the best placement; None if there is none.

    Every region and every offset is tried for one block after the other.
    """
    blocks = stated.problem.blocks
    glue = {
        member: [(other, there - at) for other, there in group.members if other < member]
        for group in stated.problem.glued
        for member, at in group.members
    }
    best: tuple[int, ...] | None = None

    def used(places: list[tuple[int, int]]) -> tuple[int, ...]:
        ends = [0] * len(stated.regions)
        for block, (region, offset) in zip(blocks, places, strict=False):
            ends[region] = max(ends[region], offset + block.bytes)
        rounded = [-(-end // its.alignment) * its.alignment for end, its in zip(ends, stated.regions, strict=True)]
        return tuple(reversed(rounded))

    def shares(places: list[tuple[int, int]], shared: frozenset[int], place_: tuple[int, int]) -> frozenset[int] | None:
        """Steps at which something is written in place, the next block included; None if it cannot lie there."""
        block, number = blocks[len(places)], len(places)
        for other, (region, offset) in enumerate(places):
            that = blocks[other]
            apart = that.last_step < block.first_step or block.last_step < that.first_step
            low, high = max(offset, place_[1]), min(offset + that.bytes, place_[1] + block.bytes)
            if region != place_[0] or apart or high <= low or (other, number) in stated.problem.overlaps:
                continue
            pairs = [pair for pair in ((other, number), (number, other)) if pair in stated.problem.in_place]
            if not pairs or offset != place_[1]:
                return None
            step = blocks[pairs[0][1]].first_step
            if step in shared:
                return None
            shared |= {step}
        return shared

    def extend(places: list[tuple[int, int]], shared: frozenset[int]) -> None:
        nonlocal best
        if best is not None and used(places) >= best:
            return
        if len(places) == len(blocks):
            best = used(places)
            return
        block = blocks[len(places)]
        for region in stated.allowed[len(places)]:
            room = stated.regions[region].capacity
            assert room is not None
            for offset in range(0, room - block.bytes + 1, block.alignment):
                if block.pinned is not None and offset != block.pinned:
                    continue
                if any(places[other] != (region, offset + apart) for other, apart in glue.get(len(places), ())):
                    continue
                following = shares(places, shared, (region, offset))
                if following is not None:
                    extend([*places, (region, offset)], following)

    extend([], frozenset())
    return best


@st.composite
def region_problems(draw: st.DrawFn, source: st.SearchStrategy[Problem], most: int = 3) -> RegionProblem:
    problem = draw(source)
    count = draw(st.integers(1, most))
    regions = tuple(
        Region(f"r{number}", draw(st.integers(0, 8)), None, draw(st.sampled_from((1, 1, 2, 4))))
        for number in range(count)
    )
    some = st.sets(st.integers(0, count - 1), min_size=1).map(lambda chosen: tuple(sorted(chosen)))
    anywhere = st.just(tuple(range(count)))
    return RegionProblem(problem, regions, tuple(draw(anywhere | some) for _ in problem.blocks))


def check(stated: RegionProblem) -> None:
    least = least_use(stated)
    if least is None:
        with pytest.raises(DoesNotFit) as refusal:
            place(stated, 5.0)
        assert refusal.value.proven
        return
    layout = place(stated, 5.0)
    validate_layout(stated, layout)
    found, bounds = layout.used_bytes[::-1], layout.lower_bound_bytes[::-1]
    assert found == least
    # Each bound holds for layouts that are as good in the regions behind.
    assert all(bound <= used for bound, used in zip(bounds, least, strict=True))


@settings(max_examples=150, deadline=None)
@given(region_problems(plain_problems(5, max_bytes=4, max_steps=4)))
def test_plain_blocks_use_as_little_of_the_slow_regions_as_can_be(stated: RegionProblem) -> None:
    check(stated)


@settings(max_examples=150, deadline=None)
@given(region_problems(in_place_problems(5), 2))
def test_written_in_place_within_one_region(stated: RegionProblem) -> None:
    check(stated)


@settings(max_examples=150, deadline=None)
@given(region_problems(problems(4), 2))
def test_glue_pins_and_overlaps_are_kept(stated: RegionProblem) -> None:
    """With overlaps there are only rules of thumb."""
    try:
        layout = place(stated, 2.0)
    except (DoesNotFit, ValueError):
        return
    validate_layout(stated, layout)
    least = least_use(stated)
    assert least is not None
    assert layout.used_bytes[::-1] >= least
    assert layout.lower_bound_bytes[-1] <= least[0]


def test_optimal_is_said_only_where_it_is_so() -> None:
    layout = RegionLayout((0,), (0,), (4, 0), (3, 0))
    assert not layout.optimal
    assert replace(layout, lower_bound_bytes=(4, 0)).optimal
    assert replace(layout, used_bytes=(4, 2), lower_bound_bytes=(3, 2)).optimal
    assert not replace(layout, used_bytes=(4, 2), lower_bound_bytes=(4, 1)).optimal


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(((0,), (1,), (0, 1)))), max_size=6), st.integers(0, 20))
def test_what_is_spilt_is_the_least_over_all_divisions(live: list[tuple[int, tuple[int, ...]]], room: int) -> None:
    sums = []
    for mask in range(1 << len(live)):
        chosen = [mask >> number & 1 for number in range(len(live))]
        fast = sum(size for (size, _), where in zip(live, chosen, strict=True) if where == 0)
        if fast <= room and all(where in allowed for (_, allowed), where in zip(live, chosen, strict=True)):
            sums.append(sum(size for (size, _), where in zip(live, chosen, strict=True) if where == 1))
    assert spill(live, [room, None], 1) == min(sums, default=None)


def blocks_at_once(*sizes: int) -> Problem:
    return Problem(tuple(Block(f"b{number}", size, 0, 0) for number, size in enumerate(sizes)), alignment=1)


def test_whole_buffers_spill_not_bytes() -> None:
    stated = RegionProblem(blocks_at_once(6, 6, 5), (Region("fast", 10), Region("slow", 100)), ((0, 1),) * 3)
    layout = place(stated)
    assert layout.used_bytes == (6, 11)
    assert layout.lower_bound_bytes == (6, 11)
    assert layout.optimal


def test_three_regions_relieve_each_other() -> None:
    regions = Region("tcm", 4), Region("sram", 8), Region("psram", 100)
    layout = place(RegionProblem(blocks_at_once(4, 4, 4, 4), regions, ((0, 1, 2),) * 4))
    assert layout.used_bytes == (4, 8, 4)
    assert layout.optimal


def test_the_same_pinned_offset_in_two_regions() -> None:
    blocks = tuple(replace(block, pinned=0) for block in blocks_at_once(4, 4).blocks)
    layout = place(RegionProblem(Problem(blocks, alignment=1), (Region("a", 4), Region("b", 4)), ((0, 1),) * 2))
    assert sorted(layout.region_of) == [0, 1]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"region_of": (1, 0)}, "must not lie in"),
        ({"offsets": (0, 5)}, "does not lie inside"),
        ({"offsets": (0, -4)}, "does not lie inside"),
        ({"offsets": (2, 4)}, "not aligned"),
        ({"offsets": (0, 0)}, "share bytes"),
        ({"used_bytes": (4, 0)}, "ends behind"),
        ({"lower_bound_bytes": (9, 0)}, "with a bound of 9"),
        ({"offsets": (0,)}, "1 offsets"),
    ],
)
def test_the_validator_sees_every_fault(change: dict[str, tuple[int, ...]], text: str) -> None:
    blocks = Block("a", 4, 0, 1, 4), Block("b", 4, 1, 1)
    stated = RegionProblem(Problem(blocks, alignment=1), (Region("fast", 8), Region("slow", 8)), ((0,), (0, 1)))
    good = RegionLayout((0, 0), (0, 4), (8, 0), (8, 0))
    validate_layout(stated, good)
    with pytest.raises(InvalidPlan, match=text):
        validate_layout(stated, replace(good, **change))


def test_the_validator_knows_addresses() -> None:
    stated = RegionProblem(Problem((Block("a", 4, 0, 0, 4),)), (Region("fast", 8, base=2),), ((0,),))
    with pytest.raises(InvalidPlan, match="not aligned"):
        validate_layout(stated, RegionLayout((0,), (0,), (4,), (0,)))


def test_the_validator_allows_one_pair_in_place_per_step() -> None:
    blocks = tuple(
        Block(name, 4, first, last) for name, first, last in (("a", 0, 1), ("b", 0, 1), ("c", 1, 2), ("d", 1, 2))
    )
    problem = Problem(blocks, alignment=1, in_place=frozenset({(0, 2), (1, 3)}))
    regions = Region("fast", 8), Region("slow", 8)
    stated = RegionProblem(problem, regions, ((0, 1),) * 4)
    once = RegionLayout((0, 1, 0, 1), (0, 0, 0, 4), (4, 8), (0, 0))
    validate_layout(stated, once)
    with pytest.raises(InvalidPlan, match="share bytes"):
        validate_layout(stated, replace(once, offsets=(0, 0, 0, 0)))
    layout = place(stated)
    assert layout.used_bytes == (8, 4)
