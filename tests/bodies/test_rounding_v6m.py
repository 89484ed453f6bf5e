"""Sums and products for Armv6-M with multipliers at the ends of their ranges, and sums at theirs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from bodies.cases import GARBAGE, Case
from bodies.trials import Trial, run_here, trials_of
from kernel_calls import address, c_function, layer_of
from kernel_programs import build_program, functions_of, run_trials

from arenite.frontends.bodies import elementwise_v6m, mean_v6m, pool_v6m
from arenite.frontends.lowering import Call

Array = np.ndarray
MULTIPLIERS = (2**30, 2**30 + 1, 3 * 2**29, 0x7FFF7FFF, 0x7FFF8000, 2**31 - 1)
CHANNELS = 40

needs_cores = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="arm-none-eabi-gcc or qemu-system-arm is not installed",
)


def case(number: int, call: Call, inputs: tuple[Array, ...], outputs: int) -> Case:
    out = np.full(outputs, GARBAGE, np.uint8)
    constants = (np.ascontiguousarray(constant) for constant in call.constants.values())
    c_function(call.kernel)(*(address(array) for array in (layer_of(call), *inputs, *constants)), address(out))
    return Case(number, call, inputs, out)


def ends(generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """int8; the first channels hold an end of the range alone, half of the others are there."""
    values = generator.integers(-128, 128, shape, np.int8)
    values = np.where(generator.random(shape) < 0.5, generator.choice(np.array([-128, 127], np.int8), shape), values)
    values[..., 0], values[..., 1] = -128, 127
    return values


def means(once: bool) -> Iterator[Case]:
    settings = product((1, 2, 49, 255, 256), MULTIPLIERS)
    for number, (reduced, multiplier) in enumerate(settings):
        zero_point = (-128, 0, 127)[number % 3]
        shift = (-1, -2, -7, -8, -21)[number % 5]
        code = (8, 9, 12)[number % 3] - 64 * (1 + number % 15)
        layer = {
            "outer": 1, "reduced": reduced, "inner": CHANNELS, "offset": -reduced * zero_point,
            "multiplier": multiplier & -128 if once else multiplier, "shift": code if once else shift,
            "output_zero_point": (-128, 127, 5)[number // 3 % 3],
        }  # fmt: skip
        source = ends(np.random.default_rng(number), (1, 1, reduced, CHANNELS))
        yield case(
            number, Call("arenite_mean_once_s8" if once else "arenite_mean_s8", layer, (0,)), (source,), CHANNELS
        )


def products(once: bool) -> Iterator[Case]:
    for number, (multiplier, a_zero, b_zero) in enumerate(product(MULTIPLIERS, (-128, 127, 3), (-128, 127, -7))):
        generator = np.random.default_rng(number)
        a, b = (ends(generator, (1, 2, CHANNELS)) for _ in range(2))
        own = {"gain": 2, "a_offset": -2 * a_zero, "b_offset": -b_zero, "multiplier": multiplier}
        own |= {"shift": 1 + number % 21, "output_zero_point": (-128, 127)[number % 2]}
        if once:
            own = {"a_offset": -a_zero, "b_offset": -b_zero, "multiplier": multiplier & -128}
            own |= {"code": 8 + number % 5 - 64 * (1 + number % 15), "float_offset": 128, "output_zero_point": 0}
        strides = {f"{name}_{axis}_stride": 1 for name in "ab" for axis in ("batch", "row", "column", "channel")}
        strides |= {"a_row_stride": CHANNELS, "b_row_stride": CHANNELS}
        layer = {"batches": 1, "rows": 2, "columns": 1, "channels": CHANNELS, **strides, **own}
        layer |= {"activation_min": -128, "activation_max": 127, "output_stride": CHANNELS, "output_start": 0}
        kernel = "arenite_multiply_once_s8" if once else "arenite_multiply_s8"
        yield case(number, Call(kernel, layer, (0, 1)), (a, b), 2 * CHANNELS)


def averages() -> Iterator[Case]:
    for number, (rows, columns) in enumerate(((1, 1), (1, 2), (2, 2), (3, 3), (4, 4), (5, 51), (16, 16))):
        source = ends(np.random.default_rng(number), (1, rows, columns, CHANNELS))
        layer = {
            "batches": 1, "input_rows": rows, "input_columns": columns, "channels": CHANNELS, "output_rows": 1,
            "output_columns": 1, "kernel_rows": rows, "kernel_columns": columns, "stride_rows": 1, "stride_columns": 1,
            "pad_top": 0, "pad_left": 0, "activation_min": -128, "activation_max": 127, "output_stride": CHANNELS,
            "output_start": 0,
        }  # fmt: skip
        taps = np.arange(rows, dtype=np.int32) * np.int32(columns * CHANNELS)
        yield case(number, Call("arenite_average_pool_s8", layer, (0,), {"taps": taps}), (source,), CHANNELS)


def rewritten(cases: Iterator[Case], rewrite: Callable[[Call, int], tuple[Call, int] | None]) -> Iterator[Trial]:
    for each in cases:
        found = rewrite(each.call, 0)
        assert found is not None, each.call.layer
        yield from trials_of(each, *found)


def trials() -> list[Trial]:
    found = list(rewritten(averages(), pool_v6m.rewrite))
    for once in (False, True):
        found += rewritten(means(once), mean_v6m.rewrite)
        rewrite = elementwise_v6m.rewrite_product_once if once else elementwise_v6m.rewrite_product
        found += rewritten(products(once), rewrite)
    return found


def test_ends_of_ranges_on_this_machine() -> None:
    wrong = [text for trial in trials() for text in run_here(trial)]
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong[:5])


@needs_cores
def test_ends_of_ranges_on_the_core(tmp_path: Path) -> None:
    all_trials = trials()
    program = build_program(tmp_path / "program", functions_of(all_trials), "cortex-m0plus")
    outcome = run_trials(program, all_trials, tmp_path / "run")
    assert not outcome.wrong, f"{len(outcome.wrong)} differences:\n" + "\n".join(outcome.wrong[:5])


def test_what_does_not_fit_is_refused() -> None:
    mean, multiply, average = (next(each) for each in (means(False), products(False), averages()))
    for rewrite, call, change in (
        (mean_v6m.rewrite, mean.call, {"reduced": 257}),
        (mean_v6m.rewrite, mean.call, {"inner": 1}),
        (mean_v6m.rewrite, mean.call, {"shift": 0}),
        (mean_v6m.rewrite, mean.call, {"shift": -22}),
        (elementwise_v6m.rewrite_product, multiply.call, {"gain": 4}),
        (elementwise_v6m.rewrite_product, multiply.call, {"shift": 0}),
        (elementwise_v6m.rewrite_product, multiply.call, {"shift": 22}),
        (pool_v6m.rewrite, average.call, {"kernel_rows": 257, "input_rows": 257}),
    ):
        assert rewrite(call, 0) is not None
        assert rewrite(Call(call.kernel, {**call.layer, **change}, call.inputs, call.constants), 0) is None, change
