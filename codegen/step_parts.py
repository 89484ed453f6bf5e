"""Calls of row functions, grouped by what they share: function, constants, and windows in one list of places."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

from arenite.codegen.program import (
    AnyArgument,
    ArenaArgument,
    Argument,
    FunctionCall,
    ProgramStep,
    StateArgument,
    TapsArgument,
)
from arenite.codegen.row_places import Run, Taps, runs

Varying = Literal["place", "maybe", "constant", "element", "number", "taps", "k0", "k1"]
"""A place, a place or null, a constant, an element of one, a number that varies, the parts of a window."""
Kind = tuple[Varying, str] | int | ArenaArgument | StateArgument
"""With the C type pointed to. Of what is no pointer, and the same in all calls, the argument itself."""


@dataclass(frozen=True)
class Part:
    """Calls of one operator that differ in places, numbers and windows alone. ``kinds``: of the arguments; where they
    are equal, parts can share code."""

    comment: str
    calls: tuple[FunctionCall, ...]
    kinds: tuple[Kind, ...]
    run: Run | None


def parts_of(steps: Sequence[ProgramStep]) -> tuple[list[Part], list[tuple[int | None, int]]]:
    """What shares constants and windows; and for each call its part, None where a row is pushed, and its number in
    there."""
    members: dict[object, list[FunctionCall]] = {}
    comments: dict[object, str] = {}
    order: list[tuple[object, int]] = []
    rows_pushed = 0
    for step in steps:
        if step.pushed is not None:
            order.append((None, rows_pushed))
            rows_pushed += 1
            continue
        for call in step.calls:
            key: object = step.name, call.function, tuple(map(_constant_part, call.arguments))
            comments[key] = step.source or step.name
            order.append((key, len(members.setdefault(key, []))))
            members[key].append(call)
    parts: list[Part] = []
    first: dict[object, list[tuple[int, int]]] = {}
    for key, calls in members.items():
        windows = [taps for call in calls if (taps := _taps(call)) is not None]
        done = 0
        for run in runs(windows) if windows else [None]:
            count = len(calls) if run is None else run.count
            chosen = tuple(calls[done : done + count])
            first.setdefault(key, []).extend((len(parts), i) for i in range(count))
            parts.append(Part(comments[key], chosen, _kinds(chosen), run))
            done += count
    return parts, [(None, at) if key is None else first[key][at] for key, at in order]


def _taps(call: FunctionCall) -> Taps | None:
    found = [argument for argument in call.arguments if isinstance(argument, TapsArgument)]
    if not found:
        return None
    (taps,) = found
    return Taps(taps.first, tuple(row.offset for row in taps.rows))


def _constant_part(argument: AnyArgument) -> Hashable:
    if isinstance(argument, Argument):
        return argument.type, argument.constant
    return argument if isinstance(argument, ArenaArgument | StateArgument) else type(argument).__name__


def _kinds(calls: Sequence[FunctionCall]) -> tuple[Kind, ...]:
    return tuple(_kind([call.arguments[at] for call in calls], calls[0], at) for at in range(len(calls[0].arguments)))


def _kind(column: Sequence[AnyArgument], call: FunctionCall, at: int) -> Kind:
    """Of an argument, given for each row."""
    one = column[0]
    if isinstance(one, TapsArgument):
        return ("taps", "")
    if isinstance(one, int):
        behind = [isinstance(argument, TapsArgument) for argument in call.arguments[max(at - 2, 0) : at]]
        if any(behind):
            return ("k0" if behind[-1] else "k1", "")
        return one if len(set(column)) == 1 else ("number", "")
    if isinstance(one, ArenaArgument | StateArgument):
        return one
    if one.constant is not None:
        return ("constant" if len(set(column)) == 1 else "element", one.type)
    null = any(isinstance(other, Argument) and other.place is None for other in column)
    return ("maybe" if null else "place", one.type)
