"""Orders, packs and checks random graphs of all odd kinds: ``python benchmarks/fuzz_graphs.py --graphs 100000``.

Each graph of 1 to 40 steps, one per seed, is planned; the validator checks order, layout and figures; the bound must
not exceed the arena, nor the arena that of the source order; and no order of a small graph may beat what is said to be
optimal (brute force, on a sample). Prints a summary as CSV on standard output and every failure on standard error.
Exits with 1 if there was one.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import random
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# In place of this script's own directory, whose modules would hide the tests' packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

import brute_force  # noqa: E402
from random_graphs import count_orders, odd_graph  # noqa: E402

from arenite.graph import Graph  # noqa: E402
from arenite.planner import plan_graph  # noqa: E402
from arenite.schedule import peak_bytes, schedule  # noqa: E402
from arenite.validate import validate_arena_plan, validate_graph, validate_schedule  # noqa: E402

MAX_STEPS = 40
BRUTE_FORCE_STEPS = 6
BRUTE_FORCE_ORDERS = 100


@dataclass(frozen=True)
class Outcome:
    """``failure``: what went wrong, or an empty text."""

    seed: int
    failure: str
    steps: int = 0
    order_optimal: bool = False
    arena_optimal: bool = False
    compared: bool = False
    seconds: float = 0.0


def graph_of(seed: int) -> Graph:
    """The graph with this number; small ones are as frequent as large ones."""
    rng = random.Random(seed)
    return odd_graph(rng, rng.choice((rng.randint(1, BRUTE_FORCE_STEPS), rng.randint(1, MAX_STEPS))))


def check(seed: int, timeout: float) -> Outcome:
    """Plan the graph of ``seed`` and hold the answer against all that must be true of it."""
    graph = graph_of(seed)
    began = time.process_time()  # the other cores may be busy
    try:
        validate_graph(graph)
        found = schedule(graph, timeout)
        validate_schedule(graph, found.order)
        assert found.peak_bytes == peak_bytes(graph, found.order), "the peak is not that of the order"
        assert found.lower_bound_bytes <= found.peak_bytes, "the bound is above the peak"
        assert found.peak_bytes <= peak_bytes(graph, range_of(graph)), "the order is worse than that of the source"
        plan = plan_graph(graph, timeout=timeout)
        validate_arena_plan(plan)
        assert plan.lower_bound_bytes <= plan.arena_bytes <= plan.source_order_bytes, "bound, arena, source order"
        seconds = time.process_time() - began
        assert seconds < 2.5 * timeout + 1, f"{seconds:.1f} s in place of {timeout}"
        compared = (
            len(graph.steps) <= BRUTE_FORCE_STEPS and count_orders(graph, BRUTE_FORCE_ORDERS) < BRUTE_FORCE_ORDERS
        )
        if compared:
            least = brute_force.least_peak(graph)
            assert found.lower_bound_bytes <= least <= found.peak_bytes, f"the best peak is {least}"
    except Exception:
        return Outcome(seed, traceback.format_exc(limit=-3), len(graph.steps))
    return Outcome(seed, "", len(graph.steps), found.optimal, plan.optimal, compared, seconds)


def range_of(graph: Graph) -> tuple[int, ...]:
    """The order of the source."""
    return tuple(range(len(graph.steps)))


def outcomes(seeds: range, jobs: int, timeout: float) -> Iterator[Outcome]:
    work = [(seed, timeout) for seed in seeds]
    if jobs == 1:
        yield from (check(*one) for one in work)
        return
    with multiprocessing.Pool(jobs) as pool:
        yield from pool.imap_unordered(_check, work, chunksize=50)


def _check(work: tuple[int, float]) -> Outcome:
    return check(*work)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graphs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="number of the first graph")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--timeout", type=float, default=0.25, help="seconds per graph, for the order and for the plan")
    options = parser.parse_args()
    began = time.monotonic()
    done: list[Outcome] = []
    for outcome in outcomes(range(options.seed, options.seed + options.graphs), options.jobs, options.timeout):
        done.append(outcome)
        if outcome.failure:
            print(f"seed {outcome.seed}: {outcome.failure}", file=sys.stderr)
        if len(done) % 10_000 == 0:
            print(f"{len(done)} graphs, {time.monotonic() - began:.0f} s", file=sys.stderr)
    failures = sum(bool(outcome.failure) for outcome in done)
    slowest = max(done, key=lambda outcome: outcome.seconds)
    summary = {
        "graphs": len(done),
        "failures": failures,
        "order_not_proven": sum(not outcome.order_optimal for outcome in done) - failures,
        "arena_not_proven": sum(not outcome.arena_optimal for outcome in done) - failures,
        "brute_forced": sum(outcome.compared for outcome in done),
        "slowest_seconds": round(slowest.seconds, 2),
        "slowest_seed": slowest.seed,
        "seconds": round(time.monotonic() - began, 1),
    }
    writer = csv.DictWriter(sys.stdout, list(summary))
    writer.writeheader()
    writer.writerow(summary)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
