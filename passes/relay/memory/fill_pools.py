"""Items of several pools with limits: which pool each goes to, and where.

Preferred pools, the fast ones, are to relieve the others: of all placements found the one is taken that needs the
fewest bytes of the last pool, then of the last but one, and so on, as long as the pools together are no larger than
what some other planner needs. Bytes of a preferred pool that relieve no other are left to the application. There is no
proof that nothing better exists.
"""

from __future__ import annotations

import random
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from arenite.passes.relay.memory.memory_items import Item, Placement, Pool, pool_bytes
from arenite.passes.relay.memory.pack_items import Timeline, loads, pack

TRIAL_NODES = 2_000
"""Branchings of the packer for one of many trials."""
RANDOM_ORDERS = 40
Assignment = dict[str, list[int]]
"""Pool name -> items in it."""
Key = Callable[[Timeline, int], tuple[float, ...]]


@dataclass(frozen=True)
class Objective:
    """``pools``: names, in order of preference. ``limit``: bytes of all pools together that another planner needs."""

    pools: tuple[str, ...]
    limit: int | None

    def cost(self, items: Sequence[Item], placement: Placement) -> tuple[int, ...]:
        """Smaller is better, compared from the left."""
        sizes = pool_bytes(items, placement)
        excess = 0 if self.limit is None else max(sum(sizes.values()) - self.limit, 0)
        return (excess, *(sizes.get(pool, 0) for pool in reversed(self.pools)))


def by_preference(items: Sequence[Item], pools: Sequence[Pool]) -> tuple[Pool, ...]:
    """``pools`` in the order that the items' preferences amount to: by their mean place in the lists of candidates."""

    def place(pool: Pool) -> tuple[float, str]:
        places = [item.pools.index(pool.name) for item in items if pool.name in item.pools]
        return sum(places) / len(places) if places else len(pools), pool.name

    return tuple(sorted(pools, key=place))


def fill_pools(
    times: Timeline, pools: Sequence[Pool], objective: Objective, seeds: Sequence[Placement], timeout: float
) -> dict[str, tuple[str, int]] | None:
    """The best placement found, or None if there is none.

    Args:
        pools: in order of preference.
        seeds: placements by other planners; which pool they choose for each item is tried, too.
        timeout: seconds.
    """
    deadline = time.monotonic() + timeout
    best: dict[str, tuple[str, int]] | None = None
    for assignment in _assignments(times, pools, seeds, deadline):
        placement = _place(times, pools, assignment, deadline, TRIAL_NODES)
        if placement is not None and (
            best is None or objective.cost(times.items, placement) < objective.cost(times.items, best)
        ):
            best = placement
        if best is not None and time.monotonic() > deadline:
            break
    if best is None:
        return None
    chosen = _given_back(times, pools, best, deadline)
    closer = _place(times, pools, chosen, deadline, 20 * TRIAL_NODES)
    if closer is not None and objective.cost(times.items, closer) < objective.cost(times.items, best):
        return closer
    return best


def _given_back(times: Timeline, pools: Sequence[Pool], placement: Placement, deadline: float) -> Assignment:
    """The pools of ``placement``, but what a later pool has room for without growing is there."""
    assignment = _assignment(times, placement)
    sizes = pool_bytes(times.items, placement)
    for number, pool in enumerate(pools):
        members = sorted(assignment.get(pool.name, []), key=lambda member: (-times.items[member].bytes, member))
        for member in members:
            for later in pools[number + 1 :]:
                if time.monotonic() > deadline:
                    return assignment
                room, there = sizes.get(later.name, 0), assignment.setdefault(later.name, [])
                if later.name not in times.items[member].pools or times.items[member].bytes > room:
                    continue
                packed = pack(times, [*there, member], _left(deadline), capacity=room, nodes=TRIAL_NODES)
                if packed.bytes <= room:
                    assignment[pool.name].remove(member)
                    there.append(member)
                    break
    return assignment


def _assignment(times: Timeline, placement: Placement) -> Assignment:
    assignment: Assignment = {}
    for member, item in enumerate(times.items):
        assignment.setdefault(placement[item.name][0], []).append(member)
    return assignment


def _place(
    times: Timeline, pools: Sequence[Pool], assignment: Assignment, deadline: float, nodes: int
) -> dict[str, tuple[str, int]] | None:
    placement: dict[str, tuple[str, int]] = {}
    for pool in pools:
        members = assignment.get(pool.name, [])
        packed = pack(times, members, _left(deadline), nodes=nodes)
        if pool.capacity_bytes is not None and packed.bytes > pool.capacity_bytes:
            return None
        for member, offset in zip(members, packed.offsets, strict=True):
            placement[times.items[member].name] = pool.name, offset
    return placement


