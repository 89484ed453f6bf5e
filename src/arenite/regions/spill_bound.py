"""Bytes of a region that no layout can do without: at some step not enough fits into the other regions.

Which of the live units lie elsewhere is a subset sum: a unit is in another region as a whole or not at all. All sums of
some sizes are the bits of one number, and adding a size is a shift (the usual bit-parallel subset sum).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from math import gcd

from arenite.packing.items import round_up
from arenite.regions.model import RegionProblem
from arenite.regions.units import Units

MAX_BITS = 1 << 19
"""Of the set of sums; where more would be needed, bytes are counted as if units could be cut."""


def spill_bound(stated: RegionProblem, units: Units, capacities: Sequence[int | None], target: int) -> int | None:
    """Bytes of region ``target`` that every layout needs at least; None if no layout exists.

    ``capacities``: bytes that the regions may use, None for no limit; that of ``target`` is not used.
    The problem must not allow overlaps.
    """
    bound = 0
    for event, live in enumerate(units.live):
        if bound and sum(units.load_at(unit, event) for unit in live) <= bound:
            continue
        ways = {result for _, result, _ in units.pairs[event]}
        spilt = [
            spill(
                [(units.load_at(unit, event) - (saved if unit == result else 0), units.allowed[unit]) for unit in live],
                capacities,
                target,
            )
            for result in (ways or {-1})
            for saved in [max((saved for _, other, saved in units.pairs[event] if other == result), default=0)]
        ]
        known = [one for one in spilt if one is not None]
        if not known:
            return None
        bound = max(bound, min(known))
    return round_up(bound, stated.regions[target].alignment)


def spill(live: Sequence[tuple[int, Collection[int]]], capacities: Sequence[int | None], target: int) -> int | None:
    """Bytes of what lives at one time that must lie in region ``target``; None if there is no room for all of it.

    ``live``: bytes of each unit and the regions that it may lie in.
    """
    forced = elsewhere = 0
    either: list[int] = []
    for size, allowed in live:
        roomy = any(
            region != target and ((capacity := capacities[region]) is None or size <= capacity) for region in allowed
        )
        if not roomy and target not in allowed:
            return None
        if not roomy:
            forced += size
        elif target not in allowed:
            elsewhere += size
        elif size:
            either.append(size)
    others = [capacity for region, capacity in enumerate(capacities) if region != target]
    limits = [capacity for capacity in others if capacity is not None]
    if len(limits) < len(others):
        return forced
    room = sum(limits) - elsewhere
    if room < 0:
        return None
    return forced + sum(either) - largest_sum(either, room)


def largest_sum(sizes: Sequence[int], room: int) -> int:
    """The largest sum of some of ``sizes`` that is at most ``room``; more if it would take too long to know."""
    if sum(sizes) <= room:
        return sum(sizes)
    return _largest_sum(tuple(sorted(sizes)), room)


@lru_cache(maxsize=1 << 14)
def _largest_sum(sizes: tuple[int, ...], room: int) -> int:
    unit = gcd(*sizes)
    limit = room // unit
    if limit > MAX_BITS:
        return room
    mask = (1 << (limit + 1)) - 1
    sums = 1
    for size in sizes:
        sums |= sums << (size // unit) & mask
    return (sums.bit_length() - 1) * unit
