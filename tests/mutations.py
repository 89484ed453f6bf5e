"""Seeded damage to model files: what a hostile or broken file looks like to the reader."""

from __future__ import annotations

import random
from collections.abc import Callable

EXTREME_WORDS = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)
"""32-bit values at the edges of lengths, indices, offsets, dimensions and enumerations."""


def mutate(data: bytes, seed: int) -> bytes:
    """``data`` with one to three kinds of damage; the same seed gives the same bytes."""
    choose = random.Random(seed)
    damaged = bytearray(data)
    for _ in range(choose.choice((1, 1, 1, 2, 3))):
        choose.choice(_DAMAGES)(choose, damaged)
    return bytes(damaged)


def _flip_bits(choose: random.Random, data: bytearray) -> None:
    for _ in range(choose.choice((1, 1, 2, 8, 32))):
        if data:
            data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)


def _overwrite_bytes(choose: random.Random, data: bytearray) -> None:
    for _ in range(choose.choice((1, 1, 4, 16))):
        if data:
            data[choose.randrange(len(data))] = choose.randrange(256)


def _replace_word(choose: random.Random, data: bytearray) -> None:
    if len(data) >= 4:
        place = 4 * choose.randrange(len(data) // 4)
        word = choose.choice(EXTREME_WORDS) if choose.random() < 0.7 else choose.randrange(2 * len(data))
        data[place : place + 4] = word.to_bytes(4, "little")


def _truncate(choose: random.Random, data: bytearray) -> None:
    if choose.random() < 0.5:
        del data[choose.randrange(len(data) + 1) :]
    else:
        del data[max(0, len(data) - choose.randrange(1, 65)) :]


def _swap_slices(choose: random.Random, data: bytearray) -> None:
    size = choose.choice((4, 8, 32, 256))
    if len(data) >= 2 * size:
        a, b = sorted(choose.randrange(0, len(data) - size + 1, 4) for _ in range(2))
        if a + size <= b:
            data[a : a + size], data[b : b + size] = data[b : b + size], data[a : a + size]


def _duplicate_slice(choose: random.Random, data: bytearray) -> None:
    size = choose.choice((4, 8, 32, 256))
    if len(data) >= size:
        source, target = (choose.randrange(0, len(data) - size + 1, 4) for _ in range(2))
        if choose.random() < 0.7:
            data[target : target + size] = data[source : source + size]
        else:
            data[target:target] = data[source : source + size]


_DAMAGES: tuple[Callable[[random.Random, bytearray], None], ...] = (
    _flip_bits,
    _overwrite_bytes,
    _replace_word,
    _replace_word,
    _truncate,
    _swap_slices,
    _duplicate_slice,
)
