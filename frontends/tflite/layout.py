"""Where things stand in a TensorFlow Lite file: positions of tables, fields and vectors, in bytes from its start.

For changes in place, and for fields that the generated classes do not know. Damaged files raise ``DAMAGE`` (see
``tflite_source``); read them with ``parse_subgraphs`` first.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import tflite
from flatbuffers.table import Table


class Vector(NamedTuple):
    """Position of the first element, and the number of elements."""

    start: int
    length: int


class ModelField:
    """Places of the fields in the table of a Model: their order in schema.fbs."""

    VERSION, OPERATOR_CODES, SUBGRAPHS, DESCRIPTION, BUFFERS, METADATA_BUFFER, METADATA, SIGNATURE_DEFS = range(8)
    EXTERNAL_BUFFER_GROUPS, EXTERNAL_BUFFERS = 8, 9
    KNOWN = 10


class SubGraphField:
    TENSORS, OPERATORS = 0, 3


class TensorField:
    BUFFER, EXTERNAL_BUFFER = 2, 10


class OperatorField:
    CUSTOM_OPTIONS, LARGE_CUSTOM_OPTIONS_OFFSET = 5, 9


class BufferField:
    DATA, OFFSET, SIZE = 0, 1, 2


class MetadataField:
    NAME, BUFFER = 0, 1


def root(data: bytes) -> Table:
    """The Model's table."""
    model: Table = tflite.Model.GetRootAs(data, 0)._tab
    return model


def field_count(table: Table) -> int:
    """How many fields the table's writer knew."""
    vtable = table.Pos - struct.unpack_from("<i", table.Bytes, table.Pos)[0]
    return (int(struct.unpack_from("<H", table.Bytes, vtable)[0]) - 4) // 2


def field(table: Table, slot: int) -> int:
    """Position of a field; 0 if it is absent."""
    offset = table.Offset(4 + 2 * slot)
    return int(table.Pos + offset) if offset else 0


def uint32(data: bytes, position: int) -> int:
    return int(struct.unpack_from("<I", data, position)[0])


def uint64(data: bytes, position: int) -> int:
    return int(struct.unpack_from("<Q", data, position)[0])


def number(table: Table, slot: int) -> int:
    """The value of a 32-bit field; 0 if it is absent."""
    position = field(table, slot)
    return uint32(table.Bytes, position) if position else 0


def vector(table: Table, slot: int) -> Vector:
    """A vector (or string) that a field refers to; an absent one is empty."""
    position = field(table, slot)
    if not position:
        return Vector(0, 0)
    length = position + uint32(table.Bytes, position)
    return Vector(length + 4, uint32(table.Bytes, length))


def tables(table: Table, slot: int) -> list[Table]:
    """The tables of a vector of tables."""
    start, count = vector(table, slot)
    if count:
        uint32(table.Bytes, start + 4 * count - 4)  # fails at once if the vector leaves the file
    words = range(start, start + 4 * count, 4)
    return [Table(table.Bytes, word + uint32(table.Bytes, word)) for word in words]


def text(table: Table, slot: int) -> bytes:
    """A string, without decoding; an absent one is empty."""
    start, count = vector(table, slot)
    return bytes(table.Bytes[start : start + count])
