"""Placing items in pools: against enumeration of every placement of small problems."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from arenite.errors import AreniteError
from arenite.passes.relay.memory.memory_items import Item, Pairs, Placement, Pool, pair, pool_bytes, validate_placement
from arenite.passes.relay.memory.place_items import place
from arenite.validate import InvalidPlan

UNLIMITED = (Pool("sram"),)


def items_of(
    sizes: Sequence[int],
    conflicts: Mapping[int, set[int]],
    alignments: Sequence[int] | None = None,
    pools: Sequence[tuple[str, ...]] | None = None,
) -> list[Item]:
    return [
        Item(
            f"b{index}",
            size,
            alignments[index] if alignments else 1,
            pools[index] if pools else ("sram",),
            frozenset(f"b{other}" for other in conflicts[index]),
        )
        for index, size in enumerate(sizes)
    ]


@st.composite
def problems(draw: st.DrawFn, pools: Sequence[str] = ("sram",), most: int = 5) -> list[Item]:
    """Items with any conflicts, so that few of the graphs are interval graphs."""
    count = draw(st.integers(1, most))
    conflicts: dict[int, set[int]] = {index: set() for index in range(count)}
    for one, other in itertools.combinations(range(count), 2):
        if draw(st.booleans()):
            conflicts[one].add(other)
            conflicts[other].add(one)
    sizes = draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))
    alignment = draw(st.sampled_from([(1,), (2,), (1, 2, 4)]))
    alignments = draw(st.lists(st.sampled_from(alignment), min_size=count, max_size=count))
    orders = [order for length in range(1, len(pools) + 1) for order in itertools.permutations(pools, length)]
    return items_of(sizes, conflicts, alignments, [draw(st.sampled_from(orders)) for _ in range(count)])


def placements(items: Sequence[Item], limits: Mapping[str, int], in_place: Pairs = frozenset()) -> Iterator[Placement]:
    """Every placement within ``limits``, one offset after the other."""

    def extend(placed: dict[str, tuple[str, int]]) -> Iterator[Placement]:
        if len(placed) == len(items):
            yield dict(placed)
            return
        item = items[len(placed)]
        for pool in item.pools:
            for offset in range(0, limits[pool] - item.bytes + 1, item.alignment):
                if all(
                    set(range(offset, offset + item.bytes)).isdisjoint(range(at, at + other.bytes))
                    or (pair(item.name, other.name) in in_place and (offset, item.bytes) == (at, other.bytes))
                    for other in items[: len(placed)]
                    for there, at in [placed[other.name]]
                    if there == pool and other.name in item.conflicts
                ):
                    yield from extend({**placed, item.name: (pool, offset)})

    yield from extend({})


def least_bytes(items: Sequence[Item], in_place: Pairs = frozenset()) -> int:
    """Of one pool: the first limit with a placement."""
    return next(
        limit
        for limit in itertools.count(max((item.bytes for item in items), default=0))
        if next(placements(items, {"sram": limit}, in_place), None) is not None
    )


@settings(max_examples=300, deadline=None)
@given(problems())
def test_one_pool_is_as_small_as_can_be(items: list[Item]) -> None:
    placed = place(items, UNLIMITED)
    validate_placement(items, UNLIMITED, placed.placement)
    least = least_bytes(items)
    assert pool_bytes(items, placed.placement).get("sram", 0) == least
    assert placed.lower_bound_bytes <= least


@settings(max_examples=200, deadline=None)
@given(problems(most=4), st.data())
def test_in_place_never_costs_and_shares_only_exact_pairs(items: list[Item], data: st.DataObject) -> None:
    conflicting = [pair(item.name, other) for item in items for other in item.conflicts]
    in_place = frozenset(data.draw(st.lists(st.sampled_from(conflicting), max_size=3)) if conflicting else [])
    placed = place(items, UNLIMITED, in_place)
    validate_placement(items, UNLIMITED, placed.placement, in_place)
    size = pool_bytes(items, placed.placement).get("sram", 0)
    assert placed.lower_bound_bytes <= least_bytes(items, in_place) <= size <= least_bytes(items)


@settings(max_examples=300, deadline=None)
@given(problems(pools=("fast", "slow"), most=4), st.integers(0, 12), st.integers(0, 16))
def test_two_limited_pools(items: list[Item], fast: int, slow: int) -> None:
    pools = (Pool("fast", fast), Pool("slow", slow))
    possible = next(placements(items, {"fast": fast, "slow": slow}), None) is not None
    if not possible:
        with pytest.raises(AreniteError, match=r"(fast|slow) of \d+ bytes"):
            place(items, pools)
        return
    placed = place(items, pools)
    validate_placement(items, pools, placed.placement)
    assert sum(pool_bytes(items, placed.placement).values()) >= placed.lower_bound_bytes


def test_a_preferred_pool_relieves_the_other_and_takes_no_more_than_that() -> None:
    everything = {0: {1, 2}, 1: {0, 2}, 2: {0, 1}, 3: set()}
    both = [("fast", "slow")] * 4
    items = items_of([60, 50, 30, 60], everything, pools=both)
    placed = place(items, (Pool("fast", 80), Pool("slow")))
    assert pool_bytes(items, placed.placement) == {"fast": 80, "slow": 60}
    placed = place(items, (Pool("fast"), Pool("slow")))
    assert pool_bytes(items, placed.placement) == {"fast": 140}


@pytest.mark.parametrize(
    ("placement", "text"),
    [
        ({"a": ("sram", 0)}, "b has no place"),
        ({"a": ("sram", 0), "b": ("rom", 8)}, "may not go to"),
        ({"a": ("sram", 0), "b": ("sram", 6)}, "not aligned"),
        ({"a": ("sram", 0), "b": ("sram", -4)}, "not aligned"),
        ({"a": ("sram", 0), "b": ("sram", 28)}, "does not lie inside"),
        ({"a": ("sram", 0), "b": ("sram", 4)}, "share bytes"),
        ({"a": ("sram", 8), "b": ("sram", 8)}, "share bytes"),
    ],
)
def test_the_validator_sees_every_fault(placement: Placement, text: str) -> None:
    items = [
        Item("a", 8, 4, ("sram",), frozenset({"b"})),
        Item("b", 8, 4, ("sram",), frozenset({"a"})),
    ]
    pools = (Pool("sram", 32), Pool("rom", 32))
    with pytest.raises(InvalidPlan, match=text):
        validate_placement(items, pools, placement)
    if placement.get("b") == placement["a"]:
        validate_placement(items, pools, placement, frozenset({("a", "b")}))
    elif text == "share bytes":
        with pytest.raises(InvalidPlan, match=text):
            validate_placement(items, pools, placement, frozenset({("a", "b")}))
