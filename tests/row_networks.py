"""Graphs of rows, made by hand: one step per output row, as a network split into rows has them. Any size."""

from __future__ import annotations

import random
from dataclasses import dataclass

from arenite.graph import Buffer, Glue, Graph, Step


@dataclass(frozen=True)
class Rows:
    """A feature map: one buffer per row."""

    buffers: tuple[int, ...]
    row_bytes: int


class RowBuilder:
    """Appends operators, row by row; the rows of one operator run in ascending order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.buffers: list[Buffer] = []
        self.steps: list[Step] = []
        self.after: list[tuple[int, int]] = []
        self.inputs: tuple[int, ...] = ()
        self.glued: list[Glue] = []

    def _buffer(self, size: int) -> int:
        self.buffers.append(Buffer(f"b{len(self.buffers)}", size))
        return len(self.buffers) - 1

    def _step(self, first: bool, reads: tuple[int, ...], writes: tuple[int, ...], over: tuple[int, ...] = ()) -> None:
        number = len(self.steps)
        in_place = tuple((read, write) for read in over for write in writes)
        self.steps.append(Step(f"s{number}", reads, writes, (number,), in_place=in_place))
        if not first:
            self.after.append((number - 1, number))

    def resident(self, height: int, row_bytes: int) -> Rows:
        """An input that is there as a whole from the start."""
        rows = tuple(self._buffer(row_bytes) for _ in range(height))
        self.inputs += rows
        self.glued.append(Glue(tuple((row, place * row_bytes) for place, row in enumerate(rows))))
        return Rows(rows, row_bytes)

    def pushed(self, height: int, row_bytes: int) -> Rows:
        """An input that comes row by row."""
        rows = tuple(self._buffer(row_bytes) for _ in range(height))
        for place, row in enumerate(rows):
            self._step(not place, (), (row,))
        return Rows(rows, row_bytes)

    def conv(self, source: Rows, row_bytes: int, kernel: int = 3, stride: int = 1) -> Rows:
        """Row k reads the rows under the kernel that is centred at row k * stride."""
        made = []
        height = len(source.buffers)
        for place in range(-(-height // stride)):
            first = place * stride - (kernel - 1) // 2
            reads = tuple(source.buffers[row] for row in range(max(first, 0), min(first + kernel, height)))
            made.append(self._buffer(row_bytes))
            self._step(not place, reads, (made[-1],))
        return Rows(tuple(made), row_bytes)

    def add(self, one: Rows, other: Rows) -> Rows:
        """May write over either operand."""
        made = []
        for place, reads in enumerate(zip(one.buffers, other.buffers, strict=True)):
            made.append(self._buffer(one.row_bytes))
            self._step(not place, tuple(dict.fromkeys(reads)), (made[-1],), tuple(dict.fromkeys(reads)))
        return Rows(tuple(made), one.row_bytes)

    def mean(self, source: Rows, sums_bytes: int) -> Rows:
        """Sums in an accumulator that the first step writes, and one row of results."""
        sums = self._buffer(sums_bytes)
        for place, row in enumerate(source.buffers):
            self._step(not place, (row,) if not place else (sums, row), (sums,) if not place else ())
        made = self._buffer(max(sums_bytes // 4, 1))
        self._step(True, (sums,), (made,))
        return Rows((made,), max(sums_bytes // 4, 1))

    def graph(self, *outputs: Rows) -> Graph:
        kept = tuple(row for rows in outputs for row in rows.buffers)
        for rows in outputs:
            if len(rows.buffers) > 1:
                members = tuple((row, place * rows.row_bytes) for place, row in enumerate(rows.buffers))
                self.glued.append(Glue(members))
        return Graph(
            self.name,
            tuple(self.buffers),
            tuple(self.steps),
            self.inputs,
            kept,
            tuple(self.after),
            glued=tuple(self.glued),
        )


def residual_rows(height: int, row_bytes: int, *, blocks: int = 1, pushed: bool = True) -> Graph:
    """Convolutions of three rows, each added to its input, and the mean (4 bytes) of the last sum."""
    builder = RowBuilder(f"residual_{height}_{blocks}")
    rows = (builder.pushed if pushed else builder.resident)(height, row_bytes)
    for _ in range(blocks):
        rows = builder.add(builder.conv(rows, row_bytes), rows)
    return builder.graph(builder.mean(rows, 4))


def inverted_residual_rows(height: int, blocks: int, *, pushed: bool = False) -> Graph:
    """In the shape of MobileNetV2: expand, depthwise, project, add; every third block halves the height."""
    builder = RowBuilder(f"inverted_residual_{height}_{blocks}")
    rows = (builder.pushed if pushed else builder.resident)(height, height * 3)
    width, channels = height // 2, 8
    rows = builder.conv(rows, width * channels, stride=2)
    for number in range(blocks):
        stride = 2 if number % 3 == 0 and width > 4 else 1
        wide = builder.conv(rows, width * channels * 4, kernel=1)
        width = -(-width // stride)
        deep = builder.conv(wide, width * channels * 4, stride=stride)
        channels += 8 if stride == 2 else 0
        narrow = builder.conv(deep, width * channels, kernel=1)
        rows = builder.add(narrow, rows) if stride == 1 else narrow
    return builder.graph(builder.mean(rows, 4 * channels))


def encoder_decoder_rows(height: int, levels: int) -> Graph:
    """In the shape of a U-Net whose input stays: down by strides, up again by adding what came before the stride."""
    builder = RowBuilder(f"encoder_decoder_{height}_{levels}")
    rows = builder.resident(height, height * 3)
    sides = []
    for level in range(levels):
        rows = builder.conv(builder.conv(rows, (height >> level) * 8), (height >> level) * 8)
        sides.append(rows)
        rows = builder.conv(rows, (height >> level) * 4, stride=2)
    for side in reversed(sides):
        doubled = Rows(tuple(row for row in rows.buffers for _ in range(2)), rows.row_bytes)
        wide = builder.conv(doubled, side.row_bytes, kernel=1)
        rows = builder.conv(builder.add(wide, side), side.row_bytes)
    return builder.graph(rows)


def random_rows(rng: random.Random, operators: int, height: int) -> Graph:
    """Convolutions, additions and means of random sizes, with forks and joins; the last result is an output."""
    builder = RowBuilder("rows")
    source = (builder.resident if rng.random() < 0.5 else builder.pushed)(height, rng.randint(1, 9))
    made = [source]
    for _ in range(operators):
        one = rng.choice(made[-3:])
        alike = [rows for rows in made if len(rows.buffers) == len(one.buffers) and rows.row_bytes == one.row_bytes]
        if len(alike) > 1 and rng.random() < 0.5:
            made.append(builder.add(*rng.sample(alike, 2)))
        elif rng.random() < 0.15:
            made.append(builder.mean(one, rng.randint(1, 9)))
        else:
            size = one.row_bytes if rng.random() < 0.4 else rng.randint(1, 9)
            made.append(builder.conv(one, size, rng.choice((1, 2, 3)), rng.choice((1, 1, 2))))
    return builder.graph(made[-1])
