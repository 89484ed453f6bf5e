"""The memory maps of a plan of rows as a PNG, drawn by matplotlib. Equal plans give equal bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arenite.report.picture_parts import (
    ACCENT,
    FOOT,
    GOOD,
    HEAD,
    SOFT,
    draw_frame,
    draw_key,
    draw_label,
    draw_levels,
    drawn_png,
    write_text,
)
from arenite.report.plan_json import short_name
from arenite.report.row_map import Layer, RowMap, row_maps
from arenite.report.row_page import RowPlans, placed_maps

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNMARKED, FAINT = 3.0, 8.0
"""Pixels: shorter pieces have no edges, shorter than the second thin ones."""


def row_png_picture(plans: RowPlans, model_file: str) -> bytes:
    """The rows beside whole operators, and below them alone, on a light ground.

    Raises ModuleNotFoundError where matplotlib is not installed.
    """
    maps = row_maps(plans.best, plans.rows, plans.source)
    width, high, places = placed_maps(maps)
    height = HEAD + high + FOOT

    def draw(axes: Axes) -> None:
        change = f"{plans.operators_bytes:,} → {plans.best.arena_bytes:,} bytes by rows"
        write_text(axes, maps[0].left, 28, f"{short_name(model_file, 60)}:  {change}", size=17, weight="bold")
        for drawn, left, top in places:
            _draw(axes, drawn, left, HEAD + top)
        _key(axes, maps, width, height)

    return drawn_png(width, height, draw)


def _draw(axes: Axes, drawn: RowMap, left: float, top: float) -> None:
    x, y, wide, high = left + drawn.left, top + drawn.top, drawn.plot_width, drawn.plot_height
    draw_frame(axes, drawn, left, top)
    for layer in drawn.layers:
        _pieces(axes, drawn, layer, x, y + high)
    for label in drawn.labels:
        draw_label(axes, left + label.x, top + label.y, label.text, label.ink, label.upright)
    if drawn.pushes:
        places = [x + (step + 0.5) * drawn.step_width for step in drawn.pushes]
        axes.vlines(places, y + high + 3, y + high + 12, color=ACCENT, linewidth=0.9)
        write_text(axes, x - 8, y + high + 12, "input rows", colour=ACCENT, ha="right")
    if drawn.less:
        middle = top + (drawn.top + drawn.arena_y) / 2
        text = f"{drawn.less:,} bytes less"
        write_text(axes, x + wide / 2, middle, text, size=15, colour=GOOD, weight="bold", ha="center")
    draw_levels(axes, drawn, left, top)


def _pieces(axes: Axes, drawn: RowMap, layer: Layer, x: float, base: float) -> None:
    """All pieces of a tensor at once: plans have thousands."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    across, up = drawn.step_width, drawn.byte_height
    boxes = [
        Rectangle(
            (x + one.first_step * across, base - (one.offset + one.bytes) * up),
            (one.last_step - one.first_step + 1) * across,
            one.bytes * up,
        )
        for one in (place.placement for place in layer.tensor.places)
    ]
    long = layer.long * across
    edge = 0.0 if long < UNMARKED or layer.tall < 2 else 0.35 if long < FAINT or layer.tall < 5 else 0.7
    axes.add_collection(PatchCollection(boxes, facecolor=layer.colour, edgecolor="white", linewidth=edge, zorder=2))


def _key(axes: Axes, maps: tuple[RowMap, ...], width: float, height: float) -> None:
    y = height - 14
    x = draw_key(axes, maps[0].left, y, "no order of rows and no layout can do with less", 330.0, width)
    if maps[0].pushes:
        axes.vlines((x + 3.5, x + 10.5, x + 17.5), y - 9, y, color=ACCENT, linewidth=0.9)
        write_text(axes, x + 28, y, "a row of the input is handed in", colour=SOFT)
