"""The memory maps of a plan as documents: a self-contained HTML page, or one SVG. Nothing is loaded from elsewhere."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from arenite import __version__
from arenite.graph import ArenaPlan
from arenite.output import write_file
from arenite.report.memory_map import PALETTE, SCRATCH, amount, panels, stacked
from arenite.report.plan_json import saving, short_name
from arenite.report.step_rows import step_rows

if TYPE_CHECKING:
    from jinja2 import Environment

GAP = 20.0
"""Pixels between maps side by side in the picture."""

HIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def html_page(best: ArenaPlan, source: ArenaPlan, model_file: str) -> str:
    """A page that needs nothing but itself. ``source`` is the plan of the same graph with the steps in file order."""
    drawn = panels(best, source)
    rows = step_rows(best)
    return (
        environment()
        .get_template("memory_map.html.j2")
        .render(
            **_facts(best, source, model_file),
            panels=drawn,
            stacked=stacked(best),
            palette=PALETTE,
            scratch=SCRATCH,
            rows=rows,
            in_place=any(row.in_place for row in rows),
            cells=any(panel.cells for panel in drawn),
            steps={panel.key: list(zip(panel.operators, panel.working_sets, strict=True)) for panel in drawn},
        )
    )


def write_map_page(file: str | Path, best: ArenaPlan, source: ArenaPlan, model_file: str) -> None:
    """Writes what ``html_page`` returns; the file appears complete or not at all."""
    write_file(str(file), html_page(best, source, model_file))


def svg_picture(best: ArenaPlan, source: ArenaPlan, model_file: str) -> str:
    """The maps as one SVG, for documents; it follows the light or dark preference of the reader."""
    drawn, columns = panels(best, source), 1 if stacked(best) else 2
    width, height = drawn[0].width, drawn[0].height
    places = [(panel, index % columns * (width + GAP), index // columns * height) for index, panel in enumerate(drawn)]
    return (
        environment()
        .get_template("memory_map.svg.j2")
        .render(
            **_facts(best, source, model_file),
            places=places,
            left=drawn[0].left,
            cells=any(panel.cells for panel in drawn),
            width=columns * (width + GAP) - GAP,
            height=-(-len(drawn) // columns) * height + 52,
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
        "regions": best.regions or source.regions,
        "same_order": best.order == source.order,
        "macs": sum(step.macs for step in best.graph.steps),
        "buffers": len(best.graph.buffers),
        "moved": sum(1 for position, step in enumerate(best.order) if position != step),
    }


def _shown(value: object) -> object:
    """Text without what XML forbids and what would turn the reading direction of its surroundings."""
    return type(value)(HIDDEN.sub("\N{REPLACEMENT CHARACTER}", value)) if isinstance(value, str) else value


def environment() -> Environment:
    """Templates of this package; what they are given is escaped."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def load(name: str) -> str:
        return resources.files("arenite.report").joinpath(name).read_text(encoding="utf-8")

    # Names come from model files that anyone may have made: everything is escaped.
    found = Environment(
        loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=_shown,
    )  # fmt: skip
    found.filters["amount"] = amount
    found.filters["grouped"] = lambda number: f"{number:,}"
    found.filters["short"] = short_name
    return found
