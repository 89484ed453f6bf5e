"""Changes to a TensorFlow Lite file that leave all its other bytes as they are: nothing is serialised anew."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from flatbuffers.table import Table

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends.tflite.front import with_metadata
from arenite.frontends.tflite.layout import (
    BufferField,
    MetadataField,
    ModelField,
    OperatorField,
    SubGraphField,
    TensorField,
    Vector,
    field,
    number,
    root,
    tables,
    text,
    uint32,
    uint64,
    vector,
)  # fmt: skip

_CONVERT_AGAIN = "convert the model again"


def permute_operators(data: bytes, orders: Sequence[Sequence[int]]) -> bytes:
    """The file with the operators of subgraph s in the order ``orders[s]``; its size does not change.

    A vector of tables holds distances, from the word to the table; only these words are rewritten.
    Raises ModelError for a file whose operators do not lie behind the words that refer to them.
    """
    result = bytearray(data)
    for (start, count), order in zip(operator_words(data), orders, strict=True):
        words = [start + 4 * index for index in range(count)]
        targets = [word + uint32(data, word) for word in words]
        for word, index in zip(words, order, strict=True):
            if targets[index] < start + 4 * count:
                raise ModelError("an operator lies before the list of operators", remedy=_CONVERT_AGAIN)
            struct.pack_into("<I", result, word, targets[index] - word)
    return bytes(result)


def operator_words(data: bytes) -> list[Vector]:
    """Of each subgraph, the 32-bit words that refer to its operators."""
    return [vector(subgraph, SubGraphField.OPERATORS) for subgraph in tables(root(data), ModelField.SUBGRAPHS)]


def metadata_place(data: bytes, name: str) -> Vector | None:
    """The bytes of the one metadata entry of this name, if nothing else in the file refers to them."""
    model = root(data)
    entries = tables(model, ModelField.METADATA)
    named = [entry for entry in entries if text(entry, MetadataField.NAME) == name.encode()]
    if len(named) != 1:
        return None
    index = number(named[0], MetadataField.BUFFER)
    users = [number(entry, MetadataField.BUFFER) for entry in entries]
    for subgraph in tables(model, ModelField.SUBGRAPHS):
        users += [number(tensor, TensorField.BUFFER) for tensor in tables(subgraph, SubGraphField.TENSORS)]
    start, count = vector(model, ModelField.METADATA_BUFFER)
    users += [uint32(data, start + 4 * position) for position in range(count)]
    place = _content(model, named[0])
    contents = [vector(buffer, BufferField.DATA) for buffer in tables(model, ModelField.BUFFERS)]
    end = place.start + place.length
    shared = sum(one.length > 0 and one.start < end and place.start < one.start + one.length for one in contents)
    return place if index and users.count(index) == 1 and shared == 1 else None


def read_metadata(data: bytes, name: str) -> bytes | None:
    """The content of the last metadata entry of this name; None if there is none, empty if it has no content."""
    model = root(data)
    found = None
    for entry in tables(model, ModelField.METADATA):
        if text(entry, MetadataField.NAME) == name.encode():
            start, count = _content(model, entry)
            found = data[start : start + count]
    return found


def write_metadata(data: bytes, contents: Mapping[str, bytes]) -> bytes:
    """The file with these metadata entries, added or in the place of those of the same name.

    Where there is an entry of the same size, its bytes are overwritten; otherwise new tables go in front of the file.
    Raises UnsupportedError for a file that was written for a later schema.
    """
    result = bytearray(data)
    added = {}
    for name, content in contents.items():
        place = metadata_place(data, name)
        if place is not None and place.length == len(content):
            result[place.start : place.start + place.length] = content
        else:
            added[name] = content
    return with_metadata(bytes(result), added) if added else bytes(result)


def refuse_outside_data(data: bytes) -> None:
    """Raises UnsupportedError if data of the model lie outside of the flatbuffer, where TFLM does not look."""
    model = root(data)
    outside = any(_large(buffer, BufferField.OFFSET) for buffer in tables(model, ModelField.BUFFERS))
    for subgraph in tables(model, ModelField.SUBGRAPHS):
        outside |= any(number(one, TensorField.EXTERNAL_BUFFER) for one in tables(subgraph, SubGraphField.TENSORS))
        operators = tables(subgraph, SubGraphField.OPERATORS)
        outside |= any(_large(one, OperatorField.LARGE_CUSTOM_OPTIONS_OFFSET) for one in operators)
    if outside:
        raise UnsupportedError(
            "keeps weights or options outside of the flatbuffer, where TensorFlow Lite Micro does not look",
            remedy="convert it as one flatbuffer of less than 2 GB",
        )


def _large(table: Table, slot: int) -> bool:
    """Whether a field holds an offset from the start of the file; 0 and 1 are none."""
    position = field(table, slot)
    return bool(position) and uint64(table.Bytes, position) > 1


def _content(model: Table, entry: Table) -> Vector:
    """The bytes that a metadata entry refers to."""
    buffers = tables(model, ModelField.BUFFERS)
    index = number(entry, MetadataField.BUFFER)
    if index >= len(buffers):
        raise ModelError(f"metadata refer to buffer {index} of {len(buffers)}", remedy=_CONVERT_AGAIN)
    return vector(buffers[index], BufferField.DATA)
