"""Estimates beside what is measured, as CSV on standard output: thirty random architectures, and models.

    python benchmarks/estimate.py > estimate.csv
    python benchmarks/estimate.py --count 0 --cpu cortex-m4 --granularity op auto $ARENITE_MODELS/mlperf_*.tflite

Nothing here was used for calibration: architectures are those from number 0 on (tests/models/architectures.py). What is
measured was compiled, linked, and run in QEMU; cycles are those of ``arenite profile``.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

from models.architectures import architecture  # noqa: E402

import arenite  # noqa: E402
from arenite.codegen.boards import MACHINES  # noqa: E402
from arenite.codegen.costs.profile import profile_model  # noqa: E402
from arenite.errors import AreniteError  # noqa: E402
from arenite.frontends.read import read_model  # noqa: E402
from arenite.rows.plan_rows import RowRequest  # noqa: E402

FIGURES = ("arena_bytes", "stack_bytes", "flash_bytes", "instructions", "cycles")
COLUMNS = (
    "model", "cpu", "granularity", "macs",
    *(f"{kind}_{figure}" for figure in FIGURES for kind in ("estimated", "measured")), "uncalibrated", "estimate_ms",
)  # fmt: skip
REPEATS = 3
"""Of estimates; the fastest is told."""


def line(file: Path, cpu: str, granularity: Any) -> dict[str, Any]:
    model = read_model(file)
    found = [arenite.estimate(model, cpu=cpu, granularity=granularity) for _ in range(REPEATS)]
    estimated = found[0].json()
    measured = profile_model(file, cpu=cpu, rows=RowRequest(granularity))
    return {
        "model": file.stem,
        "cpu": cpu,
        "granularity": estimated["granularity"],
        "macs": measured["macs"],
        **{f"estimated_{figure}": estimated[figure] for figure in FIGURES},
        **{f"measured_{figure}": measured[figure] for figure in FIGURES},
        "uncalibrated": " ".join(estimated["uncalibrated"]),
        "estimate_ms": round(1000 * min(one.seconds for one in found), 1),
    }


def files(directory: Path, count: int, models: list[Path]) -> Iterator[Path]:
    for seed in range(count):
        name, data = architecture(seed)
        file = directory / f"{name}.tflite"
        file.write_bytes(data)
        yield file
    yield from models


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=30, help="architectures (default: 30)")
    parser.add_argument("--cpu", nargs="+", choices=MACHINES, default=["cortex-m4"])
    parser.add_argument("--granularity", nargs="+", choices=("op", "row", "auto"), default=["op"])
    arguments = parser.parse_args()
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        for file in files(Path(directory), arguments.count, arguments.models):
            for cpu in arguments.cpu:
                for granularity in arguments.granularity:
                    try:
                        writer.writerow(line(file, cpu, granularity))
                    except AreniteError as error:
                        failed += 1
                        print(error, file=sys.stderr)
                    sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
