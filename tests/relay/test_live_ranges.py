"""Live ranges recovered from conflicts: the same conflicts again, and never one too few."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from arenite.passes.relay.memory.live_ranges import live_ranges
from arenite.passes.relay.memory.memory_items import Item
from arenite.passes.relay.memory.pack_items import timeline

Ranges = Sequence[tuple[int, int]]


def conflicts_of(ranges: Ranges) -> list[set[int]]:
    return [
        {other for other, (c, d) in enumerate(ranges) if other != index and c <= b and a <= d}
        for index, (a, b) in enumerate(ranges)
    ]


def maximal_cliques(conflicts: Sequence[set[int]]) -> set[frozenset[int]]:
    """By extension of every clique, for small graphs."""
    found = {frozenset({vertex}) for vertex in range(len(conflicts))}
    for _ in conflicts:
        found |= {clique | {v} for clique in found for v in range(len(conflicts)) if clique - {v} <= conflicts[v]}
    return {clique for clique in found if not any(clique < other for other in found)}


def families(count: int, steps: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    point = st.integers(0, steps)
    return st.lists(st.tuples(point, point).map(lambda both: (min(both), max(both))), max_size=count)


@settings(max_examples=1000, deadline=None)
@given(families(14, 12))
def test_ranges_give_the_same_conflicts(ranges: Ranges) -> None:
    conflicts = conflicts_of(ranges)
    assert conflicts_of(live_ranges(conflicts)) == conflicts


@settings(max_examples=200, deadline=None)
@given(families(7, 8))
def test_steps_are_the_maximal_cliques(ranges: Ranges) -> None:
    conflicts = conflicts_of(ranges)
    found = live_ranges(conflicts)
    steps = {last for _, last in found}
    live = {frozenset(v for v, (a, b) in enumerate(found) if a <= step <= b) for step in steps}
    if ranges:
        assert live == maximal_cliques(conflicts)


@settings(max_examples=500, deadline=None)
@given(st.integers(1, 10), st.randoms(use_true_random=False), st.floats(0, 1))
def test_other_graphs_get_ranges_that_miss_no_conflict(count: int, choose: random.Random, density: float) -> None:
    conflicts: list[set[int]] = [set() for _ in range(count)]
    for one in range(count):
        for other in range(one):
            if choose.random() < density:
                conflicts[one].add(other)
                conflicts[other].add(one)
    found = conflicts_of(live_ranges(conflicts))
    assert all(wanted <= got for wanted, got in zip(conflicts, found, strict=True))
    items = [
        Item(str(index), 1, 1, ("pool",), frozenset(str(other) for other in others))
        for index, others in enumerate(conflicts)
    ]
    widened = {(a, b) for b in range(count) for a in range(b) if a in found[b] and a not in conflicts[b]}
    assert timeline(items).free == widened


def test_a_ring_of_four_is_widened_at_one_place() -> None:
    ring = [{1, 3}, {0, 2}, {1, 3}, {0, 2}]
    found = conflicts_of(live_ranges(ring))
    assert sum(map(len, found)) == sum(map(len, ring)) + 2


@pytest.mark.parametrize("longest", [3, 60])
def test_a_thousand_buffers_take_seconds(longest: int) -> None:
    choose = random.Random(longest)
    ranges = [(first, first + choose.randrange(longest)) for first in (choose.randrange(1000) for _ in range(1000))]
    conflicts = conflicts_of(ranges)
    began = time.monotonic()
    found = live_ranges(conflicts)
    assert time.monotonic() - began < 5
    assert conflicts_of(found) == conflicts
