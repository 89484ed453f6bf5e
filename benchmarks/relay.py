"""Workspace, time and results of models through Relay, as CSV on standard output. Needs .venv-relay (make relay-env).

.venv-relay/bin/python benchmarks/relay.py --cpu cortex-m4 tests/models/*.tflite
.venv-relay/bin/python benchmarks/relay.py --plan-only $ARENITE_MODELS/swiftnet_vww_int8conv.tflite
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
from arenite.codegen.relay.build import build_relay
from arenite.errors import AreniteError
from arenite.target import Target

PLAN_COLUMNS = [
    "model", "workspace_bytes", "lower_bound_bytes", "optimal", "tvm_greedy_by_size", "tvm_greedy_by_conflicts",
    "tvm_hill_climb", "saved_bytes", "operators", "left_to_tvm", "build_s",
]  # fmt: skip
VERIFY_COLUMNS = ["oracle", "values", "mismatches", "max_abs_diff", "instructions", "stack_bytes", "flash_bytes"]


def plan_row(model: Path, cpu: str) -> dict[str, Any]:
    began = time.perf_counter()
    report = build_relay(model, name="model", kernels=Target(cpu)).report
    sizes = report.baseline.bytes if report.baseline else {}
    return {
        "model": model.stem,
        "workspace_bytes": report.workspace_bytes,
        "lower_bound_bytes": report.lower_bound_bytes,
        "optimal": report.optimal,
        **{f"tvm_{name}": size for name, size in sizes.items()},
        "saved_bytes": report.saved_bytes,
        "operators": report.operators,
        "left_to_tvm": len(report.matches.left),
        "build_s": round(time.perf_counter() - began, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--cpu", choices=CPUS, default="cortex-m4")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--plan-only", action="store_true", help="do not run")
    options = parser.parse_args()
    writer = csv.DictWriter(sys.stdout, PLAN_COLUMNS + ([] if options.plan_only else ["cpu", *VERIFY_COLUMNS]))
    writer.writeheader()
    failed = 0
    for model in options.models:
        try:
            row = plan_row(model, options.cpu)
            if not options.plan_only:
                on = "host" if options.cpu == "host" else "qemu"
                result = verify_model(model, cpu=options.cpu, on=on, samples=options.samples, ir="relay")
                row |= {"cpu": options.cpu, **{column: result.get(column) for column in VERIFY_COLUMNS}}
                failed += row["mismatches"] != 0
            writer.writerow(row)
        except AreniteError as error:
            failed += 1
            print(error, file=sys.stderr)
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
