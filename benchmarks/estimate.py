"""Estimates beside what is measured, as CSV on standard output: thirty random architectures, and models.

    python benchmarks/estimate.py > estimate.csv
    python benchmarks/estimate.py --count 0 --cpu cortex-m4 --granularity op auto $ARENITE_MODELS/mlperf_*.tflite
    python benchmarks/estimate.py --time $ARENITE_MODELS/*mb*.tflite

Nothing here was used for calibration: architectures are those from number 0 on (tests/models/architectures.py). What is
measured was compiled, linked, and run in QEMU; cycles are those of ``arenite profile``. With ``--time`` nothing is: the
table says how long estimates of whole operators take, and in the last line for each CPU ``arenite.estimate_all`` for
all files, reading included.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
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
TIMES = ("model", "cpu", "operators", "read_ms", "estimate_ms")
REPEATS, TIMED_REPEATS = 3, 15
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


def times(files: Sequence[Path], cpu: str) -> Iterator[dict[str, Any]]:
    for file in files:
        began = time.perf_counter()
        model = read_model(file)
        read = time.perf_counter() - began
        found = [arenite.estimate(model, cpu=cpu) for _ in range(TIMED_REPEATS)]
        seconds = min(one.seconds for one in found)
        yield _timed(file.stem, cpu, len(model.operators), read, seconds)
    began = time.perf_counter()
    answers = arenite.estimate_all(files, cpu=cpu)
    seconds = (time.perf_counter() - began) / max(len(files), 1)
    found = [one for one in answers if isinstance(one, arenite.Estimate)]
    operators = round(sum(len(one.operators) for one in found) / max(len(found), 1))
    yield _timed(f"mean of {len(files)} at once", cpu, operators, None, seconds)


def _timed(name: str, cpu: str, operators: int, read: float | None, seconds: float) -> dict[str, Any]:
    read_ms = "" if read is None else round(1000 * read, 1)
    return dict(zip(TIMES, (name, cpu, operators, read_ms, round(1000 * seconds, 1)), strict=True))


def files(directory: Path, count: int, models: list[Path]) -> Iterator[Path]:
    for seed in range(count):
        name, data = architecture(seed)
        file = directory / f"{name}.tflite"
        file.write_bytes(data)
        yield file
    yield from models


def write_times(arguments: argparse.Namespace) -> None:
    writer = csv.DictWriter(sys.stdout, TIMES, lineterminator="\n")
    writer.writeheader()
    with tempfile.TemporaryDirectory() as directory:
        for cpu in arguments.cpu:
            for row in times(list(files(Path(directory), arguments.count, arguments.models)), cpu):
                writer.writerow(row)
                sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=30, help="architectures (default: 30)")
    parser.add_argument("--cpu", nargs="+", choices=MACHINES, default=["cortex-m4"])
    parser.add_argument("--granularity", nargs="+", choices=("op", "row", "auto"), default=["op"])
    parser.add_argument("--time", action="store_true", help="only how long estimates of whole operators take")
    arguments = parser.parse_args()
    if arguments.time:
        write_times(arguments)
        return 0
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
