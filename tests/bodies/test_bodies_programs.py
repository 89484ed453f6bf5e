"""Bodies on the cores they are written for, in QEMU, and under the sanitisers: bit for bit, in bulk.

Inputs and outputs begin at any byte, constants and scratch at any multiple of four; on the Cortex-M0+ an access that is
not aligned is a fault."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from bodies.cases import cases_of
from bodies.trials import Trial, trials_of
from bodies.variants import variants_of
from bodies.wide_models import WIDE
from kernel_programs import KernelProgram, build_program, functions_of, run_trials

from arenite.frontends.bodies import bodies
from arenite.target import INSTRUCTION_SETS

CASES = int(os.environ.get("ARENITE_CASES", "20"))
"""Of each body; most are tried as a whole, by rows, and with several amounts of scratch. After a change of a body, more
of them are in order: ARENITE_CASES=500."""
PORTABLE_CASES = 10

needs_cores = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="arm-none-eabi-gcc or qemu-system-arm is not installed",
)
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")


@cache
def trials_of_bodies(instruction_set: str) -> tuple[Trial, ...]:
    return tuple(
        trial
        for body in bodies()
        if body.instruction_set == instruction_set
        for variant in variants_of(body, CASES)
        for trial in variant.trials
    )


@cache
def trials_of_portable_kernels() -> tuple[Trial, ...]:
    return tuple(
        trial
        for kernel in sorted(WIDE)
        for case in cases_of(kernel, PORTABLE_CASES)
        for trial in trials_of(case, case.call, 0)
    )


def program_for(trials: tuple[Trial, ...], cpu: str, directory: Path) -> KernelProgram:
    return build_program(directory / "program", functions_of(trials), cpu)


def check(trials: tuple[Trial, ...], cpu: str, directory: Path) -> None:
    outcome = run_trials(program_for(trials, cpu, directory), trials, directory / "run")
    first = {text.split()[0]: text for text in reversed(outcome.wrong)}
    assert not outcome.wrong, f"{len(outcome.wrong)} differences; of each kernel the first:\n" + "\n".join(
        first.values()
    )


@needs_cores
@pytest.mark.parametrize("cpu", INSTRUCTION_SETS)
def test_bodies_on_their_cores(cpu: str, tmp_path: Path) -> None:
    trials = trials_of_bodies(INSTRUCTION_SETS[cpu])
    if not trials:
        pytest.skip(f"no kernel has a body for {INSTRUCTION_SETS[cpu]}")
    check(trials, cpu, tmp_path)


@needs_cores
@pytest.mark.parametrize("cpu", ["cortex-m0plus", "cortex-m3"])
def test_portable_kernels_on_cores(cpu: str, tmp_path: Path) -> None:
    check(trials_of_portable_kernels(), cpu, tmp_path)


@needs_gcc
@pytest.mark.parametrize("instruction_set", sorted(set(INSTRUCTION_SETS.values())))
def test_bodies_under_the_sanitisers(instruction_set: str, tmp_path: Path) -> None:
    trials = trials_of_bodies(instruction_set)
    if not trials:
        pytest.skip(f"no kernel has a body for {instruction_set}")
    check(trials, "host", tmp_path)


@needs_gcc
def test_stray_reads_are_found(tmp_path: Path) -> None:
    """Of an input that ends a byte earlier than the kernel believes."""
    (trial,) = (t for case in cases_of("arenite_lookup_s8", 1) for t in trials_of(case, case.call, 0)[:1])
    program = program_for((trial,), "host", tmp_path)
    assert not run_trials(program, [trial], tmp_path / "run").wrong
    source = trial.memories[2]
    shorter = replace(source, content=source.content[:-1], expected=source.content[:-1])
    broken = replace(trial, memories=(*trial.memories[:2], shorter, trial.memories[3]))
    with pytest.raises(AssertionError, match="use-after-poison"):
        run_trials(program, [broken], tmp_path / "run")


@needs_cores
def test_differences_are_found_on_a_core(tmp_path: Path) -> None:
    """In each memory, and in none that is not compared."""
    (trial,) = (t for case in cases_of("arenite_lookup_s8", 1) for t in trials_of(case, case.call, 0)[:1])
    out = trial.memories[-1]
    changed = out.expected.copy()
    changed[20] += 1
    free = (20, 21)
    trials = [
        trial,
        replace(trial, memories=(*trial.memories[:-1], replace(out, expected=changed))),
        replace(trial, memories=(*trial.memories[:-1], replace(out, expected=changed, free=free))),
        replace(trial, memories=(*trial.memories[:-1], replace(out, expected=out.content))),
    ]
    outcome = run_trials(program_for((trial,), "cortex-m4", tmp_path), trials, tmp_path / "run")
    found, expected = out.expected[20].view(np.int8), changed[20].view(np.int8)
    first, second = outcome.wrong
    assert first == f"{trial.label}: memory 3 differs at 20: {found}, not {expected}; {trial.details}"
    assert second.startswith(f"{trial.label}: memory 3 differs at 16")
