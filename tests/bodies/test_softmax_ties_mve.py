"""Shares of softmax next to ties, for Helium: of equal elements, in outputs that have no integer for them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from bodies.cases import Case
from bodies.trials import Trial, run_here, trials_of
from kernel_calls import GARBAGE, Bytes, address, c_function, layer_of
from kernel_programs import build_program, functions_of, run_trials

from arenite.frontends.bodies.softmax_mve import rewrite
from arenite.frontends.lowering import Call

DEPTHS = (2, 3, 4, 5, 6, 9, 16, 17, 30)
STEPS = (1, 253, 255, 256, 4095, 2**24 - 1)
"""Of the output between 0 and 1; even ones have no ties with two elements, but with four."""

needs_core = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="arm-none-eabi-gcc or qemu-system-arm is not installed",
)


def case_of(number: int, depth: int, steps: int) -> Case:
    """Rows with 1, 2 and more greatest elements; the others are far below, or anything."""
    generator = np.random.default_rng(number)
    rows = 2 * min(depth, 6)
    values = np.full((rows, depth), -128, np.int8)
    values[rows // 2 :] = generator.integers(-20, 101, (rows - rows // 2, depth))
    for row in values:
        row[generator.permutation(depth)[: int(generator.integers(1, depth + 1))]] = 100
    exponentials = np.rint(2.0**30 * np.exp(-0.3 * np.arange(70))).astype(np.int32)
    layer = {
        "rows": rows, "depth": depth, "entries": exponentials.size, "steps": steps,
        "output_zero_point": int(generator.choice([-128, 0, 127])),
    }  # fmt: skip
    call = Call("arenite_softmax_once_s8", layer, (0,), {"exponentials": exponentials})
    expected: Bytes = np.full(values.size, GARBAGE, np.uint8)
    arrays = [layer_of(call), values, exponentials]
    c_function(call.kernel)(*(address(array) for array in arrays), address(expected))
    return Case(number, call, (values,), expected)


def trials() -> list[Trial]:
    cases = [case_of(10 * depth + place, depth, steps) for depth in DEPTHS for place, steps in enumerate(STEPS)]
    return [trial for case in cases for trial in trials_of(case, *rewrite(case.call, 0))]


def test_shares_next_to_ties() -> None:
    """Two equal shares of 255 are 127.5 each, and become the even number beside it."""
    halves = case_of(2, 2, 255)
    equal = halves.inputs[0].min(axis=1) == halves.inputs[0].max(axis=1)
    found = halves.expected.view(np.int8).reshape(-1, 2)[equal].astype(np.int64)
    assert equal.any()
    assert (found == min(128 + halves.call.layer["output_zero_point"], 127)).all()


def test_portable_twins_have_the_same_ties() -> None:
    wrong = [text for trial in trials() for text in run_here(trial)]
    assert not wrong, wrong[:3]


@needs_core
def test_ties_on_a_core(tmp_path: Path) -> None:
    found = trials()
    program = build_program(tmp_path / "program", functions_of(found), "cortex-m55")
    outcome = run_trials(program, found, tmp_path / "run")
    assert not outcome.wrong, outcome.wrong[:3]
