"""What a plan uses of several memory regions, and what lies in the caller's memory, for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from arenite.graph import ArenaPlan


@dataclass(frozen=True)
class RegionRow:
    """A region and what is used of it, in bytes; ``base`` is its address if it is known."""

    name: str
    base: int | None
    bytes: int
    used_bytes: int
    lower_bound_bytes: int


def region_table(rows: Sequence[RegionRow]) -> Table:
    """One line for each region."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="bold")
    for name in ("region", "base", "size", "used", "", "lower bound"):
        table.add_column(name, justify="left" if name == "region" else "right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.name,
            "" if row.base is None else f"{row.base:#010x}",
            f"{row.bytes:,}",
            f"{row.used_bytes:,}",
            f"{row.used_bytes / row.bytes:.1%}" if row.bytes else "",
            f"{row.lower_bound_bytes:,}",
        )
    return table


def regions_verdict(plan: ArenaPlan) -> Text:
    """Whether less of the slow regions would do."""
    if not plan.optimal:
        return Text("less of the slow regions may do: see their bounds", style="yellow")
    if any(region.used_bytes for region in plan.regions[1:]):
        return Text("optimal: no order and no layout uses less of the slow regions", style="green")
    return Text(f"optimal: no order and no layout needs less, all of it in {plan.regions[0].name}", style="green")


def plan_regions_view(plan: ArenaPlan) -> list[RenderableType]:
    """The lines that a plan with regions, or with inputs and outputs in the caller's memory, has besides."""
    parts: list[RenderableType] = []
    if plan.regions:
        rows = [RegionRow(one.name, one.base, one.bytes, one.used_bytes, one.lower_bound_bytes) for one in plan.regions]
        parts += [Text(), region_table(rows)]
    elsewhere = [buffer for buffer in plan.graph.buffers if buffer.caller_bytes]
    if elsewhere:
        listed = ", ".join(f"{buffer.name} {buffer.caller_bytes:,}" for buffer in elsewhere)
        parts += [Text(), Text(f"in the caller's memory, bytes: {listed}")]
    return parts
