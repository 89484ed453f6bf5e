"""Where rows lie in the arena, as one list that all steps share: the rows of a tensor, in order, stand side by side in
it, and a window, or a step for each row, is a position in the list and a stride."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NOWHERE = -1
"""Stands for a null pointer where others have a place."""
STRIDES = 8
"""Of windows, in rows, that are tried for rows that windows share; what has a larger one repeats them."""


@dataclass(frozen=True)
class Taps:
    """The rows k of a window that lie in the operand, k0 <= k < k1: ``offsets[k - k0]`` bytes into the arena."""

    k0: int
    offsets: tuple[int, ...]

    @property
    def k1(self) -> int:
        return self.k0 + len(self.offsets)


@dataclass(frozen=True)
class Windows:
    """Of the steps of one operator, in the list of places: row k of window i is ``start + stride * i + k``. Of the
    ``taps`` rows of each window those lie in the operand that are among ``first`` to ``last`` (half-open)."""

    start: int
    stride: int
    taps: int
    first: int
    last: int

    def __call__(self, i: int) -> tuple[int, int, int]:
        """Position of row 0 of window i, k0 and k1."""
        at = self.start + self.stride * i
        return at, max(self.first - at, 0), min(self.last - at, self.taps)


@dataclass(frozen=True)
class Run:
    """Windows of steps, one after another, and all ways to have them in a list: positions count from the start of the
    first window, and beside each way is what has to be at them."""

    windows: tuple[Taps, ...]
    ways: tuple[tuple[Windows, Mapping[int, int]], ...]

    @property
    def count(self) -> int:
        return len(self.windows)


class PlaceList:
    """Finds sequences in ``words`` and appends what is not there."""

    def __init__(self, room: int) -> None:
        """``room``: rows that windows may reach beyond the first row of all."""
        self.words = [0] * room
        self._room = room
        self._where: dict[int, list[int]] = {}

    def find(self, wanted: Mapping[int, int]) -> int | None:
        """The first position p with ``words[p + i] == wanted[i]`` for all i."""
        if not wanted:
            return 0
        some = min(wanted, key=lambda i: len(self._where.get(wanted[i], ())))
        for position in self._where.get(wanted[some], ()):
            if position >= some and self._matches(wanted, position - some, len(self.words)):
                return position - some
        return None

    def add(self, wanted: Mapping[int, int]) -> int:
        """As ``find``; what is missing is appended."""
        found = self.find(wanted)
        if found is not None:
            return found
        span = max(wanted) + 1
        position = next(
            at for at in range(max(len(self.words) - span, self._room), len(self.words) + 1)
            if self._matches(wanted, at, at + span)
        )  # fmt: skip
        for i in range(len(self.words) - position, span):
            word = wanted.get(i, 0)
            self._where.setdefault(word, []).append(len(self.words))
            self.words.append(word)
        return position

    def _matches(self, wanted: Mapping[int, int], position: int, end: int) -> bool:
        """``end``: beyond what there is anything may come, up to there."""
        there = len(self.words)
        return all(
            position + i < end and (position + i >= there or self.words[position + i] == word)
            for i, word in wanted.items()
        )  # fmt: skip


def runs(windows: Sequence[Taps]) -> list[Run]:
    """The windows of one operator, divided where they do not lie in one list of rows with one stride: at the borders of
    what is dilated, for instance."""
    taps = max(window.k1 for window in windows)
    strides = tuple(dict.fromkeys((*range(1, STRIDES + 1), max(taps, 1))))
    found: list[Run] = []
    done = 0
    while done < len(windows):
        rest = windows[done:]
        counts = {stride: _longest(rest, stride, taps) for stride in strides}
        count = max(counts.values())
        ways = [_way(rest[:count], stride, taps) for stride in strides if counts[stride] == count]
        found.append(Run(tuple(rest[:count]), tuple(way for way in ways if way is not None)))
        done += count
    return found


def _longest(windows: Sequence[Taps], stride: int, taps: int) -> int:
    """How many of the first windows lie in one list of rows."""
    counts = range(1, len(windows) + 1)
    if _way(windows, stride, taps) is not None:
        return counts[-1]
    return bisect(counts, 0, key=lambda count: _way(windows[:count], stride, taps) is None)


def _way(windows: Sequence[Taps], stride: int, taps: int) -> tuple[Windows, Mapping[int, int]] | None:
    offsets: dict[int, int] = {}
    for i, window in enumerate(windows):
        for k, offset in enumerate(window.offsets, window.k0):
            if offsets.setdefault(stride * i + k, offset) != offset:
                return None
    first = min((stride * i + window.k0 for i, window in enumerate(windows) if window.k0 > 0), default=0)
    last = min(
        (stride * i + window.k1 for i, window in enumerate(windows) if window.k1 < taps),
        default=stride * (len(windows) - 1) + taps,
    )
    found = Windows(0, stride, taps, first, last)
    fits = all(found(i)[1:] == (window.k0, window.k1) for i, window in enumerate(windows))
    return (found, offsets) if fits else None
