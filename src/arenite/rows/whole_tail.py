"""Operators at the end of a network that need not fall into rows: whole, they fit into the arena that rows have."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arenite.rows.forms import RowForm
from arenite.rows.split import RowGraph, row_counts, split

TRIES = 3
"""Tails that are packed, the longest first, until one fits."""


def with_whole_tail(rows: RowGraph, forms: Sequence[RowForm | None], begin: int, *, eager: bool) -> RowGraph | None:
    """``rows`` with the steps of its source from number ``begin`` on whole. What they read lies in one piece.

    None if nobody is left who takes what the caller hands in by rows.
    """
    source = rows.source
    kept = frozenset(range(begin, len(source.steps)))
    results = {buffer for step in kept for buffer in source.steps[step].writes}
    counts = row_counts(source, [None if number in kept else form for number, form in enumerate(forms)])
    bands = {buffer: height for buffer, height in rows.bands.items() if buffer in counts and buffer not in results}
    outside = {
        piece.buffer for piece, buffer in zip(rows.pieces, rows.graph.buffers, strict=True) if buffer.caller_bytes
    }
    if not outside <= bands.keys():
        return None
    return split(source, forms, bands, pushed=frozenset(outside), eager=eager, kept=kept)


def longest_tail(steps: int, low_enough: Callable[[int], bool]) -> list[int]:
    """Where tails may begin that are worth packing, the longest first.

    Args:
        low_enough: whether the peak with the steps from a number on whole is low enough. A longer tail is taken to need
            no less than a shorter one; what is wrong about that only costs a shorter tail.
    """
    good, bad = steps, -1
    while good - bad > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if low_enough(middle) else (good, middle)
    begins = [good]
    while len(begins) < TRIES and begins[-1] < steps:
        begins.append(begins[-1] + max((steps - begins[-1]) // 2, 1))
    return [begin for begin in begins if begin < steps]
