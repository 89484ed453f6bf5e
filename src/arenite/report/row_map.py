"""Rows of tensors over time as a picture: x = step, y = offset, one shape for all rows of a tensor.

Shapes are in steps and bytes, so that a plan of thousands of rows stays small and a closer look only changes their
scale. Whole operators stand beside the rows on the same scale, each tensor in the same colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from arenite.graph import ArenaPlan
from arenite.report.memory_map import (
    SCRATCH,
    Tick,
    along_palette,
    amount,
    byte_distance,
    contrasting,
    fitting_label,
    tick_distance,
)
from arenite.report.plan_json import Placement, short_name, working_sets
from arenite.report.row_view import RowPlace, TensorRows, push_steps, tensor_rows
from arenite.rows.row_graph import RowGraph

LEFT, RIGHT, TOP, BOTTOM = 66.0, 14.0, 52.0, 40.0
PUSH_LANE = 16.0
"""Height of the lane below the map that shows when rows are handed in, in pixels."""
CLOSER = 0.6
"""Rows that need less than this share of the other map's arena get a map at a scale of their own, too."""
FEW_STEPS = 40
"""Rows in more steps get one, too."""


@dataclass(frozen=True)
class Layer:
    """A tensor of a map. ``path`` has a rectangle for each of its pieces, x in steps, y in bytes from the arena's
    start; ``long`` and ``tall`` are the usual length of a piece in steps and its height in pixels."""

    tensor: TensorRows
    colour: str
    path: str
    long: float
    tall: float


@dataclass(frozen=True)
class Label:
    """The name of a tensor, by its key, where it fits."""

    tensor: int
    text: str
    x: float
    y: float
    upright: bool
    colour: str
    ink: str


@dataclass(frozen=True)
class RowMap:
    """One map in pixels. ``plan`` is "rows" or "operators". Its plot is ``plot_width`` x ``plot_height`` from ``LEFT``
    and ``TOP``; a step is ``step_width`` wide, a byte ``byte_height`` high. ``pushes``: steps in which the caller hands
    in rows."""

    key: str
    plan: str
    title: str
    arena_bytes: int
    steps: int
    width: float
    height: float
    plot_width: float
    plot_height: float
    step_width: float
    byte_height: float
    arena_y: float
    bound_y: float | None
    peak: int | None
    peak_label: str
    layers: tuple[Layer, ...]
    labels: tuple[Label, ...]
    pushes: tuple[int, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]

    left: float = LEFT
    top: float = TOP

    less: int = 0
    """Bytes that the other map's arena has on top of this one, if there is room to say so."""

    @property
    def peak_x(self) -> float | None:
        """The middle of the peak step."""
        return None if self.peak is None else LEFT + (self.peak + 0.5) * self.step_width

    @property
    def peak_anchor(self) -> str:
        """At which end of its text the peak's label is held, so that it stays inside the map."""
        share = ((self.peak_x or LEFT) - LEFT) / self.plot_width
        return "start" if share < 0.33 else "end" if share > 0.67 else "middle"


def row_maps(best: ArenaPlan, rows: RowGraph, source: ArenaPlan) -> tuple[RowMap, ...]:
    """The rows, and beside them the whole operators in the file's order on the same scale; then the rows alone, larger
    and wider, if they are small on that scale.

    Args:
        best: a plan of ``rows.graph``.
        source: a plan of ``rows.source``.
    """
    colours = tensor_colours(best, rows)
    top = max(best.arena_bytes, source.arena_bytes, 1)
    bound = best.lower_bound_bytes
    fine, whole = tensor_rows(best, rows), tensor_rows(source)
    pushes = push_steps(best, rows)
    lane = PUSH_LANE if pushes else 0.0
    maps = [
        _row_map("rows", "rows", "Rows, best order", best, fine, colours, (622.0, 380.0), top, bound, pushes, lane),
        _row_map(
            "operators", "operators", "Whole operators, order of the file", source, whole, colours, (622.0, 380.0), top,
            None, (), lane,
        ),
    ]  # fmt: skip
    if best.arena_bytes < CLOSER * source.arena_bytes or len(best.order) > FEW_STEPS:
        size, top = (1264.0, 460.0 + lane), max(best.arena_bytes, 1)
        title = "Rows, best order, closer"
        maps.append(_row_map("closer", "rows", title, best, fine, colours, size, top, bound, pushes, lane))
    return tuple(maps)


def tensor_colours(best: ArenaPlan, rows: RowGraph) -> dict[int, str]:
    """A colour for each tensor by its place in the file's order, along the palette. Every other one is lighter: rows of
    a tensor lie among those of its neighbours."""
    tensors = tensor_rows(best, rows)
    plain = [tensor for tensor in tensors if tensor.role not in ("scratch", "accumulator")]
    colours = {tensor.key: SCRATCH for tensor in tensors}
    for place, tensor in enumerate(plain):
        colour = along_palette(place / max(len(plain) - 1, 1))
        colours[tensor.key] = _lighter(colour, 0.42) if place % 2 else colour
    return colours


def _lighter(colour: str, share: float) -> str:
    channels = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(value + (255 - value) * share):02x}" for value in channels)


