"""Bodies that take their input row by row: bit for bit what the portable kernel makes of the whole."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from bodies.cases import Case, cases_of
from bodies.trials import GUARD, RUBBISH, At, FunctionCall, Trial, constant, guarded, run_here
from kernel_calls import GARBAGE
from kernel_programs import build_program, functions_of, run_trials

from arenite.codegen.kernels.accumulators import ITEM_BYTES, Accumulator
from arenite.codegen.kernels.rows import KernelRows, kernel_rows
from arenite.frontends.bodies import bodies
from arenite.frontends.lowering import Call
from arenite.target import INSTRUCTION_SETS, InstructionSet

CASES = 120
FEWEST = 5
"""Cases of a body that can be taken row by row."""

BODIES = {body.kernel: body for body in bodies() if body.kernel in ITEM_BYTES}
CPUS = {name: cpu for cpu, name in INSTRUCTION_SETS.items()}

needs_cores = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="arm-none-eabi-gcc or qemu-system-arm is not installed",
)


@cache
def trials_of_sums(kernel: str) -> tuple[Trial, ...]:
    body = BODIES[kernel]
    found: list[Trial] = []
    for case in cases_of(body.of, CASES):
        rewritten = body.rewrite(case.call, 0)
        if rewritten is None:
            continue
        call = rewritten[0]
        form = kernel_rows(kernel, call.layer, call.constants, [values.shape for values in case.inputs])
        if form is not None and form.accumulator is not None:
            found.append(trial_of_sums(case, call, form, form.accumulator))
    return tuple(found)


def trial_of_sums(case: Case, call: Call, form: KernelRows, sums: Accumulator) -> Trial:
    """All output rows, one after the other, with the same memory for sums."""
    generator = np.random.default_rng(case.number)
    rows = np.ascontiguousarray(case.inputs[0]).reshape(form.inputs[0].rows, -1).view(np.uint8)
    inputs = [constant(row, int(generator.integers(0, 8))) for row in rows]
    layer = constant(np.array(list(call.layer.values()), np.int32), 4)
    rubbish = np.full(sums.elements * sums.item_bytes, RUBBISH, np.uint8)
    memory = guarded(rubbish, rubbish, 4 * int(generator.integers(0, 2)) if sums.item_bytes > 1 else 3, free=True)
    out = guarded(np.full_like(case.expected, GARBAGE), case.expected, int(generator.integers(0, 8)))
    at_sums, at_out = 1 + len(inputs), 2 + len(inputs)
    calls: list[FunctionCall] = []
    for number, (first, last) in enumerate(form.inputs[0].ranges):
        for row in range(first, last):
            arguments = (At(0), At(1 + row), sums.columns, int(row == first), At(at_sums, GUARD))
            calls.append(FunctionCall(sums.add, arguments))
        place = GUARD + number * (case.expected.size // form.rows)
        calls.append(FunctionCall(sums.finish, (At(0), last - first, At(at_sums, GUARD), At(at_out, place))))
    label = f"{call.kernel} case {case.number} sums"
    return Trial(label, str(dict(call.layer)), (layer, *inputs, memory, out), tuple(calls))


@pytest.mark.parametrize("kernel", sorted(BODIES))
def test_sums_on_this_machine(kernel: str) -> None:
    trials = trials_of_sums(kernel)
    assert len(trials) >= FEWEST
    wrong = [text for trial in trials for text in run_here(trial)]
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong[:5])


@needs_cores
@pytest.mark.parametrize("instruction_set", sorted({body.instruction_set for body in BODIES.values()}))
def test_sums_on_their_core(instruction_set: InstructionSet, tmp_path: Path) -> None:
    kernels = [kernel for kernel, body in BODIES.items() if body.instruction_set == instruction_set]
    trials = tuple(trial for kernel in kernels for trial in trials_of_sums(kernel))
    program = build_program(tmp_path / "program", functions_of(trials), CPUS[instruction_set])
    outcome = run_trials(program, trials, tmp_path / "run")
    assert not outcome.wrong, f"{len(outcome.wrong)} differences:\n" + "\n".join(outcome.wrong[:5])
