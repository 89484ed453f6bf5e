"""Divisions of units among regions that keep every region's live bytes within a limit: found one after the other.

Units are given a region in the order of their birth. What is still live decides about the rest, so a state (the next
unit, the regions of the live ones) that has led nowhere is not entered again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from arenite.regions.units import Units

MAX_DEAD = 200_000
"""States kept at most."""


class Divider:
    """``limits``: bytes of each region, None for none. ``favoured[u]``: the region that is tried first for unit u.

    When ``divisions`` has ended, ``exhausted`` says that all of them have been found. ``rejected`` is then the smallest
    limit above its own that ``target`` would have to have for others; None if there are no others.
    """

    def __init__(
        self,
        units: Units,
        limits: Sequence[int | None],
        target: int,
        *,
        deadline: float,
        nodes: int,
        favoured: Sequence[int] | None = None,
    ) -> None:
        self.units = units
        self.limits = limits
        self.target = target
        self.deadline = deadline
        self.nodes = nodes
        self.rejected: int | None = None
        self.exhausted = False
        solid = [unit for unit, loads in enumerate(units.loads) if any(loads) or units.reaching[unit]]
        self.order = sorted(solid, key=lambda unit: (units.first[unit], -max(units.loads[unit], default=0), unit))
        self.choices = [self._choices(unit, favoured) for unit in self.order]
        self.region_of = [allowed[0] if allowed else 0 for allowed in units.allowed]
        self.loads = [[0] * len(units.events) for _ in limits]
        self.saved = [[0] * len(units.events) for _ in limits]
        self.placed = [False] * len(units.members)
        self.pairs_of: dict[int, list[tuple[int, int, int, int]]] = {}
        for event, pairs in enumerate(units.pairs):
            for source, result, saved in pairs:
                for unit in {source, result}:
                    self.pairs_of.setdefault(unit, []).append((event, source, result, saved))
        self.live = self._live_before()

    def divisions(self) -> Iterator[tuple[int, ...]]:
        """The regions of all units, for one division after the other."""
        dead: set[tuple[int, ...]] = set()
        depth = 0
        pending: list[list[int]] = [list(self.choices[0])] if self.order else []
        undo: list[list[tuple[int, int]]] = []
        # Divisions below a state rule it out as dead, even when the caller did not want them.
        fruitful = [False] * (len(self.order) + 1)
        if not self.order:
            self.exhausted = True
            yield tuple(self.region_of)
            return
        while True:
            if not pending[depth]:
                pending.pop()
                if not fruitful[depth] and len(dead) < MAX_DEAD:
                    dead.add(self._key(depth))
                if depth == 0:
                    self.exhausted = True
                    return
                fruitful[depth - 1] |= fruitful[depth]
                depth -= 1
                self._withdraw(self.order[depth], undo.pop())
                continue
            self.nodes -= 1
            if self.nodes < 0 or (self.nodes % 256 == 0 and time.monotonic() > self.deadline):
                return
            changes = self._assign(self.order[depth], pending[depth].pop())
            if changes is None:
                continue
            if depth + 1 == len(self.order):
                fruitful[depth] = True
                yield tuple(self.region_of)
                self._withdraw(self.order[depth], changes)
                continue
            if self._key(depth + 1) in dead:
                self._withdraw(self.order[depth], changes)
                continue
            undo.append(changes)
            depth += 1
            fruitful[depth] = False
            pending.append(list(self.choices[depth]))

    def _choices(self, unit: int, favoured: Sequence[int] | None) -> list[int]:
        """Regions of ``unit``, the first to be tried last."""
        regions = list(self.units.allowed[unit])
        if favoured is not None and favoured[unit] in regions:
            regions.remove(favoured[unit])
            regions.insert(0, favoured[unit])
        return regions[::-1]

    def _live_before(self) -> list[list[int]]:
        """The units placed earlier that live with the one at each depth or later."""
        live: list[int] = []
        found = []
        for unit in self.order:
            live = [other for other in live if self.units.last[other] >= self.units.first[unit]]
            found.append(list(live))
            live.append(unit)
        return found

    def _key(self, depth: int) -> tuple[int, ...]:
        return depth, *(self.region_of[unit] for unit in self.live[depth])

    def _assign(self, unit: int, region: int) -> list[tuple[int, int]] | None:
        """Place ``unit``; what was saved in place at which events before, or None if that is too much."""
        units, loads, saved = self.units, self.loads[region], self.saved[region]
        start = units.first[unit]
        for event, load in enumerate(units.loads[unit], start):
            loads[event] += load
        self.region_of[unit] = region
        self.placed[unit] = True
        before: list[tuple[int, int]] = []
        for event, source, result, bytes_saved in self.pairs_of.get(unit, ()):
            both = self.placed[source] and self.placed[result]
            if both and self.region_of[source] == self.region_of[result] and bytes_saved > saved[event]:
                before.append((event, saved[event]))
                saved[event] = bytes_saved
        limit = self.limits[region]
        if limit is None:
            return before
        most = max((loads[event] - saved[event] for event in range(start, units.last[unit] + 1)), default=0)
        if most <= limit:
            return before
        if region == self.target and (self.rejected is None or most < self.rejected):
            self.rejected = most
        self._withdraw(unit, before)
        return None

    def _withdraw(self, unit: int, before: list[tuple[int, int]]) -> None:
        region = self.region_of[unit]
        for event, load in enumerate(self.units.loads[unit], self.units.first[unit]):
            self.loads[region][event] -= load
        for event, saved in reversed(before):
            self.saved[region][event] = saved
        self.placed[unit] = False
