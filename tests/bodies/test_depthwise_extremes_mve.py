"""Accumulators and multipliers at the ends of their ranges, in depthwise convolution for Helium."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from bodies.cases import Case
from bodies.trials import Trial, run_here, trials_of
from kernel_calls import GARBAGE, Array, Bytes, address, c_function, layer_of
from kernel_programs import build_program, functions_of, run_trials

from arenite.frontends.bodies.depthwise_conv2d_3x3_mve import rewrite
from arenite.frontends.lowering import Call
from arenite.frontends.operators.depthwise_conv2d import FIELDS
from arenite.frontends.operators.weights import row_taps

CASES = 12
CHANNELS = 64
COLUMNS = 7
"""Of input and output: four pixels at once, two, and one."""

needs_core = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="arm-none-eabi-gcc or qemu-system-arm is not installed",
)


def records(generator: np.random.Generator, *, right: bool) -> Array:
    """``arenite_channel`` [CHANNELS, 3]. Half of the accumulators are next to ties, or anything in int32."""
    exponent = generator.integers(0 if right else -31, 31, CHANNELS)
    multiplier = generator.integers(2**30, 2**31, CHANNELS)
    multiplier[generator.random(CHANNELS) < 0.2] = 2**31 - 1
    multiplier[generator.random(CHANNELS) < 0.2] = 2**30
    real = multiplier * 2.0 ** (-32 - exponent)
    ties = np.rint((generator.integers(-200, 200, CHANNELS) + 0.5) / real + generator.integers(-1, 2, CHANNELS))
    anything = generator.integers(-(2**31), 2**31, CHANNELS) >> generator.integers(0, 31, CHANNELS)
    bias = np.where((generator.random(CHANNELS) < 0.5) & (np.abs(ties) < 2.0**31), ties, anything).astype(np.int64)
    multiplier[(exponent < 0) & (generator.random(CHANNELS) < 0.1)] = 0
    columns = [bias, 2 * multiplier, exponent]
    return np.stack(columns, axis=1).astype(np.uint64).astype(np.uint32).view(np.int32)


def call_of(generator: np.random.Generator, *, right: bool) -> Call:
    """The portable kernel's, with weights that are 0 for most channels, and -128 for the others."""
    fields = {
        **dict.fromkeys(FIELDS, 1),
        "input_rows": 3, "input_columns": COLUMNS, "input_channels": CHANNELS,
        "output_rows": 3, "output_columns": COLUMNS,
        "input_zero_point": int(generator.choice([-128, 127, 3])),
        "output_zero_point": int(generator.choice([-128, 127, 5])),
        "activation_min": int(generator.choice([-128, -7])), "activation_max": int(generator.choice([127, 90])),
        "output_stride": CHANNELS, "output_start": 0,
    }  # fmt: skip
    fixed = ("depth_multiplier", "kernel_rows", "kernel_columns", "dilation_columns")
    weights = np.where(generator.random((CHANNELS, 1)) < 0.2, -128, 0) * np.ones((CHANNELS, 9), np.int64)
    constants = {
        "taps": row_taps(3, 1, COLUMNS * CHANNELS),
        "weights": weights.astype(np.int8).reshape(CHANNELS, 3, 3),
        "channels": records(generator, right=right),
    }
    layer = {name: value for name, value in fields.items() if name not in fixed}
    return Call("arenite_depthwise_conv2d_3x3_s8", layer, (0,), constants)


def case_of(number: int) -> Case:
    generator = np.random.default_rng(number)
    call = call_of(generator, right=number % 2 == 0)
    values = generator.choice(np.array([-128, 127, -1], np.int8), (1, 3, COLUMNS, CHANNELS))
    expected: Bytes = np.full(values.size, GARBAGE, np.uint8)
    arrays = [layer_of(call), values, *(np.ascontiguousarray(array) for array in call.constants.values())]
    c_function(call.kernel)(*(address(array) for array in arrays), address(expected))
    return Case(number, call, (values,), expected)


@cache
def trials() -> tuple[Trial, ...]:
    found: list[Trial] = []
    for number in range(CASES):
        case = case_of(number)
        for limit in (1536, 600, 0):
            changed = rewrite(case.call, limit)
            # Without scratch, only shifts to the right are computed as the portable kernel does.
            assert (changed is None) == (limit == 0 and number % 2 == 1)
            found += trials_of(case, *changed) if changed else []
    return tuple(found)


def test_extremes_on_this_machine() -> None:
    wrong = [text for trial in trials() for text in run_here(trial)]
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong[:5])


@needs_core
def test_extremes_on_the_core(tmp_path: Path) -> None:
    program = build_program(tmp_path / "program", functions_of(trials()), "cortex-m55")
    outcome = run_trials(program, trials(), tmp_path / "run")
    assert not outcome.wrong, f"{len(outcome.wrong)} differences:\n" + "\n".join(outcome.wrong[:5])
