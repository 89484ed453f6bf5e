"""Answers by enumeration, written apart from the solvers and sharing no code with them. Slow, small and plain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from arenite.graph import Block, Graph, Problem


def topological_orders(graph: Graph) -> Iterator[tuple[int, ...]]:
    """Every order of the steps that respects buffers and ``after``."""
    needs: list[set[int]] = [set() for _ in graph.steps]
    for reader, step in enumerate(graph.steps):
        for writer, other in enumerate(graph.steps):
            if set(step.reads) & set(other.writes):
                needs[reader].add(writer)
    for first, second in graph.after:
        needs[second].add(first)

    def extend(order: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(order) == len(graph.steps):
            yield order
        for step in range(len(graph.steps)):
            if step not in order and needs[step] <= set(order):
                yield from extend((*order, step))

    yield from extend(())


def live_sets(graph: Graph, order: tuple[int, ...]) -> list[set[int]]:
    """The buffers that hold their bytes during each step of ``order`` (one set for a graph without steps)."""
    length = max(len(order), 1)
    sets: list[set[int]] = [set() for _ in range(length)]
    for buffer in range(len(graph.buffers)):
        moments = [
            position
            for position, step in enumerate(order)
            if buffer in graph.steps[step].reads + graph.steps[step].writes
        ]
        if buffer in graph.inputs:
            moments.append(0)
        if buffer in graph.outputs:
            moments.append(length - 1)
        for position in range(min(moments), max(moments) + 1):
            sets[position].add(buffer)
    return sets


def written_in_place(graph: Graph, order: tuple[int, ...]) -> list[list[tuple[int, int]]]:
    """For each step of ``order`` the pairs (read, written) of which it may make use of one."""
    together = live_sets(graph, order)
    return [
        [
            (read, written)
            for read, written in graph.steps[step].in_place
            if read not in graph.outputs and not any(read in later for later in together[position + 1 :])
        ]
        for position, step in enumerate(order)
    ]


def peak(graph: Graph, order: tuple[int, ...]) -> int:
    pairs = [*written_in_place(graph, order), []]
    return max(
        sum(graph.buffers[buffer].bytes for buffer in live)
        - max((graph.buffers[written].bytes for _, written in pairs[position]), default=0)
        for position, live in enumerate(live_sets(graph, order))
    )


def least_peak(graph: Graph) -> int:
    """The smallest peak over all topological orders, one after the other."""
    return min(peak(graph, order) for order in topological_orders(graph))


def least_arena(problem: Problem) -> int | None:
    """The smallest arena of ``problem`` by trying every offset of every block; None if no layout exists at all."""
    blocks = problem.blocks
    conflicts = {
        (first, second)
        for first, second in combinations(range(len(blocks)), 2)
        if blocks[first].first_step <= blocks[second].last_step
        and blocks[second].first_step <= blocks[first].last_step
        and (first, second) not in problem.overlaps
    }
    if problem.in_place:
        return _least_arena_in_place(problem, conflicts)
    if not solvable(problem, conflicts):
        return None
    capacity = 0
    if not problem.overlaps:
        for step in {block.first_step for block in blocks}:
            live = sum(block.bytes for block in blocks if block.first_step <= step <= block.last_step)
            while capacity < live:
                capacity += problem.alignment
    while not fits(problem, conflicts, capacity):
        capacity += problem.alignment
    return capacity


def _least_arena_in_place(problem: Problem, conflicts: set[tuple[int, int]]) -> int:
    """As ``least_arena``: every choice of at most one pair per step, whose blocks then begin at one offset."""
    options: dict[int, list[tuple[int, int] | None]] = {}
    for source, result in problem.in_place:
        options.setdefault(problem.blocks[result].first_step, [None]).append((source, result))
    capacity = 0
    while True:
        for choice in product(*options.values()):
            same = [pair for pair in choice if pair is not None]
            left = conflicts - {(min(pair), max(pair)) for pair in same}
            if fits(problem, left, capacity, same=same):
                return capacity
        capacity += problem.alignment


def solvable(problem: Problem, conflicts: set[tuple[int, int]]) -> bool:
    """Whether each glued group fits together and all that is pinned does; what is free can go on top of everything."""
    every_distance = [abs(distance) for group in problem.glued for _, distance in group.members]
    roomy = 1000 + sum(every_distance)
    pinned = {number for number, block in enumerate(problem.blocks) if block.pinned is not None}
    held = set(pinned)
    for group in problem.glued:
        members = {block for block, _ in group.members}
        if members & pinned:
            held |= members
        elif not fits(problem, conflicts, roomy, only=members):
            return False
    return fits(problem, conflicts, roomy, only=held)


def fits(
    problem: Problem,
    conflicts: set[tuple[int, int]],
    capacity: int,
    only: set[int] | None = None,
    same: Sequence[tuple[int, int]] = (),
) -> bool:
    """Whether all blocks, or ``only`` these, find offsets in ``capacity`` bytes; ``conflicts`` share none. Both blocks
    of each pair in ``same`` get one offset."""
    blocks = problem.blocks
    groups = [list(group.members) for group in problem.glued]
    glued = {block for group in groups for block, _ in group}
    groups += [[(block, 0)] for block in range(len(blocks)) if block not in glued]
    if only is not None:
        groups = [group for group in groups if {block for block, _ in group} <= only]
    groups.sort(key=lambda group: -sum(blocks[block].bytes for block, _ in group))
    offsets: dict[int, int] = {}

    def allowed(block: int, offset: int) -> bool:
        if offset < 0 or offset + blocks[block].bytes > capacity or offset % blocks[block].alignment:
            return False
        if blocks[block].pinned not in (None, offset):
            return False
        if any(offsets.get(pair[1 - pair.index(block)], offset) != offset for pair in same if block in pair):
            return False
        for other, start in offsets.items():
            apart = offset + blocks[block].bytes <= start or start + blocks[other].bytes <= offset
            empty = not blocks[block].bytes or not blocks[other].bytes
            if not apart and not empty and (min(block, other), max(block, other)) in conflicts:
                return False
        return True

    def extend(rest: list[list[tuple[int, int]]]) -> bool:
        if not rest:
            return True
        group = rest[0]
        anchor = group[0][1]
        for start in range(capacity + 1):
            placed = []
            for block, distance in group:
                offset = start + distance - anchor
                if not allowed(block, offset):
                    break
                offsets[block] = offset
                placed.append(block)
            if len(placed) == len(group) and extend(rest[1:]):
                return True
            for block in placed:
                del offsets[block]
        return False

    return extend(groups)


def least_joint_arena(graph: Graph, alignment: int) -> int:
    """The smallest arena over all topological orders and all layouts."""
    orders: dict[tuple[frozenset[tuple[int, int]], tuple[tuple[int, int], ...]], int] = {}
    for order in topological_orders(graph):
        together = live_sets(graph, order)
        pairs = frozenset(pair for live in together for pair in combinations(sorted(live), 2))
        for choice in product(*([None, *pairs_of] for pairs_of in written_in_place(graph, order))):
            same = tuple(sorted(pair for pair in choice if pair is not None))
            left = pairs - {(min(pair), max(pair)) for pair in same}
            orders[left, same] = peak(graph, order)
    problem = Problem(blocks=_timeless(graph), alignment=alignment)
    capacity = 0
    while True:
        for (left, same), needed in orders.items():
            if needed <= capacity and fits(problem, set(left), capacity, same=same):
                return capacity
        capacity += alignment


def _timeless(graph: Graph) -> tuple[Block, ...]:
    return tuple(Block(buffer.name, buffer.bytes, 0, 0, buffer.alignment) for buffer in graph.buffers)


def least_arena_by_states(graph: Graph, alignment: int, orders: str = "all") -> int:
    """Like ``least_joint_arena``, by walking through all states (executed steps, where each live buffer lies).

    Reaches 12 steps, for it forgets what is dead. With ``orders`` = "source" only the source order counts.
    """
    capacity = 0
    while not _completes(graph, capacity, orders == "source"):
        capacity += alignment
    return capacity


def _completes(graph: Graph, capacity: int, source_only: bool) -> bool:
    needs: list[set[int]] = [set() for _ in graph.steps]
    for reader, step in enumerate(graph.steps):
        for writer, other in enumerate(graph.steps):
            if set(step.reads) & set(other.writes) or (writer, reader) in graph.after:
                needs[reader].add(writer)
    Layout = frozenset[tuple[int, int]]
    everything = frozenset(range(len(graph.steps)))

    def placements(layout: Layout, new: tuple[int, ...], over: Sequence[tuple[int, int]] = ()) -> Iterator[Layout]:
        """Everywhere among ``layout``, and over the source of one of the pairs ``over``."""
        if not new:
            yield layout
            return
        buffer = graph.buffers[new[0]]
        at = dict(layout)
        for source, result in over:
            if result == new[0] and at[source] % buffer.alignment == 0:
                yield from placements(layout | {(result, at[source])}, new[1:])
        for offset in range(0, capacity - buffer.bytes + 1, buffer.alignment):
            if all(
                offset + buffer.bytes <= start or start + graph.buffers[other].bytes <= offset
                for other, start in layout
                if buffer.bytes and graph.buffers[other].bytes
            ):
                yield from placements(layout | {(new[0], offset)}, new[1:], over)

    pending = [(frozenset[int](), layout) for layout in placements(frozenset(), graph.inputs)]
    seen = set(pending)
    while pending:
        done, layout = pending.pop()
        if done == everything:
            return True
        ready = [step for step in everything - done if needs[step] <= done]
        for step in ready if not source_only else [len(done)]:
            after = done | {step}
            needed = {buffer for other in everything - after for buffer in graph.steps[other].reads}
            dead = {read for read in graph.steps[step].reads if read not in needed and read not in graph.outputs}
            over = [pair for pair in graph.steps[step].in_place if pair[0] in dead]
            for grown in placements(layout, graph.steps[step].writes, over):
                state = after, frozenset(pair for pair in grown if pair[0] in needed or pair[0] in graph.outputs)
                if state not in seen:
                    seen.add(state)
                    pending.append(state)
    return False
