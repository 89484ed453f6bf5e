"""The memory maps of a plan as documents: a self-contained HTML page, or one SVG. Nothing is loaded from elsewhere."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from arenite import __version__
from arenite.graph import ArenaPlan
from arenite.output import write_file
from arenite.report.memory_map import PALETTE, SCRATCH, amount, panels, stacked
from arenite.report.plan_json import saving, short_name

if TYPE_CHECKING:
    from jinja2 import Environment


def html_page(best: ArenaPlan, source: ArenaPlan, model_file: str) -> str:
    """A page that needs nothing but itself. ``source`` is the plan of the same graph with the steps in file order."""
    before, after = panels(best, source)
    return (
        _environment()
        .get_template("memory_map.html.j2")
        .render(
            **_facts(best, source, model_file),
            before=before,
            after=after,
            stacked=stacked(best),
            palette=PALETTE,
            scratch=SCRATCH,
            steps={panel.key: [[step.name, step.working_set] for step in panel.steps] for panel in (before, after)},
        )
    )


def write_map_page(file: str | Path, best: ArenaPlan, source: ArenaPlan, model_file: str) -> None:
    """Writes what ``html_page`` returns; the file appears complete or not at all."""
    write_file(str(file), html_page(best, source, model_file))


def svg_picture(best: ArenaPlan, source: ArenaPlan, model_file: str) -> str:
    """The two maps as one SVG, for documents; it follows the light or dark preference of the reader."""
    before, after = panels(best, source)
    below = stacked(best)
    return (
        _environment()
        .get_template("memory_map.svg.j2")
        .render(
            **_facts(best, source, model_file),
            before=before,
            after=after,
            after_x=0 if below else before.width + 20,
            after_y=before.height if below else 0,
            width=before.width if below else 2 * before.width + 20,
            height=(2 if below else 1) * before.height + 52,
        )
    )


def _facts(best: ArenaPlan, source: ArenaPlan, model_file: str) -> dict[str, object]:
    return {
        "model": model_file,
        "version": __version__,
        "arena": best.arena_bytes,
        "source_arena": source.arena_bytes,
        "bound": best.lower_bound_bytes,
        "optimal": best.optimal,
        "saving": saving(best),
        "state": best.graph.state_bytes,
        "same_order": best.order == source.order,
        "macs": sum(step.macs for step in best.graph.steps),
        "buffers": len(best.graph.buffers),
        "moved": sum(1 for position, step in enumerate(best.order) if position != step),
    }


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def load(name: str) -> str:
        return resources.files("arenite.report").joinpath(name).read_text(encoding="utf-8")

    # Names come from model files that anyone may have made: everything is escaped.
    environment = Environment(
        loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["amount"] = amount
    environment.filters["grouped"] = lambda number: f"{number:,}"
    environment.filters["short"] = short_name
    return environment
