"""What the words for Helium make of accumulators: next to ties, at the ends of their range, with any multiplier."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from bodies.cases import Case
from bodies.trials import Trial, run_here, trials_of
from kernel_calls import Array, Bytes, address, c_function, layer_of
from kernel_programs import build_program, functions_of, run_trials

from arenite.frontends.bodies import conv2d_mve, fully_connected_mve
from arenite.frontends.lowering import Call
from arenite.frontends.operators.weights import quads

CASES = 6
"""Of each kernel."""
OUTPUTS = 256

Generator = np.random.Generator
Draw = Callable[[Generator], tuple[Array, Array]]
"""Accumulators, and numbers [OUTPUTS, n] that scale them."""

needs_core = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="arm-none-eabi-gcc or qemu-system-arm is not installed",
)


def accumulators(generator: Generator, real: Array) -> Array:
    """Half of them such that products with real multipliers lie next to ties of output elements; int32 [OUTPUTS]."""
    with np.errstate(divide="ignore", over="ignore"):
        ties = (generator.integers(-150, 150, OUTPUTS) + 0.5) / real + generator.integers(-1, 2, OUTPUTS)
    sizes = generator.integers(0, 31, OUTPUTS)
    others = generator.integers(-(2**30), 2**30, OUTPUTS) >> sizes
    found = np.where((generator.random(OUTPUTS) < 0.5) & (np.abs(ties) < 2.0**30), ties, others)
    return np.asarray(found, np.int64).astype(np.int32)


def multipliers(generator: Generator) -> Array:
    """In [2^30, 2^31), the ends more often than others; int64 [OUTPUTS]."""
    drawn = generator.integers(2**30, 2**31, OUTPUTS)
    drawn[generator.random(OUTPUTS) < 0.2] = 2**30
    drawn[generator.random(OUTPUTS) < 0.2] = 2**31 - 1
    return drawn


def rounded_twice(generator: Generator, left: bool = False) -> tuple[Array, Array]:
    """``arenite_channel`` but for the bias; shifts to the left if asked for."""
    numbers, right = multipliers(generator), generator.integers(-3 if left else 0, 24, OUTPUTS)
    exponent = np.where(right > 0, right - 1, ~-right)
    real = numbers * 2.0 ** (-31 - right)
    return accumulators(generator, real), np.column_stack([2 * numbers, exponent])


def rounded_as_float(generator: Generator) -> tuple[Array, Array]:
    numbers, exponent = multipliers(generator) & ~127, generator.integers(8, 13, OUTPUTS)
    left = np.where(exponent == 8, generator.integers(0, 12, OUTPUTS), 0)
    real = numbers * 2.0 ** (left - 33 - exponent)
    return accumulators(generator, real), np.column_stack([numbers, exponent - 64 * (1 + left)])


def rounded_once(generator: Generator) -> tuple[Array, Array]:
    """``arenite_scale``."""
    numbers, exponent = 2 * multipliers(generator), generator.integers(0, 23, OUTPUTS)
    fractions = generator.choice([0, 1, 2**29, 2**30 - 1], OUTPUTS)
    real = numbers * 2.0 ** (-33 - exponent)
    return accumulators(generator, real), np.column_stack([numbers, exponent, fractions])


def convolution(kernel: str, draw: Draw, number: int) -> Case:
    """Of one pixel and one input channel, whose weights are 0: sums are biases."""
    generator = np.random.default_rng(number)
    acc, scales = draw(generator)
    extents = dict.fromkeys(
        ("batches", "input_rows", "input_columns", "input_channels", "output_rows", "output_columns"), 1
    )
    layer = {
        **extents,
        "output_channels": OUTPUTS,
        **dict.fromkeys(("kernel_rows", "kernel_columns", "stride_rows", "stride_columns", "dilation_rows"), 1),
        **dict.fromkeys(("pad_top", "pad_left", "input_zero_point"), 0),
        "output_zero_point": int(generator.integers(-128, 128)),
        "activation_min": -128,
        "activation_max": 127,
        "output_stride": OUTPUTS,
        "output_start": 0,
    }
    constants = {
        "taps": np.zeros(1, np.int32),
        "weights": quads(np.zeros((OUTPUTS, 1), np.int8)),
        "channels": np.column_stack([acc, scales]).astype(np.int64).astype(np.uint32).view(np.int32),
    }
    return case_of(number, Call(kernel, layer, (0,), constants))


def fully_connected(kernel: str, draw: Draw, number: int) -> Case:
    generator = np.random.default_rng(number)
    acc, scales = draw(generator)
    layer = {"rows": 1, "inputs": 1, "outputs": OUTPUTS, "scale_step": 1}
    layer |= {"output_zero_point": int(generator.integers(-128, 128)), "activation_min": -128, "activation_max": 127}
    records = np.pad(scales, ((0, 0), (0, 3 - scales.shape[1])))
    constants = {
        "weights": quads(np.zeros((OUTPUTS, 1), np.int8)),
        "bias": acc,
        "scales": records.astype(np.int64).astype(np.uint32).view(np.int32),
    }
    return case_of(number, Call(kernel, layer, (0,), constants))


def case_of(number: int, call: Call) -> Case:
    source, out = np.ones((1, 1, 1, 1), np.int8), np.zeros(OUTPUTS, np.uint8)
    arrays = [layer_of(call), source, *call.constants.values()]
    c_function(call.kernel)(*(address(np.ascontiguousarray(array)) for array in arrays), address(out))
    return Case(number, call, (source,), out)


@cache
def trials() -> tuple[Trial, ...]:
    found: list[Trial] = []
    for number in range(CASES):
        cases = [
            convolution("arenite_conv2d_s8", rounded_twice, number),
            convolution("arenite_conv2d_s8", lambda generator: rounded_twice(generator, left=True), number),
            convolution("arenite_conv2d_once_s8", rounded_as_float, number),
            fully_connected("arenite_fully_connected_s8", rounded_once, number),
            fully_connected("arenite_fully_connected_once_s8", rounded_as_float, number),
        ]
        for case in cases:
            module = conv2d_mve if "conv2d" in case.call.kernel else fully_connected_mve
            rewritten = module.rewrite(case.call, 0)
            assert rewritten is not None
            found += trials_of(case, *rewritten)
    return tuple(found)


def spread(expected: Bytes) -> int:
    """How many different elements there are."""
    return len(np.unique(expected))


def test_cases_are_not_saturated() -> None:
    for trial in trials():
        assert spread(trial.memories[-1].expected) > 20, trial.label


def test_on_this_machine() -> None:
    assert [text for trial in trials() for text in run_here(trial)] == []


@needs_core
def test_on_the_core(tmp_path: Path) -> None:
    tried = trials()
    program = build_program(tmp_path / "program", functions_of(tried), "cortex-m55")
    assert run_trials(program, tried, tmp_path / "run").wrong == ()
