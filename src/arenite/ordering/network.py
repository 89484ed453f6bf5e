"""The ordering problem as lists: tasks, which are one or several steps in a fixed order, and what lives between them.

Unlike ``Precedence``, whose bit masks make searches fast, this form is linear in the size of the graph, and easy to cut
into parts and to rebuild with fewer tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from arenite.graph import Graph
from arenite.ordering.precedence import MaskedValue, Precedence, bits, mask_of

Ways = tuple[tuple[tuple[int, ...], int], ...]


@dataclass(frozen=True)
class Value:
    """One buffer (or several with the same life): written by the task ``producer`` (-1: there from the start), read by
    the tasks ``readers``; ``kept`` until the end."""

    producer: int
    readers: tuple[int, ...]
    bytes: int
    kept: bool


@dataclass(frozen=True)
class Network:
    """Per task: the ``steps`` that it runs, its ``predecessors`` (tasks; all have smaller numbers), and ``allocates``,
    the bytes that are live at its worst moment beyond those live before it.

    ``in_place``: per task pairs (others, bytes): it needs that many bytes less once the tasks ``others`` have run.
    ``first_bytes``: live during the first task only, whichever it is.
    """

    steps: tuple[tuple[int, ...], ...]
    predecessors: tuple[tuple[int, ...], ...]
    allocates: tuple[int, ...]
    in_place: tuple[Ways, ...]
    values: tuple[Value, ...]
    first_bytes: int = 0

    def order(self, tasks: Iterable[int]) -> tuple[int, ...]:
        """The steps of ``tasks``, one after the other."""
        return tuple(step for task in tasks for step in self.steps[task])

    def first_peak(self, task: int) -> int:
        """Bytes that are live while ``task`` runs as the first one."""
        before = sum(value.bytes for value in self.values if value.producer < 0 and (value.kept or value.readers))
        saved = max((size for others, size in self.in_place[task] if not others), default=0)
        return before + self.allocates[task] - saved + self.first_bytes


def network(graph: Graph) -> Network:
    """One task per step; buffers of 0 bytes and those that die where they are born are folded into the sums."""
    count = len(graph.steps)
    outputs, inputs = frozenset(graph.outputs), frozenset(graph.inputs)
    producer = [-1] * len(graph.buffers)
    readers: list[list[int]] = [[] for _ in graph.buffers]
    predecessors: list[set[int]] = [set() for _ in range(count)]
    for number, step in enumerate(graph.steps):
        for buffer in step.reads:
            readers[buffer].append(number)
            if producer[buffer] >= 0:
                predecessors[number].add(producer[buffer])
        for buffer in step.writes:
            producer[buffer] = number
    for first, second in graph.after:
        predecessors[second].add(first)

    merged: dict[tuple[int, tuple[int, ...], bool], int] = {}
    allocates = [0] * count
    first_bytes = 0
    for number, item in enumerate(graph.buffers):
        source, kept = producer[number], number in outputs
        if source >= 0:
            allocates[source] += item.bytes
        if not item.bytes:
            continue
        if not kept and not readers[number]:
            first_bytes += item.bytes if number in inputs else 0
            continue
        key = (source, () if kept else tuple(readers[number]), kept)
        merged[key] = merged.get(key, 0) + item.bytes
    in_place = tuple(
        tuple(
            (tuple(other for other in readers[read] if other != number), graph.buffers[written].bytes)
            for read, written in step.in_place
            if read not in outputs and graph.buffers[written].bytes
        )
        for number, step in enumerate(graph.steps)
    )
    return Network(
        tuple((number,) for number in range(count)),
        tuple(tuple(sorted(before)) for before in predecessors),
        tuple(allocates),
        in_place,
        tuple(Value(source, reading, size, kept) for (source, reading, kept), size in merged.items()),
        first_bytes,
    )


def precedence(graph: Graph) -> Precedence:
    """The steps of ``graph`` as bit masks; ``validate_graph`` holds for it."""
    return masked(network(graph))


def masked(tasks: Network) -> Precedence:
    """The same problem as bit masks."""
    count = len(tasks.steps)
    predecessors = [mask_of(before) for before in tasks.predecessors]
    following = [0] * count
    for number, before in enumerate(tasks.predecessors):
        for other in before:
            following[other] |= 1 << number
    leaves = [0] * count
    reads: list[list[int]] = [[] for _ in range(count)]
    writes: list[list[int]] = [[] for _ in range(count)]
    for number, value in enumerate(tasks.values):
        if value.producer >= 0:
            leaves[value.producer] += value.bytes
            writes[value.producer].append(number)
        # What is kept never dies: no task could be the last to read it.
        for reader in () if value.kept else value.readers:
            reads[reader].append(number)
    ancestors = [0] * count
    for number, before in enumerate(tasks.predecessors):
        for other in before:
            ancestors[number] |= ancestors[other] | 1 << other
    descendants = [0] * count
    for number in reversed(range(count)):
        for other in tasks.predecessors[number]:
            descendants[other] |= descendants[number] | 1 << number
    return Precedence(
        tuple(predecessors),
        tuple(following),
        tuple(ancestors),
        tuple(descendants),
        tasks.allocates,
        tuple(leaves),
        tuple(map(tuple, reads)),
        tuple(map(tuple, writes)),
        tuple(MaskedValue(v.producer, 0 if v.kept else mask_of(v.readers), v.bytes, v.kept) for v in tasks.values),
        tuple(tuple((mask_of(others), size) for others, size in ways) for ways in tasks.in_place),
        sum(value.bytes for value in tasks.values if value.producer < 0),
        tasks.first_bytes,
        (1 << count) - 1,
    )


def serial_parts(tasks: Network) -> list[Network]:
    """Cut ``tasks`` where every order has run the same ones. The orders of the parts, one after the other, are the
    orders of the whole."""
    return _slices(tasks, serial_cuts(tasks))


def serial_cuts(tasks: Network) -> list[int]:
    """How many tasks every order has run, the same in all, ascending from 0 on: before and behind each task that every
    other one has to precede or to follow."""
    count = len(tasks.steps)
    last_before = [max(before, default=-1) for before in tasks.predecessors]
    first_behind = [count] * count
    for number, before in enumerate(tasks.predecessors):
        for other in before:
            first_behind[other] = min(first_behind[other], number)
    # Task i precedes all behind it if each of them has a predecessor that is i or behind i; and the other way round.
    least = [count] * (count + 1)
    for number in reversed(range(count)):
        least[number] = min(least[number + 1], last_before[number])
    cuts = {0, count}
    most = -1
    for number in range(count):
        if least[number + 1] >= number and most <= number:
            cuts |= {number, number + 1}
        most = max(most, first_behind[number])
    return sorted(cuts)


def _slices(tasks: Network, cuts: Sequence[int]) -> list[Network]:
    """The parts between the numbers ``cuts``, each a problem of its own: what comes in is there from the start, what
    goes out is kept."""
    parts = len(cuts) - 1
    part_of = [part for part in range(parts) for _ in range(cuts[part], cuts[part + 1])]
    values: list[list[Value]] = [[] for _ in range(parts)]
    change = [0] * (parts + 1)
    for value in tasks.values:
        born = part_of[value.producer] if value.producer >= 0 else -1
        reading: dict[int, list[int]] = {}
        for reader in value.readers:
            reading.setdefault(part_of[reader], []).append(reader - cuts[part_of[reader]])
        last = parts - 1 if value.kept else max(reading)
        for part in {*reading, *([born] if born >= 0 else ())}:
            producer = value.producer - cuts[part] if part == born else -1
            kept = value.kept or part < last
            values[part].append(Value(producer, () if kept else tuple(reading.get(part, ())), value.bytes, kept))
        inside = sorted({born, *reading, last + 1})
        for low, high in pairwise(inside):
            change[low + 1] += value.bytes
            change[high] -= value.bytes
    result = []
    constant = 0
    for part in range(parts):
        constant += change[part]
        low, high = cuts[part], cuts[part + 1]
        if constant:
            values[part].append(Value(-1, (), constant, True))
        result.append(
            Network(
                tasks.steps[low:high],
                tuple([tuple([b - low for b in before if b >= low]) for before in tasks.predecessors[low:high]]),
                tasks.allocates[low:high],
                tuple([_ways_within(ways, low, high) if ways else () for ways in tasks.in_place[low:high]]),
                tuple(values[part]),
                tasks.first_bytes if not low else 0,
            )
        )
    return result


def _ways_within(ways: Ways, low: int, high: int) -> Ways:
    return tuple(
        (tuple(other - low for other in others if other >= low), size)
        for others, size in ways
        if all(other < high for other in others)
    )


def within(tasks: Network, index: Precedence, lower: int, upper: int) -> Network:
    """The tasks between the downsets ``lower`` and ``upper`` of ``tasks`` as a problem of its own, whose steps are
    numbers of ``tasks``; ``index``: ``masked(tasks)``. What no task in between reads or writes is left out."""
    inside = list(bits(upper & ~lower))
    local = {task: number for number, task in enumerate(inside)}
    values = []
    for number in sorted({number for task in inside for number in (*index.reads[task], *index.writes[task])}):
        value = index.values[number]
        kept = value.kept or bool(value.readers & ~upper)
        readers = () if kept else tuple(local[task] for task in bits(value.readers & ~lower))
        values.append(Value(local.get(value.producer, -1), readers, value.bytes, kept))
    return Network(
        tuple((task,) for task in inside),
        tuple(tuple(local[b] for b in tasks.predecessors[task] if b in local) for task in inside),
        tuple(tasks.allocates[task] for task in inside),
        tuple(
            tuple(
                (tuple(local[other] for other in others if other in local), size)
                for others, size in tasks.in_place[task]
                if all(upper >> other & 1 for other in others)
            )
            for task in inside
        ),
        tuple(values),
        tasks.first_bytes if not lower else 0,
    )


@dataclass(frozen=True)
class Group:
    """``tasks`` that run one directly behind the other as one new task; ``slot`` says where it stands among the others.

    ``allocates`` and ``in_place`` are those of the new task, the latter in terms of the old ones; ``behind``: an old
    task that must have run before, or -1.
    """

    slot: int
    tasks: tuple[int, ...]
    allocates: int
    in_place: Ways
    behind: int = -1


def regrouped(tasks: Network, groups: Iterable[Group]) -> Network:
    """``tasks`` with each group (all are disjoint) in place of its members. By ``slot``, or their number if in no
    group, all stand behind what they depend on."""
    chosen = list(groups)
    taken = {task for group in chosen for task in group.tasks}
    chosen += [
        Group(task, (task,), tasks.allocates[task], tasks.in_place[task])
        for task in range(len(tasks.steps))
        if task not in taken
    ]
    chosen.sort(key=lambda group: group.slot)
    place = [0] * len(tasks.steps)
    for number, group in enumerate(chosen):
        for task in group.tasks:
            place[task] = number
    predecessors = []
    in_place = []
    for number, group in enumerate(chosen):
        before = {place[other] for task in group.tasks for other in tasks.predecessors[task]}
        if group.behind >= 0:
            before.add(place[group.behind])
        predecessors.append(tuple(sorted(before - {number})))
        ways = (({place[other] for other in others}, size) for others, size in group.in_place)
        in_place.append(tuple((tuple(sorted(others - {number})), size) for others, size in ways))
    merged: dict[tuple[int, tuple[int, ...], bool], int] = {}
    for value in tasks.values:
        producer = place[value.producer] if value.producer >= 0 else -1
        readers = tuple(sorted({place[reader] for reader in value.readers} - {producer}))
        if readers or value.kept:
            merged[producer, readers, value.kept] = merged.get((producer, readers, value.kept), 0) + value.bytes
    return Network(
        tuple(tasks.order(group.tasks) for group in chosen),
        tuple(predecessors),
        tuple(group.allocates for group in chosen),
        tuple(in_place),
        tuple(Value(producer, readers, size, kept) for (producer, readers, kept), size in merged.items()),
        tasks.first_bytes,
    )
