"""New tables in front of a TensorFlow Lite file, whose own bytes stay as they are.

References of a flatbuffer point forwards, from a word to something behind it, at a distance that the word holds. New
tables may therefore refer to what is there already if they stand before it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from arenite.errors import UnsupportedError
from arenite.frontends.tflite.layout import MetadataField, ModelField, field, field_count, root, tables, text, uint32

LARGEST_ALIGNMENT = 16
"""Bytes, of anything in schema.fbs: the file is moved by a multiple of it."""
_HEADER_BYTES = 8


def with_metadata(data: bytes, contents: Mapping[str, bytes]) -> bytes:
    """The file with a new root, whose metadata are the old ones and these, which replace those of the same name.

    Raises UnsupportedError for a file that was written for a later schema: its root has fields that are not known here.
    """
    old = root(data)
    fields = [field(old, slot) for slot in range(field_count(old))]
    if any(fields[ModelField.KNOWN :]):
        raise UnsupportedError(
            "is written for a later schema of TensorFlow Lite", remedy="convert it with an older version"
        )
    names = {name.encode() for name in contents}
    entries = [entry.Pos for entry in tables(old, ModelField.METADATA) if text(entry, MetadataField.NAME) not in names]
    buffers = [buffer.Pos for buffer in tables(old, ModelField.BUFFERS)]

    front = _Front(data)
    replaced = {ModelField.BUFFERS, ModelField.METADATA}
    present = [slot in replaced or any(fields[slot : slot + 1]) for slot in range(ModelField.KNOWN)]
    words = front.table(present)
    front.refer(0, words[0] - 4)
    for slot, word in zip((slot for slot in range(ModelField.KNOWN) if present[slot]), words, strict=True):
        if slot == ModelField.VERSION:
            front.put(word, uint32(data, fields[slot]))
        elif slot not in replaced:
            front.refer_old(word, fields[slot] + uint32(data, fields[slot]))
    of_slot = dict(zip((slot for slot in range(ModelField.KNOWN) if present[slot]), words, strict=True))

    # Buffer 0 is the empty one by convention.
    empty = [] if buffers else [None]
    buffer_words = front.references(of_slot[ModelField.BUFFERS], buffers, len(empty) + len(contents))
    entry_words = front.references(of_slot[ModelField.METADATA], entries, len(contents))
    if empty:
        front.refer(buffer_words.pop(0), front.position_of_empty_table())
    for index, (name, content) in enumerate(contents.items()):
        name_word, buffer_word = front.table([True, True])
        front.refer(entry_words[index], name_word - 4)
        front.put(buffer_word, len(buffers) + len(empty) + index)
        front.refer(name_word, front.string(name))
        (content_word,) = front.table([True])
        front.refer(buffer_words[index], content_word - 4)
        front.refer(content_word, front.vector(content, LARGEST_ALIGNMENT))
    return front.join()


class _Front:
    """Bytes that come to stand before ``old``; positions count from the start of the new file."""

    def __init__(self, old: bytes) -> None:
        self._old = old
        self._new = bytearray(_HEADER_BYTES)
        self._new[4:8] = old[4:8]
        self._old_references: list[tuple[int, int]] = []

    def table(self, present: Sequence[bool]) -> list[int]:
        """A table of 32-bit fields; returns the positions of those that are present. The table itself begins 4 bytes
        before the first of them."""
        vtable = self._reserve(4 + 2 * len(present))
        place = self._reserve(4 + 4 * sum(present))
        struct.pack_into("<HH", self._new, vtable, 4 + 2 * len(present), 4 + 4 * sum(present))
        struct.pack_into("<i", self._new, place, place - vtable)
        words: list[int] = []
        for slot, here in enumerate(present):
            if here:
                words.append(place + 4 + 4 * len(words))
                struct.pack_into("<H", self._new, vtable + 4 + 2 * slot, words[-1] - place)
        return words

    def position_of_empty_table(self) -> int:
        """A table without fields."""
        vtable = self._reserve(4)
        place = self._reserve(4)
        struct.pack_into("<HH", self._new, vtable, 4, 4)
        struct.pack_into("<i", self._new, place, place - vtable)
        return place

    def references(self, word: int, old: Sequence[int], new: int) -> list[int]:
        """A vector that ``word`` refers to: references to ``old`` positions, then ``new`` words, which are returned."""
        length = self._reserve(4 + 4 * (len(old) + new))
        self.refer(word, length)
        self.put(length, len(old) + new)
        for index, position in enumerate(old):
            self.refer_old(length + 4 + 4 * index, position)
        return [length + 4 + 4 * (len(old) + index) for index in range(new)]

    def vector(self, content: bytes, alignment: int = 4) -> int:
        """A vector of bytes, its first one aligned; returns the position of its length."""
        self._new += bytes(-(len(self._new) + 4) % alignment)
        place = self._reserve(4 + len(content), 4)
        self.put(place, len(content))
        self._new[place + 4 : place + 4 + len(content)] = content
        return place

    def string(self, value: str) -> int:
        place = self.vector(value.encode())
        self._new.append(0)
        return place

    def put(self, word: int, value: int) -> None:
        struct.pack_into("<I", self._new, word, value)

    def refer(self, word: int, position: int) -> None:
        self.put(word, position - word)

    def refer_old(self, word: int, position: int) -> None:
        """Make ``word`` refer to what stands at ``position`` in the old file."""
        self._old_references.append((word, position))

    def join(self) -> bytes:
        """The new bytes and the old ones, moved by a multiple of ``LARGEST_ALIGNMENT``."""
        self._new += bytes(-len(self._new) % LARGEST_ALIGNMENT)
        for word, position in self._old_references:
            self.refer(word, len(self._new) + position)
        return bytes(self._new) + self._old

    def _reserve(self, size: int, alignment: int = 4) -> int:
        self._new += bytes(-len(self._new) % alignment)
        place = len(self._new)
        self._new += bytes(size)
        return place
