"""Seeded damage to the contents of ONNX files: well-formed protobuf that says something else."""

from __future__ import annotations

import random
from typing import Any

import onnx
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

EXTREME_INTEGERS = (0, 1, -1, 2, 3, 7, 16, 99, 255, 1 << 20, (1 << 31) - 1, 1 << 31, -(1 << 31), 1 << 40, -(1 << 63))
EXTREME_REALS = (0.0, -1.0, 1e-30, 1e30, float("inf"), float("nan"))
ODD_TEXTS = ("", "x", "y", "a\n\x1b[31m", "Conv", "Loop", "Reshape", "com.microsoft", "NOTSET", "../../w.bin")


def mutate_message(model: onnx.ModelProto, seed: int) -> onnx.ModelProto:
    """A copy with one to three fields changed, removed or repeated; the same seed gives the same model."""
    choose = random.Random(seed)
    damaged = onnx.ModelProto()
    damaged.CopyFrom(model)
    for _ in range(choose.choice((1, 1, 1, 2, 3))):
        places: list[tuple[Message, Any]] = []
        _collect(damaged, places)
        _damage(choose, *choose.choice(places), [*ODD_TEXTS, *_names(damaged)])
    return damaged


def _names(model: onnx.ModelProto) -> list[str]:
    return sorted({name for node in model.graph.node for name in (*node.input, *node.output, node.op_type)})


def _collect(message: Message, places: list[tuple[Message, Any]]) -> None:
    for field, value in message.ListFields():
        places.append((message, field))
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in [value] if isinstance(value, Message) else value:
                _collect(inner, places)


def _damage(choose: random.Random, message: Message, field: Any, texts: list[str]) -> None:
    value = getattr(message, field.name)
    repeated = not isinstance(value, Message | str | bytes | int | float)
    if choose.random() < 0.15:
        message.ClearField(field.name)
    elif repeated:
        _damage_list(choose, field, value, texts)
    elif field.type != FieldDescriptor.TYPE_MESSAGE:
        setattr(message, field.name, _other(choose, field, value, texts))


def _damage_list(choose: random.Random, field: Any, value: Any, texts: list[str]) -> None:
    place = choose.randrange(len(value))
    what = choose.choice(("remove", "repeat", "swap", "change", "change"))
    if what == "remove":
        del value[place]
    elif what == "repeat":
        value.append(value[place])
    elif field.type == FieldDescriptor.TYPE_MESSAGE:
        value[place].CopyFrom(value[choose.randrange(len(value))])
    elif what == "swap":
        value[place] = value[choose.randrange(len(value))]
    else:
        value[place] = _other(choose, field, value[place], texts)


def _other(choose: random.Random, field: Any, value: Any, texts: list[str]) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        return choose.choice(texts)
    if field.type == FieldDescriptor.TYPE_BYTES:
        at = choose.randrange(len(value) + 1)
        other = bytes([choose.randrange(256)])
        return choose.choice((value[:at], value + value[:at], value[:at] + other + value[at + 1 :]))
    if field.type in (FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_DOUBLE):
        return choose.choice(EXTREME_REALS)
    if field.type == FieldDescriptor.TYPE_ENUM:
        return choose.choice(field.enum_type.values).number
    number = choose.choice(EXTREME_INTEGERS)
    narrow = field.type not in (FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT64)
    if field.type in (FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_UINT32):
        number = abs(number)
    return max(-(1 << 31), min(number, (1 << 31) - 1)) if narrow else number
