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

import models.recurrent  # noqa: E402, F401 - of the tests, before models.py beside this is found

sys.path.append(str(Path(__file__).resolve().parent))

from bodies.trials import Trial  # noqa: E402
from calibrate_bodies import CPUS as ALL_KERNELS  # noqa: E402
from calibrate_bodies import fit  # noqa: E402
from calibration_layers import models_of  # noqa: E402
from kernel_programs import build_program, functions_of, measure  # noqa: E402
from kernel_trials import trial_of  # noqa: E402
from latency_layers import further_models_of  # noqa: E402

from arenite.codegen.kernels import kernels  # noqa: E402
from arenite.estimation.features import variant, work  # noqa: E402
from arenite.estimation.latency import written_elements  # noqa: E402
from arenite.frontends.bodies import bodies  # noqa: E402
from arenite.frontends.lowering import Call, NotLowered  # noqa: E402
from arenite.frontends.macs import operator_macs  # noqa: E402
from arenite.frontends.model import Model, Quantisation  # noqa: E402
from arenite.frontends.operators import lower  # noqa: E402
from arenite.target import INSTRUCTION_SETS, SCRATCH_BYTES  # noqa: E402

FLOATS = "cortex-m3"
"""Stands for itself with floats, which it has no instructions for; with all else the Cortex-M4 does."""
CPUS = (*ALL_KERNELS, FLOATS)
FEWEST = 12
"""Layers of a variant that are fitted."""
RECTIFIED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "ADD", "MUL")
WITHOUT_FLOATS = ("cortex-m0plus", FLOATS)
"""CPUs that compute with floats in software, at about a hundred instructions a product."""
MOST_MACS = 40_000
"""Of layers that are measured there."""

Sample = tuple[str, Mapping[str, float], Trial]
"""Variant of a call, its work, and the trial that runs it."""


def layers_of(kernel: str) -> Iterator[Model]:
    """As the choice of bodies has them, whose activations clamp; then with those that clamp nothing."""
    for model in (*models_of(kernel), *further_models_of(kernel)):
        yield model
        if model.operators[0].kind in RECTIFIED:
            yield from unclamped(model)


def unclamped(model: Model) -> Iterator[Model]:
    """The same without an activation; of int8, where zero is the least number that the result can be, as converters
    have it behind a ReLU."""
    (operator,), (result,) = model.operators, model.outputs
    tensor = model.tensors[result]
    if tensor.dtype == "float32":
        attributes = {**operator.attributes, "fused_activation_function": "NONE"}
        yield replace(model, operators=(replace(operator, attributes=attributes),))
    elif tensor.dtype == "int8" and tensor.quantisation is not None:
        changed = replace(tensor, quantisation=Quantisation(tensor.quantisation.scales, (-128,)))
        yield replace(model, tensors=tuple(changed if t.index == result else t for t in model.tensors))


def with_all_layers(chosen: set[str]) -> set[str]:
    """Portable kernels, and those with which they have bodies in common: a body is fitted to the layers of all."""
    shared = {body.kernel for body in bodies() if body.of in chosen}
    return chosen | {body.of for body in bodies() if body.kernel in shared}


def samples_of(kernel: str, cpu: str) -> Iterator[tuple[str, Sample]]:
    """Name of what is called, the kernel or a body of it, and the call."""
    own = [body for body in bodies() if body.of == kernel and body.instruction_set == INSTRUCTION_SETS.get(cpu)]
    for number, model in enumerate(layers_of(kernel)):
        if cpu in WITHOUT_FLOATS and kernel.endswith("_f32") and operator_macs(model, model.operators[0]) > MOST_MACS:
            continue
        try:
            lowering = lower(model, model.operators[0])
        except NotLowered:
            continue
        outputs = sum(model.tensors[index].elements for index in lowering.outputs)
        for call in lowering.calls:
            if call.kernel != kernel:
                continue
            found: dict[tuple[str, str], tuple[Call, int]] = {(kernel, ""): (call, lowering.scratch_bytes)}
            for body in own:
                for limit in (0, SCRATCH_BYTES // 3, SCRATCH_BYTES):
                    changed = body.rewrite(call, limit)
                    if changed is not None:
                        found[changed[0].kernel, variant(changed[0])] = changed
            read = sum(model.tensors[index].elements for index in call.inputs)
            counts = read, written_elements(call, outputs)
            for one, scratch_bytes in found.values():
                trial = trial_of(model, lowering, one, scratch_bytes, number)
                yield one.kernel, (variant(one), work(one, *counts), trial)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu", choices=CPUS, action="append", help="only this core; may be repeated")
    parser.add_argument("--kernel", default="", help="only portable kernels whose names begin so, and bodies")
    parser.add_argument("--missing", action="store_true", help="only kernels that the table does not have")
    parser.add_argument("--write", type=Path, help="the table to make, or to bring up to date")
    arguments = parser.parse_args()
    table: dict[str, Any] = {}
    if arguments.write and arguments.write.exists():
        table = json.loads(arguments.write.read_text(encoding="utf-8"))
    chosen = with_all_layers({kernel for kernel in kernels() if kernel.startswith(arguments.kernel)})
    print("kernel,cpu,variant,layers,median_error,ninth_tenth_error,greatest_error,stack_bytes")
    for cpu in arguments.cpu or CPUS:
        samples: dict[str, list[Sample]] = {}
        for kernel in sorted(kernels()):
            wanted = kernel in chosen and (cpu != FLOATS or "f32" in kernel)
            wanted = wanted and not (arguments.missing and cpu in table.get(kernel, {}))
            if wanted and "_row" not in kernel:
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