def _row_map(
    key: str,
    kind: str,
    title: str,
    plan: ArenaPlan,
    tensors: Sequence[TensorRows],
    colours: dict[int, str],
    size: tuple[float, float],
    top: int,
    bound: int | None,
    pushes: tuple[int, ...],
    lane: float,
) -> RowMap:
    width, height = size
    plot_width, plot_height = width - LEFT - RIGHT, height - TOP - BOTTOM - lane
    steps = max(len(plan.order), 1)
    across, up = plot_width / steps, plot_height / top
    base = TOP + plot_height
    sets = working_sets(plan)
    peak = sets.index(max(sets)) if sets else None
    layers = tuple(
        Layer(
            tensor,
            colours.get(tensor.key, SCRATCH),
            "".join(_rectangle(place) for place in tensor.places),
            median(_steps(place) for place in tensor.places),
            round(median(place.placement.bytes for place in tensor.places) * up, 2),
        )
        for tensor in tensors
    )
    room = (top - plan.arena_bytes) * up > 40
    found = (_label(layer, across, up, base) for layer in layers)
    return RowMap(
        key=key,
        plan=kind,
        title=title,
        arena_bytes=plan.arena_bytes,
        steps=len(plan.order),
        width=width,
        height=height,
        plot_width=plot_width,
        plot_height=plot_height,
        step_width=across,
        byte_height=up,
        arena_y=round(base - plan.arena_bytes * up, 2),
        bound_y=None if bound is None else round(base - bound * up, 2),
        peak=peak,
        peak_label=""
        if peak is None
        else f"{sets[peak]:,} bytes in step {peak:,}: {short_name(plan.graph.steps[plan.order[peak]].name, 36)}",
        layers=layers,
        labels=tuple(label for label in found if label is not None),
        pushes=pushes,
        x_ticks=tuple(
            Tick(round(LEFT + (step + 0.5) * across, 2), f"{step:,}")
            for step in range(0, len(plan.order), tick_distance(steps, plot_width / 36))
        ),
        y_ticks=tuple(
            Tick(round(base - offset * up, 2), amount(offset)) for offset in range(0, top + 1, byte_distance(top))
        ),
        less=top - plan.arena_bytes if room else 0,
    )


def _steps(place: RowPlace) -> int:
    return place.placement.last_step - place.placement.first_step + 1


def _rectangle(place: RowPlace) -> str:
    one, steps = place.placement, _steps(place)
    return f"M{one.first_step} {one.offset}h{steps}v{one.bytes}h-{steps}z"


def _label(layer: Layer, across: float, up: float, base: float) -> Label | None:
    """The name of a tensor in a row of it, or else across rows that touch, where it fits: the longest, in the largest
    rectangle."""
    tensor = layer.tensor
    name = tensor.role if tensor.role in ("input", "output") else short_name(tensor.name, 26)
    names = [f"{name} · {tensor.bytes:,}", name, short_name(tensor.name, 12)]
    placed = sorted((place.placement for place in tensor.places), key=lambda one: (one.offset, one.first_step))
    single = [_box(one.first_step, one.last_step, one.offset, one.bytes, across, up) for one in placed]
    for boxes in (single, _joined(placed, across, up)):
        best: tuple[int, float, Label] | None = None
        for x, y, width, height in boxes:
            text, upright = fitting_label(names, width, height)
            if text and (best is None or (len(text), width * height) > best[:2]):
                middle = round(LEFT + x + width / 2, 2), round(base - y - height / 2, 2)
                best = (
                    len(text),
                    width * height,
                    Label(tensor.key, text, *middle, upright, layer.colour, contrasting(layer.colour)),
                )
        if best:
            return best[2]
    return None


def _box(first: int, last: int, offset: int, size: int, across: float, up: float) -> tuple[float, float, float, float]:
    """Left, bottom, width and height in pixels."""
    return first * across, offset * up, (last - first + 1) * across, size * up


def _joined(placed: Sequence[Placement], across: float, up: float) -> Iterator[tuple[float, float, float, float]]:
    """Boxes that pieces cover without a gap: those that lie on each other while all of them live, and those that follow
    each other at one place. ``placed`` is sorted by offset, then by time."""
    for start, lowest in enumerate(placed):
        begin, end, reached = lowest.first_step, lowest.last_step, lowest.offset
        for one in placed[start:]:
            if one.offset > reached:
                break
            if one.offset != reached or max(begin, one.first_step) > min(end, one.last_step):
                continue
            begin, end = max(begin, one.first_step), min(end, one.last_step)
            reached += one.bytes
            if (end - begin + 1) * across < 13:
                break
            yield _box(begin, end, lowest.offset, reached - lowest.offset, across, up)
    for start, earliest in enumerate(placed):
        end = earliest.last_step
        for one in placed[start + 1 :]:
            if (one.offset, one.bytes) != (earliest.offset, earliest.bytes) or one.first_step > end + 1:
                break
            end = max(end, one.last_step)
        yield _box(earliest.first_step, end, earliest.offset, earliest.bytes, across, up)
