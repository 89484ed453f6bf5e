"""What USMP has to place, as frozen data without TVM: items that conflict, the pools they may go to, a placement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from arenite.validate import InvalidPlan

Placement = Mapping[str, tuple[str, int]]
"""Item name -> (pool name, offset in bytes)."""
Pairs = frozenset[tuple[str, str]]
"""Names of two items each, in ascending order."""


@dataclass(frozen=True)
class Item:
    """A buffer: a tensor, a temporary or a constant.

    ``pools``: names of those that it may go to, the preferred one first. ``conflicts``: names of the items that it must
    not share bytes with; items name each other.
    """

    name: str
    bytes: int
    alignment: int
    pools: tuple[str, ...]
    conflicts: frozenset[str]


@dataclass(frozen=True)
class Pool:
    """``capacity_bytes`` is None without a limit. ``constant``: read-only, not part of the workspace."""

    name: str
    capacity_bytes: int | None = None
    constant: bool = False


def pair(first: str, second: str) -> tuple[str, str]:
    """An element of Pairs."""
    return (first, second) if first < second else (second, first)


def pool_bytes(items: Iterable[Item], placement: Placement) -> dict[str, int]:
    """Bytes of each pool that is used: the largest end of an item in it."""
    sizes: dict[str, int] = {}
    for item in items:
        pool, offset = placement[item.name]
        sizes[pool] = max(sizes.get(pool, 0), offset + item.bytes)
    return sizes


def with_conflicts(items: Sequence[Item], pairs: Pairs) -> tuple[Item, ...]:
    """``items`` with the conflicts ``pairs`` besides; names that are not there are ignored."""
    more: dict[str, set[str]] = {item.name: set(item.conflicts) for item in items}
    for first, second in pairs:
        if first in more and second in more and first != second:
            more[first].add(second)
            more[second].add(first)
    return tuple(Item(item.name, item.bytes, item.alignment, item.pools, frozenset(more[item.name])) for item in items)


def validate_placement(
    items: Sequence[Item], pools: Iterable[Pool], placement: Placement, in_place: Pairs = frozenset()
) -> None:
    """Raise InvalidPlan unless every item lies aligned in a pool that it may go to, within its capacity, and shares
    no byte with what it conflicts with; a pair of ``in_place`` may lie on exactly the same bytes."""
    capacities = {pool.name: pool.capacity_bytes for pool in pools}
    for item in items:
        if item.name not in placement:
            raise InvalidPlan(f"{item.name} has no place")
        pool, offset = placement[item.name]
        if pool not in item.pools:
            raise InvalidPlan(f"{item.name} is in the pool {pool}, which it may not go to")
        if offset < 0 or offset % item.alignment:
            raise InvalidPlan(f"{item.name} at {offset} is not aligned to {item.alignment}")
        capacity = capacities[pool]
        if capacity is not None and offset + item.bytes > capacity:
            raise InvalidPlan(f"{item.name} at {offset} does not lie inside the {capacity} bytes of {pool}")
    for one, other in combinations(items, 2):
        if other.name not in one.conflicts and one.name not in other.conflicts:
            continue
        (pool, offset), (other_pool, other_offset) = placement[one.name], placement[other.name]
        if pool != other_pool or min(offset + one.bytes, other_offset + other.bytes) <= max(offset, other_offset):
            continue
        same_bytes = offset == other_offset and one.bytes == other.bytes
        if not (same_bytes and pair(one.name, other.name) in in_place):
            raise InvalidPlan(f"{one.name} and {other.name} share bytes of {pool} while both are live")
