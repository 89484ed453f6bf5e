"""A naive check of layouts in several regions, written apart from the solvers. It runs on every result."""

from __future__ import annotations

from collections.abc import Sequence

from arenite.graph import ArenaPlan
from arenite.regions.model import RegionLayout, RegionProblem
from arenite.validate import InvalidPlan


def validate_layout(stated: RegionProblem, layout: RegionLayout) -> None:
    """Raise InvalidPlan unless each block lies aligned in one region that it may lie in, inside it, and apart from
    what lives with it there."""
    blocks = stated.problem.blocks
    if not len(layout.region_of) == len(layout.offsets) == len(blocks):
        raise InvalidPlan(f"{len(layout.offsets)} offsets in {len(layout.region_of)} regions for {len(blocks)} blocks")
    for number, (block, region, offset) in enumerate(zip(blocks, layout.region_of, layout.offsets, strict=True)):
        if region not in stated.allowed[number]:
            raise InvalidPlan(f"{block.name} is in a region that it must not lie in")
        where = stated.regions[region]
        if offset < 0 or (where.bytes is not None and offset + block.bytes > where.bytes):
            raise InvalidPlan(f"{block.name} at {offset} does not lie inside the {where.bytes} bytes of {where.name}")
        if offset % block.alignment or ((where.base or 0) + offset) % block.alignment:
            raise InvalidPlan(f"{block.name} at {offset} of {where.name} is not aligned to {block.alignment}")
        if block.pinned is not None and block.pinned != offset:
            raise InvalidPlan(f"{block.name} is at {offset}, but pinned to {block.pinned}")
        if offset + block.bytes > layout.used_bytes[region]:
            raise InvalidPlan(f"{block.name} ends behind the used bytes of {where.name}")
    for group in stated.problem.glued:
        if len({(layout.region_of[member], layout.offsets[member] - at) for member, at in group.members}) > 1:
            raise InvalidPlan("the members of a glued group are not at their distances")
    shared: set[int] = set()
    live: list[int] = []
    for current in sorted(range(len(blocks)), key=lambda block: blocks[block].first_step):
        step = blocks[current].first_step
        live = [other for other in live if blocks[other].last_step >= step]
        for other in live:
            if not _share_bytes(stated, layout, current, other):
                continue
            if not _in_place(stated, layout, current, other) or step in shared:
                raise InvalidPlan(f"{blocks[other].name} and {blocks[current].name} share bytes while both live")
            shared.add(step)
        live.append(current)
    for where, used, bound in zip(stated.regions, layout.used_bytes, layout.lower_bound_bytes, strict=True):
        if used < bound or used % where.alignment or (where.bytes is not None and used > where.bytes):
            raise InvalidPlan(f"{where.name} uses {used} bytes, with a bound of {bound}")


def _share_bytes(stated: RegionProblem, layout: RegionLayout, one: int, other: int) -> bool:
    """Whether two blocks lie on a common byte of one region that they are not free to share."""
    if layout.region_of[one] != layout.region_of[other]:
        return False
    if (min(one, other), max(one, other)) in stated.problem.overlaps:
        return False
    low, high = layout.offsets[one], layout.offsets[other]
    ends = low + stated.problem.blocks[one].bytes, high + stated.problem.blocks[other].bytes
    return max(low, high) < min(ends)


def _in_place(stated: RegionProblem, layout: RegionLayout, one: int, other: int) -> bool:
    """Whether one of two blocks is written over the other as ``Problem.in_place`` has it."""
    for source, result in ((one, other), (other, one)):
        first, second = stated.problem.blocks[source], stated.problem.blocks[result]
        if (source, result) in stated.problem.in_place:
            same = layout.offsets[source] == layout.offsets[result]
            return same and first.last_step == second.first_step and second.bytes <= first.bytes
    return False


def validate_plan_regions(plan: ArenaPlan, allowed: Sequence[tuple[int, ...]]) -> None:
    """Raise InvalidPlan unless the regions of ``plan`` hold what lies in them and each buffer is where it may be:
    ``allowed`` has the numbers of its regions."""
    start = 0
    for region in plan.regions:
        if region.start != start or not 0 <= region.lower_bound_bytes <= region.used_bytes <= region.bytes:
            raise InvalidPlan(f"the region {region.name} uses {region.used_bytes} of {region.bytes} bytes")
        start += region.used_bytes
    if start != plan.arena_bytes:
        raise InvalidPlan(f"the regions use {start} bytes, the plan {plan.arena_bytes}")
    for buffer, number, offset, its in zip(plan.graph.buffers, plan.region_of, plan.offsets, allowed, strict=True):
        region = plan.regions[number]
        if number not in its:
            raise InvalidPlan(f"{buffer.name} is in {region.name}, where it must not be")
        if not region.start <= offset <= offset + buffer.bytes <= region.start + region.used_bytes:
            raise InvalidPlan(f"{buffer.name} does not lie inside {region.name}")
        if ((region.base or 0) + offset - region.start) % buffer.alignment:
            raise InvalidPlan(f"the address of {buffer.name} in {region.name} is not aligned to {buffer.alignment}")
