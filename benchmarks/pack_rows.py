"""How closely and how fast the rows of graphs are packed, as CSV on standard output.

python benchmarks/pack_rows.py [--timeout S] GRAPH.pkl ...

Each file holds a pickled `arenite.graph.Graph` whose buffers are rows: read only files that you trust. Its steps are
ordered by `arenite.schedule`; live_peak_bytes is the largest sum of live bytes then, lower_bound_bytes what no layout
of these live ranges undercuts. seconds: packing alone.
"""

from __future__ import annotations

import argparse
import csv
import pickle
import sys
import time
from pathlib import Path

from arenite.allocate import allocate
from arenite.graph import Graph
from arenite.planner import packing_problem
from arenite.schedule import schedule
from arenite.validate import validate_plan


def row(path: Path, timeout: float) -> dict[str, str | int]:
    with path.open("rb") as file:
        graph: Graph = pickle.load(file)
    found = schedule(graph, timeout)
    problem = packing_problem(graph, found.order, 16)
    began = time.perf_counter()
    plan = allocate(problem, timeout)
    seconds = time.perf_counter() - began
    validate_plan(problem, plan.offsets, plan.arena_bytes)
    return {
        "problem": path.stem,
        "blocks": len(problem.blocks),
        "live_peak_bytes": found.peak_bytes,
        "lower_bound_bytes": plan.lower_bound_bytes,
        "arena_bytes": plan.arena_bytes,
        "over_percent": f"{100 * (plan.arena_bytes / found.peak_bytes - 1):.1f}" if found.peak_bytes else "",
        "seconds": f"{seconds:.2f}",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Pack the rows of graphs.")
    parser.add_argument("graphs", nargs="+", type=Path, metavar="GRAPH.pkl")
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds for each of ordering and packing")
    arguments = parser.parse_args()
    writer: csv.DictWriter[str] | None = None
    for path in arguments.graphs:
        result = row(path, arguments.timeout)
        if writer is None:
            writer = csv.DictWriter(sys.stdout, list(result), lineterminator="\n")
            writer.writeheader()
        writer.writerow(result)
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
