"""What alignment costs where several blocks live at once: the height of the lowest column of all of them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from math import lcm

MAX_STATES = 600
"""States of the search for one column; whoever asks has thousands of columns."""


def stack_height(blocks: Iterable[tuple[int, int]], enough: int | None = None) -> int:
    """Least height in bytes of a column of ``blocks``: pairs of (bytes, alignment), each at an aligned offset.

    Only sizes modulo the common multiple of the alignments matter for the bytes that are lost between blocks. The
    search is best first by these losses; if it grows too large, the loss that is certain by then is counted: never too
    much. Where ``enough`` is given, it is not begun if that many bytes are seen at once to suffice, or not to; the
    number returned is then only on the right side of ``enough``.
    """
    solid = [(size, alignment) for size, alignment in blocks if size]
    total = sum(size for size, _ in solid)
    period = lcm(*(alignment for _, alignment in solid))
    # A multiple of the period goes to the bottom and displaces nothing.
    kinds = Counter((size % period, alignment) for size, alignment in solid if size % period)
    losses = [-size % alignment for size, alignment in kinds.elements()]
    if len({alignment for _, alignment in kinds}) <= 1:
        return total + sum(losses) - max(losses, default=0)
    if (
        enough is not None
        and _nested(sorted({alignment for _, alignment in kinds}))
        and total + sum(losses) - min(losses) <= enough
    ):
        return total
    certain = max(total, *(_marked(solid, unit) for unit in {alignment for _, alignment in kinds} if unit > 1))
    if enough is not None and certain > enough:
        return certain
    return max(certain, total + _least_loss(kinds, period))


def _marked(blocks: list[tuple[int, int]], unit: int) -> int:
    """Bytes of a column by the multiples of ``unit`` in it: an aligned block begins with one, no two share any."""
    marks = sum(size // unit if alignment % unit else -(-size // unit) for size, alignment in blocks)
    return (marks - 1) * unit + 1


def _nested(alignments: list[int]) -> bool:
    """Whether blocks in descending order of alignment lose only what rounding up their own sizes does."""
    return all(not large % small for small, large in pairwise(alignments))


def _least_loss(kinds: Counter[tuple[int, int]], period: int) -> int:
    names = sorted(kinds, key=lambda kind: (-kind[1], kind[0]))
    counts = tuple(kinds[name] for name in names)
    heap = [(0, sum(counts), 0, counts)]
    best = {(0, counts): 0}
    while heap:
        lost, left, position, counts = heapq.heappop(heap)
        if not left or len(best) > MAX_STATES:
            return lost
        if best[position, counts] < lost:
            continue
        for number, (size, alignment) in enumerate(names):
            if not counts[number]:
                continue
            gap = -position % alignment
            state = ((position + gap + size) % period, (*counts[:number], counts[number] - 1, *counts[number + 1 :]))
            if lost + gap < best.get(state, 1 << 62):
                best[state] = lost + gap
                heapq.heappush(heap, (lost + gap, left - 1, *state))
    raise AssertionError("every column has a height")
