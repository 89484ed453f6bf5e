"""Solver time and proof on graphs in the shapes of published networks, as CSV on standard output.

python benchmarks/plan_synthetic.py
python benchmarks/plan_synthetic.py --sizes 2000 --families nasnet,unet --timeout 30

One row per family and size, all from fixed seeds; chains and series-parallel graphs also with 10,000 steps.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

# In place of this script's own directory, whose modules would hide the tests' packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

from synthetic_graphs import FAMILIES  # noqa: E402

from arenite.allocate import allocate  # noqa: E402
from arenite.graph import Graph  # noqa: E402
from arenite.planner import packing_problem, plan_graph  # noqa: E402
from arenite.schedule import peak_bytes, schedule  # noqa: E402

COLUMNS = (
    "family",
    "steps",
    "source_order_peak",
    "peak_bound",
    "peak",
    "order_optimal",
    "arena_bytes",
    "optimal",
    "ordering_s",
    "packing_s",
    "plan_s",
)
SIZES = (100, 500, 2000)
LINEAR = ("chain", "residual", "series_parallel")
"""Families that are also solved at 10,000 steps."""


def row(family: str, graph: Graph, timeout: float) -> tuple[object, ...]:
    """Order and offsets one after the other, each timed, and then the whole plan."""
    began = time.perf_counter()
    found = schedule(graph, timeout)
    ordered = time.perf_counter()
    allocate(packing_problem(graph, found.order, 16), timeout)
    packed = time.perf_counter()
    plan = plan_graph(graph, timeout=timeout)
    return (
        family,
        len(graph.steps),
        peak_bytes(graph, tuple(range(len(graph.steps)))),
        found.lower_bound_bytes,
        found.peak_bytes,
        found.optimal,
        plan.arena_bytes,
        plan.optimal,
        f"{ordered - began:.3f}",
        f"{packed - ordered:.3f}",
        f"{plan.seconds:.3f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="steps, about; separated by commas")
    parser.add_argument("--families", default=",".join(FAMILIES), help=f"of {', '.join(FAMILIES)}")
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds per graph, and three times that at 10,000")
    options = parser.parse_args()
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    families = options.families.split(",")
    unknown = sorted(set(families) - set(FAMILIES))
    if unknown:
        parser.error(f"there is no family {unknown[0]}; choose of {', '.join(FAMILIES)}")
    cases = [(family, int(size)) for size in options.sizes.split(",") for family in families]
    if options.sizes == parser.get_default("sizes"):
        cases += [(family, 10_000) for family in families if family in LINEAR]
    for family, size in cases:
        writer.writerow(row(family, FAMILIES[family](size), options.timeout * (3 if size >= 10_000 else 1)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
