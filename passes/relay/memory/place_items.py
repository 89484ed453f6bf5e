"""Where each buffer goes: in a single pool the exact packer decides, with several the best placement found."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from arenite.errors import AreniteError
from arenite.passes.relay.memory.fill_pools import by_preference, cost, fill_pools
from arenite.passes.relay.memory.memory_items import Item, Pairs, Placement, Pool, pool_bytes, validate_placement
from arenite.passes.relay.memory.merge_in_place import Merged, ways_to_merge
from arenite.passes.relay.memory.pack_items import least_bytes, least_bytes_of_one_pool, pack, timeline


@dataclass(frozen=True)
class Placed:
    """``lower_bound_bytes``: of the workspace pools together, what no placement can undercut."""

    placement: Placement
    lower_bound_bytes: int


def place(
    items: Sequence[Item],
    pools: Sequence[Pool],
    in_place: Pairs = frozenset(),
    others: Iterable[Placement] = (),
    timeout: float = 10.0,
) -> Placed:
    """Place ``items`` in ``pools``: within their capacities, preferred pools first, in as few bytes as can be.

    Args:
        in_place: pairs of conflicting items that may lie on exactly the same bytes.
        others: valid placements by other planners; in total the result is never larger than the best of them.
        timeout: seconds.

    Raises:
        AreniteError: no placement within the capacities was found.
        InvalidPlan: arenite is at fault.
    """
    deadline = time.monotonic() + timeout
    placement: dict[str, tuple[str, int]] = {}
    bound = 0
    ordered = sorted(items, key=lambda item: item.name)
    for group, its_pools in _groups(ordered, pools):
        found, least = _place_group(group, its_pools, in_place, tuple(others), deadline)
        placement.update(found)
        if not its_pools[0].constant:
            bound += least
    validate_placement(ordered, pools, placement, in_place)
    return Placed(placement, bound)


def _groups(items: Sequence[Item], pools: Sequence[Pool]) -> list[tuple[list[Item], tuple[Pool, ...]]]:
    """Items that compete for pools, directly or through others, with those pools in order of preference."""
    leader = {pool.name: pool.name for pool in pools}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for item in items:
        for name in item.pools:
            leader[find(name)] = find(item.pools[0])
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(find(item.pools[0]), []).append(item)
    return [
        (group, by_preference(group, [pool for pool in pools if find(pool.name) == name]))
        for name, group in groups.items()
    ]


def _place_group(
    items: Sequence[Item], pools: Sequence[Pool], in_place: Pairs, others: Sequence[Placement], deadline: float
) -> tuple[Placement, int]:
    """A placement and what no placement can undercut."""
    for item in items:
        capacities = [pool.capacity_bytes for pool in pools if pool.name in item.pools]
        if all(capacity is not None and item.bytes > capacity for capacity in capacities):
            raise _too_small(pools, f"{item.name} alone needs {item.bytes:,} bytes")
    known: list[Placement] = [{item.name: other[item.name] for item in items} for other in others]
    totals = [sum(pool_bytes(items, placement).values()) for placement in known]
    limit = min(totals, default=None)
    candidates: list[Placement] = list(known)
    bound = _bound(items, pools, in_place)
    ways = list(ways_to_merge(items, in_place))
    for number, merged in enumerate(ways):
        packed: Placement | None
        share = max(deadline - time.monotonic(), 0.0) / (len(ways) - number)
        if len(pools) == 1:
            packed, least = _one_pool(merged, pools[0], share)
            if len(ways) == 1:
                bound = max(bound, least)
        else:
            seeds = known if not merged.groups else []
            packed = fill_pools(merged.items, pools, limit, seeds, share)
        if packed is not None:
            candidates.append(merged.split(packed))
            if sum(pool_bytes(items, candidates[-1]).values()) <= bound and len(pools) == 1:
                break
    fitting = [placement for placement in candidates if _fits(items, pools, placement)]
    if not fitting:
        raise _too_small(pools, _need(items, pools, candidates, bound))
    return min(fitting, key=lambda placement: cost(items, pools, placement, limit)), bound


def _fits(items: Sequence[Item], pools: Sequence[Pool], placement: Placement) -> bool:
    sizes = pool_bytes(items, placement)
    return all(pool.capacity_bytes is None or sizes.get(pool.name, 0) <= pool.capacity_bytes for pool in pools)


def _bound(items: Sequence[Item], pools: Sequence[Pool], in_place: Pairs) -> int:
    times = timeline(items)
    return least_bytes_of_one_pool(times, in_place) if len(pools) == 1 else least_bytes(times, in_place)


def _one_pool(merged: Merged, pool: Pool, timeout: float) -> tuple[Mapping[str, tuple[str, int]], int]:
    packed = pack(timeline(merged.items), range(len(merged.items)), timeout)
    places = zip(merged.items, packed.offsets, strict=True)
    return {item.name: (pool.name, offset) for item, offset in places}, packed.lower_bound


def _need(items: Sequence[Item], pools: Sequence[Pool], candidates: Sequence[Placement], bound: int) -> str:
    need = f"{len(items)} buffers need at least {bound:,} bytes at one time"
    largest = max(items, key=lambda item: item.bytes)
    if candidates:
        best = min(sum(pool_bytes(items, placement).values()) for placement in candidates)
        return need if best == bound else f"{need}, and {best:,} as far as could be found"
    if bound <= sum(pool.capacity_bytes or 0 for pool in pools):
        need += f", and no way was found to divide them; the largest has {largest.bytes:,}"
    return need


def _too_small(pools: Sequence[Pool], need: str) -> AreniteError:
    limits = ", ".join(
        f"{pool.name} of {pool.capacity_bytes:,} bytes" if pool.capacity_bytes is not None else f"{pool.name} unlimited"
        for pool in pools
    )
    what = "constant" if pools[0].constant else "workspace"
    return AreniteError(
        f"the model does not fit into the {what} memory pools ({limits}): {need}",
        remedy="raise size_hint_bytes of a pool or add a pool",
    )
