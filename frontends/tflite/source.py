"""Bounded reads from a TensorFlow Lite flatbuffer, on top of the generated classes.

The Python flatbuffers package verifies nothing: it raises whatever ``struct`` and numpy raise when an offset leaves the
file, and it believes every vector length. Here a vector is measured before it is walked, and what is read in total is
bounded by the size of the file, so that overlapping vectors of a hostile file cannot add up to gigabytes.
"""

from __future__ import annotations

import struct
from typing import Any

from flatbuffers.table import Table

from arenite.errors import ModelError

DAMAGE = (struct.error, IndexError, TypeError, ValueError, OverflowError)
"""What flatbuffers, struct and numpy raise for offsets and lengths that leave the file."""

# Writers let equal vectors and buffers share their bytes; no honest file repeats its own size this often.
_REPEATS = 16
_SMALL_FILE_BYTES = 1 << 16


_INT32, _UINT16 = struct.Struct("<i"), struct.Struct("<H")


class _QuickTable(Table):  # type: ignore[misc]
    """The same table. To find its fields is most of what reading a file takes; here it is three reads."""

    __slots__ = ()

    def Offset(self, vtableOffset: int) -> int:
        """Of a field, in bytes from where the table begins; 0 if it is absent. Raises struct.error."""
        data: bytes = self.Bytes
        vtable = self.Pos - _INT32.unpack_from(data, self.Pos)[0]
        if vtable < 0:
            raise struct.error(f"a table's fields are listed {-vtable} bytes before the file")
        if vtableOffset >= _UINT16.unpack_from(data, vtable)[0]:
            return 0
        offset: int = _UINT16.unpack_from(data, vtable + vtableOffset)[0]
        return offset


def quick(table: Any) -> Any:
    """The object of a generated class, with fields that are found quickly."""
    table._tab = _QuickTable(table._tab.Bytes, table._tab.Pos)
    return table


class Source:
    """The bytes of a file, and how much of them may still be read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._unread = _REPEATS * (len(data) + _SMALL_FILE_BYTES)

    def check_length(self, length: int, item_bytes: int) -> None:
        """Raises ModelError unless ``length`` items fit the file, alone and together with all that was read before."""
        size = length * item_bytes
        self._unread -= size
        if size > len(self.data) or self._unread < 0:
            raise ModelError(f"a vector of {length} elements does not fit the file", remedy="convert the model again")

    def numbers(self, table: Any, field: str, item_bytes: int) -> tuple[Any, ...]:
        """A vector of numbers; an absent one is empty."""
        length = getattr(table, f"{field}Length")()
        self.check_length(length, item_bytes)
        # numpy refuses an empty view at the very end of the file, where the first vector written may stand.
        return tuple(getattr(table, f"{field}AsNumpy")().tolist()) if length else ()

    def tables(self, table: Any, field: str) -> list[Any]:
        """A vector of tables; an absent one is empty."""
        length = getattr(table, f"{field}Length")()
        self.check_length(length, 4)
        element = getattr(table, field)
        return [quick(element(position)) for position in range(length)]

    def text(self, value: bytes | None) -> str:
        """A string; what is not UTF-8 or not printable is replaced, an absent string is empty."""
        if value is None:
            return ""
        self.check_length(len(value), 1)
        text = value.decode("utf-8", errors="replace")
        # Messages are one line: names must not bring line breaks or terminal codes into them.
        return (
            text
            if text.isprintable()
            else "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
        )