def _left(deadline: float) -> float:
    # Even when time is over the packer's first guesses are worth having: they take no time to speak of.
    return max(deadline - time.monotonic(), 0.02)


def _assignments(
    times: Timeline, pools: Sequence[Pool], seeds: Sequence[Placement], deadline: float
) -> Iterator[Assignment]:
    for seed in seeds:
        yield _assignment(times, seed)
    shuffled = random.Random(0)
    numbers = [tuple(shuffled.random() for _ in times.items) for _ in range(RANDOM_ORDERS)]
    keys: list[Key] = [_largest, _longest, _area, _shortest, _smallest]
    for shave in (True, False):
        for key in keys:
            yield _fill(times, pools, key, shave, deadline)
    for weights in numbers:
        yield _fill(times, pools, _in_given_order(weights), True, deadline)


def _fill(times: Timeline, pools: Sequence[Pool], key: Key, shave: bool, deadline: float) -> Assignment:
    """Fill one pool after the other with the items that come first by ``key``.

    Args:
        shave: take only what lowers the peak of the items that are left.
    """
    assignment: Assignment = {}
    rest = list(range(len(times.items)))
    for number, pool in enumerate(pools):
        later = {other.name for other in pools[number + 1 :]}
        allowed = [member for member in rest if pool.name in times.items[member].pools]
        last_chance = [member for member in allowed if later.isdisjoint(times.items[member].pools)]
        if pool.capacity_bytes is None:
            chosen = allowed
        else:
            order = _by_load(times, last_chance, rest, allowed, pool.capacity_bytes, key, shave)
            chosen = _longest_that_fits(times, order, len(last_chance), pool.capacity_bytes, deadline)
        assignment[pool.name] = chosen
        taken = set(chosen)
        rest = [member for member in rest if member not in taken]
    return assignment


def _by_load(
    times: Timeline,
    last_chance: Sequence[int],
    rest: Sequence[int],
    allowed: Sequence[int],
    capacity: int,
    key: Key,
    shave: bool,
) -> list[int]:
    """Items for a pool, in the order in which they are taken, whose live bytes stay within ``capacity``."""
    # Items come first that have no other pool left.
    taken = list(last_chance)
    inside = loads(times, taken)
    outside = loads(times, set(rest) - set(taken))
    waiting = sorted(set(allowed) - set(taken), key=lambda member: (key(times, member), member))
    while waiting:
        peak = outside.index(max(outside))

        def fits(member: int) -> bool:
            first, last = times.ranges[member]
            if times.free:
                # Ranges that had to be widened make loads too large to rule anything out.
                return times.items[member].bytes <= capacity
            return max(inside[first : last + 1]) + times.items[member].bytes <= capacity

        waiting = [member for member in waiting if fits(member)]
        useful = [m for m in waiting if times.ranges[m][0] <= peak <= times.ranges[m][1]] if shave else waiting
        if not useful:
            break
        member = useful[0]
        waiting.remove(member)
        taken.append(member)
        for step in range(times.ranges[member][0], times.ranges[member][1] + 1):
            inside[step] += times.items[member].bytes
            outside[step] -= times.items[member].bytes
    return taken


def _longest_that_fits(times: Timeline, order: Sequence[int], least: int, capacity: int, deadline: float) -> list[int]:
    """The first items of ``order``, as many as a layout is found for, but ``least`` in any case; then each of the
    others that finds room beside them, while there is time."""

    def fits(members: Sequence[int]) -> bool:
        packed = pack(times, members, _left(deadline) / 10, capacity=capacity, nodes=TRIAL_NODES)
        return packed.bytes <= capacity

    if fits(order):
        return list(order)
    lengths = range(least + 1, len(order))
    count = least + bisect_left(lengths, True, key=lambda length: not fits(order[:length]))
    chosen = list(order[:count])
    for member in order[count + 1 :]:
        if time.monotonic() > deadline:
            break
        if fits([*chosen, member]):
            chosen.append(member)
    return chosen


def _in_given_order(weights: Sequence[float]) -> Key:
    return lambda _times, member: (weights[member],)


def _largest(times: Timeline, member: int) -> tuple[float, ...]:
    return (-times.items[member].bytes,)


def _smallest(times: Timeline, member: int) -> tuple[float, ...]:
    return (times.items[member].bytes,)


def _length(times: Timeline, member: int) -> int:
    first, last = times.ranges[member]
    return last - first + 1


def _longest(times: Timeline, member: int) -> tuple[float, ...]:
    return -_length(times, member), -times.items[member].bytes


def _shortest(times: Timeline, member: int) -> tuple[float, ...]:
    return _length(times, member), -times.items[member].bytes


def _area(times: Timeline, member: int) -> tuple[float, ...]:
    return (-times.items[member].bytes * _length(times, member),)
