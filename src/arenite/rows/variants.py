"""Variants of a row graph that an arena may allow as well: operators at the end that are whole, and operators at the
beginning that wait for nothing but rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arenite.rows.forms import RowForm
from arenite.rows.row_graph import RowGraph, row_counts
from arenite.rows.split import split

TRIES = 3
"""Variants that are packed, the farthest first, until one fits."""


def with_whole_tail(rows: RowGraph, forms: Sequence[RowForm | None], begin: int) -> RowGraph | None:
    """``rows`` with the steps of its source from number ``begin`` on whole. What they read lies in one piece.

    None if nobody is left who takes what the caller hands in by rows.
    """
    source = rows.source
    kept = frozenset(range(begin, len(source.steps)))
    results = {buffer for step in kept for buffer in source.steps[step].writes}
    counts = row_counts(source, [None if number in kept else form for number, form in enumerate(forms)])
    bands = {buffer: height for buffer, height in rows.bands.items() if buffer in counts and buffer not in results}
    if not rows.pushed <= bands.keys():
        return None
    return split(source, forms, bands, pushed=rows.pushed, eager=rows.eager, kept=kept)


def with_eager_start(rows: RowGraph, forms: Sequence[RowForm | None], count: int) -> RowGraph:
    """``rows`` with the first ``count`` steps of its source eager."""
    eager = frozenset(range(count))
    return split(rows.source, forms, rows.bands, pushed=rows.pushed, eager=eager, kept=rows.kept)


def farthest(steps: int, low_enough: Callable[[int], bool]) -> list[int]:
    """Where the variants change that are worth packing, the farthest from ``steps`` first.

    Args:
        low_enough: whether the peak of the variant that changes at a number is low enough. One that is farther from
            ``steps`` is taken to need no less than a nearer one; what is wrong about that only costs a nearer one.
    """
    good, bad = steps, -1
    while good - bad > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if low_enough(middle) else (good, middle)
    places = [good]
    while len(places) < TRIES and places[-1] < steps:
        places.append(places[-1] + max((steps - places[-1]) // 2, 1))
    return [place for place in places if place < steps]
