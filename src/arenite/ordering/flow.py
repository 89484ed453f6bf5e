"""Least memory between two downsets, as one minimum cut.

Because live memory is submodular over downsets, the downset with the fewest live bytes under "these steps have run,
those have not" is the source side of a minimum s-t cut: a node per free step; a value is an arc from its producer to
its reader with its bytes as capacity (through an auxiliary node if it has several readers, so that it counts once);
an arc of infinite capacity from each step to its predecessors makes the source side a downset.
"""

from __future__ import annotations

from arenite.ordering.precedence import Precedence, bits

SOURCE = 0
SINK = 1
INFINITE = 1 << 62


class FlowNetwork:
    """Maximum flow by Dinic's algorithm (1970): breadth-first levels, then depth-first augmentation along them.

    Arc ``a`` leads to ``head[a]`` with residual capacity ``capacity[a]``; its reverse arc is ``a ^ 1``.
    """

    def __init__(self) -> None:
        self.arcs: list[list[int]] = [[], []]
        self.head: list[int] = []
        self.capacity: list[int] = []

    def node(self) -> int:
        self.arcs.append([])
        return len(self.arcs) - 1

    def arc(self, tail: int, head: int, capacity: int) -> None:
        self.arcs[tail].append(len(self.head))
        self.head.append(head)
        self.capacity.append(capacity)
        self.arcs[head].append(len(self.head))
        self.head.append(tail)
        self.capacity.append(0)

    def maximise(self) -> int:
        """Push as much flow as fits from source to sink and return it."""
        total = 0
        while True:
            level = self._levels()
            if level[SINK] < 0:
                return total
            position = [0] * len(self.arcs)
            pushed = self._augment(level, position)
            while pushed:
                total += pushed
                pushed = self._augment(level, position)

    def _levels(self) -> list[int]:
        level = [-1] * len(self.arcs)
        level[SOURCE] = 0
        queue = [SOURCE]
        for node in queue:
            for arc in self.arcs[node]:
                head = self.head[arc]
                if self.capacity[arc] and level[head] < 0:
                    level[head] = level[node] + 1
                    queue.append(head)
        return level

    def _augment(self, level: list[int], position: list[int]) -> int:
        path: list[int] = []
        node = SOURCE
        while node != SINK:
            arcs = self.arcs[node]
            while position[node] < len(arcs):
                arc = arcs[position[node]]
                if self.capacity[arc] and level[self.head[arc]] == level[node] + 1:
                    break
                position[node] += 1
            else:
                if not path:
                    return 0
                node = self.head[path.pop() ^ 1]
                position[node] += 1
                continue
            path.append(arc)
            node = self.head[arc]
        pushed = min(self.capacity[arc] for arc in path)
        for arc in path:
            self.capacity[arc] -= pushed
            self.capacity[arc ^ 1] += pushed
        return pushed

    def source_side(self) -> list[bool]:
        """Nodes of the smallest minimum cut's source side; call after ``maximise``."""
        return [level >= 0 for level in self._levels()]

    def source_side_largest(self) -> list[bool]:
        """Nodes of the largest minimum cut's source side: all that cannot reach the sink any more."""
        reaches = [False] * len(self.arcs)
        reaches[SINK] = True
        queue = [SINK]
        for node in queue:
            for arc in self.arcs[node]:
                tail = self.head[arc]
                if self.capacity[arc ^ 1] and not reaches[tail]:
                    reaches[tail] = True
                    queue.append(tail)
        return [not reached for reached in reaches]


def least_downset(index: Precedence, required: int, allowed: int, *, largest: bool = False) -> int:
    """The downset D with ``required <= D <= allowed`` (both downsets) that has the least live memory.

    Of several, the one with the fewest steps, or with the most if ``largest``.
    """
    free = allowed & ~required
    if not free:
        return required
    network = FlowNetwork()
    node = {step: network.node() for step in bits(free)}
    touched = sorted({value for step in node for value in (*index.reads[step], *index.writes[step])})
    for number in touched:
        value = index.values[number]
        executed = value.producer < 0 or required >> value.producer & 1
        tail = SOURCE if executed else node[value.producer]
        if value.kept or value.readers & ~allowed:
            if not executed:
                network.arc(tail, SINK, value.bytes)
            continue
        heads = [node[reader] for reader in bits(value.readers & free)]
        if len(heads) > 1:
            together = network.node()
            network.arc(tail, together, value.bytes)
            for head in heads:
                network.arc(together, head, INFINITE)
        elif heads:
            network.arc(tail, heads[0], value.bytes)
    for step in node:
        for before in bits(index.predecessors[step] & free):
            network.arc(node[step], node[before], INFINITE)
    network.maximise()
    side = network.source_side_largest() if largest else network.source_side()
    return required | sum(1 << step for step in node if side[node[step]])


def least_before(index: Precedence, step: int, lower: int, upper: int, *, largest: bool = False) -> int:
    """The downset between ``lower`` and ``upper`` with the least live memory after which ``step`` can run next."""
    required = lower | index.ancestors[step]
    allowed = upper & ~(index.descendants[step] | 1 << step)
    return least_downset(index, required, allowed, largest=largest)


def least_transient(index: Precedence, step: int, lower: int, upper: int, *, largest: bool = False) -> tuple[int, int]:
    """The fewest bytes that can be live while ``step`` runs between the two downsets, and one after which they are.

    One more cut for each way of writing in place that other readers of the operand could prevent: with these in the
    past the memory between steps may be more, and the step adds less.
    """
    lowest = before = least_before(index, step, lower, upper, largest=largest)
    least = index.memory(before) + index.allocated(before, step)
    barred = index.descendants[step] | ~upper
    for others, _ in index.in_place[step]:
        if others & barred or not others & ~lowest:
            continue
        required = lower | index.ancestors[step]
        for other in bits(others):
            required |= index.ancestors[other] | 1 << other
        downset = least_downset(index, required, upper & ~(index.descendants[step] | 1 << step), largest=largest)
        transient = index.memory(downset) + index.allocated(downset, step)
        if transient < least:
            least, before = transient, downset
    return least, before


def step_bound(index: Precedence, step: int) -> int:
    """Bytes that are live while ``step`` runs, whatever the order: a lower bound of every schedule's peak."""
    return least_transient(index, step, 0, index.steps)[0]
