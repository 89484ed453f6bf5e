"""The memory maps as a PNG, drawn by matplotlib. No display is needed; equal plans give equal bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arenite.graph import ArenaPlan
from arenite.report.memory_map import Panel, Rectangle, panels, stacked
from arenite.report.picture_parts import (
    FOOT,
    GAP,
    HEAD,
    SOFT,
    draw_box,
    draw_frame,
    draw_key,
    draw_label,
    draw_levels,
    drawn_png,
    write_text,
)
from arenite.report.plan_json import short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def png_picture(best: ArenaPlan, source: ArenaPlan, model_file: str) -> bytes:
    """The maps as one picture, before beside after (above it, if there are many steps), on a light ground.

    Raises ModuleNotFoundError where matplotlib is not installed.
    """
    drawn, columns = panels(best, source), 1 if stacked(best) else 2
    width = columns * (drawn[0].width + GAP) - GAP
    height = HEAD + -(-len(drawn) // columns) * drawn[0].height + FOOT

    def draw(axes: Axes) -> None:
        saved = best.arena_bytes < source.arena_bytes
        change = f"{source.arena_bytes:,} → {best.arena_bytes:,} bytes" if saved else f"{best.arena_bytes:,} bytes"
        write_text(axes, drawn[0].left, 28, f"{short_name(model_file, 60)}:  {change}", size=17, weight="bold")
        for index, panel in enumerate(drawn):
            left, top = index % columns * (drawn[0].width + GAP), HEAD + index // columns * panel.height
            _draw(axes, panel, left, top)
        _key(axes, drawn, width, height)

    return drawn_png(width, height, draw)


def _draw(axes: Axes, panel: Panel, left: float, top: float) -> None:
    draw_frame(axes, panel, left, top)
    _boxes(axes, panel, left, top)
    for rectangle in panel.rectangles:
        _label(axes, rectangle, left, top)
    draw_levels(axes, panel, left, top)


def _boxes(axes: Axes, panel: Panel, left: float, top: float) -> None:
    """All rectangles at once: networks may have thousands."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle as Patch

    boxes = [Patch((left + r.x, top + r.y), r.width, r.height) for r in panel.rectangles]
    edges = [0.7 if r.width >= 4 and r.height >= 3 else 0.0 for r in panel.rectangles]
    colours = [r.colour for r in panel.rectangles]
    axes.add_collection(PatchCollection(boxes, facecolor=colours, edgecolor="white", linewidth=edges, zorder=2))
    for cell in panel.cells:
        patch = Patch((left + cell.x, top + cell.y), cell.width, cell.height, zorder=3)
        patch.set(facecolor="none", edgecolor="#ffffffcc", linewidth=0, hatch="////")
        axes.add_patch(patch)


def _label(axes: Axes, rectangle: Rectangle, left: float, top: float) -> None:
    if rectangle.label:
        x, y = left + rectangle.label_x, top + rectangle.label_y
        text = draw_label(axes, x, y, rectangle.label, rectangle.ink, rectangle.upright)
        if rectangle.placement.over:
            text.set_bbox({"facecolor": rectangle.colour, "edgecolor": "none", "pad": 1.0})


def _key(axes: Axes, drawn: tuple[Panel, ...], width: float, height: float) -> None:
    y = height - 14
    x = draw_key(axes, drawn[0].left, y, "no order and no layout can do with less", 290.0, width)
    if any(panel.cells for panel in drawn):
        draw_box(axes, x, y - 10, 22, 12, "#2f86d8", hatch="////")
        write_text(axes, x + 30, y, "written in place", colour=SOFT)
