"""A sample of ``benchmarks/fuzz_graphs.py``: order, pack and check odd graphs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "fuzz_graphs.py"


def test_three_hundred_odd_graphs() -> None:
    command = [sys.executable, str(SCRIPT), "--graphs", "300", "--seed", "1000000", "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    header, row = done.stdout.splitlines()
    summary = dict(zip(header.split(","), row.split(","), strict=True))
    assert summary["graphs"] == "300"
    assert summary["failures"] == "0"
    assert int(summary["brute_forced"]) >= 100
