"""Plans and results for people at a terminal: tables, and the arena over time drawn with characters.

Everything works without colour and without a terminal (plain text), from 60 columns up.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

import numpy as np
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from arenite.graph import ArenaPlan
from arenite.report.plan_json import Placement, peak_step, placements, saving, short_name, working_sets

LONGEST_TABLE, FULLEST = 40, 16
"""Plans of more steps show only so many of the fullest; the JSON object and the HTML page have them all."""
MAP_ROWS = 12
COLOURS = ("blue", "cyan", "green", "yellow", "magenta", "bright_blue", "red", "bright_cyan", "bright_green")
FILLS, ASCII_FILLS = "█▓▒░", "#=+:"


def console(stream: TextIO | None = None) -> Console:
    """A console on ``stream`` (default: standard output) that prints what it gets: no markup, no guessing."""
    return Console(file=stream or sys.stdout, markup=False, emoji=False, highlight=False)


def plan_view(plan: ArenaPlan, model_file: str) -> RenderableType:
    """Table of the steps, the arena over time, and the figures of the whole plan."""
    counts = f"{len(plan.order)} steps, {len(plan.graph.buffers)} buffers"
    parts: list[RenderableType] = [Text.assemble((model_file, "bold"), f"  {counts}"), Text()]
    if plan.order:
        parts += [_step_table(plan), Text(), _MemoryTimeline(plan), Text()]
    return Group(*parts, _plan_summary(plan))


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
    table.add_column("operator", overflow="ellipsis", no_wrap=True, max_width=44)
    table.add_column("in file", justify="right", no_wrap=True)
    table.add_column("bytes in use", justify="right", no_wrap=True)
    table.add_column("", ratio=1, min_width=12)
    table.expand = True
    shown = _fullest(sets, FULLEST if len(sets) > LONGEST_TABLE else len(sets))
    expected = 0
    for position in [*shown, len(sets)]:
        if position > expected:
            skipped = position - expected
            table.add_row("⋮", Text(f"{skipped} more", style="dim"))
        if position == len(sets):
            break
        step, at_peak = plan.graph.steps[plan.order[position]], sets[position] == largest
        table.add_row(
            str(position),
            Text(short_name(step.name, 44)),
            ",".join(map(str, step.source_ops[:3])) + ",…" * (len(step.source_ops) > 3),
            f"{sets[position]:,}",
            _Bar(sets[position] / largest, " peak" if at_peak else ""),
            style="bold" if at_peak else None,
        )
        expected = position + 1
    return table


def _fullest(sets: Sequence[int], count: int) -> list[int]:
    """Positions of the ``count`` largest working sets, ascending; all of them if there are no more."""
    return sorted(sorted(range(len(sets)), key=lambda position: (-sets[position], position))[:count])


class _Bar:
    """A horizontal bar over a share of the width it gets, with a note behind it."""

    def __init__(self, share: float, note: str) -> None:
        self.share, self.note = share, note

    def __rich_console__(self, console: Console, options: object) -> list[Text]:
        width = getattr(options, "max_width", 20)
        ascii_only = bool(getattr(options, "ascii_only", False))
        eighths = round(self.share * max(width - len(" peak"), 1) * 8)
        bar = ("#" if ascii_only else "█") * (eighths // 8)
        if not ascii_only and eighths % 8:
            bar += " ▏▎▍▌▋▊▉"[eighths % 8]
        return [Text.assemble((bar or ("|" if ascii_only else "▏"), "yellow" if self.note else "blue"), self.note)]


class _MemoryTimeline:
    """The arena over time: columns are steps, lines are offsets (0 at the bottom), one fill per buffer."""

    def __init__(self, plan: ArenaPlan) -> None:
        self.plan = plan

    def __rich_console__(self, console: Console, options: object) -> list[Text]:
        ascii_only = bool(getattr(options, "ascii_only", False))
        steps, arena = len(self.plan.order), max(self.plan.arena_bytes, 1)
        labels = [f"{arena:,}", *[""] * (MAP_ROWS - 2), "0"]
        margin = max(map(len, labels))
        columns = min(max(getattr(options, "max_width", 80) - margin - 3, 8), 16 * steps, 100)
        buffers = placements(self.plan)
        looks = _looks(buffers)
        fills, side = (ASCII_FILLS, "|") if ascii_only else (FILLS, "│")
        cells: list[list[int | None]] = [[None] * columns for _ in range(MAP_ROWS)]
        for index, buffer in enumerate(buffers):
            left = round(buffer.first_step * columns / steps)
            right = max(round((buffer.last_step + 1) * columns / steps), left + 1)
            # A line shows what lies at its middle: at this scale a buffer may be too small to be seen.
            low, high = (_line(edge, arena) for edge in (buffer.offset, buffer.offset + buffer.bytes))
            for line in range(low, high):
                cells[line][left:right] = [index] * (min(right, columns) - left)
        lines = []
        for label, row in zip(labels, reversed(cells), strict=True):
            text = Text(f"{label:>{margin}} {side}", style="")
            for cell in row:
                text.append(" ") if cell is None else text.append(fills[looks[cell][0]], style=COLOURS[looks[cell][1]])
            lines.append(text)
        peak = peak_step(self.plan) or 0
        column = min(round((peak + 0.5) * columns / steps), columns - 1)
        operator = short_name(self.plan.graph.steps[self.plan.order[peak]].name, 28)
        mark, note = "^" if ascii_only else "▲", f"peak: step {peak}, {operator}"
        pad = " " * (margin + 2)
        beside = f"{mark} {note}" if column + 2 + len(note) <= columns else f"{note} {mark}"
        start = column if beside.startswith(mark) else column - len(beside) + 1
        return [*lines, Text(pad + " " * max(start, 0) + beside, style="bold", no_wrap=True, overflow="ellipsis")]


def _line(offset: int, arena: int) -> int:
    """How many line middles lie below an offset."""
    return min(max((2 * offset * MAP_ROWS + arena) // (2 * arena), 0), MAP_ROWS)


def _looks(buffers: Sequence[Placement]) -> list[tuple[int, int]]:
    """A fill and a colour for each buffer, such that buffers that touch in time or space differ where possible."""
    looks: list[tuple[int, int]] = []
    first, last, low, high = np.array(
        [(one.first_step, one.last_step, one.offset, one.offset + one.bytes) for one in buffers], np.int64
    ).reshape(-1, 4).T  # fmt: skip
    for index in range(len(buffers)):
        # All earlier buffers at once: networks may have thousands. Shared edges count.
        touching = (first[:index] <= last[index] + 1) & (first[index] <= last[:index] + 1)
        touching &= (low[:index] <= high[index]) & (low[index] <= high[:index])
        near = [looks[other] for other in np.flatnonzero(touching)]
        fill = next((f for f in range(len(FILLS)) if f not in {look[0] for look in near}), index % len(FILLS))
        start = index % len(COLOURS)
        rotation = [(start + shift) % len(COLOURS) for shift in range(len(COLOURS))]
        colour = next((c for c in rotation if c not in {look[1] for look in near}), start)
        looks.append((fill, colour))
    return looks


def _plan_summary(plan: ArenaPlan) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    gap = plan.arena_bytes - plan.lower_bound_bytes
    verdict = (
        Text("optimal: no order and no layout needs less", style="green")
        if plan.optimal
        else Text(f"gap to the bound: {gap:,} bytes, {gap / max(plan.arena_bytes, 1):.1%}", style="yellow")
    )
    share = saving(plan)
    saved = f"{share:.1%} saved by reordering" if share > 0 else "no other order does better" if plan.optimal else ""
    grid.add_row(Text("arena", style="bold"), Text(f"{plan.arena_bytes:,}", style="bold"), verdict)
    grid.add_row("lower bound", f"{plan.lower_bound_bytes:,}", Text("bytes, proven", style="dim"))
    grid.add_row("file order", f"{plan.source_order_bytes:,}", Text(saved, style="green" if share > 0 else "dim"))
    if plan.graph.state_bytes:
        grid.add_row("state", f"{plan.graph.state_bytes:,}", Text("bytes kept between calls, apart", style="dim"))
    grid.add_row("time", f"{plan.seconds:.3f} s", "")
    return grid


def _records(title: str, records: Sequence[Mapping[str, object]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, title=title, title_justify="left", title_style="bold")
    keys = list(dict.fromkeys(key for record in records for key in record))
    for key in keys:
        numeric = all(isinstance(record.get(key, 0), int | float | None) for record in records)
        table.add_column(key.replace("_", " "), justify="right" if numeric else "left", overflow="ellipsis")
    for record in records:
        table.add_row(*(Text(_value(record.get(key))) for key in keys))
    return table


def _value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, list | tuple):
        items = [_value(item) for item in value[:8]]
        return ", ".join([*items, f"… {len(value) - 8} more"] if len(value) > 8 else items)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(item)}" for key, item in value.items())
    return str(value)
