"""What all pictures of memory maps have in common, drawn by matplotlib: the sheet, the frame of a map, lines, texts."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from arenite import __version__
from arenite.report.memory_map import Tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

PIXELS = 2
"""Pixels of the picture per unit of the map's geometry, for dense screens and print."""
GAP, HEAD, FOOT = 20.0, 44.0, 34.0
POINTS = 72 / 100
"""Size of a font in points -> in units of the map, at 100 units per inch."""
PAPER, GROUND, INK, SOFT, LINE = "#fbfaf8", "#f4f3f0", "#1d2129", "#667080", "#e4e2dd"
ACCENT, BAND, GOOD = "#c2410c", "#f0e6df", "#15803d"
DASHED = (0, (5, 4))


class Drawn(Protocol):
    """A map in pixels, of tensors or of rows: see ``Panel`` and ``RowMap``."""

    @property
    def title(self) -> str: ...
    @property
    def arena_bytes(self) -> int: ...
    @property
    def height(self) -> float: ...
    @property
    def left(self) -> float: ...
    @property
    def top(self) -> float: ...
    @property
    def plot_width(self) -> float: ...
    @property
    def plot_height(self) -> float: ...
    @property
    def x_ticks(self) -> tuple[Tick, ...]: ...
    @property
    def y_ticks(self) -> tuple[Tick, ...]: ...
    @property
    def step_width(self) -> float: ...
    @property
    def arena_y(self) -> float: ...
    @property
    def bound_y(self) -> float | None: ...
    @property
    def peak_x(self) -> float | None: ...
    @property
    def peak_label(self) -> str: ...
    @property
    def peak_anchor(self) -> str: ...


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


def draw_frame(axes: Axes, drawn: Drawn, left: float, top: float) -> None:
    """Title, ground, scales, and the band of the peak step. The map's upper left corner is at (left, top)."""
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
    if drawn.peak_x is not None:
        draw_box(axes, left + drawn.peak_x - drawn.step_width / 2, y, max(drawn.step_width, 1), high, BAND)


def draw_levels(axes: Axes, drawn: Drawn, left: float, top: float) -> None:
    """The lines of the bound and of the arena, and the mark of the peak."""
    x, y = left + drawn.left, top + drawn.top
    for level, colour, style in ((drawn.bound_y, GOOD, DASHED), (drawn.arena_y, ACCENT, "-")):
        if level is not None:
            ends = (x, x + drawn.plot_width)
            axes.plot(ends, (top + level,) * 2, color=colour, linewidth=1.1, linestyle=style, zorder=4)
    if drawn.peak_x is not None:
        middle = left + drawn.peak_x
        axes.fill((middle - 5, middle + 5, middle), (y - 13, y - 13, y - 5), color=ACCENT, linewidth=0, zorder=5)
        shift, place = {"start": (9, "left"), "middle": (0, "center"), "end": (-9, "right")}[drawn.peak_anchor]
        above = y - (17 if drawn.peak_anchor == "middle" else 6)
        write_text(axes, middle + shift, above, drawn.peak_label, colour=ACCENT, weight="bold", ha=place)


def draw_label(axes: Axes, x: float, y: float, text: str, ink: str, upright: bool) -> Text:
    """The name of a tensor, with its middle at (x, y)."""
    return axes.text(
        x, y, text, color=ink, fontsize=10.5 * POINTS, ha="center", va="center", rotation=90 if upright else 0, zorder=6
    )


def draw_key(axes: Axes, x: float, y: float, bound: str, width: float, right: float) -> float:
    """What the lines mean, from ``x`` on, and the version at the right end. Returns where more may stand.

    Args:
        bound: what is said of the bound, ``width`` wide with the line before it.
        right: where the picture ends.
    """
    for colour, style, text, step in ((ACCENT, "-", "size of the arena", 150.0), (GOOD, DASHED, bound, width)):
        axes.plot((x, x + 26), (y - 4,) * 2, color=colour, linewidth=1.1, linestyle=style)
        write_text(axes, x + 34, y, text, colour=SOFT)
        x += step
    write_text(axes, right - 14, y, f"arenite {__version__}", colour=SOFT, ha="right")
    return x


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
