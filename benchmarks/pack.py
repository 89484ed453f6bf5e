"""How fast problems in MiniMalloc's CSV format are packed within a capacity.

Usage: python benchmarks/pack.py [--capacity BYTES] [--timeout S] FOLDER_OR_FILE.csv ...

Each problem runs in a process of its own, `arenite pack`, and its offsets are checked here again. Prints CSV: instance,
blocks, capacity, arena, solved, seconds of CPU (user and system, the start of the process included).
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

Row = dict[str, str]


def problems(paths: list[Path]) -> list[Path]:
    """The files, and those in the folders."""
    return [file for path in paths for file in (sorted(path.glob("*.csv")) if path.is_dir() else [path])]


def fits(rows: list[Row], capacity: int) -> bool:
    """Whether no two rows that live at once share bytes, and none ends above ``capacity``. Lives are half-open."""
    placed = [(int(row["lower"]), int(row["upper"]), int(row["offset"]), int(row["size"])) for row in rows]
    return all(at >= 0 and at + size <= capacity for _, _, at, size in placed) and not any(
        lower < other_upper and other_lower < upper and at < other_at + other_size and other_at < at + size
        for number, (lower, upper, at, size) in enumerate(placed)
        for other_lower, other_upper, other_at, other_size in placed[:number]
    )


def pack(problem: Path, capacity: int, timeout: float) -> tuple[list[Row], float]:
    """The solution, empty if there is none, and the seconds of CPU that `arenite pack` took."""
    with tempfile.TemporaryDirectory() as folder:
        solution = Path(folder) / "solution.csv"
        command = [sys.executable, "-m", "arenite.cli", "pack", str(problem), "-o", str(solution)]
        before = os.times()
        done = subprocess.run(
            [*command, "--capacity", str(capacity), "--timeout", str(timeout)], capture_output=True, text=True
        )
        after = os.times()
        seconds = after.children_user + after.children_system - before.children_user - before.children_system
        if not solution.exists():
            print(f"{problem}: {done.stderr.strip()}", file=sys.stderr)
            return [], seconds
        with solution.open(newline="") as file:
            return list(csv.DictReader(file)), seconds


def main() -> int:
    parser = argparse.ArgumentParser(description="Time arenite pack on problems in MiniMalloc's CSV format.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="FOLDER_OR_FILE")
    parser.add_argument("--capacity", type=int, default=1 << 20)
    parser.add_argument("--timeout", type=float, default=60.0)
    arguments = parser.parse_args()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["instance", "blocks", "capacity", "arena", "solved", "seconds"])
    total, solved = 0.0, 0
    files = problems(arguments.paths)
    for problem in files:
        rows, seconds = pack(problem, arguments.capacity, arguments.timeout)
        arena = max((int(row["offset"]) + int(row["size"]) for row in rows), default=0)
        good = bool(rows) and fits(rows, arguments.capacity)
        writer.writerow([problem.name, len(rows), arguments.capacity, arena, "yes" if good else "no", f"{seconds:.2f}"])
        sys.stdout.flush()
        total += seconds
        solved += good
    print(f"{solved} of {len(files)} solved, {total:.1f} s", file=sys.stderr)
    return 0 if solved == len(files) else 1


if __name__ == "__main__":
    sys.exit(main())
