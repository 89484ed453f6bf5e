"""Counts instructions and stack of kernels in QEMU, and fits what src/arenite/estimation/latency.json has.

For each kernel, core and variant (``estimation/features.py``): non-negative coefficients, by least squares of relative
errors over layers of many sizes. Prints the errors: the median, the one that a tenth of the layers exceed, the
greatest.

    python benchmarks/calibrate_latency.py --write src/arenite/estimation/latency.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")
sys.path.append(str(Path(__file__).resolve().parent))

from bodies.cases import Case, case_with  # noqa: E402
from bodies.trials import Trial, whole_trial  # noqa: E402
from calibrate_bodies import CPUS, aligned, fit  # noqa: E402
from calibration_layers import models_of  # noqa: E402
from kernel_programs import build_program, functions_of, measure  # noqa: E402
from latency_layers import further_models_of  # noqa: E402

from arenite.codegen.kernels import kernels  # noqa: E402
from arenite.estimation.features import variant, work  # noqa: E402
from arenite.frontends.bodies import bodies  # noqa: E402
from arenite.frontends.lowering import Call, NotLowered  # noqa: E402
from arenite.frontends.model import Model, Quantisation  # noqa: E402
from arenite.target import INSTRUCTION_SETS, SCRATCH_BYTES  # noqa: E402

FEWEST = 12
"""Layers of a variant that are fitted."""
RECTIFIED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD", "MUL")

Sample = tuple[str, Mapping[str, float], Trial]
"""Variant of a call, its work, and the trial that runs it."""


def layers_of(kernel: str) -> Iterator[Model]:
    """As the choice of bodies has them, whose activations clamp; then with those that clamp nothing."""
    for model in (*models_of(kernel), *further_models_of(kernel)):
        yield model
        if model.operators[0].kind in RECTIFIED and model.tensors[model.outputs[0]].quantisation is not None:
            yield unclamped(model)


def unclamped(model: Model) -> Model:
    """The same where zero is the least number that the result can be, as converters have it behind a ReLU."""
    result = model.outputs[0]
    quantisation = model.tensors[result].quantisation
    assert quantisation is not None
    changed = replace(model.tensors[result], quantisation=Quantisation(quantisation.scales, (-128,)))
    return replace(model, tensors=tuple(changed if t.index == result else t for t in model.tensors))


def samples_of(kernel: str, cpu: str) -> Iterator[tuple[str, Sample]]:
    """Name of what is called, the kernel or a body of it, and the call."""
    own = [body for body in bodies() if body.of == kernel and body.instruction_set == INSTRUCTION_SETS[cpu]]
    for number, model in enumerate(layers_of(kernel)):
        try:
            case = case_with(model, kernel, number)
        except (NotLowered, AssertionError, ValueError):
            continue
        case = with_real_numbers(case)
        sizes = sum(values.size for values in case.inputs), model.tensors[model.outputs[0]].elements
        found: dict[tuple[str, str], tuple[Call, int]] = {(kernel, ""): (case.call, 0)}
        for body in own:
            for limit in (0, SCRATCH_BYTES // 3, SCRATCH_BYTES):
                changed = body.rewrite(case.call, limit)
                if changed is not None:
                    found[changed[0].kernel, variant(changed[0])] = changed
        for call, scratch_bytes in found.values():
            trial = uncompared(aligned(whole_trial(case, call, scratch_bytes)))
            yield call.kernel, (variant(call), work(call, *sizes), trial)


def with_real_numbers(case: Case) -> Case:
    """The case with floats that networks have; random bits are mostly none of these."""
    generator = np.random.default_rng(case.number)
    inputs = tuple(
        generator.normal(0, 2, values.shape).astype(np.float32) if values.dtype == np.float32 else values
        for values in case.inputs
    )
    return replace(case, inputs=inputs)


def uncompared(trial: Trial) -> Trial:
    """Whatever the result is: tests compare it."""
    *others, out = trial.memories
    return replace(trial, memories=(*others, replace(out, free=(0, out.content.size))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu", choices=CPUS, action="append", help="only this core; may be repeated")
    parser.add_argument("--kernel", default="", help="only portable kernels whose names contain this, and their bodies")
    parser.add_argument("--write", type=Path, help="the table to make, or to bring up to date")
    arguments = parser.parse_args()
    table: dict[str, Any] = {}
    if arguments.write and arguments.write.exists():
        table = json.loads(arguments.write.read_text(encoding="utf-8"))
    print("kernel,cpu,variant,layers,median_error,ninth_tenth_error,greatest_error,stack_bytes")
    for cpu in arguments.cpu or CPUS:
        samples: dict[str, list[Sample]] = {}
        for kernel in sorted(kernels()):
            if arguments.kernel in kernel and "_row" not in kernel:
                for name, sample in samples_of(kernel, cpu):
                    samples.setdefault(name, []).append(sample)
        with tempfile.TemporaryDirectory() as directory:
            trials = [trial for found in samples.values() for _, _, trial in found]
            program = build_program(Path(directory) / cpu, functions_of(trials), cpu, measured=True)
            for name, found in samples.items():
                measured = measure(program, [trial for _, _, trial in found], Path(directory) / "run")
                table.setdefault(name, {})[cpu] = fitted(name, cpu, found, measured)
    if arguments.write:
        write(arguments.write, table)


def fitted(name: str, cpu: str, samples: Sequence[Sample], measured: Sequence[Any]) -> dict[str, Any]:
    """By variant, "" for all together, which stands for those with too few layers: instructions, and the most stack."""
    found: dict[str, Any] = {}
    stacks: dict[str, int] = {}
    for wanted in sorted({"", *(kind for kind, _, _ in samples)}):
        some = [(counts, m) for (kind, counts, _), m in zip(samples, measured, strict=True) if wanted in ("", kind)]
        if len(some) >= FEWEST:
            result = fit([counts for counts, _ in some], np.array([m.instructions for _, m in some], float))
            found[wanted] = result.coefficients
            stacks[wanted] = stack = max(m.stack_bytes for _, m in some)
            errors = f"{result.median:.3f},{result.ninth:.3f},{result.greatest:.3f}"
            print(f'{name},{cpu},"{wanted}",{len(some)},{errors},{stack}', flush=True)
    return {"instructions": found, "stack_bytes": stacks}


def write(path: Path, table: Mapping[str, Any]) -> None:
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(table[name], sort_keys=True)}" for name in sorted(table))
    path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
