"""Counts instructions of kernels and their bodies in QEMU, and fits what frontends/bodies/costs.json has.

For each kernel and core: non-negative coefficients of frontends/bodies/features.py, by least squares of relative
errors over layers of many sizes (calibration_layers.py). Prints the errors: the median, the one that a tenth of the
layers exceed, and the greatest; then the most stack and the size of the code.

    python benchmarks/calibrate_bodies.py --write frontends/bodies/costs.json
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")
sys.path.append(str(Path(__file__).resolve().parent))

from bodies.cases import case_with  # noqa: E402
from bodies.trials import Trial, trials_of  # noqa: E402
from calibration_layers import models_of  # noqa: E402
from kernel_programs import OPTIONS, build_program, flags_of, functions_of, measure  # noqa: E402

from arenite.codegen.host import INCLUDES, kernel_path  # noqa: E402
from arenite.codegen.kernels import kernels  # noqa: E402
from arenite.codegen.tools import run_program  # noqa: E402
from arenite.frontends.bodies import bodies  # noqa: E402
from arenite.frontends.bodies.body import Body  # noqa: E402
from arenite.frontends.bodies.features import features_of  # noqa: E402
from arenite.frontends.lowering import Call  # noqa: E402
from arenite.target import INSTRUCTION_SETS, SCRATCH_BYTES  # noqa: E402

Array = npt.NDArray[np.float64]
CPUS = ("cortex-m0plus", "cortex-m4", "cortex-m55")
"""One core for each instruction set; the others count as the Cortex-M4 does."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A call to count, as a trial."""

    call: Call
    trial: Trial


@dataclass(frozen=True)
class Fit:
    """``coefficients``: instructions per feature. Errors are relative."""

    coefficients: Mapping[str, float]
    median: float
    ninth: float
    greatest: float


def aligned(trial: Trial) -> Trial:
    """With all memories at multiples of 4 bytes, as most tensors of programs are."""
    return replace(trial, memories=tuple(replace(m, offset=m.offset // 4 * 4) for m in trial.memories))


def portable_layers(kernel: str) -> list[Layer]:
    found: list[Layer] = []
    for number, model in enumerate(models_of(kernel)):
        case = case_with(model, kernel, number)
        found.append(Layer(case.call, aligned(trials_of(case, case.call, 0)[0])))
    return found


def body_layers(body: Body) -> list[Layer]:
    """Of the kernels that stand for the portable one: as the body makes them where it may have scratch, and without
    where it calls another one then."""
    found: list[Layer] = []
    for number, model in enumerate(models_of(body.of)):
        case = case_with(model, body.of, number)
        both = [body.rewrite(case.call, limit) for limit in (0, SCRATCH_BYTES)]
        rewritten = {each[0].kernel: each for each in both if each is not None}
        for call, scratch_bytes in rewritten.values():
            found.append(Layer(call, aligned(trials_of(case, call, scratch_bytes)[0])))
    return found


def fit(rows: Sequence[Mapping[str, float]], counts: Array) -> Fit:
    """Least squares of relative errors; features that would count less than nothing are left out, one by one."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = np.array([[row.get(name, 0) for name in names] for row in rows]) / counts[:, None]
    kept = list(range(len(names)))
    while True:
        solution = np.linalg.lstsq(table[:, kept], np.ones(len(rows)), rcond=None)[0]
        if (solution >= 0).all():
            break
        del kept[int(solution.argmin())]
    errors = np.sort(np.abs(table[:, kept] @ solution - 1))
    found = {names[place]: round(float(value), 3) for place, value in zip(kept, solution, strict=True)}
    coefficients = {name: value for name, value in found.items() if value > 0}
    return Fit(coefficients, float(np.median(errors)), float(errors[len(errors) * 9 // 10]), float(errors[-1]))


def code_bytes(family: str, cpu: str, directory: Path) -> int:
    """Code and tables of a family's object file."""
    target = directory / "code.o"
    compiler = ["arm-none-eabi-gcc", *flags_of(cpu), "-O2", *OPTIONS, *INCLUDES]
    run_program([*compiler, "-c", str(kernel_path(f"{family}.c")), "-o", str(target)])
    sections = run_program(["arm-none-eabi-size", "-A", str(target)])
    return sum(int(size) for size in re.findall(r"^\.(?:text|rodata)\S*\s+(\d+)", sections, re.M))


def layers_for(cpu: str, part: str) -> dict[str, list[Layer]]:
    """Kernels to count on a core, those whose names contain ``part``, and what to count."""
    found = {name: portable_layers(name) for name in sorted(kernels()) if part in name and "_row" not in name}
    for body in bodies():
        if body.instruction_set == INSTRUCTION_SETS[cpu]:
            for layer in body_layers(body):
                if part in layer.call.kernel:
                    found.setdefault(layer.call.kernel, []).append(layer)
    return {kernel: layers for kernel, layers in found.items() if layers}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu", choices=CPUS, action="append", help="only this core; may be repeated")
    parser.add_argument("--kernel", default="", help="only kernels whose names contain this")
    parser.add_argument("--write", type=Path, help="the table to make, or to bring up to date")
    arguments = parser.parse_args()
    instructions: dict[str, dict[str, Mapping[str, float]]] = {}
    sizes: dict[str, dict[str, int]] = {}
    print("kernel,cpu,layers,median_error,ninth_tenth_error,greatest_error,stack_bytes,code_bytes")
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        for cpu in arguments.cpu or CPUS:
            layers = layers_for(cpu, arguments.kernel)
            functions = functions_of(layer.trial for found in layers.values() for layer in found)
            program = build_program(directory / cpu, functions, cpu, measured=True)
            for kernel, found in layers.items():
                measured = measure(program, [layer.trial for layer in found], directory / "run")
                counts = np.array([measurement.instructions for measurement in measured], float)
                result = fit([features_of(kernel, layer.call.layer) for layer in found], counts)
                family = kernels()[kernel].family
                size = code_bytes(family, cpu, directory)
                instructions.setdefault(kernel, {})[cpu] = result.coefficients
                sizes.setdefault(family, {})[cpu] = size
                errors = f"{result.median:.3f},{result.ninth:.3f},{result.greatest:.3f}"
                stack = max(measurement.stack_bytes for measurement in measured)
                print(f"{kernel},{cpu},{len(found)},{errors},{stack},{size}", flush=True)
    if arguments.write:
        write(arguments.write, instructions, sizes)


def write(path: Path, instructions: Mapping[str, Mapping[str, object]], sizes: Mapping[str, object]) -> None:
    """What is not measured now stays."""
    table = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"instructions": {}, "code_bytes": {}}
    for kernel, of_cpus in instructions.items():
        table["instructions"].setdefault(kernel, {}).update(of_cpus)
    for family, bytes_of_cpus in sizes.items():
        table["code_bytes"].setdefault(family, {}).update(bytes_of_cpus)
    path.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
