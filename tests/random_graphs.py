"""Seeded random graphs of a given depth, for what Hypothesis would have to filter too hard."""

from __future__ import annotations

import random

from arenite.graph import Buffer, Graph, Step


def chain(steps: int) -> Graph:
    """Step i reads buffer i and writes buffer i + 1; sizes go up and down."""
    buffers = tuple(Buffer(f"b{i}", 100 + 37 * i % 91) for i in range(steps + 1))
    return Graph("chain", buffers, tuple(Step(f"s{i}", (i,), (i + 1,), (i,)) for i in range(steps)), (0,), (steps,))


def deep_graph(
    rng: random.Random,
    steps: int,
    *,
    orders: int | None,
    reach: int = 3,
    largest: int = 5,
    alignments: tuple[int, ...] = (1, 1, 2),
) -> Graph:
    """A graph of exactly ``steps`` steps, each reading one to three of the ``reach`` latest buffers; drawn again until
    it has between 20 and ``orders`` topological orders, so that brute force ends."""
    while True:
        buffers = [Buffer("in", rng.randint(1, largest), rng.choice(alignments))]
        rows = []
        for number in range(steps):
            latest = range(max(0, len(buffers) - reach), len(buffers))
            reads = rng.sample(latest, min(len(latest), rng.choice((1, 1, 2, 2, 3))))
            writes = list(range(len(buffers), len(buffers) + rng.choice((1, 1, 1, 2))))
            buffers += [Buffer(f"b{write}", rng.randint(1, largest), rng.choice(alignments)) for write in writes]
            rows.append(Step(f"s{number}", tuple(reads), tuple(writes), (number,)))
        graph = Graph("deep", tuple(buffers), tuple(rows), (0,), (len(buffers) - 1,))
        if orders is None or 20 <= count_orders(graph, orders + 1) <= orders:
            return graph


def count_orders(graph: Graph, limit: int) -> int:
    """Topological orders of ``graph``, counted over the sets of executed steps, and ``limit`` if there are as many."""
    needs = [
        frozenset(writer for writer, other in enumerate(graph.steps) if set(step.reads) & set(other.writes))
        for step in graph.steps
    ]
    ways = {frozenset[int](): 1}
    for _ in graph.steps:
        following: dict[frozenset[int], int] = {}
        for done, count in ways.items():
            for step, need in enumerate(needs):
                if step not in done and need <= done:
                    grown = done | {step}
                    following[grown] = min(limit, following.get(grown, 0) + count)
        ways = following
    return sum(ways.values())


def odd_graph(rng: random.Random, steps: int) -> Graph:
    """A graph with all that a well-formed one may hold: empty buffers, steps without reads or writes, several outputs
    of a step, inputs that nobody reads or that are outputs, outputs that are read, disconnected parts, forks and joins,
    ``after`` edges, alignments from 1 to 16, writes in place."""
    largest = rng.choice((3, 9, 60, 1000, 100_000))
    alignments = rng.choice(((1,), (4,), (1, 4), (1, 2, 4, 8, 16)))
    reach = rng.choice((2, 4, 8, 1000))
    width = rng.choice((1, 2, 2, 3))
    over = rng.choice((0.0, 0.3, 1.0))

    def buffer() -> int:
        size = 0 if rng.random() < 0.03 else rng.randint(1, largest)
        buffers.append(Buffer(f"b{len(buffers)}", size, rng.choice(alignments)))
        return len(buffers) - 1

    buffers: list[Buffer] = []
    inputs = tuple(buffer() for _ in range(rng.choice((0, 1, 1, 1, 2, 3))))
    rows: list[Step] = []
    for number in range(steps):
        latest = range(max(0, len(buffers) - reach), len(buffers))
        reads = rng.sample(latest, min(len(latest), rng.randint(0 if rng.random() < 0.1 else 1, width)))
        if rng.random() < 0.1 and buffers:
            reads = list({*reads, rng.randrange(len(buffers))})
        writes = tuple(buffer() for _ in range(rng.choice((1, 1, 1, 1, 1, 1, 2, 2, 3, 0))))
        fitting = [(r, w) for r in reads for w in writes if buffers[w].bytes <= buffers[r].bytes]
        in_place = tuple(pair for pair in fitting if rng.random() < over)
        rows.append(Step(f"s{number}", tuple(reads), writes, (number,), in_place=in_place))
    count = min(len(buffers), rng.choice((0, 1, 1, 1, 2, 4)))
    outputs = tuple(rng.sample(range(len(buffers)), count))
    if buffers and rng.random() < 0.5:
        outputs = tuple(dict.fromkeys((*outputs, len(buffers) - 1)))
    after = {
        (first, second)
        for second in rng.sample(range(1, steps), rng.randint(0, min(3, steps - 1)) if rng.random() < 0.2 else 0)
        for first in (rng.randrange(second),)
    }
    return Graph("odd", tuple(buffers), tuple(rows), inputs, outputs, tuple(sorted(after)))
