"""Steps of rows as data in flash: which operator computes a row when, and what the calls of an operator share.

Each entry of the schedule is one call: the number of an operator and that of a row. Where rows lie is in a list of
places (``row_places``). Operators with the same kind of call share its code and have their constants and positions in a
table; what is the only one of its kind, or has but one row, is plain code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from arenite.codegen.program import AnyArgument, Argument, Place, ProgramStep
from arenite.codegen.row_places import NOWHERE, PlaceList, Windows
from arenite.codegen.step_parts import Part, parts_of


@dataclass(frozen=True)
class Constant:
    """A pointer that the operator's table has in ``slot``."""

    slot: int


@dataclass(frozen=True)
class Column:
    """An argument that the list of places has for each row, the first one at position ``at``; of shared calls that
    position is in the slot ``at`` of the operator's table.

    ``kind``: a ``place`` to point to, a place or null (``maybe``), an ``element`` of ``constant`` (its name or slot),
    or a ``number``."""

    kind: Literal["place", "maybe", "element", "number"]
    at: int
    type: str = ""
    constant: str | int = ""


@dataclass(frozen=True)
class WindowPart:
    """Of a window: where its rows stand in the list (``taps``), ``k0`` or ``k1``."""

    name: Literal["taps", "k0", "k1"]


CallArgument = AnyArgument | Constant | Column | WindowPart


@dataclass(frozen=True)
class Call:
    """``windows``: of the only operator that has this call; of shared ones they are in the slots of the table from
    ``slot`` on: start, first, last."""

    number: int
    comment: str
    function: str
    arguments: tuple[CallArgument, ...]
    shared: bool
    windows: Windows | None = None
    slot: int | None = None

    @property
    def has_windows(self) -> bool:
        return any(isinstance(argument, WindowPart) for argument in self.arguments)

    @property
    def by_row(self) -> bool:
        """The number of the row matters."""
        return any(isinstance(argument, (Column, WindowPart)) for argument in self.arguments)


@dataclass(frozen=True)
class Operator:
    """A row of the table: ``positions`` are in the list of places."""

    comment: str
    call: int
    constants: tuple[Argument, ...]
    positions: tuple[int, ...]
    stride: int = 0
    taps: int = 0


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
    """``entries``: number and row of each. The numbers are those of ``operators``, then those of calls that are not
    shared, ``push`` for entries that wait for a row from the caller, and ``end``; then come those of shared calls.

    ``pushed``: position in ``places`` of the first row that the caller brings."""

    operators: tuple[Operator, ...]
    calls: tuple[Call, ...]
    entries: tuple[tuple[int, int], ...]
    places: tuple[int, ...]
    push: int
    pushed: int
    traced: tuple[Traced, ...]

    @property
    def end(self) -> int:
        return self.push + 1

    @property
    def constants(self) -> int:
        """Slots for them that an operator of the table has."""
        return max((len(operator.constants) for operator in self.operators), default=0)

    @property
    def positions(self) -> int:
        return max((len(operator.positions) for operator in self.operators), default=0)

    @property
    def number_type(self) -> str:
        """C type of numbers and rows."""
        largest = max(max(entry) for entry in (*self.entries, (self.end, 0)))
        return _unsigned(max(largest, *(call.number for call in self.calls), 0))

    @property
    def position_type(self) -> str:
        return _unsigned(max((max(operator.positions, default=0) for operator in self.operators), default=0))

    @property
    def tap_type(self) -> str:
        return _unsigned(max((max(operator.stride, operator.taps) for operator in self.operators), default=0))


def step_table(steps: Sequence[ProgramStep]) -> StepTable:
    """The table of steps whose places all lie in one arena."""
    parts, rows = parts_of(steps)
    alike: dict[object, list[int]] = {}
    for one, part in enumerate(parts):
        alike.setdefault((part.calls[0].function, part.kinds), []).append(one)
    shared = [group for group in alike.values() if len(group) > 1 and any(len(parts[one].calls) > 1 for one in group)]
    in_table = [one for group in shared for one in group]
    alone = sorted(set(range(len(parts))).difference(in_table), key=lambda one: (_is_whole(parts[one]), one))
    pushed = dict(enumerate(step.outputs[0].place.offset for step in steps if step.pushed is not None))
    found = _find_places(parts, set(in_table), pushed)

    push = len(parts)
    number = {one: at for at, one in enumerate((*in_table, *alone))}
    calls = [_call(number[one], parts[one], found, one) for one in alone]
    operators: list[Operator] = []
    for at, group in enumerate(shared, push + 2):
        calls.append(_shared_call(at, parts[group[0]]))
        operators += [_operator(at, parts[one], found, one) for one in group]
    return StepTable(
        tuple(operators), tuple(calls), tuple((push if one is None else number[one], row) for one, row in rows),
        found.places, push, found.pushed, _traced(steps),
    )  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """The list of places, and where in it columns (by part and argument), windows (by part) and pushed rows begin."""

    places: tuple[int, ...]
    columns: Mapping[tuple[int, int], int]
    windows: Mapping[int, Windows]
    pushed: int


