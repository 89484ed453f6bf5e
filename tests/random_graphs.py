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
