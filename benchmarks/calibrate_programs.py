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
from arenite.errors import UnsupportedError  # noqa: E402
from arenite.estimation.constants import constant_bytes  # noqa: E402
from arenite.estimation.planned import plan_model  # noqa: E402
from arenite.estimation.schedule import code_work, run_work, table_bytes  # noqa: E402
from arenite.estimation.steps import program_steps  # noqa: E402
from arenite.frontends.read import read_model  # noqa: E402
from arenite.rows.plan_rows import RowRequest  # noqa: E402
from arenite.target import INSTRUCTION_SETS, PORTABLE, Target  # noqa: E402

FIRST = 1000
SMALL, MANY, STATES = (1, 2, 4, 16), (3, 12, 40), (1, 3, 4, 6, 12)
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
    planned = plan_model(model, target, rows)
    calls = [call for lowering in planned.lowerings for call in lowering.calls]
    steps, arrays = program_steps(planned), constant_bytes(calls, optimise).arrays
    tables = table_bytes(steps, rows=program.rows)
    work = code_work(steps, arrays, len(model.states), rows=program.rows)
    found = {}
    for cpu in cpus:
        sections = compile_kernel(host / "src" / "tvmgen_net.c", cpu, FLAGS[optimise], directory / "net.o", options)
        found[cpu] = work, sum(size for size, _ in sections.values()) - tables
    return found


def falls_into_rows(file: Path) -> bool:
    try:
        plan_model(read_model(file), PORTABLE, RowRequest("row"))
    except UnsupportedError:
        return False
    return True


def small(layers: int) -> tuple[str, bytes]:
    """A network of a few layers alone."""
    name = f"small_{layers}"
    net = Network(name, FIRST + layers)
    first = x = net.input("features", (1, 16))
    for _ in range(layers):
        x = net.fully_connected(x, 8, "RELU")
    return name, net.finish([first], [x])


def alike(layers: int) -> tuple[str, bytes]:
    """A network of layers that have their constants in common, and of many parts of one tensor."""
    name = f"alike_{layers}"
    net = Network(name, FIRST + layers)
    image = net.input("image", (1, 8, 8, 8))
    parts = [image]
    for _ in range(layers):
        parts.append(net.pool("MAX_POOL_2D", parts[-1], (3, 3)))
    return name, net.finish([image], [net.concatenation(parts)])


def stateful(layers: int) -> tuple[str, bytes]:
    """A network of layers with a state each."""
    name = f"stateful_{layers}"
    net = Network(name, FIRST + layers)
    first = x = net.input("features", (1, 8))
    for layer in range(layers):
        features, times, state = (
            net.writer.tensor(f"{part} {layer}", shape, dtype, scale=0.01, data=data, variable=data is None)
            for part, shape, dtype, data in (
                ("features", (8, 8), "int8", np.full((8, 8), layer)), ("times", (8, 4), "int16", np.ones((8, 4))),
                ("state", (1, 32), "int16", None),
            )
        )  # fmt: skip
        result = net.same("SVDF", x, x.shape, features, times, -1, state, rank=1, fused_activation_function="RELU")
        x = result
    return name, net.finish([first], [x])


def measured_code(
    files: Sequence[Path], granularities: Sequence[str], directory: Path, found: dict[str, Any]
) -> dict[str, Any]:
    """What ``found`` has, brought up to date."""
    same: dict[object, list[str]] = {}
    for cpu in MACHINES:
        same.setdefault(INSTRUCTION_SETS.get(cpu), []).append(cpu)
    for cpus, optimise, granularity in product(same.values(), FLAGS, granularities):
        falling = [file for file in files if granularity == "op" or falls_into_rows(file)]
        measured = [code_of(file, cpus, optimise, granularity, directory) for file in falling]
        for cpu in cpus:
            print(f"code of {cpu}, {optimise}, {granularity}")
            found.setdefault(cpu, {}).setdefault(optimise, {})[granularity] = fit([one[cpu] for one in measured])
    return found


def measured_runs(files: Sequence[Path]) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    """Instructions outside of kernels, and cycles of an instruction of each kernel."""
    run: dict[str, Any] = {}
    cycles: dict[str, dict[str, list[float]]] = {}
    for cpu, granularity in product(COUNTED, GRANULARITIES):
        print(f"instructions of {cpu}, {granularity}")
        counted = []
        for file in files:
            if granularity == "row" and not falls_into_rows(file):
                continue
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
    return run, ratios


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, required=True, help="the table to make, or to bring up to date")
    parser.add_argument("--count", type=int, default=12, help="architectures (default: 12)")
    parser.add_argument("--part", choices=("code", "run"), help="what to measure (default: both)")
    parser.add_argument("--granularity", choices=GRANULARITIES, action="append", help="of code (default: both)")
    arguments = parser.parse_args()
    table = json.loads(arguments.write.read_text(encoding="utf-8")) if arguments.write.exists() else {}
    with tempfile.TemporaryDirectory() as scratch:
        files = []
        made = [*map(architecture, range(FIRST, FIRST + arguments.count)), *map(small, SMALL)]
        for name, data in (*made, *map(alike, MANY), *map(stateful, STATES)):
            files.append(Path(scratch) / f"{name}.tflite")
            files[-1].write_bytes(data)
        if arguments.part != "run":
            wanted = arguments.granularity or GRANULARITIES
            table["code_bytes"] = measured_code(files, wanted, Path(scratch), table.get("code_bytes", {}))
        if arguments.part != "code":
            table["run_instructions"], ratios = measured_runs(files[: len(made)])
            for kernel, of_cpus in ratios.items():
                table.setdefault("cycles_per_instruction", {}).setdefault(kernel, {}).update(of_cpus)
    arguments.write.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
