"""What one inference costs, beside what it costs with others' kernels.

python benchmarks/kernels.py $ARENITE_MODELS/mlperf_*.tflite
python benchmarks/kernels.py --cpu cortex-m4 --granularity op row --csv $ARENITE_MODELS/mlperf_kws_dscnn.tflite

A table, or with --csv lines of CSV, on standard output. Figures of others are in peers.csv, by the name of the model
file: instructions of TensorFlow Lite Micro and of TVM were counted in QEMU as those of arenite are (GCC 12.2, -O2), and
their cycles estimated in much the same way; their flash has the interpreter in it, and their arena all that it takes
from there. "MLPerf Tiny board": cycles of the best result on a Cortex-M4 in the closed division, on hardware. arenite's
flash is that of the generated library: weights, tables, code.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from arenite.codegen.boards import MACHINES
from arenite.codegen.costs.profile import profile_model
from arenite.errors import AreniteError
from arenite.rows.plan_rows import RowRequest

PEERS = Path(__file__).with_name("peers.csv")
FIGURES = ("instructions", "cycles", "flash_bytes", "arena_bytes")
COLUMNS = ("model", "cpu", "engine", *FIGURES, "instructions_ratio", "cycles_ratio")
"""Ratios: of an engine's figure to that of arenite above it."""
CPUS = ("cortex-m4", "cortex-m55", "cortex-m0plus")

Line = dict[str, Any]


def peers(model: str, cpu: str) -> list[Line]:
    """What is known of others; a figure that is not is None."""
    with PEERS.open(encoding="utf-8", newline="") as file:
        found = [line for line in csv.DictReader(file) if (line["model"], line["cpu"]) == (model, cpu)]
    return [{**line, **{key: int(line[key]) if line[key] else None for key in FIGURES}} for line in found]


def measured(model: Path, cpu: str, granularity: Any, optimise: Any) -> Line:
    result = profile_model(model, cpu=cpu, rows=RowRequest(granularity), optimise=optimise)
    engine = f"arenite, {result['granularity']}, {optimise}"
    return {"model": model.stem, "cpu": cpu, "engine": engine, **{key: result[key] for key in FIGURES}}


def lines(model: Path, cpu: str, granularities: Sequence[str], optimise: str) -> list[Line]:
    """arenite's, and then those of others with their ratios to the last of arenite's."""
    own = [measured(model, cpu, granularity, optimise) for granularity in granularities]
    return [*own, *({**peer, **ratios(peer, own[-1])} for peer in peers(model.stem, cpu))]


def ratios(peer: Mapping[str, Any], own: Mapping[str, Any]) -> Line:
    return {
        f"{key}_ratio": round(peer[key] / own[key], 2) if peer[key] and own[key] else None
        for key in ("instructions", "cycles")
    }


def table(found: Sequence[Line]) -> Table:
    """One section for each model and CPU."""
    view = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False)
    for name in ("model", "cpu", "engine"):
        view.add_column(name, no_wrap=True)
    for name in ("instructions", "x arenite", "cycles", "x arenite", "flash", "arena"):
        view.add_column(name, justify="right", no_wrap=True)
    keys = ("instructions", "instructions_ratio", "cycles", "cycles_ratio", "flash_bytes", "arena_bytes")
    shown = None
    for line in found:
        what = (line["model"], line["cpu"])
        if shown is not None and shown != what:
            view.add_section()
        heading = ("", "") if shown == what else what
        view.add_row(*heading, line["engine"], *(_text(line.get(key)) for key in keys))
        shown = what
    return view


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value or "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--cpu", nargs="+", choices=MACHINES, default=CPUS, help=f"default: {' '.join(CPUS)}")
    parser.add_argument("--granularity", nargs="+", choices=("op", "row", "auto"), default=["auto"])
    parser.add_argument("--optimise", choices=("speed", "size"), default="speed")
    parser.add_argument("--csv", action="store_true", help="lines of CSV instead of a table")
    options = parser.parse_args()
    found: list[Line] = []
    failed = 0
    for model in options.models:
        for cpu in options.cpu:
            try:
                found += lines(model, cpu, options.granularity, options.optimise)
            except AreniteError as error:
                failed += 1
                print(error, file=sys.stderr)
    if options.csv:
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    else:
        Console(width=None if sys.stdout.isatty() else 140).print(table(found))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
