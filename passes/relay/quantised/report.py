"""What became of a quantised Relay module: which operators were found, and what stays on TVM's path and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Match:
    """``kind`` of TensorFlow Lite; ``source``: name that the frontend gave the Relay expressions, empty if none;
    ``replaced``: names of the Relay operators that became one, in order of execution."""

    kind: str
    source: str
    replaced: tuple[str, ...]


@dataclass(frozen=True)
class Left:
    """A Relay operator on quantised data, or on the float or int32 numbers between two such, that TVM compiles."""

    operator: str
    source: str
    reason: str


@dataclass(frozen=True)
class MatchReport:
    """Both in order of execution."""

    matched: tuple[Match, ...]
    left: tuple[Left, ...]
