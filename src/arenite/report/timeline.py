"""The arena over time drawn with characters: a map of the buffers, or a chart where the steps are too many for one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console, ConsoleOptions
from rich.text import Text

from arenite.graph import ArenaPlan
from arenite.report.plan_json import Placement, peak_step, placements, short_name, working_sets

MAP_ROWS, CHART_ROWS = 12, 4
STEP_COLUMNS, MAP_COLUMNS = 16, 160
"""The widest step, the widest map: what is wider says no more."""
COLOURS = ("blue", "cyan", "green", "yellow", "magenta", "bright_blue", "red", "bright_cyan", "bright_green")
FILLS, ASCII_FILLS = "█▓▒░", "#=+:"
LEVELS, ASCII_LEVELS = " ▁▂▃▄▅▆▇█", " .:#"


class Timeline:
    """Columns are steps, lines are bytes, the peak is marked below. Up to as many steps as there are columns, the map:
    one fill per buffer at its offset (0 at the bottom). Beyond, the working set alone."""

    def __init__(self, plan: ArenaPlan) -> None:
        self.plan = plan

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> list[Text]:
        steps = len(self.plan.order)
        margin = len(f"{self.plan.arena_bytes:,}") + 2
        room = max(options.max_width - margin - 1, 8)
        if steps > room:
            columns = room
            body = chart_lines(working_sets(self.plan), self.plan.arena_bytes, columns, options.ascii_only)
        else:
            columns = max(min(room, STEP_COLUMNS * steps, MAP_COLUMNS), steps)
            body = map_lines(self.plan, columns, options.ascii_only)
        side = "|" if options.ascii_only else "│"
        lines = []
        for number, line in enumerate(body):
            label = f"{self.plan.arena_bytes:,}" if number == 0 else "0" if number == len(body) - 1 else ""
            lines.append(Text.assemble(f"{label:>{margin - 2}} {side}", line))
        return [*lines, Text(" " * margin + self._foot(columns, room, options.ascii_only), style="bold", no_wrap=True)]

    def _foot(self, columns: int, room: int, ascii_only: bool) -> str:
        """The mark below the peak, with what runs there beside it; where that is too long, with the step alone."""
        peak, steps = peak_step(self.plan) or 0, len(self.plan.order)
        column = _column(peak, steps, columns)
        operator = short_name(self.plan.graph.steps[self.plan.order[peak]].name, 28)
        operator = operator.replace("…", "~") if ascii_only else operator
        mark, brief = "^" if ascii_only else "▲", f"peak: step {peak:,} of {steps:,}"
        for note in (f"{brief}, {operator}", brief):
            if column + 2 + len(note) <= room:
                return " " * column + f"{mark} {note}"
            if len(note) + 1 <= column:
                return " " * (column - len(note) - 1) + f"{note} {mark}"
        return " " * column + mark


def map_lines(plan: ArenaPlan, columns: int, ascii_only: bool) -> list[Text]:
    """The arena from top to bottom. A line shows what lies at its middle: at this scale a buffer may be too small to
    be seen."""
    steps, arena = len(plan.order), max(plan.arena_bytes, 1)
    buffers = placements(plan)
    looks = _looks(buffers)
    fills = ASCII_FILLS if ascii_only else FILLS
    cells: list[list[int | None]] = [[None] * columns for _ in range(MAP_ROWS)]
    for index, buffer in enumerate(buffers):
        left = buffer.first_step * columns // steps
        right = (buffer.last_step + 1) * columns // steps
        low, high = (_line(edge, arena) for edge in (buffer.offset, buffer.offset + buffer.bytes))
        for line in range(low, high):
            cells[line][left:right] = [index] * (right - left)
    lines = []
    for row in reversed(cells):
        text = Text()
        for cell in row:
            text.append(" ") if cell is None else text.append(fills[looks[cell][0]], style=COLOURS[looks[cell][1]])
        lines.append(text)
    return lines


def chart_lines(sets: Sequence[int], arena: int, columns: int, ascii_only: bool) -> list[Text]:
    """The working set over the steps, as bars from the bottom; a column shows the largest of its steps. The column of
    the peak stands out where there is colour."""
    levels = ASCII_LEVELS if ascii_only else LEVELS
    full = len(levels) - 1
    heights = [0] * columns
    for step, working_set in enumerate(sets):
        column = step * columns // len(sets)
        heights[column] = max(heights[column], -(-working_set * CHART_ROWS * full // max(arena, 1)))
    peak = sets.index(max(sets)) * columns // len(sets)
    lines = []
    for row in reversed(range(CHART_ROWS)):
        text = Text()
        for column, height in enumerate(heights):
            text.append(levels[min(max(height - row * full, 0), full)], style="yellow" if column == peak else "blue")
        lines.append(text)
    return lines


def _column(step: int, steps: int, columns: int) -> int:
    """The column in the middle of a step."""
    return min((2 * step + 1) * columns // (2 * steps), columns - 1) if columns >= steps else step * columns // steps


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
