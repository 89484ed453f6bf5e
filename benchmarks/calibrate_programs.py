"""Measures what calls the kernels, for src/arenite/estimation/programs.json: the code of the run function, the
instructions that it takes to pass arguments, and how many cycles the instructions of each kernel are.

On architectures (tests/models/architectures.py) from number 1000 on, by non-negative least squares. Prints the largest
errors, in bytes and in instructions.

    python benchmarks/calibrate_programs.py --write src/arenite/estimation/programs.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

from models.architectures import architecture  # noqa: E402
from models.network import Network  # noqa: E402

sys.path.append(str(Path(__file__).resolve().parent))

from calibrate_code import compile_kernel  # noqa: E402

from arenite.codegen.boards import MACHINES  # noqa: E402
from arenite.codegen.costs.cycles import MODELS  # noqa: E402
from arenite.codegen.costs.profile import profile_model  # noqa: E402
from arenite.codegen.driver import compile_program  # noqa: E402
from arenite.codegen.project import FLAGS, project_files, write_project  # noqa: E402
from arenite.estimation.planned import plan_model  # noqa: E402
from arenite.estimation.schedule import code_work, run_work, table_bytes  # noqa: E402
from arenite.estimation.steps import program_steps  # noqa: E402
from arenite.frontends.read import read_model  # noqa: E402
from arenite.rows.plan_rows import RowRequest  # noqa: E402
from arenite.target import INSTRUCTION_SETS, Target  # noqa: E402

FIRST = 1000
SMALL = (1, 2, 4)
COUNTED = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m55")
GRANULARITIES = ("op", "row")

Work = Mapping[str, float]


def fit(rows: Sequence[tuple[Work, float]]) -> dict[str, float]:
    """Non-negative coefficients: what would count less than nothing is left out."""
    names = list(dict.fromkeys(name for work, _ in rows for name in work))
    table = np.array([[work.get(name, 0) for name in names] for work, _ in rows], float)
    wanted = np.array([value for _, value in rows])
    kept = list(range(len(names)))
    while True:
        solution = np.linalg.lstsq(table[:, kept], wanted, rcond=None)[0]
        if (solution >= 0).all():
            break
        del kept[int(solution.argmin())]
    print(f"  {len(rows)} programs, {wanted.min():.0f} to {wanted.max():.0f}, "
          f"errors up to {np.abs(table[:, kept] @ solution - wanted).max():.0f}", flush=True)  # fmt: skip
    return {names[place]: round(float(value), 3) for place, value in zip(kept, solution, strict=True) if value}


def code_of(
    file: Path, cpus: Sequence[str], optimise: Any, granularity: Any, directory: Path
) -> dict[str, tuple[Work, float]]:
    """Work and bytes of the run function and what belongs to it, without tables, for CPUs with the same kernels."""
    model, rows, target = read_model(file), RowRequest(granularity), Target(cpus[0], optimise)
    program, _ = compile_program(model, name="net", rows=rows, target=target)
    files = project_files(program, cpu=cpus[0], granularity=granularity, optimise=optimise)
    write_project(files, directory / "project")
    host = directory / "project" / "codegen" / "host"
    options = [f"-I{host / 'include'}", f"-I{host / 'src'}", "-DTVMGEN_NET_NO_STATIC_WORKSPACE"]
    steps = program_steps(plan_model(model, target, rows))
    tables, work = table_bytes(steps, rows=program.rows), code_work(steps, rows=program.rows)
    found = {}
    for cpu in cpus:
        sections = compile_kernel(host / "src" / "tvmgen_net.c", cpu, FLAGS[optimise], directory / "net.o", options)
        found[cpu] = work, sum(size for size, _ in sections.values()) - tables
    return found


def small(layers: int) -> tuple[str, bytes]:
    """A network of a few layers alone."""
    name = f"small_{layers}"
    net = Network(name, FIRST + layers)
    first = x = net.input("features", (1, 16))
    for _ in range(layers):
        x = net.fully_connected(x, 8, "RELU")
    return name, net.finish([first], [x])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12, help="architectures (default: 12)")
    arguments = parser.parse_args()
    code: dict[str, Any] = {}
    run: dict[str, Any] = {}
    cycles: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        files = []
        made = [*map(architecture, range(FIRST, FIRST + arguments.count)), *map(small, SMALL)]
        for name, data in made:
            files.append(directory / f"{name}.tflite")
            files[-1].write_bytes(data)
        alike: dict[object, list[str]] = {}
        for cpu in MACHINES:
            alike.setdefault(INSTRUCTION_SETS.get(cpu), []).append(cpu)
        for cpus, optimise, granularity in product(alike.values(), FLAGS, GRANULARITIES):
            measured = [code_of(file, cpus, optimise, granularity, directory) for file in files]
            for cpu in cpus:
                print(f"code of {cpu}, {optimise}, {granularity}")
                code.setdefault(cpu, {}).setdefault(optimise, {})[granularity] = fit([one[cpu] for one in measured])
        for cpu in COUNTED:
            for granularity in GRANULARITIES:
                print(f"instructions of {cpu}, {granularity}")
                counted = []
                for file in files:
                    request = RowRequest(granularity)  # type: ignore[arg-type]
                    result = profile_model(file, cpu=cpu, rows=request)
                    steps = program_steps(plan_model(read_model(file), Target(cpu), request))
                    rows = result["granularity"] == "row"
                    counted.append((run_work(steps, rows=rows), result["schedule"]["instructions"]))
                    for one in result["operators"]:
                        if cpu in MODELS and len(one["functions"]) == 1:
                            of_kernel = cycles.setdefault(one["functions"][0].replace("_row", ""), {})
                            of_kernel.setdefault(cpu, []).append(one["cycles"] / one["instructions"])
                run.setdefault(cpu, {})[granularity] = fit(counted)
    ratios = {kernel: {cpu: round(float(np.median(found)), 3) for cpu, found in of_cpus.items()}
              for kernel, of_cpus in sorted(cycles.items())}  # fmt: skip
    table = {"code_bytes": code, "run_instructions": run, "cycles_per_instruction": ratios}
    arguments.write.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
