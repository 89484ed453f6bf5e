"""Arena, bound, time and instructions of .tflite and .onnx models, as CSV on standard output.

python benchmarks/models.py --cpu cortex-m4 tests/models/*.tflite
python benchmarks/models.py --cpu host --samples 1 $ARENITE_MODELS/onnx_light_squeezenet.onnx
python benchmarks/models.py --plan-only $ARENITE_MODELS/*.tflite
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path
from typing import Any

from arenite.codegen.boards import CPUS
from arenite.codegen.driver import verify_model
from arenite.errors import AreniteError
from arenite.frontends.read import read_model
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph
from arenite.target import Target

PLAN_COLUMNS = ["model", "arena_bytes", "lower_bound_bytes", "optimal", "source_order_bytes", "solver_s", "plan_s"]
VERIFY_COLUMNS = [
    "oracle",
    "values",
    "mismatches",
    "max_abs_diff",
    "instructions",
    "stack_bytes",
    "flash_bytes",
    "file_bytes",
    "verify_s",
]


def plan_row(model: Path, cpu: str) -> dict[str, Any]:
    began = time.perf_counter()
    plan = plan_graph(to_graph(read_model(model), Target(cpu)))
    return {
        "model": model.stem,
        "arena_bytes": plan.arena_bytes,
        "lower_bound_bytes": plan.lower_bound_bytes,
        "optimal": plan.optimal,
        "source_order_bytes": plan.source_order_bytes,
        "solver_s": round(plan.seconds, 3),
        "plan_s": round(time.perf_counter() - began, 3),
    }


def verify_row(model: Path, cpu: str, samples: int) -> dict[str, Any]:
    began = time.perf_counter()
    result = verify_model(model, cpu=cpu, on="host" if cpu == "host" else "qemu", samples=samples)
    row = {column: result.get(column) for column in VERIFY_COLUMNS}
    return {**row, "file_bytes": model.stat().st_size, "verify_s": round(time.perf_counter() - began, 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--cpu", choices=CPUS, default="cortex-m4")
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--plan-only", action="store_true", help="do not compile")
    options = parser.parse_args()
    columns = PLAN_COLUMNS + ([] if options.plan_only else ["cpu", *VERIFY_COLUMNS])
    writer = csv.DictWriter(sys.stdout, columns)
    writer.writeheader()
    failed = 0
    for model in options.models:
        try:
            row = plan_row(model, options.cpu)
            if not options.plan_only:
                row |= {"cpu": options.cpu, **verify_row(model, options.cpu, options.samples)}
                failed += row["mismatches"] != 0
            writer.writerow(row)
        except AreniteError as error:
            failed += 1
            print(error, file=sys.stderr)
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
