"""The memory maps of a plan of rows as documents: a self-contained HTML page, or one SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arenite import __version__
from arenite.graph import ArenaPlan
from arenite.report.map_page import GAP
from arenite.report.map_page import environment as plain_environment
from arenite.report.memory_map import PALETTE, SCRATCH
from arenite.report.plan_json import working_sets, written_in_place
from arenite.report.row_map import Layer, RowMap, row_maps, tensor_colours
from arenite.report.row_view import TensorRows, live_bytes, row_figures, tensor_rows
from arenite.rows.row_graph import RowGraph

if TYPE_CHECKING:
    from jinja2 import Environment

LIFE_WIDTH, LIFE_HEIGHT, LEAST_HEIGHT = 190, 24, 2.0
"""Of the picture of a tensor's live bytes, in units of its own; the last is where hardly any live."""


@dataclass(frozen=True)
class RowPlans:
    """A plan of rows, and what it is compared with: whole operators in the file's order (``source``), and the arena of
    those in their best order, in bytes."""

    best: ArenaPlan
    rows: RowGraph
    source: ArenaPlan
    operators_bytes: int


@dataclass(frozen=True)
class TensorLine:
    """A tensor as a line of the page's table. ``at_peak``: its live bytes in the fullest step; ``life``: those over all
    steps, as a path."""

    tensor: TensorRows
    colour: str
    at_peak: int
    life: str


def row_html_page(plans: RowPlans, model_file: str) -> str:
    """A page that needs nothing but itself."""
    best, rows = plans.best, plans.rows
    tensors = tensor_rows(best, rows)
    colours = tensor_colours(best, rows)
    maps = row_maps(best, rows, plans.source)
    lines = [
        TensorLine(tensor, colours[tensor.key], tensor.bytes_at(maps[0].peak or 0), _life(tensor, len(best.order)))
        for tensor in tensors
    ]
    whole = tensor_rows(plans.source)
    text: str = (
        _environment()
        .get_template("row_page.html.j2")
        .render(
            **_facts(plans, model_file),
            maps=maps,
            palette=PALETTE,
            scratch=SCRATCH,
            tensors=lines,
            greys=any(tensor.role in ("scratch", "accumulator") for tensor in tensors),
            data={
                "rows": _data(best, tensors),
                "operators": _data(plans.source, whole),
            },
        )
    )
    return text


def row_svg_picture(plans: RowPlans, model_file: str) -> str:
    """The maps as one SVG, for documents; it follows the light or dark preference of the reader."""
    maps = row_maps(plans.best, plans.rows, plans.source)
    width, height, places = placed_maps(maps)
    text: str = (
        _environment()
        .get_template("row_map.svg.j2")
        .render(**_facts(plans, model_file), places=places, width=width, height=height + 52, left=maps[0].left)
    )
    return text


def placed_maps(maps: Sequence[RowMap]) -> tuple[float, float, list[tuple[RowMap, float, float]]]:
    """Width and height of a picture of all maps, and the left and upper edge of each: two beside each other, the third
    below them, as wide as both."""
    places, top = [(maps[0], 0.0, 0.0), (maps[1], maps[0].width + GAP, 0.0)], max(maps[0].height, maps[1].height)
    for drawn in maps[2:]:
        places.append((drawn, 0.0, top))
        top += drawn.height
    return maps[0].width + GAP + maps[1].width, top, places


def _facts(plans: RowPlans, model_file: str) -> dict[str, object]:
    best = plans.best
    figures = row_figures(best, plans.rows, plans.operators_bytes)
    return {
        "model": model_file,
        "version": __version__,
        "arena": best.arena_bytes,
        "operators_bytes": plans.operators_bytes,
        "source_arena": plans.source.arena_bytes,
        "bound": best.lower_bound_bytes,
        "optimal": best.optimal,
        "saving": figures.saving(best.arena_bytes),
        "state": best.graph.state_bytes,
        "macs": sum(step.macs for step in best.graph.steps),
        "steps": len(best.order),
        "operators": figures.operators,
        "pushed": figures.pushed_rows,
        "pushed_bytes": figures.pushed_bytes,
    }


