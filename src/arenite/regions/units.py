"""What goes to one region together (a block, or a glued group), and how many bytes of it live when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import gcd

from arenite.packing.items import granule, round_up
from arenite.regions.model import RegionProblem


@dataclass(frozen=True)
class Units:
    """``members[u]``: the blocks of unit u. Times are numbers of ``events``, the steps at which blocks are born: what
    lives at once is largest at one of them. ``loads[u]``: bytes of u at the events ``first[u]..last[u]``, each block
    rounded up to what divides all alignments. ``pairs[t]``: what may be written in place at event t, one of it at most,
    as (unit of the source, unit of the result, bytes saved). ``reaching[u]``: u may end above offset 0 although it has
    no bytes, being glued or pinned."""

    members: tuple[tuple[int, ...], ...]
    unit_of: tuple[int, ...]
    allowed: tuple[tuple[int, ...], ...]
    events: tuple[int, ...]
    first: tuple[int, ...]
    last: tuple[int, ...]
    loads: tuple[tuple[int, ...], ...]
    pairs: tuple[tuple[tuple[int, int, int], ...], ...]
    reaching: tuple[bool, ...]

    def load_at(self, unit: int, event: int) -> int:
        """Bytes of ``unit`` that live at ``event``."""
        if not self.first[unit] <= event <= self.last[unit]:
            return 0
        return self.loads[unit][event - self.first[unit]]

    @cached_property
    def live(self) -> tuple[tuple[int, ...], ...]:
        """The units that live at each event, ascending."""
        found: list[list[int]] = [[] for _ in self.events]
        for unit in range(len(self.members)):
            for event in range(self.first[unit], self.last[unit] + 1):
                if self.load_at(unit, event):
                    found[event].append(unit)
        return tuple(map(tuple, found))

    def regions_of_blocks(self, region_of: Sequence[int]) -> tuple[int, ...]:
        """The region of each block from those of the units."""
        return tuple(region_of[unit] for unit in self.unit_of)


def units_of(stated: RegionProblem) -> Units:
    """The units of a problem. ``allowed`` of a unit is empty if its blocks have no region in common."""
    problem = stated.problem
    blocks = problem.blocks
    groups = [tuple(member for member, _ in group.members) for group in problem.glued if group.members]
    grouped = {member for group in groups for member in group}
    members = sorted([*groups, *((block,) for block in range(len(blocks)) if block not in grouped)])
    unit_of = [0] * len(blocks)
    for unit, inside in enumerate(members):
        for block in inside:
            unit_of[block] = unit
    unit_bytes = granule(
        [block.alignment for block in blocks if block.bytes], gcd(*(region.alignment for region in stated.regions)) or 1
    )
    sizes = [round_up(block.bytes, unit_bytes) for block in blocks]
    events = sorted({block.first_step for block in blocks if block.bytes}) or [0]
    number = {step: event for event, step in enumerate(events)}
    passed = _passed(events, [block.last_step for block in blocks])
    first: list[int] = []
    last: list[int] = []
    loads: list[tuple[int, ...]] = []
    for inside in members:
        solid = [block for block in inside if blocks[block].bytes]
        begin = min((number[blocks[block].first_step] for block in solid), default=0)
        end = max((passed[block] for block in solid), default=-1)
        profile = [0] * (end - begin + 1)
        for block in solid:
            for event in range(number[blocks[block].first_step], passed[block] + 1):
                profile[event - begin] += sizes[block]
        first.append(begin)
        last.append(end)
        loads.append(tuple(profile))
    pairs: list[list[tuple[int, int, int]]] = [[] for _ in events]
    for source, result in sorted(problem.in_place):
        if blocks[result].bytes:
            pairs[number[blocks[result].first_step]].append((unit_of[source], unit_of[result], sizes[result]))
    allowed = [
        tuple(region for region in stated.allowed[inside[0]] if all(region in stated.allowed[b] for b in inside))
        for inside in members
    ]
    return Units(
        tuple(members), tuple(unit_of), tuple(allowed), tuple(events), tuple(first), tuple(last), tuple(loads),
        tuple(map(tuple, pairs)),
        tuple(len(inside) > 1 or blocks[inside[0]].pinned is not None for inside in members),
    )  # fmt: skip


def _passed(events: Sequence[int], steps: Sequence[int]) -> list[int]:
    """For each of ``steps`` the number of the last event that is not behind it."""
    found = [0] * len(steps)
    event = -1
    for index in sorted(range(len(steps)), key=lambda index: steps[index]):
        while event + 1 < len(events) and events[event + 1] <= steps[index]:
            event += 1
        found[index] = event
    return found
