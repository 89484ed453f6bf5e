"""A Graph as bit masks: what must run before what, and what is live after a set of executed steps.

A *downset* is a set of executed steps that holds every predecessor of its members, written as an integer whose bit v
stands for step v. ``Precedence.memory`` of a downset is what lies in the arena between two steps. It is submodular: a
buffer counts ``[producer executed] - [all readers executed]``, a modular minus a supermodular term. The searches in
``downset_search`` and the cuts in ``flow`` rest on that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from arenite.graph import Graph


def bits(mask: int) -> Iterator[int]:
    """The positions of the ones in ``mask``, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@dataclass(frozen=True)
class Value:
    """One buffer (or several with the same life): written by ``producer`` (-1 for an input), read by the steps of the
    mask ``readers``; ``kept`` until the end if it is an output of the graph."""

    producer: int
    readers: int
    bytes: int
    kept: bool


@dataclass(frozen=True)
class Precedence:
    """Per step: direct ``predecessors`` and ``following`` steps, ``ancestors`` and ``descendants`` (all four are masks
    without the step itself); ``allocates``, the bytes that it writes; ``leaves``, those among them that are live when
    it is done; ``reads`` and ``writes``, the indices of values that it may be the last to read, and that it writes.

    ``in_place``: per step pairs (mask, bytes): that many of the bytes it writes can lie over an operand, once the steps
    of the mask, the operand's other readers, have run.

    ``initial_bytes`` are the inputs that are live before the first step; ``first_bytes`` are inputs that nobody reads:
    they are live during the first step only, whichever it is. ``steps`` is the mask of all steps.
    """

    predecessors: tuple[int, ...]
    following: tuple[int, ...]
    ancestors: tuple[int, ...]
    descendants: tuple[int, ...]
    allocates: tuple[int, ...]
    leaves: tuple[int, ...]
    reads: tuple[tuple[int, ...], ...]
    writes: tuple[tuple[int, ...], ...]
    values: tuple[Value, ...]
    in_place: tuple[tuple[tuple[int, int], ...], ...]
    initial_bytes: int
    first_bytes: int
    steps: int

    def memory(self, downset: int) -> int:
        """Bytes that are live after the steps of ``downset`` have run and before another one does."""
        total = 0
        for value in self.values:
            executed = value.producer < 0 or downset >> value.producer & 1
            if executed and (value.kept or value.readers & ~downset):
                total += value.bytes
        return total

    def transient(self, downset: int, step: int) -> int:
        """Bytes that are live while ``step`` runs after ``downset``."""
        extra = 0 if downset else self.first_bytes
        return self.memory(downset) + self.allocated(downset, step) + extra

    def allocated(self, downset: int, step: int) -> int:
        """Bytes that ``step`` adds while it runs after ``downset``: what it writes, less what can be in place.

        More steps in the downset never make it more.
        """
        saved = 0
        for others, size in self.in_place[step]:
            if size > saved and not others & ~downset:
                saved = size
        return self.allocates[step] - saved

    def freed(self, downset: int, step: int) -> int:
        """Bytes of what nobody needs any more once ``step`` has run after ``downset``."""
        waiting = ~(downset | 1 << step)
        total = 0
        for read in self.reads[step]:
            value = self.values[read]
            if not value.readers & waiting:
                total += value.bytes
        return total

    def ready(self, downset: int, within: int) -> int:
        """Mask of the steps of ``within`` that may run next after ``downset``."""
        mask = 0
        for step in bits(within & ~downset):
            if not self.predecessors[step] & ~downset:
                mask |= 1 << step
        return mask

    def released(self, downset: int, step: int) -> int:
        """Mask of the steps that ``step``, the latest of ``downset``, has made ready."""
        mask = 0
        for behind in bits(self.following[step]):
            if not self.predecessors[behind] & ~downset:
                mask |= 1 << behind
        return mask


def precedence(graph: Graph) -> Precedence:
    """Index ``graph``; buffers of 0 bytes and buffers that die where they are born are folded into the sums."""
    count = len(graph.steps)
    outputs = frozenset(graph.outputs)
    inputs = frozenset(graph.inputs)
    producer = {buffer: step for step in range(count) for buffer in graph.steps[step].writes}
    readers = [0] * len(graph.buffers)
    for index, step in enumerate(graph.steps):
        for buffer in step.reads:
            readers[buffer] |= 1 << index

    predecessors = [0] * count
    for index, step in enumerate(graph.steps):
        for buffer in step.reads:
            if buffer in producer:
                predecessors[index] |= 1 << producer[buffer]
    for first, second in graph.after:
        predecessors[second] |= 1 << first
    following = [0] * count
    for index in range(count):
        for before in bits(predecessors[index]):
            following[before] |= 1 << index

    merged: dict[tuple[int, int, bool], int] = {}
    allocates = [0] * count
    leaves = [0] * count
    first_bytes = 0
    for index, buffer_ in enumerate(graph.buffers):
        source = producer.get(index, -1)
        kept = index in outputs
        if source >= 0:
            allocates[source] += buffer_.bytes
        if not buffer_.bytes:
            continue
        if not kept and not readers[index]:
            first_bytes += buffer_.bytes if index in inputs else 0
            continue
        if source >= 0:
            leaves[source] += buffer_.bytes
        key = (source, 0 if kept else readers[index], kept)
        merged[key] = merged.get(key, 0) + buffer_.bytes

    values = tuple(Value(source, mask, size, kept) for (source, mask, kept), size in merged.items())
    reads: list[list[int]] = [[] for _ in range(count)]
    writes: list[list[int]] = [[] for _ in range(count)]
    for index, value in enumerate(values):
        if value.producer >= 0:
            writes[value.producer].append(index)
        for step_ in bits(value.readers):
            reads[step_].append(index)

    in_place = tuple(
        tuple(
            (readers[read] & ~(1 << index), graph.buffers[written].bytes)
            for read, written in step.in_place
            if read not in outputs and graph.buffers[written].bytes
        )
        for index, step in enumerate(graph.steps)
    )
    ancestors = [0] * count
    for index in range(count):
        for before in bits(predecessors[index]):
            ancestors[index] |= ancestors[before] | 1 << before
    descendants = [0] * count
    for index in reversed(range(count)):
        for behind in bits(following[index]):
            descendants[index] |= descendants[behind] | 1 << behind
    return Precedence(
        tuple(predecessors),
        tuple(following),
        tuple(ancestors),
        tuple(descendants),
        tuple(allocates),
        tuple(leaves),
        tuple(map(tuple, reads)),
        tuple(map(tuple, writes)),
        values,
        in_place,
        sum(value.bytes for value in values if value.producer < 0),
        first_bytes,
        (1 << count) - 1,
    )