def _life(tensor: TensorRows, steps: int) -> str:
    """The live bytes of a tensor over the steps as an area; a column shows the most of its steps."""
    most = [0] * LIFE_WIDTH
    changes = live_bytes(place.placement for place in tensor.places)
    for (begin, live), (end, _) in zip(changes, [*changes[1:], (steps, 0)], strict=True):
        for column in range(begin * LIFE_WIDTH // steps, max(-(-end * LIFE_WIDTH // steps), 1)):
            if begin < end and column < LIFE_WIDTH:
                most[column] = max(most[column], live)
    path, start = f"M0 {LIFE_HEIGHT}", 0
    for column in range(1, LIFE_WIDTH + 1):
        if column == LIFE_WIDTH or most[column] != most[start]:
            height = min(LIFE_HEIGHT * most[start] / tensor.bytes, LIFE_HEIGHT)
            height = max(height, LEAST_HEIGHT) if most[start] else 0.0
            path += f"V{LIFE_HEIGHT - height:.3g}H{column}"
            start = column
    return f"{path}V{LIFE_HEIGHT}z"


def _data(plan: ArenaPlan, tensors: Sequence[TensorRows]) -> dict[str, object]:
    """What the page's script tells of a map, as short as it can be: thousands of rows and steps.

    ``tensors``: by key. ``pieces``: tensor, first row, last row (half-open), bytes, offset, first step, last step
    (closed), and the piece that it is written over, counted from 1, or 0. ``steps``: operator, the rest of the step's
    name, and the bytes in use.
    """
    number = {
        place.placement.index: count
        for count, place in enumerate((place for tensor in tensors for place in tensor.places), start=1)
    }
    over = {result: number[source] for source, result in written_in_place(plan) if source in number}
    pieces = [
        (
            tensor.key, place.first_row, place.last_row, place.placement.bytes, place.placement.offset,
            place.placement.first_step, place.placement.last_step, over.get(place.placement.index, 0),
        )
        for tensor in tensors for place in tensor.places
    ]  # fmt: skip
    operators: dict[str, int] = {}
    steps: list[tuple[int, str, int]] = []
    for index, used in zip(plan.order, working_sets(plan), strict=True):
        name, bracket, rest = plan.graph.steps[index].name.partition("[")
        steps.append((operators.setdefault(name, len(operators)), bracket + rest, used))
    return {
        "tensors": {
            str(tensor.key): {
                "name": tensor.name, "role": tensor.role, "kind": tensor.kind, "rows": tensor.rows,
                "bytes": tensor.bytes, "mostRows": tensor.most_rows, "mostBytes": tensor.most_bytes,
                "by": tensor.written_by,
            }
            for tensor in tensors
        },
        "pieces": pieces,
        "operators": list(operators),
        "steps": steps,
    }  # fmt: skip


def _environment() -> Environment:
    found = plain_environment()
    found.filters["edges"] = edges
    found.filters["amounts"] = amounts
    return found


def edges(layer: Layer, step_width: float) -> str:
    """The class that says how strong the edges of a layer's pieces may be, with a space before it."""
    long = layer.long * step_width
    return " hair" if long < 3 or layer.tall < 2 else " thin" if long < 8 or layer.tall < 5 else ""


def amounts(tensor: TensorRows) -> str:
    """How much of a tensor lives, in words."""
    if len(tensor.places) == 1 or tensor.role in ("scratch", "accumulator"):
        return f"{tensor.bytes:,} bytes, {tensor.kind}"
    return (
        f"{tensor.kind}, at most {tensor.most_rows:,} of {tensor.rows:,} rows at once, {tensor.most_bytes:,} of "
        f"{tensor.bytes:,} bytes"
    )
