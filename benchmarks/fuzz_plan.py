"""Damages a model file N times and runs ``arenite plan`` on each: exit status, time and memory of every case.

    python benchmarks/fuzz_plan.py --cases 10000 [MODEL.tflite]

Every case is a process of its own, forked from one that has everything imported; the same seeds give the same files.
Exits with 1 if a case crashed, ran out of time, or exited with anything but 0 or 1.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import io
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path

# In place of this script's own directory, whose modules would hide the tests' packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

from models.fuzz_target import fuzz_target  # noqa: E402
from mutations import mutate  # noqa: E402

import arenite.cli  # noqa: E402
from arenite.errors import AreniteError  # noqa: E402

CRASHED = 70
MEMORY_BYTES = 4 << 30


def run_case(data: bytes, file: Path) -> int:
    """Plans a file with these bytes and returns the exit status, CRASHED for an unexpected error."""
    file.write_bytes(data)
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    # The command turns every error into exit status 1; with this variable an unexpected one gets through to us.
    os.environ["ARENITE_DEBUG"] = "1"
    try:
        return arenite.cli.main(["plan", str(file), "--json", "-"])
    except AreniteError:
        return 1
    except BaseException:
        return CRASHED
    finally:
        file.unlink()


def fork_case(data: bytes, file: Path) -> int:
    """Starts ``run_case`` in a child with bounded memory and returns the child's process id."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        os._exit(run_case(data, file))
    return child


def import_everything(data: bytes, file: Path) -> None:
    """Plans the intact file in this process, so that no child has to import anything."""
    file.write_bytes(data)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        status = arenite.cli.main(["plan", str(file), "--json", "-"])
    if status != 0:
        raise SystemExit("the intact model cannot be planned; run `arenite plan` on it")


def main() -> int:
    """Runs all cases, prints a summary and every bad seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, help="default: a model made of everything the reader knows")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=10.0, help="seconds per case")
    options = parser.parse_args()
    data = options.model.read_bytes() if options.model else fuzz_target()

    seeds = iter(range(options.first_seed, options.first_seed + options.cases))
    running: dict[int, tuple[int, float]] = {}
    statuses: collections.Counter[int] = collections.Counter()
    bad: list[str] = []
    slowest, slowest_seed, megabytes = 0.0, -1, 0.0
    with tempfile.TemporaryDirectory() as name:
        import_everything(data, Path(name, "intact.tflite"))
        while True:
            while len(running) < options.jobs and (seed := next(seeds, None)) is not None:
                running[fork_case(mutate(data, seed), Path(name, f"{seed}.tflite"))] = (seed, time.monotonic())
            if not running:
                break
            child, status, usage = os.wait3(os.WNOHANG)
            if child == 0:
                for late, (_, start) in running.items():
                    if time.monotonic() - start > options.limit:
                        os.kill(late, signal.SIGKILL)
                time.sleep(0.001)
                continue
            seed, start = running.pop(child)
            seconds = time.monotonic() - start
            code = os.waitstatus_to_exitcode(status)
            statuses[code] += 1
            megabytes = max(megabytes, usage.ru_maxrss / 1024)
            if seconds > slowest:
                slowest, slowest_seed = seconds, seed
            if code not in (0, 1) or seconds > options.limit:
                bad.append(f"seed {seed}: exit status {code} after {seconds:.2f} s")
    print(f"{options.cases} cases, exit statuses {dict(sorted(statuses.items()))}")
    print(f"slowest {slowest:.2f} s (seed {slowest_seed}), largest process {megabytes:.0f} MB")
    for line in bad:
        print(line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
