"""Blocks with fixed live ranges in several regions: least use of the slowest, then of the next, with proof or bound.

Rules of thumb first. Then, for one region after the other from the slowest on, limits from the bound upwards: for each
the divisions whose live bytes keep all limits (``divide``), handed to the packer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from arenite.packing.items import prepare
from arenite.regions.check import validate_layout
from arenite.regions.derived import live_bytes, one_region_per_step, unpinned
from arenite.regions.divide import Divider
from arenite.regions.fill import Filler
from arenite.regions.first_guesses import by_rules_of_thumb, with_slack
from arenite.regions.model import RegionLayout, RegionProblem, slowest_first, used_bytes
from arenite.regions.pack_part import pack_part
from arenite.regions.spill_bound import spill_bound
from arenite.regions.units import units_of

TRIES = 12
"""Divisions of one limit that the packer gets to see."""
DIVIDE_NODES = 100_000
"""Units placed by one search for divisions."""
PACK_NODES = 50_000
"""Branchings of the packer for one part of a division."""


class DoesNotFit(Exception):
    """No layout was found; ``proven`` says that there is none. ``order``: the best order of the steps, if there are
    any."""

    def __init__(self, proven: bool, order: tuple[int, ...] = ()) -> None:
        super().__init__("does not fit")
        self.proven = proven
        self.order = order


@dataclass(frozen=True)
class _Found:
    region_of: tuple[int, ...]
    offsets: tuple[int, ...]
    used: tuple[int, ...]


def place(
    stated: RegionProblem,
    timeout: float = 10.0,
    *,
    seeds: Sequence[Sequence[int]] = (),
    limit: int | None = None,
    give_back: bool = False,
) -> RegionLayout:
    """A layout in the regions of ``stated`` that uses as little as can be of the last, then of the last but one, ....

    Args:
        timeout: seconds; when they are over, the best layout so far and bounds that still hold are returned.
        seeds: a region for each block, by other planners: tried, too.
        limit: bytes of all regions together that ought not to be exceeded, however much the slow ones are relieved.
        give_back: put into slower regions, at the end, what these have room for without growing.

    Raises:
        DoesNotFit: nothing was found within the regions.
        ValueError: pins, glue and alignments contradict each other.
    """
    return _Placer(stated, time.monotonic() + timeout, limit).run(seeds, give_back)


class _Placer:
    def __init__(self, stated: RegionProblem, deadline: float, limit: int | None) -> None:
        self.stated = replace(stated, problem=one_region_per_step(stated.problem))
        self.whole = stated
        self.deadline = deadline
        self.limit = limit
        self.units = units_of(stated)
        self.capacities = [region.capacity for region in stated.regions]
        self.best: _Found | None = None
        self.reduced = self.stated.problem.in_place != stated.problem.in_place

    def run(self, seeds: Sequence[Sequence[int]], give_back: bool) -> RegionLayout:
        prepare(unpinned(self.stated.problem))
        count = len(self.stated.regions)
        if any(not allowed for allowed in self.units.allowed):
            raise DoesNotFit(True)
        if self._impossible():
            raise DoesNotFit(True)
        bounds = [self._bound(target) for target in range(count)]
        for region_of in seeds:
            self._try(tuple(region_of), 0.1)
        alone = None
        if not any(bounds[1:]):
            alone = self._try(self.units.regions_of_blocks([allowed[0] for allowed in self.units.allowed]), 0.25)
        if not self._settled(bounds[-1]):
            self._guess(bounds[-1])
        proven = False
        for target in reversed(range(count)):
            if self.best is None and target < count - 1:
                break
            bounds[target] = self._bound(target)
            if target or self.best is None or any(self.best.used[1:]):
                proven = self._improve(target, bounds)
        if self.best is None:
            raise DoesNotFit(proven)
        if not any(self.best.used[1:]) and alone is not None:
            bounds[0] = max(bounds[0], alone)
        if give_back and any(self.best.used[1:]):
            self._give_back()
        layout = RegionLayout(
            self.best.region_of, self.best.offsets, self.best.used,
            tuple(min(bound, used) for bound, used in zip(bounds, self.best.used, strict=True)),
        )  # fmt: skip
        validate_layout(self.whole, layout)
        return layout

    def _left(self, share: float = 1.0) -> float:
        return max((self.deadline - time.monotonic()) * share, 0.0)

    def _impossible(self) -> bool:
        if self.stated.problem.overlaps:
            capacities = [capacity for capacity in self.capacities if capacity is not None]
            return len(capacities) == len(self.capacities) and live_bytes(self.whole.problem) > sum(capacities)
        for target, capacity in enumerate(self.capacities):
            bound = spill_bound(self.whole, self.units, self.capacities, target)
            if bound is None or (capacity is not None and bound > capacity):
                return True
        return False

    def _bound(self, target: int) -> int:
        """Bytes that ``target`` needs at least if no more is used of the regions behind it than by the best layout."""
        capacities = list(self.capacities)
        if self.best is not None:
            capacities[target + 1 :] = self.best.used[target + 1 :]
        if self.stated.problem.overlaps:
            others = [capacity for region, capacity in enumerate(capacities) if region != target]
            if any(capacity is None for capacity in others):
                return 0
            rest = live_bytes(self.whole.problem) - sum(capacity for capacity in others if capacity is not None)
            unit = self.stated.regions[target].alignment
            return max(-(-rest // unit) * unit, 0)
        bound = spill_bound(self.whole, self.units, capacities, target)
        assert bound is not None
        return bound

    def _cost(self, used: Sequence[int]) -> tuple[int, ...]:
        excess = 0 if self.limit is None else max(sum(used) - self.limit, 0)
        return excess, *slowest_first(used)

    def _offer(self, found: _Found) -> None:
        if self.best is None or self._cost(found.used) < self._cost(self.best.used):
            self.best = found

    def _try(
        self,
        region_of: tuple[int, ...],
        share: float,
        nodes: int = PACK_NODES,
        enough: Sequence[int | None] | None = None,
    ) -> int | None:
        """Pack the blocks as divided and keep the layout if it is the best. Returns the first region's bound, if all is
        in it.

        Args:
            share: of the time that is left, for each region.
            enough: bytes of each region that are few enough.
        """
        offsets = [0] * len(region_of)
        bound = 0
        for region, where in enumerate(self.stated.regions):
            members = [block for block, its in enumerate(region_of) if its == region]
            if not members:
                continue
            limit = None if enough is None else enough[region]
            try:
                plan = pack_part(
                    self.stated.problem, members, where.alignment, self._left(share), capacity=limit, nodes=nodes
                )  # fmt: skip
            except ValueError:  # pins onto the same bytes
                return None
            capacity = where.capacity
            if capacity is not None and plan.arena_bytes > capacity:
                return None
            bound = plan.lower_bound_bytes
            for member, offset in zip(members, plan.offsets, strict=True):
                offsets[member] = offset
        self._offer(_Found(region_of, tuple(offsets), used_bytes(self.stated, region_of, offsets)))
        return None if any(region_of) or self.reduced else bound

    def _guess(self, enough: int) -> None:
        """Layouts of divisions that leave room to the packer, then of some by rules of thumb, till time is short."""
        if not self.stated.problem.overlaps:
            deadline = time.monotonic() + self._left(0.3)
            for region_of, limit in with_slack(self.whole, self.units, deadline):
                self._try(region_of, 0.02, nodes=2_000, enough=[*self.capacities[:-1], limit])
                if self._settled(enough) or time.monotonic() > deadline:
                    break
        deadline = time.monotonic() + self._left(0.3)
        for region_of in () if self._settled(enough) else by_rules_of_thumb(self.stated, deadline):
            self._try(region_of, 0.02, nodes=2_000)
            if self._settled(enough) or (self.best is not None and time.monotonic() > deadline):
                break

    def _settled(self, enough: int) -> bool:
        return self.best is not None and self.best.used[-1] <= enough

    def _give_back(self) -> None:
        assert self.best is not None
        divided = [self.best.region_of[members[0]] for members in self.units.members]
        filler = Filler(self.stated, self.units, time.monotonic() + self._left(0.5))
        self._try(self.units.regions_of_blocks(filler.given_back(divided, self.best.used)), 0.5)

    def _improve(self, target: int, bounds: list[int]) -> bool:
        """Lower what is used of ``target``; no more is used of the regions behind it, and ``bounds[target]`` rises as
        far as is proven. Whether all has been proven."""
        if self.stated.problem.overlaps:
            return False
        unit = self.stated.regions[target].alignment
        proven = True
        limit = bounds[target]
        if self.best is None and self.capacities[target] is not None:
            # Whether there is a layout at all comes first.
            found, ruled_out, _ = self._within(self.capacities, target)
            if ruled_out:
                return True
            self.best = found
        while self._still(target, limit):
            if not self._left():
                return False
            limits = list(self.capacities)
            if self.best is not None:
                limits[target + 1 :] = self.best.used[target + 1 :]
            limits[target] = limit
            found, ruled_out, following = self._within(limits, target)
            if found is not None:
                self._offer(found)
                break
            proven &= ruled_out
            if following is None and ruled_out:
                return proven
            best = self.best.used[target] if self.best is not None else self.capacities[target]
            middle = limit + unit if best is None else max((limit + best) // 2 // unit * unit, limit + unit)
            limit = max(-(-following // unit) * unit, limit + unit) if following is not None else middle
            if proven:
                bounds[target] = limit
        else:
            if proven and self.best is not None:
                bounds[target] = max(bounds[target], min(limit, self.best.used[target]))
        return proven

    def _still(self, target: int, limit: int) -> bool:
        """Whether a limit would be progress."""
        if self.best is not None:
            return limit < self.best.used[target]
        capacity = self.capacities[target]
        return capacity is None or limit <= capacity

    def _within(self, limits: Sequence[int | None], target: int) -> tuple[_Found | None, bool, int | None]:
        """A layout within ``limits``; whether it is proven that there is none; and if so, what the next limit of
        ``target`` is that could do, None if there is none."""
        for favoured in self._favourites():
            divider = Divider(
                self.units, limits, target, deadline=time.monotonic() + self._left(0.3), nodes=DIVIDE_NODES,
                favoured=favoured,
            )  # fmt: skip
            tried = 0
            proven = not self.reduced
            for divided in divider.divisions():
                tried += 1
                found, impossible = self._pack(self.units.regions_of_blocks(divided), limits)
                if found is not None:
                    return found, False, None
                proven &= impossible
                if tried == TRIES or not self._left():
                    break
            if divider.exhausted and not tried:
                return None, True, divider.rejected
            if divider.exhausted and proven:
                limit = limits[target]
                assert limit is not None
                return None, True, limit + 1
            if not self._left():
                break
        return None, False, None

    def _favourites(self) -> list[list[int] | None]:
        """Regions to try first for each unit: the fast ones, and those of the best layout."""
        if self.best is None:
            return [None]
        return [None, [self.best.region_of[members[0]] for members in self.units.members]]

    def _pack(self, region_of: tuple[int, ...], limits: Sequence[int | None]) -> tuple[_Found | None, bool]:
        """The layout of a division within ``limits``, or whether it is proven that there is none."""
        offsets = [0] * len(region_of)
        for region, where in enumerate(self.stated.regions):
            members = [block for block, its in enumerate(region_of) if its == region]
            if not members:
                continue
            limit, left = limits[region], self._left(0.2)
            try:
                plan = pack_part(
                    self.stated.problem, members, where.alignment, left, capacity=limit, nodes=PACK_NODES
                )  # fmt: skip
            except ValueError:  # pins onto the same bytes
                return None, True
            if limit is not None and plan.arena_bytes > limit:
                return None, plan.lower_bound_bytes > limit
            for member, offset in zip(members, plan.offsets, strict=True):
                offsets[member] = offset
        return _Found(region_of, tuple(offsets), used_bytes(self.stated, region_of, offsets)), False
