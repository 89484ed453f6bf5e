"""The pieces of memory that a plan lays out: each becomes a pair of maps, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from arenite.graph import ArenaPlan
from arenite.report.plan_json import Placement, bytes_in_use, placements


@dataclass(frozen=True)
class ArenaView:
    """One contiguous piece of memory: ``bytes`` long, never shorter than ``lower_bound_bytes`` in any order.

    ``region`` is its name, empty where there is no other. ``working_sets`` has the bytes in use during each step.
    """

    region: str
    bytes: int
    lower_bound_bytes: int
    placements: tuple[Placement, ...]
    working_sets: tuple[int, ...]

    @property
    def peak_step(self) -> int | None:
        """The first step whose working set is the largest; None without steps."""
        return self.working_sets.index(max(self.working_sets)) if self.working_sets else None


def arena_views(plan: ArenaPlan) -> tuple[ArenaView, ...]:
    """The arenas of a plan, in the order in which they are shown: its memory regions that are in use, if it has any.

    Offsets count from the start of a region. What lies in the caller's memory is in none of them.
    """
    placed = [one for one in placements(plan) if not plan.graph.buffers[one.index].caller_bytes]
    if not plan.regions:
        return (_view("", plan.arena_bytes, plan.lower_bound_bytes, placed, len(plan.order)),)
    views = []
    for number, region in enumerate(plan.regions):
        inside = [
            replace(one, offset=one.offset - region.start) for one in placed if plan.region_of[one.index] == number
        ]
        if inside or region.used_bytes:
            views.append(_view(region.name, region.used_bytes, region.lower_bound_bytes, inside, len(plan.order)))
    return tuple(views) or (_view(plan.regions[0].name, 0, 0, [], len(plan.order)),)


def _view(region: str, size: int, bound: int, placed: Sequence[Placement], steps: int) -> ArenaView:
    return ArenaView(region, size, bound, tuple(placed), bytes_in_use(placed, steps))
