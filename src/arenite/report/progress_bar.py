"""A line at the foot of the terminal that tells what takes so long. It is gone when the work is done."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from arenite.progress import Progress, listening
from arenite.report.terminal import console

PATIENCE = 1.0
"""Seconds of work before the line appears: what is done sooner needs none."""
BAR_WIDTH, NARROW_BAR = 24, 10
REFRESHES = 8
"""Per second."""


@contextmanager
def progress_bar(stream: TextIO | None = None, *, patience: float = PATIENCE) -> Iterator[None]:
    """Within, what is told (see ``arenite.progress``) is shown on ``stream`` (default: standard error) after
    ``patience`` seconds; nothing at all is written where that is no terminal."""
    target = stream if stream is not None else sys.stderr
    shown = console(target)
    if not target.isatty() or shown.is_dumb_terminal:
        yield
        return
    line = _Line(shown)
    # The screen is refreshed from the side, so that solvers need not think of it.
    timer = threading.Timer(patience, line.appear)
    timer.daemon = True
    timer.start()
    try:
        with listening(line.take):
            yield
    finally:
        timer.cancel()
        line.vanish()


class _Line:
    """What is shown at present; reports come from one thread, the screen asks from another."""

    def __init__(self, target: Console) -> None:
        self._console = target
        self._facts, self._switch = threading.Lock(), threading.Lock()
        self._progress = Progress("working")
        self._began = self._since = time.monotonic()
        self._over = False
        # Standard streams stay as they are: whoever redirects them meanwhile would put them back in the wrong order.
        self._live = Live(
            console=target, get_renderable=self._render, refresh_per_second=REFRESHES, transient=True,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip

    def take(self, progress: Progress) -> None:
        with self._facts:
            if progress.activity != self._progress.activity:
                self._since = time.monotonic()
            self._progress = progress

    def appear(self) -> None:
        with self._switch:
            if not self._over:
                self._live.start()

    def vanish(self) -> None:
        with self._switch:
            self._over = True
            self._live.stop()

    def _render(self) -> Table:
        with self._facts:
            progress, since = self._progress, self._since
        now = time.monotonic()
        return progress_line(progress, now - self._began, now - since, self._console.width)


def progress_line(progress: Progress, elapsed: float, since: float, width: int) -> Table:
    """The line itself: a bar, what is done, and the best figures so far. Never wider than ``width`` columns.

    Args:
        elapsed: seconds since the command began.
        since: seconds since this activity began.
    """
    share = None
    if progress.total > 0:
        share = progress.done / progress.total
    elif progress.limit_seconds:
        share = since / progress.limit_seconds
    bar_width = BAR_WIDTH if width >= 80 else NARROW_BAR
    bar = ProgressBar(
        total=None if share is None else 1.0, completed=min(max(share or 0.0, 0.0), 1.0), width=bar_width,
        pulse=share is None, animation_time=elapsed,
    )  # fmt: skip
    activity = progress.activity
    if progress.total > 0:
        activity += f" {progress.done:,} of {progress.total:,}"
    figures = []
    if progress.arena_bytes is not None:
        figures.append(f"arena {progress.arena_bytes:,}")
    if progress.lower_bound_bytes is not None:
        figures.append(f"bound {progress.lower_bound_bytes:,}")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=bar_width, no_wrap=True)
    grid.add_column(min_width=6, no_wrap=True)
    grid.add_column(no_wrap=True, overflow="crop")
    grid.add_row(bar, f"{elapsed:4.0f} s", Text(": ".join([activity, ", ".join(figures)] if figures else [activity])))
    return grid
