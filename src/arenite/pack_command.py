"""What ``arenite pack`` does: offsets for a table of buffers, in the smallest arena, a capacity or several regions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import lcm

from arenite.allocate import MAX_NODES, allocate
from arenite.buffer_table import BufferTable, Row, TableProblem, read_table, solution_text, table_problem
from arenite.errors import AreniteError
from arenite.packing.bounds import lower_bound
from arenite.packing.items import prepare
from arenite.progress import Progress, tell
from arenite.regions.derived import live_bytes
from arenite.regions.model import Region, RegionLayout, RegionProblem
from arenite.regions.place import DoesNotFit, place
from arenite.regions.request import RegionRequest, check_bases, check_request
from arenite.regions.shortage import shortage
from arenite.validate import validate_plan


@dataclass(frozen=True)
class PackResult:
    """``offsets``: where each row's buffer begins, in its region if there are any. ``arena_bytes`` is the sum over the
    regions. ``lower_bound_bytes``: no layout needs less."""

    table: BufferTable
    offsets: tuple[int, ...]
    arena_bytes: int
    lower_bound_bytes: int
    capacity: int | None
    seconds: float
    regions: tuple[Region, ...] = ()
    region_of: tuple[int, ...] = ()
    layout: RegionLayout | None = None

    @property
    def optimal(self) -> bool:
        """Proven: the smallest arena; with regions, the least use of the slow ones."""
        return self.arena_bytes == self.lower_bound_bytes if self.layout is None else self.layout.optimal

    @property
    def fits(self) -> bool | None:
        """Within the capacity or the regions; None if there are none."""
        if self.layout is not None:
            return True
        return None if self.capacity is None else self.arena_bytes <= self.capacity

    @property
    def solution(self) -> str:
        """The table with offsets, as CSV."""
        added: dict[str, Sequence[object]] = {"offset": self.offsets}
        if self.regions:
            added["region"] = [self.regions[region].name for region in self.region_of]
        return solution_text(self.table, added)


def pack_file(
    path: str, *, capacity: int | None, request: RegionRequest | None, alignment: int, timeout: float
) -> PackResult:
    """Read, pack and check a table of buffers.

    Args:
        capacity: bytes that are few enough; None: as few as can be.
        request: memory regions to divide the buffers among, in place of a capacity.
        alignment: of the arena's base and size, in bytes.
        timeout: seconds.

    Raises:
        AreniteError: the file is no such table, its fixed offsets contradict each other, or the buffers were not fitted
            into the regions.
        InvalidPlan: arenite is at fault.
    """
    if capacity is not None and request is not None:
        raise AreniteError("regions have sizes of their own", file=path, remedy="leave out --capacity")
    table = read_table(path)
    began = time.monotonic()
    stated = table_problem(table, alignment)
    tell(Progress(f"packing {len(table.rows):,} buffers", limit_seconds=timeout))
    try:
        if request is None:
            named = next((row for row in table.rows if row.region is not None), None)
            if named is not None:
                raise AreniteError(
                    f"{named.id} is pinned to the region {named.region}", file=path,
                    remedy=f"give its size: --region {named.region}=SIZE",
                )  # fmt: skip
            result = _in_one_piece(table, stated, capacity, timeout)
        else:
            result = _in_regions(table, stated, request, alignment, timeout, path)
    except ValueError as error:
        raise AreniteError(str(error), file=path, remedy="change the fixed offsets, alignments or gaps") from None
    return replace(result, seconds=time.monotonic() - began)


def _in_one_piece(table: BufferTable, stated: TableProblem, capacity: int | None, timeout: float) -> PackResult:
    # What cannot fit is told at once, beside the best of the quick layouts.
    hopeless = capacity is not None and lower_bound(prepare(stated.problem)) > capacity
    plan = allocate(stated.problem, timeout, capacity=capacity, nodes=0 if hopeless else MAX_NODES)
    validate_plan(stated.problem, plan.offsets, plan.arena_bytes)
    offsets = stated.row_offsets(plan.offsets)
    return PackResult(table, offsets, plan.arena_bytes, plan.lower_bound_bytes, capacity, 0.0)


def _in_regions(
    table: BufferTable, stated: TableProblem, request: RegionRequest, alignment: int, timeout: float, path: str
) -> PackResult:
    regions = tuple(replace(region, alignment=lcm(region.alignment, alignment)) for region in request.regions)
    check_bases(regions, max((row.alignment for row in table.rows), default=1), path)
    allowed = _allowed(table, request, regions, path)
    rows = [0] * len(stated.problem.blocks)
    for row, (first, _) in enumerate(stated.anchors):
        end = stated.anchors[row + 1][0] if row + 1 < len(stated.anchors) else len(rows)
        rows[first:end] = [row] * (end - first)
    problem = RegionProblem(stated.problem, regions, tuple(allowed[row] for row in rows))
    try:
        layout = place(problem, timeout)
    except DoesNotFit as reason:
        raise shortage(problem, reason.proven, file=path, when=lambda step: f"the time {stated.times[step]}") from None
    return PackResult(
        table, stated.row_offsets(layout.offsets), sum(layout.used_bytes),
        live_bytes(stated.problem), None, 0.0, regions,
        tuple(layout.region_of[first] for first, _ in stated.anchors), layout,
    )  # fmt: skip


def _allowed(
    table: BufferTable, request: RegionRequest, regions: tuple[Region, ...], path: str
) -> list[tuple[int, ...]]:
    """For each row the regions that it may lie in, by the column ``region`` and the pins of the request."""
    rows = {row.id: row for row in table.rows}
    for name, _ in request.pins:
        if name not in rows:
            raise AreniteError(
                f"{name} is pinned, but there is no such buffer", file=path, remedy="use an id of the file"
            )
    stated = tuple((row.id, row.region) for row in table.rows if row.region is not None)
    check_request(RegionRequest(request.regions, (*request.pins, *stated)), path)
    number = {region.name: place_ for place_, region in enumerate(request.regions)}
    pinned = {name: number[region] for name, region in (*request.pins, *stated)}
    for name, region in pinned.items():
        size = request.regions[region].bytes
        if size is not None and rows[name].size > size:
            where = request.regions[region].name
            raise AreniteError(
                f"{name} needs {rows[name].size:,} bytes and is pinned to {where}, which has {size:,}", file=path,
                remedy="pin it to a larger region",
            )  # fmt: skip
    everywhere = tuple(range(len(request.regions)))
    return [_roomy(row, regions, (pinned[row.id],) if row.id in pinned else everywhere, path) for row in table.rows]


def _roomy(row: Row, regions: tuple[Region, ...], allowed: tuple[int, ...], path: str) -> tuple[int, ...]:
    """Those of the regions ``allowed`` in which the row's bytes, used or not, find room."""
    end = row.size + (row.offset or 0)
    found = tuple(region for region in allowed if end <= (regions[region].capacity or 0))
    if not found:
        where = " or ".join(regions[region].name for region in allowed)
        raise AreniteError(
            f"{row.id} alone needs {end:,} bytes, more than {where} has"
            if row.offset is None
            else f"{row.id} is fixed at {row.offset:,} and ends at {end:,}, outside {where}",
            file=path, remedy="enlarge a region or add one",
        )  # fmt: skip
    return found


