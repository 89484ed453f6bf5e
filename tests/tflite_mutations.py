"""Seeded damage to the contents of TensorFlow Lite files: well-formed tables that say something else."""

from __future__ import annotations

import random
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

IDENTIFIER = b"TFL3"
EXTREME_INTEGERS = (0, 1, -1, 2, 3, 4, 7, 8, 31, 127, 255, 1 << 15, 1 << 20, (1 << 31) - 1, -(1 << 31))
EXTREME_REALS = (0.0, -1.0, 1e-30, 0.5, 1.0, 1e30, float("inf"), float("nan"))

Place = tuple[Any, str]
"""A table and the name of one of its fields."""


def mutate_tables(data: bytes, seed: int) -> bytes:
    """A file with one to three fields of its tables changed, removed, repeated or taken from elsewhere; the same seed
    gives the same bytes.

    Raises:
        Exception: of any kind, where the file is damaged already, or where the change cannot be written down.
    """
    choose = random.Random(seed)
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    for _ in range(choose.choice((1, 1, 1, 2, 3))):
        places: list[Place] = []
        _collect(model, places)
        _damage(choose, places)
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def _collect(table: Any, places: list[Place]) -> None:
    for name, value in vars(table).items():
        if value is None:
            continue
        places.append((table, name))
        for inner in value if isinstance(value, list) else [value]:
            if hasattr(inner, "__dict__"):
                _collect(inner, places)


def _damage(choose: random.Random, places: list[Place]) -> None:
    table, name = choose.choice(places)
    value = getattr(table, name)
    donors = [getattr(other, field) for other, field in places if field == name and type(other) is type(table)]
    if choose.random() < 0.15:
        setattr(table, name, None if not isinstance(value, int | float) else type(value)(0))
    elif choose.random() < 0.3:
        setattr(table, name, choose.choice(donors))
    elif isinstance(value, list | np.ndarray) and len(value):
        setattr(table, name, _other_list(choose, value))
    else:
        setattr(table, name, _other(choose, value))


def _other_list(choose: random.Random, value: Any) -> Any:
    items = list(value)
    place = choose.randrange(len(items))
    what = choose.choice(("remove", "repeat", "swap", "change", "change"))
    if what == "remove":
        del items[place]
    elif what == "repeat":
        items.append(items[place])
    elif what == "swap":
        items[place] = items[choose.randrange(len(items))]
    else:
        items[place] = _other(choose, items[place])
    if not isinstance(value, np.ndarray):
        return items
    if value.dtype.kind in "iu":
        limits = np.iinfo(value.dtype)
        items = [min(max(int(item), limits.min), limits.max) for item in items]
    return np.array(items, value.dtype)


def _other(choose: random.Random, value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | np.integer):
        return choose.choice(EXTREME_INTEGERS) if choose.random() < 0.5 else int(value) + choose.choice((-1, 1))
    if isinstance(value, float | np.floating):
        return choose.choice(EXTREME_REALS)
    if isinstance(value, bytes):
        return value + value if choose.random() < 0.5 else value[: len(value) // 2]
    return value
