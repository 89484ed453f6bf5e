"""The memory maps as a PNG, drawn by matplotlib. No display is needed; equal plans give equal bytes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from arenite import __version__
from arenite.graph import ArenaPlan
from arenite.report.memory_map import Panel, Rectangle, panels, stacked
from arenite.report.plan_json import short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PIXELS = 2
"""Pixels of the picture per unit of the map's geometry, for dense screens and print."""
GAP, HEAD, FOOT = 20.0, 44.0, 34.0
POINTS = 72 / 100
"""Size of a font in points -> in units of the map, at 100 units per inch."""
PAPER, GROUND, INK, SOFT, LINE = "#fbfaf8", "#f4f3f0", "#1d2129", "#667080", "#e4e2dd"
ACCENT, BAND, GOOD = "#c2410c", "#f0e6df", "#15803d"


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


def drawn_png(width: float, height: float, draw: Callable[[Axes], None]) -> bytes:
    """A PNG of what ``draw`` draws on axes whose units are those of the maps, (0, 0) at the upper left."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # The user's own settings of matplotlib must not change the picture; a pair of $ in a name is no formula.
    settings = {**matplotlib.rcParamsDefault, "text.parse_math": False, "hatch.linewidth": 1.6}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a name in a script that the font lacks shows as boxes
        figure = Figure(figsize=(width / 100, height / 100), dpi=100 * PIXELS, facecolor=PAPER)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        draw(axes)
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _draw(axes: Axes, panel: Panel, left: float, top: float) -> None:
    x, y, wide, high = left + panel.left, top + panel.top, panel.plot_width, panel.plot_height
    write_text(axes, x, top + 17, panel.title, size=14, weight="bold")
    write_text(axes, x + wide, top + 17, f"{panel.arena_bytes:,} bytes", size=14, weight="bold", ha="right")
    draw_box(axes, x, y, wide, high, GROUND)
    for tick in panel.y_ticks:
        axes.plot((x, x + wide), (top + tick.position,) * 2, color=LINE, linewidth=0.7, zorder=1)
        write_text(axes, x - 8, top + tick.position + 3.5, tick.text, colour=SOFT, ha="right")
    for tick in panel.x_ticks:
        write_text(axes, left + tick.position, y + high + 16, tick.text, colour=SOFT, ha="center")
    write_text(axes, x + wide, y + high + 32, "step of execution →", colour=SOFT, ha="right")
    if panel.peak_x is not None:
        draw_box(axes, left + panel.peak_x - panel.step_width / 2, y, panel.step_width, high, BAND)
    _boxes(axes, panel, left, top)
    for level, colour, style in ((panel.bound_y, GOOD, (0, (5, 4))), (panel.arena_y, ACCENT, "-")):
        axes.plot((x, x + wide), (top + level,) * 2, color=colour, linewidth=1.1, linestyle=style, zorder=4)
    for rectangle in panel.rectangles:
        _label(axes, rectangle, left, top)
    if panel.peak_x is not None:
        middle = left + panel.peak_x
        axes.fill((middle - 5, middle + 5, middle), (y - 13, y - 13, y - 5), color=ACCENT, linewidth=0, zorder=5)
        shift, place = {"start": (9, "left"), "middle": (0, "center"), "end": (-9, "right")}[panel.peak_anchor]
        above = y - (17 if panel.peak_anchor == "middle" else 6)
        write_text(axes, middle + shift, above, panel.peak_label, colour=ACCENT, weight="bold", ha=place)


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
        text = axes.text(
            left + rectangle.label_x, top + rectangle.label_y, rectangle.label, color=rectangle.ink,
            fontsize=10.5 * POINTS, ha="center", va="center", rotation=90 if rectangle.upright else 0, zorder=6,
        )  # fmt: skip
        if rectangle.placement.over:
            text.set_bbox({"facecolor": rectangle.colour, "edgecolor": "none", "pad": 1.0})


def _key(axes: Axes, drawn: tuple[Panel, ...], width: float, height: float) -> None:
    x, y = drawn[0].left, height - 14
    entries = (
        (ACCENT, "-", "size of the arena", 150.0),
        (GOOD, (0, (5, 4)), "no order and no layout can do with less", 290.0),
    )
    for colour, style, text, step in entries:
        axes.plot((x, x + 26), (y - 4,) * 2, color=colour, linewidth=1.1, linestyle=style)
        write_text(axes, x + 34, y, text, colour=SOFT)
        x += step
    if any(panel.cells for panel in drawn):
        draw_box(axes, x, y - 10, 22, 12, "#2f86d8", hatch="////")
        write_text(axes, x + 30, y, "written in place", colour=SOFT)
    write_text(axes, width - 14, y, f"arenite {__version__}", colour=SOFT, ha="right")


def draw_box(
    axes: Axes, x: float, y: float, width: float, height: float, colour: str, hatch: str | None = None
) -> None:
    """A filled rectangle, (x, y) at its upper left, in units of the maps."""
    from matplotlib.patches import Rectangle as Patch

    axes.add_patch(Patch((x, y), width, height, facecolor=colour, edgecolor="white", linewidth=0, hatch=hatch))


def write_text(
    axes: Axes, x: float, y: float, text: str, *, size: float = 10.5, colour: str = INK, weight: str = "normal",
    ha: str = "left",
) -> None:  # fmt: skip
    """A line of text on the base line y, in units of the maps."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    axes.text(x, y, plain, fontsize=size * POINTS, color=colour, fontweight=weight, ha=ha, va="baseline", zorder=5)
