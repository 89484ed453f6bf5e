"""Solver time and proof on synthetic graphs, as CSV on standard output: ``python benchmarks/plan_synthetic.py``.

One row per graph: chains, residual blocks, independent branches, dense blocks, random cells and random small graphs,
all from fixed seeds.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Iterator

from arenite.graph import Buffer, Graph, Step
from arenite.planner import plan_graph

COLUMNS = ("graph", "steps", "arena_bytes", "lower_bound_bytes", "optimal", "source_order_bytes", "seconds")


class _Builder:
    def __init__(self, name: str, input_bytes: int) -> None:
        self.name = name
        self.buffers = [Buffer("input", input_bytes)]
        self.steps: list[Step] = []

    def step(self, reads: list[int], size: int) -> int:
        """Append a step that writes ``size`` bytes and return its buffer."""
        number = len(self.steps)
        self.buffers.append(Buffer(f"t{number}", size))
        self.steps.append(Step(f"s{number}", tuple(dict.fromkeys(reads)), (len(self.buffers) - 1,), (number,)))
        return len(self.buffers) - 1

    def graph(self) -> Graph:
        return Graph(self.name, tuple(self.buffers), tuple(self.steps), (0,), (len(self.buffers) - 1,))


def chain(length: int) -> Graph:
    builder = _Builder(f"chain_{length}", 1000)
    last = 0
    for number in range(length):
        last = builder.step([last], 1000 + 370 * number % 910)
    return builder.graph()


def residual(blocks: int) -> Graph:
    builder = _Builder(f"residual_{blocks}", 3000)
    last = builder.step([0], 4096)
    for _ in range(blocks):
        wide = builder.step([last], 6 * 1024)
        narrow = builder.step([wide], 4096)
        last = builder.step([last, narrow], 4096)
    return builder.graph()


def branches(count: int, rng: random.Random) -> Graph:
    builder = _Builder(f"branches_{count}", 2048)
    stem = builder.step([0], 2048)
    ends = []
    for _ in range(count):
        wide = builder.step([stem], rng.randint(1000, 9000))
        ends.append(builder.step([wide], rng.randint(100, 1500)))
    builder.step(ends, 512)
    return builder.graph()


def dense(layers: int) -> Graph:
    builder = _Builder(f"dense_{layers}", 3072)
    parts = [builder.step([0], 4096)]
    for _ in range(layers):
        joined = builder.step(parts, 4096 + 1024 * (len(parts) - 1))
        parts.append(builder.step([joined], 1024))
    builder.step(parts, 10)
    return builder.graph()


def cells(count: int, nodes: int, rng: random.Random) -> Graph:
    """Cells of a searched architecture: each node reads two earlier ones or the results of the two cells before."""
    builder = _Builder(f"cells_{count}x{nodes}", 3072)
    before = last = builder.step([0], 4096)
    for _ in range(count):
        inside = [before, last]
        for _ in range(nodes):
            first = builder.step([rng.choice(inside)], rng.choice((2048, 4096, 8192)))
            second = builder.step([rng.choice(inside)], rng.choice((2048, 4096, 8192)))
            inside.append(builder.step([first, second], 4096))
        before, last = last, builder.step(inside[2:], 4096)
    return builder.graph()


def small(number: int) -> Graph:
    rng = random.Random(number)
    builder = _Builder(f"small_{number}", rng.randint(1, 9999))
    for _ in range(12):
        known = range(max(0, len(builder.buffers) - 5), len(builder.buffers))
        builder.step(rng.sample(known, min(len(known), rng.choice((1, 1, 2, 3)))), rng.randint(1, 9999))
    return builder.graph()


def graphs() -> Iterator[Graph]:
    rng = random.Random(2026)
    yield from (chain(length) for length in (10, 100, 400))
    yield from (residual(blocks) for blocks in (5, 50))
    yield from (branches(count, rng) for count in (4, 8, 16, 32))
    yield from (dense(layers) for layers in (6, 24))
    yield from (cells(*shape, rng) for shape in ((2, 4), (8, 4), (12, 5)))
    yield from map(small, range(20))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds per graph")
    options = parser.parse_args()
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    for graph in graphs():
        plan = plan_graph(graph, timeout=options.timeout)
        row = (plan.arena_bytes, plan.lower_bound_bytes, plan.optimal, plan.source_order_bytes, f"{plan.seconds:.4f}")
        writer.writerow((graph.name, len(graph.steps), *row))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
