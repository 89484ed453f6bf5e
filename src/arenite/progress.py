"""Word of what is being done, on its way from whoever does it to whoever shows it.

Solvers take an optional ``report`` and know nothing else. What drives them says ``tell`` instead, which reaches the
listener of the present context: the command line's progress bar, or nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """What is being done now, and how far it is.

    ``done`` of ``total`` parts are behind us (0 of 0: nobody knows). ``limit_seconds``: it ends after so many seconds
    at the latest. ``arena_bytes`` is the smallest arena so far, ``lower_bound_bytes`` what none can undercut.
    """

    activity: str
    done: int = 0
    total: int = 0
    limit_seconds: float | None = None
    arena_bytes: int | None = None
    lower_bound_bytes: int | None = None


Report = Callable[[Progress], None]
_LISTENER: ContextVar[Report | None] = ContextVar("arenite_progress", default=None)


def ignore(progress: Progress) -> None:
    """The report that goes nowhere: the default of solvers."""


def tell(progress: Progress) -> None:
    """Passes a report on to the listener of this context, if there is one."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(progress)


@contextmanager
def listening(report: Report) -> Iterator[None]:
    """Within, ``report`` gets what is told; the listener of before has it again afterwards."""
    token = _LISTENER.set(report)
    try:
        yield
    finally:
        _LISTENER.reset(token)
