"""Plans of rows at a terminal: the tensors that the rows belong to, the arena over time, and what rows bring."""

from __future__ import annotations

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from arenite.graph import ArenaPlan
from arenite.report.plan_json import peak_step
from arenite.report.row_view import RowFigures, TensorRows, row_figures, tensor_rows
from arenite.report.terminal import FULLEST, LONGEST_TABLE, Bar, Name, add_last_rows, counted, proof
from arenite.report.timeline import Timeline
from arenite.rows.plan_rows import Choice

NAMED, BARRED = 90, 74
"""Columns of the terminal from which the table says who writes a tensor, and has bars."""


def row_plan_view(choice: Choice, model_file: str) -> RenderableType:
    """Table of the tensors and how many of their rows live at once, the arena over time, and the figures of the plan.

    ``choice`` is a plan of rows.
    """
    plan, rows = choice.plan, choice.rows
    if rows is None:
        raise ValueError("a plan of whole operators")
    figures = row_figures(plan, rows, choice.operators_bytes or 0)
    counts = f"{counted(len(plan.order), 'step')} over the rows of {counted(figures.operators, 'operator')}"
    head: list[RenderableType] = [Text.assemble((model_file, "bold"), f"  {counts}"), Text()]
    tensors = tensor_rows(plan, rows)
    return Group(*head, _TensorTable(plan, tensors), Text(), Timeline(plan), Text(), _summary(plan, figures))


class _TensorTable:
    """A line for each tensor, its bytes at most, as a whole and at the peak; of many, those that take most there, and
    what all others take."""

    def __init__(self, plan: ArenaPlan, tensors: tuple[TensorRows, ...]) -> None:
        peak = peak_step(plan) or 0
        self.tensors = tensors
        self.at_peak = {tensor.key: tensor.bytes_at(peak) for tensor in tensors}
        heaviest = sorted(tensors, key=lambda tensor: (-self.at_peak[tensor.key], -tensor.most_bytes))
        self.shown = {tensor.key for tensor in (heaviest[:FULLEST] if len(tensors) > LONGEST_TABLE else tensors)}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> list[RenderableType]:
        named, barred = options.max_width >= NAMED, options.max_width >= BARRED
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="bold", expand=True)
        table.add_column("tensor", no_wrap=True, max_width=Name.MOST, ratio=None if barred else 1)
        if named:
            table.add_column("written by", no_wrap=True, max_width=Name.MOST)
        for title in ("rows at once", "most", "whole", "at peak"):
            table.add_column(title, justify="right", no_wrap=True, min_width=self._width(title))
        if barred:
            table.add_column("", ratio=1, min_width=8)
        largest = max(self.at_peak.values(), default=0) or 1
        for tensor in self.tensors:
            if tensor.key in self.shown:
                live = self.at_peak[tensor.key]
                figures = [*self._figures(tensor).values()]
                bar = Bar(live / largest, "") if live else ""
                writer = Name(tensor.written_by or "the caller")
                table.add_row(Name(tensor.name), *([writer] if named else []), *figures, *([bar] if barred else []))
        if left := len(self.tensors) - len(self.shown):
            live = sum(self.at_peak[tensor.key] for tensor in self.tensors if tensor.key not in self.shown)
            blank = [""] * (len(table.columns) - 2 - barred)
            table.add_row(f"{left:,} more", *blank, f"{live:,}", *([""] if barred else []), style="dim")
        return [table]

    def _figures(self, tensor: TensorRows) -> dict[str, str]:
        live = self.at_peak[tensor.key]
        return {
            "rows at once": f"{tensor.most_rows:,} of {tensor.rows:,}" if tensor.rows > 1 else "",
            "most": f"{tensor.most_bytes:,}",
            "whole": f"{tensor.bytes:,}",
            "at peak": f"{live:,}" if live else "",
        }

    def _width(self, title: str) -> int:
        """Columns that the figures below a title need, and the title."""
        return max([len(title), *(len(self._figures(t)[title]) for t in self.tensors if t.key in self.shown)])


def _summary(plan: ArenaPlan, figures: RowFigures) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    share = figures.saving(plan.arena_bytes)
    saved = f"{share:.1%} saved by rows" if share > 0 else "rows need no less"
    grid.add_row(Text("arena", style="bold"), Text(f"{plan.arena_bytes:,}", style="bold"), proof(plan, "of rows "))
    grid.add_row("lower bound", f"{plan.lower_bound_bytes:,}", Text("bytes, proven for rows", style="dim"))
    grid.add_row("whole operators", f"{figures.operators_bytes:,}", Text(saved, style="green" if share > 0 else "dim"))
    if plan.source_order_bytes > figures.operators_bytes:
        grid.add_row("file order", f"{plan.source_order_bytes:,}", Text("whole operators", style="dim"))
    if figures.pushed_rows:
        said = f"rows handed in by the caller, of {figures.pushed_bytes:,} bytes together"
        grid.add_row("input", f"{figures.pushed_rows:,}", Text(said, style="dim"))
        eager = f"of {figures.operators:,} operators done with each row before the next"
        grid.add_row("eager", f"{figures.eager:,}", Text(eager, style="dim"))
    add_last_rows(grid, plan, "rows")
    return grid
