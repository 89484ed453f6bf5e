"""Items of one pool: from conflicts to live ranges to the exact packer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from arenite.graph import Block, Problem
from arenite.packing.bounds import lower_bound
from arenite.packing.items import prepare, round_up
from arenite.passes.relay.memory.live_ranges import live_ranges
from arenite.passes.relay.memory.memory_items import Item, Pairs
from arenite.regions.pack_part import pack_part


@dataclass(frozen=True)
class Timeline:
    """``ranges``: for each item the closed range of steps that it is live in. ``free``: pairs of items (i, j), i < j,
    that have a step in common and yet no conflict, since a range had to be widened."""

    items: tuple[Item, ...]
    ranges: tuple[tuple[int, int], ...]
    free: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Packed:
    """In bytes from the start of the pool: ``offsets`` of the members; no layout needs less than ``lower_bound``."""

    offsets: tuple[int, ...]
    bytes: int
    lower_bound: int


def timeline(items: Sequence[Item]) -> Timeline:
    """When each item is live; conflicts with items that are not given, or of items without bytes, do not count."""
    number = {item.name: index for index, item in enumerate(items) if item.bytes}
    conflicts = [{number[name] for name in item.conflicts if item.bytes and name in number} for item in items]
    for index, others in enumerate(conflicts):
        others.discard(index)
        for other in others:
            conflicts[other].add(index)
    ranges = live_ranges(conflicts)
    free: set[tuple[int, int]] = set()
    live: list[int] = []
    for index in sorted(range(len(items)), key=lambda index: ranges[index]):
        live = [other for other in live if ranges[other][1] >= ranges[index][0]]
        free.update((min(index, other), max(index, other)) for other in live if other not in conflicts[index])
        live.append(index)
    return Timeline(tuple(items), ranges, frozenset(free))


def problem_of(times: Timeline) -> Problem:
    """All items as blocks, in their order."""
    return _problem(times, range(len(times.items)), 1)


def pack(times: Timeline, members: Sequence[int], timeout: float) -> Packed:
    """Place the items ``members`` of ``times`` in as few bytes as can be.

    Args:
        timeout: seconds; the best layout that was found till then is returned.
    """
    plan = pack_part(problem_of(times), members, 1, timeout)
    return Packed(plan.offsets, plan.arena_bytes, plan.lower_bound_bytes)


def _problem(times: Timeline, members: Sequence[int], alignment: int, in_place: Pairs = frozenset()) -> Problem:
    items = [times.items[member] for member in members]
    position = {member: index for index, member in enumerate(members)}
    names = {item.name: index for index, item in enumerate(items)}
    free = [(position[a], position[b]) for a, b in times.free if a in position and b in position]
    free += [(names[a], names[b]) for a, b in in_place if a in names and b in names]
    return Problem(
        tuple(
            Block(item.name, item.bytes, *times.ranges[member], item.alignment)
            for member, item in zip(members, items, strict=True)
        ),
        overlaps=frozenset((min(both), max(both)) for both in free),
        alignment=alignment,
    )


def least_bytes(times: Timeline, in_place: Pairs = frozenset()) -> int:
    """Bytes that items live at one time need together, however many pools they are spread over and whichever of
    ``in_place`` share theirs; alignment left out."""
    members = range(len(times.items))
    plain = tuple(Item(item.name, item.bytes, 1, item.pools, item.conflicts) for item in times.items)
    return lower_bound(prepare(_problem(Timeline(plain, times.ranges, times.free), members, 1, in_place)))


def least_bytes_of_one_pool(times: Timeline, in_place: Pairs) -> int:
    """The same if there is a single pool. Each item but the topmost then ends, for the others, where the next may
    begin: at a multiple of what divides all alignments."""
    unit = gcd(*(item.alignment for item in times.items)) if times.items else 1
    rounded = tuple(Item(item.name, round_up(item.bytes, unit), 1, item.pools, item.conflicts) for item in times.items)
    slack = max((large.bytes - item.bytes for large, item in zip(rounded, times.items, strict=True)), default=0)
    aligned = least_bytes(Timeline(rounded, times.ranges, times.free), in_place) - slack
    return max(aligned, least_bytes(times, in_place))
