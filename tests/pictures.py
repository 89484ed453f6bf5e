"""PNG files as pixels, without a package."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

Colour = tuple[int, int, int]


def png_rows(file: Path) -> list[list[Colour]]:
    """The colours of an 8-bit RGB or RGBA picture, row by row (PNG specification, third edition, section 9)."""
    data = file.read_bytes()
    width, _, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert depth == 8
    count = {2: 3, 6: 4}[kind]
    chunks, place = b"", 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        if data[place + 4 : place + 8] == b"IDAT":
            chunks += data[place + 8 : place + 8 + length]
        place += length + 12
    raw, stride = zlib.decompress(chunks), width * count
    above, rows = bytearray(stride), []
    for start in range(0, len(raw), stride + 1):
        method, line = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        if method == 2:
            line = bytearray((value + up) & 255 for value, up in zip(line, above, strict=True))
        elif method:
            for i in range(stride):
                left = line[i - count] if i >= count else 0
                corner = above[i - count] if i >= count else 0
                guess = {1: left, 3: (left + above[i]) // 2}.get(method)
                line[i] = (line[i] + (_paeth(left, above[i], corner) if guess is None else guess)) & 255
        rows.append(list(zip(line[0::count], line[1::count], line[2::count], strict=True)))
        above = line
    return rows


def colour_of(text: str) -> Colour:
    """``#rrggbb`` as numbers."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def near(one: Colour, other: Colour, tolerance: int = 3) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