def unfitted(result: PackResult, path: str) -> AreniteError | None:
    """Why the buffers are not within the capacity; None if they are, or if there is none."""
    if result.capacity is None or result.arena_bytes <= result.capacity:
        return None
    if result.lower_bound_bytes > result.capacity:
        return AreniteError(
            f"cannot fit into {result.capacity:,} bytes: every layout needs at least {result.lower_bound_bytes:,}",
            file=path, remedy="raise --capacity",
        )  # fmt: skip
    return AreniteError(
        f"no layout within {result.capacity:,} bytes was found in time; the best one needs {result.arena_bytes:,}, "
        f"and none needs less than {result.lower_bound_bytes:,}",
        file=path, remedy="raise --timeout or --capacity",
    )  # fmt: skip


def pack_json(result: PackResult, path: str) -> dict[str, object]:
    """The object of ``arenite pack --json``: all in bytes; ``placements`` in the order of the file."""
    placements: list[dict[str, object]] = []
    for number, (row, offset) in enumerate(zip(result.table.rows, result.offsets, strict=True)):
        placement: dict[str, object] = {"id": row.id, "offset": offset}
        if result.regions:
            region = result.regions[result.region_of[number]]
            placement["region"] = region.name
            if region.base is not None:
                placement["address"] = region.base + offset
        placements.append(placement)
    found: dict[str, object] = {
        "problem": path,
        "buffers": len(result.table.rows),
        "capacity": result.capacity,
        "arena_bytes": result.arena_bytes,
        "lower_bound_bytes": result.lower_bound_bytes,
        "optimal": result.optimal,
        "fits": result.fits,
        "seconds": round(result.seconds, 6),
    }
    if result.layout is not None:
        found["regions"] = [
            {
                "name": region.name,
                "base": region.base,
                "size": region.bytes,
                "used_bytes": used,
                "lower_bound_bytes": bound,
            }
            for region, used, bound in zip(
                result.regions, result.layout.used_bytes, result.layout.lower_bound_bytes, strict=True
            )
        ]
    return {**found, "placements": placements}
