"""Plans and results for people at a terminal: tables, and the arena over time drawn with characters.

Everything works without colour and without a terminal (plain text), from 60 columns up.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from arenite.graph import ArenaPlan
from arenite.report.plan_json import saving, short_name, working_sets, written_in_place
from arenite.report.regions_view import plan_regions_view, regions_verdict
from arenite.report.timeline import Timeline

LONGEST_TABLE, FULLEST = 40, 16
"""Plans of more steps show only so many of the fullest; the JSON object and the HTML page have them all."""
NOTED_BAR = 12
"""Columns from which a bar has room for a note."""


def console(stream: TextIO | None = None) -> Console:
    """A console on ``stream`` (default: standard output) that prints what it gets: no markup, no guessing."""
    return Console(file=stream or sys.stdout, markup=False, emoji=False, highlight=False)


def plan_view(plan: ArenaPlan, model_file: str) -> RenderableType:
    """Table of the steps, the arena over time, and the figures of the whole plan."""
    counts = f"{counted(len(plan.order), 'step')}, {counted(len(plan.graph.buffers), 'buffer')}"
    parts: list[RenderableType] = [Text.assemble((model_file, "bold"), f"  {counts}"), Text()]
    if plan.order:
        parts += [_step_table(plan), Text(), Timeline(plan), Text()]
    return Group(*parts, _plan_summary(plan), *plan_regions_view(plan))


def result_view(title: str, result: Mapping[str, object]) -> RenderableType:
    """The object that a subcommand prints as JSON, as two columns; a list of objects becomes a table of its own."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    tables: list[RenderableType] = []
    for key, value in result.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            tables += [Text(), _records(key, value)]
        elif value is not None:
            grid.add_row(key.replace("_", " "), Text(_value(value)))
    return Group(Text(title, style="bold"), Text(), grid, *tables)


def _step_table(plan: ArenaPlan) -> Table:
    sets = working_sets(plan)
    largest = max(sets) or 1
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="bold")
    table.add_column("step", justify="right", no_wrap=True)
    table.add_column("operator", no_wrap=True, max_width=Name.MOST)
    table.add_column("in file", justify="right", no_wrap=True)
    table.add_column("bytes in use", justify="right", no_wrap=True)
    table.add_column("", ratio=1, min_width=12)
    table.expand = True
    shown = _fullest(sets, FULLEST if len(sets) > LONGEST_TABLE else len(sets))
    expected = 0
    for position in [*shown, len(sets)]:
        if position > expected:
            skipped = position - expected
            table.add_row("", Text(f"({skipped:,} more)", style="dim"))
        if position == len(sets):
            break
        step, at_peak = plan.graph.steps[plan.order[position]], sets[position] == largest
        table.add_row(
            str(position),
            Name(step.name),
            ",".join(map(str, step.source_ops[:3])) + ",.." * (len(step.source_ops) > 3),
            f"{sets[position]:,}",
            Bar(sets[position] / largest, " peak" if at_peak else ""),
            style="bold" if at_peak else None,
        )
        expected = position + 1
    return table


def counted(count: int, thing: str) -> str:
    """``2 steps``, ``1 step``."""
    return f"{count:,} {thing}" + "s" * (count != 1)


def _fullest(sets: Sequence[int], count: int) -> list[int]:
    """Positions of the ``count`` largest working sets, ascending; all of them if there are no more."""
    return sorted(sorted(range(len(sets)), key=lambda position: (-sets[position], position))[:count])


class Name:
    """A name, cut in the middle to the width there is; ASCII where there is nothing else."""

    LEAST, MOST = 12, 44

    def __init__(self, name: str) -> None:
        self.name = short_name(name, self.MOST)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(len(self.name), self.LEAST), len(self.name))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> list[Text]:
        text = short_name(self.name, max(options.max_width, 3))
        return [Text(text.replace("…", "~") if options.ascii_only else text, no_wrap=True, overflow="crop")]


class Bar:
    """A horizontal bar over a share of the width it gets, with a note behind it where there is room."""

    def __init__(self, share: float, note: str) -> None:
        self.share, self.note = share, note

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> list[Text]:
        width = options.max_width
        noted = width >= NOTED_BAR
        eighths = round(self.share * max(width - len(" peak") * noted, 1) * 8)
        bar = ("#" if options.ascii_only else "█") * (eighths // 8)
        if not options.ascii_only and eighths % 8:
            bar += " ▏▎▍▌▋▊▉"[eighths % 8]
        bar = bar or ("|" if options.ascii_only else "▏")
        return [Text.assemble((bar, "yellow" if self.note else "blue"), self.note if noted else "")]


def proof(plan: ArenaPlan, kind: str = "") -> Text:
    """Whether an arena is the smallest, in words. ``kind``: of which orders, with a space behind it."""
    if plan.optimal:
        return Text(f"optimal: no order {kind}and no layout needs less", style="green")
    gap = plan.arena_bytes - plan.lower_bound_bytes
    return Text(f"gap to the bound: {gap:,} bytes, {gap / max(plan.arena_bytes, 1):.1%}", style="yellow")


def _plan_summary(plan: ArenaPlan) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    verdict = regions_verdict(plan) if plan.regions else proof(plan)
    share = saving(plan)
    saved = f"{share:.1%} saved by reordering" if share > 0 else ""
    if plan.regions:
        saved = "in one piece of memory"
    elif not saved and plan.optimal:
        saved = "no other order does better"
    grid.add_row(Text("arena", style="bold"), Text(f"{plan.arena_bytes:,}", style="bold"), verdict)
    grid.add_row("lower bound", f"{plan.lower_bound_bytes:,}", Text("bytes, proven", style="dim"))
    grid.add_row("file order", f"{plan.source_order_bytes:,}", Text(saved, style="green" if share > 0 else "dim"))
    add_last_rows(grid, plan, "results")
    return grid


def add_last_rows(grid: Table, plan: ArenaPlan, written: str) -> None:
    """What ends the summary of any plan. ``written``: what is written over operands."""
    if results := len(written_in_place(plan)):
        grid.add_row("in place", f"{results:,}", Text(f"{written} written over an operand", style="dim"))
    if plan.graph.state_bytes:
        grid.add_row("state", f"{plan.graph.state_bytes:,}", Text("bytes kept between calls, apart", style="dim"))
    grid.add_row("time", f"{plan.seconds:.3f} s", "")


def _records(title: str, records: Sequence[Mapping[str, object]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, title=title, title_justify="left", title_style="bold")
    keys = list(dict.fromkeys(key for record in records for key in record))
    for key in keys:
        numeric = all(isinstance(record.get(key, 0), int | float | None) for record in records)
        table.add_column(key.replace("_", " "), justify="right" if numeric else "left", overflow="ellipsis")
    for record in records:
        table.add_row(*(Text(_value(record.get(key), address=key == "base")) for key in keys))
    return table


def _value(value: object, *, address: bool = False) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:#010x}" if address else f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, list | tuple):
        items = [_value(item) for item in value[:8]]
        return ", ".join([*items, f"… {len(value) - 8} more"] if len(value) > 8 else items)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(item)}" for key, item in value.items())
    return str(value)
