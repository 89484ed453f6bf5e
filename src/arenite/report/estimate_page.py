"""An estimate as a page that needs nothing but itself: what takes SRAM, what takes flash, what takes time."""

from __future__ import annotations

from dataclasses import dataclass

from arenite import __version__
from arenite.estimation.estimate import Estimate
from arenite.report.map_page import environment
from arenite.report.memory_map import PALETTE, SCRATCH, contrasting, fitting_label

WIDTH, HEIGHT = 1000.0, 46.0
"""Of a bar, in pixels."""
LEAST = 1.0
"""Pixels of a part that is there."""


@dataclass(frozen=True)
class Part:
    """Of a bar, in pixels. ``share``: of all bytes."""

    name: str
    note: str
    bytes: int
    share: float
    x: float
    width: float
    colour: str
    ink: str
    label: str


@dataclass(frozen=True)
class Bar:
    title: str
    bytes: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Row:
    """An operator in the table; ``share`` of all instructions, ``bar`` of the largest operator's, both in percent."""

    name: str
    functions: str
    macs: int
    instructions: int
    cycles: int | None
    share: float
    bar: float
    guessed: bool


def estimate_page(found: Estimate, model_file: str, megahertz: float | None = None) -> str:
    """The HTML text. ``megahertz``: of the core, for the time."""
    return (
        environment()
        .get_template("estimate_page.html.j2")
        .render(
            model=model_file,
            version=__version__,
            found=found,
            megahertz=megahertz,
            milliseconds=None if megahertz is None else found.milliseconds(megahertz),
            bars=bars(found),
            rows=_rows(found),
            macs=sum(one.macs for one in found.operators),
            palette=PALETTE,
            scratch=SCRATCH,
            bar_width=WIDTH,
            bar_height=HEIGHT,
        )
    )


def bars(found: Estimate) -> tuple[Bar, ...]:
    """SRAM, then flash; both as long as all of their parts."""
    sram = (
        (
            "activations",
            "the arena: inputs, outputs, what is between, scratch",
            found.arena_bytes,
            PALETTE[1],
        ),
        ("state", "what lives from one inference to the next", found.state_bytes, PALETTE[3]),
        ("stack", "at its deepest, estimated", found.stack_bytes, SCRATCH),
    )
    flash = (
        ("weights", "as the kernels want them packed", found.weights_bytes, PALETTE[0]),
        ("parameters", "biases, scales, tables, layers", found.parameters_bytes, PALETTE[2]),
        ("code", "of the kernels, with their tables", found.code_bytes, PALETTE[5]),
        ("schedule", "what calls the kernels, estimated as far as it is code", found.schedule_bytes, PALETTE[6]),
    )
    return _bar("SRAM", found.ram_bytes, sram), _bar("Flash", found.flash_bytes, flash)


def _bar(title: str, total: int, given: tuple[tuple[str, str, int, str], ...]) -> Bar:
    parts = []
    x = 0.0
    for name, note, size, colour in given:
        share = size / max(total, 1)
        width = max(WIDTH * share, LEAST) if size else 0.0
        label, _ = fitting_label([f"{name} · {size:,}", name], width, HEIGHT)
        upright = width < HEIGHT
        parts.append(
            Part(
                name, note, size, share, round(x, 2), round(width, 2), colour, contrasting(colour),
                "" if upright else label,
            )
        )  # fmt: skip
        x += width
    return Bar(title, total, tuple(parts))


def _rows(found: Estimate) -> tuple[Row, ...]:
    most = max((one.instructions for one in found.operators), default=1.0) or 1.0
    total = max(found.instructions, 1)
    return tuple(
        Row(
            one.operator,
            ", ".join(function.removeprefix("arenite_") for function in one.functions),
            one.macs,
            round(one.instructions),
            None if one.cycles is None else round(one.cycles),
            100 * one.instructions / total,
            100 * one.instructions / most,
            not one.calibrated,
        )
        for one in found.operators
    )
