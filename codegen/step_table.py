"""Steps of rows as data in flash: for each operator the calls that all its rows share, and a table of what differs.

Each entry of the table is a word that says which calls, in its lower half, and k0 and k1 of a window, a byte each. The
words that the calls take follow: where the window's rows 0 to k1 begin (0 for those before k0), which are the distances
that row functions ask for, then other places in the arena, in bytes, and numbers. A word has 32 bits, so that the
distances can stay where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from arenite.codegen.program import AnyArgument, ArenaArgument, Argument, FunctionCall, Place, ProgramStep, TapsArgument

NULL = -1
"""Stands for a null pointer where others have a place."""


@dataclass(frozen=True)
class Taken:
    """An argument that the calls take from the table: ``at`` words from where their own words begin. ``kind``: a
    ``place`` to point to, a place or null (``maybe``), an element of a constant, or a ``number``."""

    kind: str
    at: int
    type: str = ""
    constant: str = ""


@dataclass(frozen=True)
class TapsTaken:
    """The distances that stand in the table, first among the words."""


@dataclass(frozen=True)
class TapNumber:
    """``k0`` or ``k1`` of the taps."""

    name: str


CaseArgument = AnyArgument | Taken | TapsTaken | TapNumber


@dataclass(frozen=True)
class CaseCall:
    function: str
    arguments: tuple[CaseArgument, ...]


@dataclass(frozen=True)
class Case:
    """What all steps of one entry's number do. ``words``: how many they take besides taps. ``taps``: they have some."""

    name: str
    source: str
    calls: tuple[CaseCall, ...]
    taps: bool
    words: int


@dataclass(frozen=True)
class Traced:
    """What a build that traces reports behind entry ``entry`` (those that wait for a row do not count): output
    ``output`` of step ``step``."""

    entry: int
    step: int
    output: int
    place: Place


@dataclass(frozen=True)
class StepTable:
    """``entries``: the words of each. ``push``: number of the entries that wait for a row from the caller and bring it
    to the place that follows; ``end``: of the last entry."""

    cases: tuple[Case, ...]
    entries: tuple[tuple[int, ...], ...]
    traced: tuple[Traced, ...]

    @property
    def push(self) -> int:
        return len(self.cases)

    @property
    def windows(self) -> bool:
        return any(case.taps for case in self.cases)

    @property
    def end(self) -> int:
        return len(self.cases) + 1


def step_table(steps: Sequence[ProgramStep]) -> StepTable:
    """The table of steps whose places all lie in one arena."""
    entries, traced = _entries(steps)
    groups: dict[object, list[ProgramStep]] = {}
    for entry in entries:
        if entry.pushed is None:
            groups.setdefault(_key(entry), []).append(entry)
    number = {key: place for place, key in enumerate(groups)}
    differing = {key: _differing(members) for key, members in groups.items()}
    cases = tuple(_case(members, differing[key]) for key, members in groups.items())
    rows: list[tuple[int, ...]] = []
    for entry in entries:
        if entry.pushed is not None:
            rows.append((len(cases), entry.outputs[0].place.offset))
            continue
        key = _key(entry)
        taken = [_word(entry.calls[call].arguments[place]) for call, place in _in_table(entry, differing[key])]
        k0, taps = _taps_words(entry)
        head = number[key] | k0 << 16 | len(taps) << 24
        # The table is of int32_t.
        rows.append((head - (1 << 32 if head >> 31 else 0), *taps, *taken))
    return StepTable(cases, tuple(rows), traced)


def _entries(steps: Sequence[ProgramStep]) -> tuple[list[ProgramStep], tuple[Traced, ...]]:
    """Steps with one window at most, and what becomes known behind each."""
    entries: list[ProgramStep] = []
    traced: list[Traced] = []
    ran = 0
    for number, step in enumerate(steps):
        parts = [replace(step, calls=(call,)) for call in step.calls] if len(_taps(step)) > 1 else [step]
        entries += parts
        ran += len(parts) if step.pushed is None else 0
        traced += [
            Traced(ran - 1, number, output, result.place)
            for output, result in enumerate(step.outputs)
            if result.source_tensor is not None
        ]
    return entries, tuple(traced)


def _differing(members: Sequence[ProgramStep]) -> list[tuple[int, int]]:
    """(call, argument) that are not the same in all of them."""
    return [
        (call, place)
        for call, one in enumerate(members[0].calls)
        for place in range(len(one.arguments))
        if len({_constant_part(member.calls[call].arguments[place]) for member in members}) > 1
    ]


def _taps(step: ProgramStep) -> list[TapsArgument]:
    return [argument for call in step.calls for argument in call.arguments if isinstance(argument, TapsArgument)]


def _key(step: ProgramStep) -> object:
    """Steps with equal keys share a case: the same functions of the same operator, on arguments of the same kinds."""
    return step.name, tuple(
        (call.function, tuple(_kind(argument) for argument in call.arguments)) for call in step.calls
    )  # fmt: skip


def _kind(argument: AnyArgument) -> object:
    if isinstance(argument, Argument):
        return (argument.type, argument.constant)
    return argument if isinstance(argument, ArenaArgument) else type(argument).__name__


def _constant_part(argument: AnyArgument) -> object:
    if isinstance(argument, Argument):
        place = argument.place
        return (argument.element, None if place is None else (place.offset, place.port))
    return 0 if isinstance(argument, TapsArgument) else argument


def _in_table(step: ProgramStep, differing: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the arguments that differ which are not told by taps: k0 and k1 stand behind them in a call."""
    return [(call, place) for call, place in differing if not _beside_taps(step.calls[call], place)]


def _beside_taps(call: FunctionCall, place: int) -> bool:
    return any(isinstance(argument, TapsArgument) for argument in call.arguments[max(place - 2, 0) : place])


def _case(members: Sequence[ProgramStep], differing: Sequence[tuple[int, int]]) -> Case:
    step = members[0]
    taken = {where: at for at, where in enumerate(_in_table(step, differing))}
    calls: list[CaseCall] = []
    for call, one in enumerate(step.calls):
        arguments: list[CaseArgument] = []
        for place, argument in enumerate(one.arguments):
            where = (call, place)
            if isinstance(argument, TapsArgument):
                arguments.append(TapsTaken())
            elif _beside_taps(one, place) and isinstance(argument, int):
                arguments.append(TapNumber("k0" if isinstance(one.arguments[place - 1], TapsArgument) else "k1"))
            elif where not in taken:
                arguments.append(argument)
            elif isinstance(argument, int):
                arguments.append(Taken("number", taken[where]))
            else:
                assert isinstance(argument, Argument)
                if argument.constant is not None:
                    arguments.append(Taken("element", taken[where], argument.type, argument.constant))
                else:
                    others = [member.calls[call].arguments[place] for member in members]
                    null = any(isinstance(other, Argument) and other.place is None for other in others)
                    arguments.append(Taken("maybe" if null else "place", taken[where], argument.type))
        calls.append(CaseCall(one.function, tuple(arguments)))
    return Case(step.name, step.source, tuple(calls), bool(_taps(step)), len(taken))


def _taps_words(step: ProgramStep) -> tuple[int, list[int]]:
    """k0 and the words that stand for a window's rows, ``MAX_TAPS`` at most."""
    for taps in _taps(step):
        return taps.first, [*([0] * taps.first), *(row.offset for row in taps.rows)]
    return 0, []


def _word(argument: AnyArgument) -> int:
    if isinstance(argument, int):
        return argument
    assert isinstance(argument, Argument)
    if argument.constant is not None:
        return argument.element
    return NULL if argument.place is None else argument.place.offset
