"""The result of ``arenite estimate`` for people at a terminal."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from arenite.estimation.estimate import Estimate
from arenite.report.terminal import Name


def estimate_view(found: Estimate, path: str, megahertz: float | None = None) -> RenderableType:
    """What takes SRAM, what takes flash, and a line for each operator; with a clock, the time."""
    title = f"  estimated for {found.cpu}, granularity {found.granularity}, for {found.optimise}"
    parts: list[RenderableType] = [Text.assemble((path, "bold"), title), Text(), _operators(found), Text()]
    parts.append(_figures(found, megahertz))
    if found.uncalibrated:
        parts += [Text(), Text(f"guessed, as nobody has measured it: {', '.join(found.uncalibrated)}")]
    return Group(*parts)


def _operators(found: Estimate) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="bold")
    table.add_column("operator", no_wrap=True, max_width=Name.MOST)
    for name in ("MACs", "instructions", "share"):
        table.add_column(name, justify="right", no_wrap=True)
    total = max(found.instructions, 1)
    for one in found.operators:
        guessed = "" if one.calibrated else "~"
        figures = (f"{one.macs:,}" if one.macs else "", f"{guessed}{one.instructions:,.0f}")
        table.add_row(Name(one.operator), *figures, f"{one.instructions / total:.1%}")
    schedule = found.schedule_instructions
    table.add_row("schedule", "", f"{schedule:,}", f"{schedule / total:.1%}")
    macs = sum(one.macs for one in found.operators)
    table.add_row("total", f"{macs:,}" if macs else "", f"{found.instructions:,}", "100.0%", style="bold")
    return table


def _figures(found: Estimate, megahertz: float | None) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    sram = f"arena {found.arena_bytes:,}, state {found.state_bytes:,}, stack about {found.stack_bytes:,}"
    flash = f"weights {found.weights_bytes:,}, parameters {found.parameters_bytes:,}, "
    flash += f"code {found.code_bytes + found.schedule_bytes:,}"
    milliseconds = None if megahertz is None else found.milliseconds(megahertz)
    if found.cycles is not None:
        grid.add_row("cycles", f"{found.cycles:,}", "memory without wait states")
    if milliseconds is not None:
        grid.add_row("milliseconds", f"{milliseconds:,.3f}", f"at {megahertz:g} MHz")
    grid.add_row("ram bytes", f"{found.ram_bytes:,}", sram)
    grid.add_row("flash bytes", f"{found.flash_bytes:,}", flash)
    return grid
