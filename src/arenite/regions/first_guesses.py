"""Divisions of blocks among regions that are worth packing before any search: regions of all blocks, one by one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice

from arenite.packing.in_place import choices, merge
from arenite.regions.divide import Divider
from arenite.regions.fill import Filler
from arenite.regions.model import RegionProblem
from arenite.regions.spill_bound import spill_bound
from arenite.regions.units import Units, units_of

SLACKS = (0, 1, 2, 4, 7, 11)
"""Percent of the faster regions that a division leaves to the packer."""
SLACK_NODES = 20_000
"""Units placed by the search for divisions with one of them."""
DIVISIONS = 2
"""Divisions for each of them."""
WAYS = 2
"""Ways to write in place that the rules of thumb are tried with."""


def with_slack(stated: RegionProblem, units: Units, deadline: float) -> Iterator[tuple[tuple[int, ...], int]]:
    """Divisions that use the last region least, by their live bytes, and the bytes of it that these are.

    Overlaps must not be allowed.
    """
    capacities = [region.capacity for region in stated.regions]
    last = len(capacities) - 1
    for number, slack in enumerate(SLACKS):
        if number and time.monotonic() > deadline:
            return
        share = max(deadline - time.monotonic(), 0.0) / (len(SLACKS) - number)
        limits = [None if capacity is None else capacity - capacity * slack // 100 for capacity in capacities]
        bound = spill_bound(stated, units, limits, last)
        if bound is None:
            return
        limit = bound + bound * slack // 50
        limits[last] = limit
        divider = Divider(units, limits, last, deadline=time.monotonic() + share, nodes=SLACK_NODES)
        for divided in islice(divider.divisions(), DIVISIONS):
            yield units.regions_of_blocks(divided), limit


def by_rules_of_thumb(stated: RegionProblem, deadline: float) -> Iterator[tuple[int, ...]]:
    """Divisions by ``fill``, first with as much written in place as can be, then with other ways."""
    for _, chosen in zip(range(WAYS), choices(stated.problem), strict=False):
        merged = merge(stated.problem, chosen)
        allowed = [tuple(range(len(stated.regions)))] * len(merged.problem.blocks)
        for block, its in zip(merged.block_of, stated.allowed, strict=True):
            allowed[block] = tuple(region for region in allowed[block] if region in its)
        inner = RegionProblem(merged.problem, stated.regions, tuple(allowed))
        units = units_of(inner)
        if any(not its for its in units.allowed):
            continue
        for divided in Filler(inner, units, deadline).divisions():
            if all(region >= 0 for region in divided):
                region_of = units.regions_of_blocks(divided)
                yield tuple(region_of[block] for block in merged.block_of)
