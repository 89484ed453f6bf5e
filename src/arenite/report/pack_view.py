"""The result of ``arenite pack`` for people at a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from arenite.pack_command import PackResult
from arenite.report.regions_view import RegionRow, region_table


def pack_view(result: PackResult, path: str) -> RenderableType:
    """Arena, bound and verdict; what is used of each region, if there are any."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text("arena", style="bold"), Text(f"{result.arena_bytes:,}", style="bold"), _verdict(result))
    grid.add_row("lower bound", f"{result.lower_bound_bytes:,}", Text("bytes, proven", style="dim"))
    if result.capacity is not None:
        grid.add_row("capacity", f"{result.capacity:,}", "")
    grid.add_row("time", f"{result.seconds:.3f} s", "")
    count = len(result.table.rows)
    counted = f"  {count:,} buffer{'' if count == 1 else 's'}"
    parts: list[RenderableType] = [Text.assemble((path, "bold"), counted), Text(), grid]
    if result.layout is not None:
        rows = [
            RegionRow(region.name, region.base, region.bytes or 0, used, bound)
            for region, used, bound in zip(
                result.regions, result.layout.used_bytes, result.layout.lower_bound_bytes, strict=True
            )
        ]
        parts += [Text(), region_table(rows)]
    return Group(*parts)


def _verdict(result: PackResult) -> Text:
    if result.fits is False:
        return Text("does not fit" if result.lower_bound_bytes > (result.capacity or 0) else "not fitted", style="red")
    if result.layout is not None:
        text = "optimal: no layout uses less of the slow regions" if result.optimal else "fits; not proven the least"
        return Text(text, style="green" if result.optimal else "yellow")
    if result.optimal:
        return Text("optimal: no layout needs less", style="green")
    if result.fits:
        return Text("fits", style="green")
    gap = result.arena_bytes - result.lower_bound_bytes
    return Text(f"gap to the bound: {gap:,} bytes, {gap / max(result.arena_bytes, 1):.1%}", style="yellow")
