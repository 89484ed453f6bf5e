"""What `arenite reorder` is worth in TFLM itself, as CSV on standard output.

python benchmarks/reorder.py $ARENITE_MODELS/*.tflite

head_*: bytes of the arena's head, measured with the tflite-micro wheel: of the file, of the reordered one, of that with
--tflm-plan. Models that the wheel refuses have no head. same_outputs: those of both new files equal the file's, bit for
bit, on two random inputs. seconds: of both runs of the command's code.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

from arenite.errors import AreniteError
from arenite.frontends.tflite import read_bytes
from arenite.tflm.reorder import reorder

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from tflm_wheel import TflmRun, same_outputs, tflm_runs

COLUMNS = ["model", "head_before", "head_reordered", "head_planned", "lower_bound_bytes", "same_outputs", "seconds"]


def row(model: Path) -> dict[str, object]:
    data = read_bytes(model)
    began = time.perf_counter()
    ordered = reorder(data, str(model))
    planned = reorder(data, str(model), tflm_plan=True)
    seconds = time.perf_counter() - began
    try:
        runs = tflm_runs([data, ordered.data, planned.data])
    except AssertionError:  # some models end TFLM's process
        runs = []
    ran = [run for run in runs if isinstance(run, TflmRun)]
    heads: list[object] = [run.head for run in ran] if len(ran) == 3 else [""] * 3
    same = all(same_outputs(ran[0], run) for run in ran[1:]) if len(ran) == 3 else ""
    return dict(zip(COLUMNS, [model.stem, *heads, planned.lower_bound_bytes, same, round(seconds, 2)], strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()
    failed = 0
    for model in parser.parse_args().models:
        try:
            writer.writerow(row(model))
        except AreniteError as error:
            failed += 1
            print(error, file=sys.stderr)
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
