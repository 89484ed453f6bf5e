"""The result of ``arenite profile`` for people at a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from arenite.report.terminal import Name

LEAST_FUNCTION = 24
"""Columns from which on a function is worth showing."""


def profile_view(result: Mapping[str, Any], path: str) -> RenderableType:
    """A line for each operator of what ``profile_model`` returned, and the figures of the whole."""
    title = f"  one inference on {result['cpu']}, granularity {result['granularity']}, for {result['optimise']}"
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    estimated = result["cycle_model"]
    note = f"estimated with the timing tables of {estimated}, memory without wait states"
    grid.add_row("cycles", note if estimated else "not estimated: this core issues more than one instruction at a time")
    for key in ("arena_bytes", "state_bytes", "stack_bytes", "flash_bytes"):
        if result.get(key):
            grid.add_row(key.replace("_", " "), f"{result[key]:,}")
    return Group(Text.assemble((path, "bold"), title), Text(), OperatorTable(result), Text(), grid)


@dataclass(frozen=True)
class OperatorTable:
    """As many columns as fit; those of cycles only where there are any."""

    result: Mapping[str, Any]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> list[RenderableType]:
        schedule = {"operator": "schedule", **self.result["schedule"]}
        total = {**self.result, "operator": "total", "share": 1.0}
        entries = [*self.result["operators"], schedule, total]
        cycles = self.result["cycle_model"] is not None
        macs = True
        lines, room = _lines(entries, cycles, macs, options.max_width)
        if room < Name.LEAST:
            macs = False
            lines, room = _lines(entries, cycles, macs, options.max_width)
        longest = min(max(len(entry["operator"]) for entry in entries), Name.MOST, max(room, Name.LEAST))
        functions = room >= longest + 3 + LEAST_FUNCTION
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="bold")
        table.add_column("operator", no_wrap=True, max_width=longest)
        if functions:
            table.add_column("function", no_wrap=True, max_width=room - longest - 3)
        for name, width in zip(lines[0], _widths(lines), strict=True):
            table.add_column(name, justify="right", no_wrap=True, min_width=width)
        for entry, figures in zip(entries, lines[1:], strict=True):
            cells = [Name(entry["operator"])] + [Name(_kernels(entry.get("functions", ())))] * functions
            table.add_row(*cells, *figures, style="bold" if entry is total else None)
        return [table]


def _lines(entries: Sequence[Mapping[str, Any]], cycles: bool, macs: bool, width: int) -> tuple[list[list[str]], int]:
    """Headings and figures of the columns behind the names, and how many characters they leave for those."""
    lines = [_columns(cycles, macs), *(_figures(entry, cycles, macs) for entry in entries)]
    return lines, width - 2 - sum(3 + column for column in _widths(lines))


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*lines, strict=True)]


def _columns(cycles: bool, macs: bool) -> list[str]:
    per_mac = ["per MAC"] * macs
    return ["MACs"] * macs + ["instructions", *per_mac] + ["cycles", *per_mac] * cycles + ["share"]


def _figures(entry: Mapping[str, Any], cycles: bool, macs: bool) -> list[str]:
    figures = [_count(entry.get("macs"))] * macs
    for what in ("instructions", "cycles") if cycles else ("instructions",):
        figures += [_count(entry[what])] + [_ratio(entry.get(f"{what}_per_mac"))] * macs
    return [*figures, f"{entry['share']:.1%}"]


def _kernels(functions: Sequence[str]) -> str:
    """The first one, without the prefix that all of them have."""
    more = f" +{len(functions) - 1}" if len(functions) > 1 else ""
    return functions[0].removeprefix("arenite_") + more if functions else ""


def _count(value: int | None) -> str:
    return f"{value:,}" if value else ""


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
