"""Items of several pools: from conflicts to the planner of memory regions.

Preferred pools, the fast ones, are to relieve the others: as few bytes as can be of the last pool, then of the last but
one, and so on, as long as the pools together are no larger than what some other planner needs. Bytes of a preferred
pool that relieve no other are left to the application.
"""

from __future__ import annotations

from collections.abc import Sequence

from arenite.passes.relay.memory.memory_items import Item, Placement, Pool, pool_bytes
from arenite.passes.relay.memory.pack_items import problem_of, timeline
from arenite.regions.model import Region, RegionProblem, slowest_first
from arenite.regions.place import DoesNotFit
from arenite.regions.place import place as place_in_regions


def by_preference(items: Sequence[Item], pools: Sequence[Pool]) -> tuple[Pool, ...]:
    """``pools`` in the order that the items' preferences amount to: by their mean place in the lists of candidates."""

    def place(pool: Pool) -> tuple[float, str]:
        places = [item.pools.index(pool.name) for item in items if pool.name in item.pools]
        return sum(places) / len(places) if places else len(pools), pool.name

    return tuple(sorted(pools, key=place))


def cost(items: Sequence[Item], pools: Sequence[Pool], placement: Placement, limit: int | None) -> tuple[int, ...]:
    """Smaller is better, compared from the left.

    Args:
        pools: in order of preference.
        limit: bytes of all pools together that another planner needs.
    """
    sizes = pool_bytes(items, placement)
    excess = 0 if limit is None else max(sum(sizes.values()) - limit, 0)
    return excess, *slowest_first([sizes.get(pool.name, 0) for pool in pools])


def fill_pools(
    items: Sequence[Item], pools: Sequence[Pool], limit: int | None, seeds: Sequence[Placement], timeout: float
) -> dict[str, tuple[str, int]] | None:
    """The best placement found, or None if there is none.

    Args:
        pools: in order of preference.
        limit: bytes of all pools together that another planner needs.
        seeds: placements by other planners; which pool they choose for each item is tried, too.
        timeout: seconds.
    """
    number = {pool.name: index for index, pool in enumerate(pools)}
    stated = RegionProblem(
        problem_of(timeline(items)),
        tuple(Region(pool.name, pool.capacity_bytes) for pool in pools),
        tuple(tuple(sorted(number[name] for name in item.pools)) for item in items),
    )
    divided = [[number[seed[item.name][0]] for item in items] for seed in seeds]
    try:
        layout = place_in_regions(stated, timeout, seeds=divided, limit=limit, give_back=True)
    except DoesNotFit:
        return None
    return {
        item.name: (pools[region].name, offset)
        for item, region, offset in zip(items, layout.region_of, layout.offsets, strict=True)
    }
