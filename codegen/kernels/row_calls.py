"""Calls of row functions as plain data: what SplitRows writes into a PrimFunc and the C printer reads from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from arenite.codegen.kernels import SHARED, kernel_files


@dataclass(frozen=True)
class RowParameter:
    """``const int8_t *base`` has type ``int8_t`` and is a pointer, ``int32_t k0`` is none."""

    type: str
    name: str
    pointer: bool


@dataclass(frozen=True)
class RowFunction:
    """A C function that computes one row, and the family that defines it."""

    name: str
    family: str
    parameters: tuple[RowParameter, ...]


@dataclass(frozen=True)
class Pointer:
    """``bytes`` into the memory of a parameter of the PrimFunc (by position)."""

    parameter: int
    bytes: int = 0


@dataclass(frozen=True)
class Taps:
    """The table of a window's rows: entry ``first + i`` says how many bytes behind the base ``rows[i]`` begins."""

    first: int
    rows: tuple[Pointer, ...]


@dataclass(frozen=True)
class Base:
    """What the distances of ``Taps`` count from."""


RowArgument = Pointer | Taps | Base | int | None
"""None is a null pointer."""


@dataclass(frozen=True)
class RowCall:
    """One argument for each parameter of the function."""

    function: str
    arguments: tuple[RowArgument, ...]


COPY = "memcpy"
"""Not a row function: brings a row that the caller hands in to its place."""

_PROTOTYPE = re.compile(r"^void (?P<name>arenite_\w+)\((?P<parameters>[^)]*)\);", re.M)
_PARAMETER = re.compile(r"(?:const )?(?P<type>\w+) (?P<pointer>\*?)(?:const )?(?P<name>\w+)")


@cache
def row_functions() -> dict[str, RowFunction]:
    """Every function that the kernels' headers declare."""
    found: dict[str, RowFunction] = {}
    for file, text in kernel_files().items():
        if not file.endswith(".h") or file in SHARED:
            continue
        for match in _PROTOTYPE.finditer(text):
            parts = [_PARAMETER.fullmatch(" ".join(part.split())) for part in match["parameters"].split(",")]
            if all(parts):
                parameters = tuple(RowParameter(p["type"], p["name"], bool(p["pointer"])) for p in parts if p)
                found[match["name"]] = RowFunction(match["name"], file.removesuffix(".h"), parameters)
    return found


def calls_to_text(calls: Iterable[RowCall]) -> str:
    """JSON, for an attribute of the PrimFunc."""
    return json.dumps([[call.function, [_argument_to_json(argument) for argument in call.arguments]] for call in calls])


def calls_from_text(text: str) -> tuple[RowCall, ...]:
    """The inverse of ``calls_to_text``."""
    return tuple(
        RowCall(function, tuple(_argument_from_json(argument) for argument in arguments))
        for function, arguments in json.loads(text)
    )


def _argument_to_json(argument: RowArgument) -> object:
    if isinstance(argument, Pointer):
        return ["at", argument.parameter, argument.bytes]
    if isinstance(argument, Taps):
        return ["taps", argument.first, [[row.parameter, row.bytes] for row in argument.rows]]
    return ["base"] if isinstance(argument, Base) else argument


def _argument_from_json(value: object) -> RowArgument:
    if value is None or isinstance(value, int):
        return value
    assert isinstance(value, list)
    kind, *rest = value
    if kind == "at":
        return Pointer(*rest)
    if kind == "taps":
        return Taps(rest[0], tuple(Pointer(*row) for row in rest[1]))
    return Base()


def pointers(call: RowCall) -> Sequence[Pointer]:
    """All pointers of a call, those of taps included."""
    found: list[Pointer] = []
    for argument in call.arguments:
        found += argument.rows if isinstance(argument, Taps) else [argument] if isinstance(argument, Pointer) else []
    return found