def _find_places(parts: Sequence[Part], shared: Collection[int], pushed: Mapping[int, int]) -> _Found:
    """Long columns first: others are pieces of them. Then windows, which read what stands there."""
    places = PlaceList(max((call.k0 for part in parts if part.run for call in part.run.windows), default=0))
    begin = places.add(pushed)
    wanted = {
        (one, at): dict(enumerate(words))
        for one, part in enumerate(parts)
        for at, words in _columns(part, one in shared).items()
    }
    longest = sorted(wanted, key=lambda column: -len(wanted[column]))
    columns = {column: places.add(wanted[column]) for column in longest}
    runs = {one: part.run for one, part in enumerate(parts) if part.run is not None}
    windows: dict[int, Windows] = {}
    for one, run in sorted(runs.items(), key=lambda item: -item[1].count):
        there = ((way, places.find(offsets)) for way, offsets in run.ways)
        way, start = next(((way, start) for way, start in there if start is not None), (None, None))
        if way is None or start is None:
            way, offsets = min(run.ways, key=lambda way: max(way[1], default=0))
            start = places.add(offsets)
        windows[one] = replace(way, start=start, first=start + way.first, last=start + way.last)
    return _Found(tuple(places.words), columns, windows, begin)


def _is_whole(part: Part) -> bool:
    """All its calls are the same."""
    return part.run is None and not _columns(part, False)


def _columns(part: Part, shared: bool) -> dict[int, list[int]]:
    """The arguments that the list of places has for each row. What is the same in all rows is in the code otherwise."""
    found: dict[int, list[int]] = {}
    for at, kind in enumerate(part.kinds):
        if isinstance(kind, tuple) and kind[0] in ("place", "maybe", "element", "number"):
            words = [_word(call.arguments[at]) for call in part.calls]
            if shared or len(set(words)) > 1:
                found[at] = words
    return found


def _word(argument: AnyArgument) -> int:
    if isinstance(argument, int):
        return argument
    assert isinstance(argument, Argument)
    if argument.constant is not None:
        return argument.element
    return NOWHERE if argument.place is None else argument.place.offset


def _call(number: int, part: Part, found: _Found, one: int) -> Call:
    """The call of an operator that shares it with none."""
    arguments: list[CallArgument] = []
    for at, kind in enumerate(part.kinds):
        argument = part.calls[0].arguments[at]
        if not isinstance(kind, tuple) or kind[0] == "constant":
            arguments.append(argument)
        elif kind[0] == "taps" or kind[0] == "k0" or kind[0] == "k1":
            arguments.append(WindowPart(kind[0]))
        elif (one, at) not in found.columns:
            arguments.append(argument)
        else:
            constant = argument.constant if isinstance(argument, Argument) else None
            arguments.append(Column(kind[0], found.columns[one, at], kind[1], constant or ""))
    return Call(number, part.comment, part.calls[0].function, tuple(arguments), False, found.windows.get(one))


def _shared_call(number: int, part: Part) -> Call:
    arguments: list[CallArgument] = []
    constants = positions = 0
    for kind in part.kinds:
        if not isinstance(kind, tuple):
            arguments.append(kind)
        elif kind[0] == "taps" or kind[0] == "k0" or kind[0] == "k1":
            arguments.append(WindowPart(kind[0]))
        elif kind[0] == "constant":
            arguments.append(Constant(constants))
            constants += 1
        else:
            arguments.append(Column(kind[0], positions, kind[1], constants))
            positions += 1
            constants += kind[0] == "element"
    return Call(number, "", part.calls[0].function, tuple(arguments), True, None, positions)


def _operator(call: int, part: Part, found: _Found, one: int) -> Operator:
    constants = tuple(
        replace(argument, element=0) if kind[0] == "element" else argument
        for kind, argument in zip(part.kinds, part.calls[0].arguments, strict=True)
        if isinstance(kind, tuple) and isinstance(argument, Argument) and kind[0] in ("constant", "element")
    )
    positions = tuple(found.columns[one, at] for at in range(len(part.kinds)) if (one, at) in found.columns)
    windows = found.windows.get(one)
    if windows is None:
        return Operator(part.comment, call, constants, positions)
    positions += (windows.start, windows.first, windows.last)
    return Operator(part.comment, call, constants, positions, windows.stride, windows.taps)


def _unsigned(largest: int) -> str:
    return "uint8_t" if largest < 1 << 8 else "uint16_t" if largest < 1 << 16 else "int32_t"


def _traced(steps: Sequence[ProgramStep]) -> tuple[Traced, ...]:
    traced: list[Traced] = []
    ran = 0
    for number, step in enumerate(steps):
        ran += len(step.calls) if step.pushed is None else 0
        traced += [
            Traced(max(ran - 1, 0), number, output, result.place)
            for output, result in enumerate(step.outputs)
            if result.source_tensor is not None
        ]
    return tuple(traced)
