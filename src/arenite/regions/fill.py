"""Region after region filled by rules of thumb, many of them, with the packer to tell what fits.

Preferred regions, the fast ones, are to relieve the others. There is no proof that nothing better exists.
"""

from __future__ import annotations

import random
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence

from arenite.graph import Problem
from arenite.regions.model import RegionProblem
from arenite.regions.pack_part import pack_part
from arenite.regions.units import Units

TRIAL_NODES = 2_000
"""Branchings of the packer for one of many trials."""
RANDOM_ORDERS = 40
Key = Callable[[Units, int], tuple[float, ...]]


class Filler:
    """Divisions of the units of ``stated`` among its regions; ``deadline`` is of time.monotonic."""

    def __init__(self, stated: RegionProblem, units: Units, deadline: float) -> None:
        self.stated = stated
        self.units = units
        self.deadline = deadline
        # What may overlap makes loads too large to rule anything out.
        self.exact_loads = not stated.problem.overlaps
        self.live = units.live

    def divisions(self) -> Iterator[tuple[int, ...]]:
        """A region for each unit, by one rule after the other."""
        shuffled = random.Random(0)
        numbers = [tuple(shuffled.random() for _ in self.units.members) for _ in range(RANDOM_ORDERS)]
        keys: list[Key] = [_largest, _longest, _area, _shortest, _smallest]
        for shave in (True, False):
            for key in keys:
                yield self._fill(key, shave)
        for weights in numbers:
            yield self._fill(_in_given_order(weights), True)

    def given_back(self, region_of: Sequence[int], used: Sequence[int]) -> tuple[int, ...]:
        """The same, but what a later region has room for without growing is there."""
        found = list(region_of)
        count = len(self.stated.regions)
        for region in range(count):
            inside = [unit for unit, where in enumerate(found) if where == region and self._size(unit)]
            for unit in sorted(inside, key=lambda unit: (-self._size(unit), unit)):
                for later in range(region + 1, count):
                    if time.monotonic() > self.deadline:
                        return tuple(found)
                    if later not in self.units.allowed[unit] or self._size(unit) > used[later]:
                        continue
                    there = [other for other, where in enumerate(found) if where == later]
                    if self._fits([*there, unit], later, used[later], 1.0):
                        found[unit] = later
                        break
        return tuple(found)

    def _fill(self, key: Key, shave: bool) -> tuple[int, ...]:
        """Fill one region after the other with the units that come first by ``key``.

        Args:
            shave: take only what lowers the peak of the units that are left.
        """
        region_of = [-1] * len(self.units.members)
        rest = list(range(len(self.units.members)))
        for region, where in enumerate(self.stated.regions):
            allowed = [unit for unit in rest if region in self.units.allowed[unit]]
            last_chance = [unit for unit in allowed if self.units.allowed[unit][-1] == region]
            capacity = where.capacity
            if capacity is None:
                chosen = allowed
            else:
                order = self._by_load(last_chance, rest, allowed, capacity, key, shave)
                chosen = self._longest_that_fits(order, len(last_chance), region, capacity)
            for unit in chosen:
                region_of[unit] = region
            rest = [unit for unit in rest if region_of[unit] < 0]
        return tuple(region_of)

    def _by_load(
        self,
        last_chance: Sequence[int],
        rest: Sequence[int],
        allowed: Sequence[int],
        capacity: int,
        key: Key,
        shave: bool,
    ) -> list[int]:
        """Units for a region, in the order in which they are taken, whose live bytes stay within ``capacity``."""
        # Units come first that have no other region left.
        units = self.units
        taken = list(last_chance)
        inside = self._loads(taken)
        outside = self._loads(set(rest) - set(taken))
        waiting = sorted(set(allowed) - set(taken), key=lambda unit: (key(units, unit), unit))

        def fits(unit: int) -> bool:
            if not self.exact_loads:
                return self._size(unit) <= capacity
            start = units.first[unit]
            return all(inside[event] + load <= capacity for event, load in enumerate(units.loads[unit], start))

        def take(unit: int) -> None:
            taken.append(unit)
            for event, load in enumerate(units.loads[unit], units.first[unit]):
                inside[event] += load
                outside[event] -= load

        if not shave:
            for unit in waiting:
                if fits(unit):
                    take(unit)
            return taken
        rank = {unit: place for place, unit in enumerate(waiting)}
        at = [sorted((unit for unit in live if unit in rank), key=lambda unit: -rank[unit]) for live in self.live]
        gone = set(taken)
        while True:
            peak = outside.index(max(outside))
            # What does not fit now never will.
            while at[peak] and (at[peak][-1] in gone or not fits(at[peak][-1])):
                at[peak].pop()
            if not at[peak]:
                return taken
            unit = at[peak].pop()
            gone.add(unit)
            take(unit)

    def _longest_that_fits(self, order: Sequence[int], least: int, region: int, capacity: int) -> list[int]:
        """The first units of ``order``, as many as a layout is found for, but ``least`` in any case; then each of the
        others that finds room beside them, while there is time."""
        if self._fits(order, region, capacity, 0.1):
            return list(order)
        lengths = range(least + 1, len(order))
        count = least + bisect_left(
            lengths, True, key=lambda length: not self._fits(order[:length], region, capacity, 0.1)
        )
        chosen = list(order[:count])
        for unit in order[count + 1 :]:
            if time.monotonic() > self.deadline:
                break
            if self._fits([*chosen, unit], region, capacity, 0.1):
                chosen.append(unit)
        return chosen

    def _fits(self, units: Iterable[int], region: int, capacity: int, share: float) -> bool:
        members = [block for unit in units for block in self.units.members[unit]]
        # Even when time is over the packer's first guesses are worth having: they take no time to speak of.
        timeout = max((self.deadline - time.monotonic()) * share, 0.02)
        alignment = self.stated.regions[region].alignment
        problem: Problem = self.stated.problem
        try:
            packed = pack_part(problem, members, alignment, timeout, capacity=capacity, nodes=TRIAL_NODES)
        except ValueError:  # pins onto the same bytes
            return False
        return packed.arena_bytes <= capacity

    def _loads(self, units: Iterable[int]) -> list[int]:
        total = [0] * len(self.units.events)
        for unit in units:
            for event, load in enumerate(self.units.loads[unit], self.units.first[unit]):
                total[event] += load
        return total

    def _size(self, unit: int) -> int:
        return max(self.units.loads[unit], default=0)


def _in_given_order(weights: Sequence[float]) -> Key:
    return lambda _units, unit: (weights[unit],)


def _size(units: Units, unit: int) -> int:
    return max(units.loads[unit], default=0)


def _largest(units: Units, unit: int) -> tuple[float, ...]:
    return (-_size(units, unit),)


def _smallest(units: Units, unit: int) -> tuple[float, ...]:
    return (_size(units, unit),)


def _longest(units: Units, unit: int) -> tuple[float, ...]:
    return -len(units.loads[unit]), -_size(units, unit)


def _shortest(units: Units, unit: int) -> tuple[float, ...]:
    return len(units.loads[unit]), -_size(units, unit)


def _area(units: Units, unit: int) -> tuple[float, ...]:
    return (-sum(units.loads[unit]),)
