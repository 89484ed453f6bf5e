"""Order and offsets searched together: is there any order whose buffers fit into a given arena?

For packing, an order is no more than its set of conflicts: which buffers live at the same time. After the same set of
executed steps the same buffers are live, so what comes is the same for two orders that got there; if one has only
conflicts that the other has too, it is at least as good. So a state is (downset, conflicts so far), and a failed state
rules out every other of its downset with a superset of its conflicts. A prefix fails early when the buffers that it has
written cannot be packed, or when every way on has a step that needs more live bytes than the arena has.

What is written in place is a choice of its own at each step: one conflict less, and two offsets that must be equal.
Such an equation counts like a conflict when states are compared: more of them never help.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from arenite.allocate import pack_within
from arenite.graph import Block, Graph, Problem
from arenite.ordering.network import precedence
from arenite.ordering.precedence import Precedence, bits
from arenite.packing.bounds import lower_bound
from arenite.packing.first_fit import Offsets, best_of_orders
from arenite.packing.in_place import merge
from arenite.packing.items import prepare
from arenite.packing.skyline import OutOfTime
from arenite.packing.stacking import stack_height

DEEPEST = 250
"""Steps beyond which the search, which recurses per step, is not tried."""
MAX_NODES = 200_000


@dataclass(frozen=True)
class JointLayout:
    """An execution order and an offset in bytes for each buffer of the graph."""

    order: tuple[int, ...]
    offsets: Offsets


@dataclass(frozen=True)
class _Prefix:
    """``last[b]`` is the last position where b is known to live. ``conflicts`` has bit ``b * buffers + c`` with b < c
    where the two must not share bytes, and bit ``c * buffers + b`` where one lies over the other; ``in_place`` has
    these pairs as (source, result)."""

    downset: int
    order: tuple[int, ...]
    live: tuple[int, ...]
    first: dict[int, int]
    last: dict[int, int]
    conflicts: int
    offsets: dict[int, int]
    in_place: tuple[tuple[int, int], ...] = ()


def fit_any_order(graph: Graph, capacity: int, *, deadline: float, nodes: int = MAX_NODES) -> JointLayout | None:
    """An order and layout of ``graph`` in at most ``capacity`` bytes, or None if there is none.

    Raises OutOfTime at ``deadline`` (time.monotonic), after ``nodes`` states, or for a graph too deep to recurse.
    """
    if len(graph.steps) > DEEPEST:
        raise OutOfTime
    return _Joint(graph, capacity, deadline, nodes).run()


@dataclass
class _Joint:
    graph: Graph
    capacity: int
    deadline: float
    nodes: int
    dead: dict[int, list[int]] = field(default_factory=dict)
    live: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    passable: dict[int, bool] = field(default_factory=dict)
    index: Precedence = field(init=False)
    readers: list[int] = field(init=False)
    producer: list[int] = field(init=False)
    written: list[list[tuple[int, int]]] = field(init=False)

    def __post_init__(self) -> None:
        self.index = precedence(self.graph)
        buffers = self.graph.buffers
        self.readers = [0] * len(buffers)
        self.producer = [-1] * len(buffers)
        for number, step in enumerate(self.graph.steps):
            for buffer in step.reads:
                self.readers[buffer] |= 1 << number
            for buffer in step.writes:
                self.producer[buffer] = number
        self.written = [
            [(buffers[b].bytes, buffers[b].alignment) for b in step.writes if buffers[b].bytes]
            for step in self.graph.steps
        ]

    def run(self) -> JointLayout | None:
        start = _Prefix(0, (), (), {}, {}, 0, {})
        inputs = self._packed(self._born(start, self.graph.inputs, 0))
        if inputs is None:
            return None
        ready = self.index.ready(0, self.index.steps)
        return self._descend(inputs, ready) if self._passable(0, ready) else None

    def _descend(self, prefix: _Prefix, ready: int) -> JointLayout | None:
        """A completion of ``prefix``, or None if there is none."""
        if not ready:
            return JointLayout(prefix.order, tuple(prefix.offsets.get(b, 0) for b in range(len(self.graph.buffers))))
        failed = self.dead.setdefault(prefix.downset, [])
        if any(not conflicts & ~prefix.conflicts for conflicts in failed):
            return None
        self._tick()
        for step in self._branches(prefix.downset, ready):
            following = prefix.downset | 1 << step
            opened = ready & ~(1 << step) | self.index.released(following, step)
            if self._column(prefix.downset, step) > self.capacity or not self._passable(following, opened):
                continue
            for pair in (*self._in_place(following, step), None):
                packed = self._packed(self._execute(prefix, step, pair))
                found = self._descend(packed, opened) if packed is not None else None
                if found is not None:
                    return found
        failed[:] = [other for other in failed if prefix.conflicts & ~other] + [prefix.conflicts]
        return None

    def _tick(self) -> None:
        self.nodes -= 1
        if self.nodes < 0 or (self.nodes % 16 == 0 and time.monotonic() > self.deadline):
            raise OutOfTime

    def _branches(self, downset: int, ready: int) -> list[int]:
        """The steps to try next. One that writes nothing only ends lives: it cannot come too early."""
        steps = sorted(bits(ready), key=lambda step: (self._growth(downset, step), step))
        return [step for step in steps if not self.index.allocates[step]][:1] or steps

    def _passable(self, downset: int, ready: int) -> bool:
        """Whether some order of the steps behind ``downset`` never has more alive than fits, wherever that lies."""
        if downset not in self.passable:
            self._tick()
            self.passable[downset] = not ready
            for step in self._branches(downset, ready):
                following = downset | 1 << step
                opened = ready & ~(1 << step) | self.index.released(following, step)
                if self._column(downset, step) <= self.capacity and self._passable(following, opened):
                    self.passable[downset] = True
                    break
        return self.passable[downset]

    def _column(self, downset: int, step: int) -> int:
        """Bytes that all that lives while ``step`` runs after ``downset`` needs on its own."""
        if downset not in self.live:
            self.live[downset] = [
                (buffer.bytes, buffer.alignment)
                for number, buffer in enumerate(self.graph.buffers)
                if buffer.bytes and self._lives(number, downset)
            ]
        pairs = self._in_place(downset | 1 << step, step)
        if not pairs:
            return stack_height(self.live[downset] + self.written[step], self.capacity)
        buffers = self.graph.buffers
        # Which result is covered matters: a smaller one with a coarser alignment may be the dearer one.
        return min(
            stack_height(
                self.live[downset]
                + [(buffers[b].bytes, buffers[b].alignment) for b in self.graph.steps[step].writes if b != covered],
                self.capacity,
            )
            for covered in sorted({result for _, result in pairs})
        )

    def _in_place(self, following: int, step: int) -> list[tuple[int, int]]:
        """Pairs of ``step`` of which one may be made use of, given the downset behind it."""
        return [
            (source, result)
            for source, result in self.graph.steps[step].in_place
            if self.graph.buffers[result].bytes and not self._lives(source, following)
        ]

    def _lives(self, buffer: int, downset: int) -> bool:
        """Whether ``buffer`` is live behind ``downset`` (an input that nobody reads: before the first step)."""
        producer = self.producer[buffer]
        if producer >= 0 and not downset >> producer & 1:
            return False
        unread = not self.readers[buffer] and producer < 0 and not downset
        return unread or buffer in self.graph.outputs or bool(self.readers[buffer] & ~downset)

    def _growth(self, downset: int, step: int) -> int:
        return self.index.leaves[step] - self.index.freed(downset, step)

    def _execute(self, prefix: _Prefix, step: int, pair: tuple[int, int] | None) -> _Prefix:
        born = self._born(prefix, self.graph.steps[step].writes, len(prefix.order), pair)
        downset = prefix.downset | 1 << step
        live = tuple(buffer for buffer in born.live if self._lives(buffer, downset))
        return replace(born, downset=downset, order=(*prefix.order, step), live=live)

    def _born(
        self, prefix: _Prefix, buffers: tuple[int, ...], position: int, pair: tuple[int, int] | None = None
    ) -> _Prefix:
        count = len(self.graph.buffers)
        born = [buffer for buffer in buffers if self.graph.buffers[buffer].bytes]
        live = [*prefix.live, *born]
        conflicts = prefix.conflicts
        for buffer in born:
            for other in live:
                low, high = min(buffer, other), max(buffer, other)
                if pair is not None and {low, high} == set(pair):
                    conflicts |= 1 << (high * count + low)
                elif other != buffer:
                    conflicts |= 1 << (low * count + high)
        first = {**prefix.first, **dict.fromkeys(born, position)}
        last = {**prefix.last, **dict.fromkeys(live, position)}
        in_place = prefix.in_place if pair is None else (*prefix.in_place, pair)
        return replace(prefix, live=tuple(live), first=first, last=last, conflicts=conflicts, in_place=in_place)

    def _packed(self, prefix: _Prefix) -> _Prefix | None:
        """``prefix`` with offsets for all buffers that it has written, or None if they do not fit."""
        offsets = self._extended(prefix) or self._repacked(prefix)
        if offsets is None:
            return None
        return replace(prefix, offsets=offsets)

    def _extended(self, prefix: _Prefix) -> dict[int, int] | None:
        """The offsets of the prefix before, and for what is new its operand's place or the lowest free one."""
        buffers = self.graph.buffers
        count = len(buffers)
        offsets = dict(prefix.offsets)
        source_of = {result: source for source, result in prefix.in_place}
        for buffer in sorted(prefix.first, key=lambda buffer: buffer not in source_of):
            if buffer in offsets:
                continue
            if buffer in source_of:
                offsets[buffer] = offsets[source_of[buffer]]
                if offsets[buffer] % buffers[buffer].alignment:
                    return None
                continue
            size, step = buffers[buffer].bytes, buffers[buffer].alignment
            offset = 0
            for low, high in sorted(
                (offsets[other], offsets[other] + buffers[other].bytes)
                for other in offsets
                if prefix.conflicts >> (min(buffer, other) * count + max(buffer, other)) & 1
            ):
                if offset + size <= low:
                    break
                offset = max(offset, -(-high // step) * step)
            if offset + size > self.capacity:
                return None
            offsets[buffer] = offset
        return offsets

    def _repacked(self, prefix: _Prefix) -> dict[int, int] | None:
        born = list(prefix.first)
        blocks = tuple(
            Block(buffer.name, buffer.bytes, prefix.first[number], prefix.last[number], buffer.alignment)
            for number, buffer in ((number, self.graph.buffers[number]) for number in born)
        )
        place = {number: block for block, number in enumerate(born)}
        pairs = [(place[source], place[result]) for source, result in prefix.in_place]
        merged = merge(Problem(blocks, alignment=1), pairs)
        packing = prepare(merged.problem)
        if lower_bound(packing) > self.capacity:
            return None
        offsets: Offsets | None = best_of_orders(packing, self.capacity, lambda: time.monotonic() > self.deadline)
        if offsets is not None and packing.arena_bytes(offsets) > self.capacity:
            offsets = pack_within(packing, self.capacity, deadline=self.deadline)
        return None if offsets is None else dict(zip(born, merged.offsets(offsets), strict=True))
