"""Arenas of whole operators, of rows, and of rows whose input is handed in, as CSV on standard output.

python benchmarks/rows.py $ARENITE_MODELS/*.tflite
python benchmarks/rows.py --verify tests/models/*.tflite

Bytes are of the arena with everything in it. Columns of rows are empty where no operator falls into rows, columns of a
streamed input where it cannot come row by row. seconds: all plans of the line. With --verify, each of them is compiled
for a Cortex-M4, run in QEMU and compared with the oracle: instructions of one inference, bytes of flash and stack, and
the values that differ. Compiling plans anew, within the command line's default of 10 seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from csv_lines import print_lines

from arenite.codegen.driver import verify_model
from arenite.errors import UnsupportedError
from arenite.frontends.read import read_model
from arenite.frontends.to_graph import to_row_forms
from arenite.rows.plan_rows import Choice, RowRequest, choose_rows
from arenite.target import Target

REQUESTS = {"operator": RowRequest("op"), "row": RowRequest("row"), "stream": RowRequest("row", pushed=True)}


def line(model: Path, *, timeout: float, samples: int) -> dict[str, Any]:
    """``samples``: random inputs of each comparison with the oracle; 0 for none."""
    began = time.perf_counter()
    plans = {name: plan(model, request, timeout) for name, request in REQUESTS.items()}
    seconds = time.perf_counter() - began
    found: dict[str, Any] = {"model": model.stem}
    for name, choice in plans.items():
        found |= {f"{name}_bytes": "", f"{name}_bound_bytes": "", f"{name}_optimal": "", f"{name}_steps": ""}
        if choice:
            found[f"{name}_bytes"] = choice.plan.arena_bytes
            found[f"{name}_bound_bytes"] = choice.plan.lower_bound_bytes
            found[f"{name}_optimal"] = choice.plan.optimal
            found[f"{name}_steps"] = len(choice.plan.order)
    found["seconds"] = round(seconds, 2)
    if samples:
        for name, request in REQUESTS.items():
            found |= measured(model, name, request if plans[name] else None, samples)
    return found


def plan(model: Path, request: RowRequest, timeout: float) -> Choice | None:
    """None where the model has no rows of that kind. Reading the model counts, too: it is part of every answer."""
    graph, forms, _ = to_row_forms(read_model(model), Target("cortex-m4"))
    try:
        return choose_rows(graph, forms, request, timeout=timeout, file=str(model))
    except UnsupportedError:
        if request.granularity == "op":
            raise
        return None


def measured(model: Path, name: str, request: RowRequest | None, samples: int) -> dict[str, Any]:
    """What one compiled plan costs in QEMU; empty columns for no request, and for a model without C."""
    columns = ("instructions", "flash_bytes", "stack_bytes", "mismatches")
    try:
        result = verify_model(model, cpu="cortex-m4", on="qemu", samples=samples, rows=request) if request else {}
    except UnsupportedError:
        result = {}
    return {f"{name}_{column}": result.get(column, "") for column in columns}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds for each plan (default: 10)")
    parser.add_argument("--verify", action="store_true", help="compile, run in QEMU and compare with the oracle")
    parser.add_argument("--samples", type=int, default=2, help="random inputs of --verify (default: 2)")
    options = parser.parse_args()
    samples = options.samples if options.verify else 0
    failed = print_lines(options.models, lambda model: line(model, timeout=options.timeout, samples=samples))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
