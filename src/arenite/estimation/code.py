"""Bytes of machine code and tables that kernels bring. ``code.json`` has what was measured of every section of their
object files, compiled by GCC; benchmarks/calibrate_code.py brings it up to date."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from arenite.target import Target

UNMEASURED_BYTES = 900
"""Of a function that nobody has measured: about the mean of those that were."""


@cache
def _table() -> Mapping[str, Any]:
    text = (resources.files(__package__) / "code.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


@cache
def _column(cpu: str, optimise: str) -> int | None:
    columns: list[list[str]] = _table()["columns"]
    return columns.index([cpu, optimise]) if [cpu, optimise] in columns else None


def is_measured(function: str, target: Target) -> bool:
    """Whether ``code_bytes`` knows a kernel or row function for this target, and does not guess."""
    column = _column(target.cpu, target.optimise)
    return column is not None and function in _table()["sections"]


def code_bytes(functions: Iterable[str], target: Target) -> int:
    """Of all that the linker keeps for these kernels and row functions: their own code and tables, and what they call,
    each once; a multiple of 4. Functions that were not measured count ``UNMEASURED_BYTES``."""
    sections: Mapping[str, Any] = _table()["sections"]
    column = _column(target.cpu, target.optimise)
    total = 0
    waiting, known = list(functions), set[str]()
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        known.add(name)
        if column is None or name not in sections:
            total += UNMEASURED_BYTES
            continue
        sizes, called = sections[name]
        total += sizes[column]
        waiting += called if sizes[column] else ()
    return total
