"""The arena over time as a picture: where each rectangle lies, x = step, y = offset. Drawn by ``map_page``.

The file's order and the best order share scales and colours, so that a tensor is found again by its colour: it tells
when the tensor is born in file order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from arenite.graph import ArenaPlan
from arenite.report.arena_view import ArenaView, arena_views
from arenite.report.plan_json import Placement, roles, short_name, written_in_place

SIDE_BY_SIDE_STEPS = 90
"""Up to this many steps the two maps stand side by side; beyond, one above the other and twice as wide."""
MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 66.0, 14.0, 52.0, 40.0
PALETTE = ("#4c5fd5", "#2f86d8", "#1aa3b5", "#2aa876", "#7db343", "#d9a521", "#e8803a", "#dd5566", "#b552b0", "#7c5cd0")
SCRATCH = "#8a8f98"
LABEL_WIDTH = 6.0
"""Mean width of a character of a label, in pixels: 10.5 px sans-serif."""


@dataclass(frozen=True)
class Rectangle:
    """A placement in pixels, with the label that fits into it (``upright`` reads from bottom to top)."""

    placement: Placement
    x: float
    y: float
    width: float
    height: float
    colour: str
    label: str
    label_x: float
    label_y: float
    upright: bool
    ink: str


@dataclass(frozen=True)
class Cell:
    """The bytes of one step that a result is written over in place, in pixels."""

    result: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Tick:
    position: float
    text: str


@dataclass(frozen=True)
class Panel:
    """One map in pixels: one arena under one order, ``before`` (the file's) or ``after`` (the best).

    ``bound_y`` and ``arena_y`` are lines across it; ``peak_x`` is the middle of the peak step. ``operators`` and
    ``working_sets`` go with the steps; ``cells`` mark what is written in place.
    """

    key: str
    order: str
    title: str
    arena_bytes: int
    width: float
    height: float
    left: float
    top: float
    plot_width: float
    plot_height: float
    arena_y: float
    bound_y: float
    step_width: float
    peak_x: float | None
    peak_label: str
    peak_anchor: str
    rectangles: tuple[Rectangle, ...]
    cells: tuple[Cell, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    operators: tuple[str, ...]
    working_sets: tuple[int, ...]


def stacked(plan: ArenaPlan) -> bool:
    """Whether the maps of a plan are too wide to stand side by side."""
    return len(plan.order) > SIDE_BY_SIDE_STEPS


def panels(best: ArenaPlan, source: ArenaPlan) -> tuple[Panel, ...]:
    """Maps in one set of colours: file order, then best order. With memory regions, such a pair for each region that
    is in use; if only one of the plans has regions, all maps of the one, then all of the other.

    Maps that are to be compared share their scale.
    """
    colours, wide = _colours(source), stacked(best)
    befores, afters = arena_views(source), arena_views(best)
    frames: list[tuple[_Frame, ArenaPlan, ArenaView]] = []

    def add(order: str, number: int, view: ArenaView, top: int, bound: int) -> None:
        title = "Order of the file" if order == "before" else "Best order"
        frame = _Frame(
            key=order + (f"-{number}" if number else ""),
            order=order,
            title=f"{title}, {view.region}" if view.region else title,
            top=max(top, 1),
            bound=bound,
            wide=wide,
        )
        frames.append((frame, source if order == "before" else best, view))

    if [view.region for view in befores] == [view.region for view in afters]:
        for number, (before, after) in enumerate(zip(befores, afters, strict=True)):
            for order, view in (("before", before), ("after", after)):
                add(order, number, view, max(before.bytes, after.bytes), after.lower_bound_bytes)
    else:
        top = max(view.bytes for view in (*befores, *afters))
        for order, views in (("before", befores), ("after", afters)):
            for number, view in enumerate(views):
                add(order, number, view, top, view.lower_bound_bytes)
    return tuple(_panel(frame, plan, view, colours) for frame, plan, view in frames)


@dataclass(frozen=True)
class _Frame:
    key: str
    order: str
    title: str
    top: int
    bound: int
    wide: bool


def _panel(frame: _Frame, plan: ArenaPlan, view: ArenaView, colours: Sequence[str]) -> Panel:
    top, bound = frame.top, frame.bound
    width, height = (1264.0, 400.0) if frame.wide else (622.0, 440.0)
    operators = tuple(plan.graph.steps[index].name for index in plan.order)
    plot_width, plot_height = width - MARGIN_LEFT - MARGIN_RIGHT, height - MARGIN_TOP - MARGIN_BOTTOM
    count = max(len(plan.order), 1)
    step_width = plot_width / count
    base = MARGIN_TOP + plot_height

    def y(offset: float) -> float:
        return round(base - plot_height * offset / top, 2)

    rectangles = []
    for placement in view.placements:
        x = MARGIN_LEFT + placement.first_step * step_width
        box_width = (placement.last_step - placement.first_step + 1) * step_width
        box_height = plot_height * placement.bytes / top
        start, visible = _visible(placement, x, box_width, step_width)
        label, upright = _label(placement, visible, box_height)
        colour = colours[placement.index]
        high = y(placement.offset + placement.bytes)
        middle = _beside(y(bound), high, box_height) if not upright else high + box_height / 2
        rectangles.append(
            Rectangle(
                placement=placement,
                x=round(x, 2),
                y=high,
                width=round(max(box_width, 0.5), 2),
                height=round(max(box_height, 0.5), 2),
                colour=colour,
                label=label,
                label_x=round(start + visible / 2, 2),
                label_y=round(middle, 2),
                upright=upright,
                ink=contrasting(colour),
            )
        )
    drawn = {rectangle.placement.index: rectangle for rectangle in rectangles}
    cells = tuple(
        Cell(result, drawn[result].x, drawn[result].y, round(max(step_width, 0.5), 2), drawn[result].height)
        for _, result in written_in_place(plan)
        if result in drawn
    )
    peak = view.peak_step
    peak_x = None if peak is None else round(MARGIN_LEFT + (peak + 0.5) * step_width, 2)
    share = 0.0 if peak is None else (peak + 0.5) / count
    return Panel(
        key=frame.key,
        order=frame.order,
        title=frame.title,
        arena_bytes=view.bytes,
        width=width,
        height=height,
        left=MARGIN_LEFT,
        top=MARGIN_TOP,
        plot_width=plot_width,
        plot_height=plot_height,
        arena_y=y(view.bytes),
        bound_y=y(bound),
        step_width=step_width,
        peak_x=peak_x,
        peak_label="" if peak is None else _peak_label(view.working_sets[peak], peak, operators[peak]),
        peak_anchor="start" if share < 0.33 else "end" if share > 0.67 else "middle",
        rectangles=tuple(rectangles),
        cells=cells,
        x_ticks=tuple(
            Tick(round(MARGIN_LEFT + (step + 0.5) * step_width, 2), str(step))
            for step in range(0, len(plan.order), tick_distance(count, plot_width / 26))
        ),
        y_ticks=tuple(Tick(y(offset), amount(offset)) for offset in range(0, top + 1, byte_distance(top))),
        operators=operators,
        working_sets=view.working_sets,
    )


def _peak_label(working_set: int, step: int, operator: str) -> str:
    return f"{working_set:,} bytes in step {step:,}: {short_name(operator, 36)}"


def _visible(placement: Placement, x: float, width: float, step_width: float) -> tuple[float, float]:
    """Start and length of the part of a box that no other covers, without its own striped step if more remains."""
    width -= step_width if placement.under else 0.0
    if placement.over and width > 1.5 * step_width:
        return x + step_width, width - step_width
    return x, width


def _label(placement: Placement, width: float, height: float) -> tuple[str, bool]:
    """The longest label that fits, lying or upright; empty when none does."""
    name = placement.role if placement.role in ("input", "output") else short_name(placement.name, 26)
    names = [f"{name} · {placement.bytes:,}", name, short_name(placement.name, 12), f"{placement.bytes:,}"]
    return fitting_label(names, width, height)


def fitting_label(names: Sequence[str], width: float, height: float) -> tuple[str, bool]:
    """The first of some texts that fits into a box, lying or upright, and whether it is upright; else empty."""
    for upright, along, across in ((False, width, height), (True, height, width)):
        if across >= 13:
            for text in names:
                if len(text) * LABEL_WIDTH + 8 <= along:
                    return text, upright
    return "", False


def _beside(line: float, top: float, height: float) -> float:
    """Where a lying label is not struck through by a horizontal line: the middle of its box, or just off the line."""
    middle = top + height / 2
    choices = (middle, line - 11, line + 11)
    return next((y for y in choices if abs(y - line) > 9 and top + 7 <= y <= top + height - 7), middle)


def _colours(source: ArenaPlan) -> list[str]:
    """A colour per buffer by when it is born in file order, along the palette; neighbours in time differ a little."""
    births = sorted(range(len(source.problem.blocks)), key=lambda i: (source.problem.blocks[i].first_step, i))
    rank = {index: position / max(len(births) - 1, 1) for position, index in enumerate(births)}
    kinds = roles(source)
    return [
        SCRATCH if kinds[index] == "scratch" else along_palette(rank[index]) for index in range(len(births))
    ]  # fmt: skip


def along_palette(share: float) -> str:
    """The colour at a place from 0 to 1."""
    place = share * (len(PALETTE) - 1)
    low = min(int(place), len(PALETTE) - 2)
    mix = place - low
    channels = zip(_channels(PALETTE[low]), _channels(PALETTE[low + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * mix):02x}" for a, b in channels)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it, 0 for black to 1 for white."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrasting(colour: str) -> str:
    """Ink for text on a colour."""
    return "#fff" if _luminance(colour) < 0.36 else "#111"


def tick_distance(count: int, most: float) -> int:
    """The smallest of 1, 2, 5, 10, 20 ... that leaves at most ``most`` ticks."""
    distance = 1
    while count / distance > most:
        distance = distance * 5 // 2 if str(distance).startswith("2") else distance * 2
    return distance


def byte_distance(top: int) -> int:
    """A power of two that divides the scale into four to eight parts."""
    return int(2 ** max(int(log2(max(top, 1))) - 2, 0))


def amount(count: int) -> str:
    """Bytes for people: ``48 KiB``."""
    for unit, size in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= size:
            return f"{count / size:g} {unit}"
    return f"{count} B"
