"""The memory maps of a plan of rows as a PNG, drawn by matplotlib. Equal plans give equal bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arenite import __version__
from arenite.report.map_picture import (
    ACCENT,
    BAND,
    FOOT,
    GOOD,
    GROUND,
    HEAD,
    LINE,
    POINTS,
    SOFT,
    draw_box,
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
    write_text(axes, x, top + 17, drawn.title, size=14, weight="bold")
    write_text(axes, x + wide, top + 17, f"{drawn.arena_bytes:,} bytes", size=14, weight="bold", ha="right")
    draw_box(axes, x, y, wide, high, GROUND)
    for tick in drawn.y_ticks:
        axes.plot((x, x + wide), (top + tick.position,) * 2, color=LINE, linewidth=0.7, zorder=1)
        write_text(axes, x - 8, top + tick.position + 3.5, tick.text, colour=SOFT, ha="right")
    for tick in drawn.x_ticks:
        write_text(axes, left + tick.position, top + drawn.height - 24, tick.text, colour=SOFT, ha="center")
    write_text(axes, x + wide, top + drawn.height - 8, "step of execution →", colour=SOFT, ha="right")
    if drawn.peak is not None:
        draw_box(axes, left + drawn.peak_x - drawn.step_width / 2, y, max(drawn.step_width, 1), high, BAND)
    for layer in drawn.layers:
        _pieces(axes, drawn, layer, x, y + high)
    for level, colour, style in ((drawn.bound_y, GOOD, (0, (5, 4))), (drawn.arena_y, ACCENT, "-")):
        if level is not None:
            axes.plot((x, x + wide), (top + level,) * 2, color=colour, linewidth=1.1, linestyle=style, zorder=4)
    for label in drawn.labels:
        axes.text(
            left + label.x, top + label.y, label.text, color=label.ink, fontsize=10.5 * POINTS, ha="center",
            va="center", rotation=90 if label.upright else 0, zorder=6,
        )  # fmt: skip
    if drawn.pushes:
        places = [x + (step + 0.5) * drawn.step_width for step in drawn.pushes]
        axes.vlines(places, y + high + 3, y + high + 12, color=ACCENT, linewidth=0.9)
        write_text(axes, x - 8, y + high + 12, "input rows", colour=ACCENT, ha="right")
    if drawn.less:
        middle = top + (drawn.top + drawn.arena_y) / 2
        text = f"{drawn.less:,} bytes less"
        write_text(axes, x + wide / 2, middle, text, size=15, colour=GOOD, weight="bold", ha="center")
    if drawn.peak is not None:
        middle = left + drawn.peak_x
        axes.fill((middle - 5, middle + 5, middle), (y - 13, y - 13, y - 5), color=ACCENT, linewidth=0, zorder=5)
        shift, place = {"start": (9, "left"), "middle": (0, "center"), "end": (-9, "right")}[drawn.peak_anchor]
        above = y - (17 if drawn.peak_anchor == "middle" else 6)
        write_text(axes, middle + shift, above, drawn.peak_label, colour=ACCENT, weight="bold", ha=place)


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
    x, y = maps[0].left, height - 14
    entries = (
        (ACCENT, "-", "size of the arena", 150.0),
        (GOOD, (0, (5, 4)), "no order of rows and no layout can do with less", 330.0),
    )
    for colour, style, text, step in entries:
        axes.plot((x, x + 26), (y - 4,) * 2, color=colour, linewidth=1.1, linestyle=style)
        write_text(axes, x + 34, y, text, colour=SOFT)
        x += step
    if maps[0].pushes:
        axes.vlines((x + 3.5, x + 10.5, x + 17.5), y - 9, y, color=ACCENT, linewidth=0.9)
        write_text(axes, x + 28, y, "a row of the input is handed in", colour=SOFT)
    write_text(axes, width - 14, y, f"arenite {__version__}", colour=SOFT, ha="right")
