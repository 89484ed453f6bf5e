"""Bodies for the DSP extension on all that they can meet: every sum of the elements of an average, every pair of
values of two operands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from bodies.cases import GARBAGE, Case
from bodies.trials import Trial, run_here, trials_of
from bodies.wide_models import Window, rounding
from in_place_models import given, model_of
from kernel_calls import address, c_function, layer_of
from kernel_programs import build_program, functions_of, run_trials

from arenite.frontends.bodies import bodies
from arenite.frontends.model import Model, Quantisation, Tensor
from arenite.frontends.operators import lower

COUNTS = (1, 2, 3, 4, 5, 6, 7, 9, 25, 64, 125, 255, 256)
"""Elements of an average."""
ZERO_POINTS = (-128, -5, 127)
RATIOS = (1.0, 0.731, 3.9)
"""Scales of an average's input, in units of the output's."""
FEW = 400
"""Sums that are tried on a core, those at the ends among them."""

BODIES = {body.of: body for body in bodies() if body.instruction_set == "dsp"}
AVERAGES = (
    "arenite_average_pool_s8", "arenite_average_pool_once_s8", "arenite_mean_s8", "arenite_mean_once_s8",
)  # fmt: skip
PAIRS = ("arenite_add_once_s8", "arenite_add_s8", "arenite_multiply_once_s8", "arenite_multiply_s8")

needs_cores = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="arm-none-eabi-gcc or qemu-system-arm is not installed",
)


def elements_with_sums(count: int, sums: npt.NDArray[np.int64]) -> npt.NDArray[np.int8]:
    """int8 [count, sums], which add up to these along the first axis."""
    least, rest = sums // count, sums % count
    values: npt.NDArray[np.int8] = (least + (np.arange(count)[:, None] < rest)).astype(np.int8)
    return values


def every_sum(count: int) -> npt.NDArray[np.int64]:
    return np.arange(-128 * count, 127 * count + 1)


def some_sums(count: int) -> npt.NDArray[np.int64]:
    every = every_sum(count)
    step = -(-every.size // FEW)
    return np.unique(np.concatenate([every[:8], every[::step], every[-8:]]))


def tensor(index: int, shape: tuple[int, ...], scale: float, zero_point: int) -> Tensor:
    return Tensor(index, f"t{index}", shape, "int8", Quantisation((scale,), (zero_point,)))


def average(kernel: str, count: int, channels: int, ratio: float, zero_point: int) -> Model:
    source = tensor(0, (1, count, 1, channels), 0.05, zero_point)
    scale, point = (0.05, zero_point) if kernel == "arenite_average_pool_s8" else (0.05 / ratio, 7)
    if "mean" in kernel:
        result = tensor(2, (1, 1, 1, channels), scale, point)
        return model_of(
            "MEAN", [source, given(1, np.array([1, 2], np.int32))], result, keep_dims=True,
            **rounding("_once_" in kernel),
        )  # fmt: skip
    return model_of(
        "AVERAGE_POOL_2D", [source], tensor(1, (1, 1, 1, channels), scale, point), filter_height=count, filter_width=1,
        count_include_pad=False, fused_activation_function="NONE", **Window((count, 1)).attributes(),
        **rounding("_once_" in kernel),
    )  # fmt: skip


def of_two(kernel: str, zero_point: int, ratio: float) -> Model:
    shape = (1, 1, 256, 256)
    operands = [tensor(0, shape, 0.05, zero_point), tensor(1, shape, 0.05 * ratio, 11)]
    kind = "MUL" if "multiply" in kernel else "ADD"
    return model_of(
        kind, operands, tensor(2, shape, 0.1, -20), fused_activation_function="NONE", **rounding("_once_" in kernel)
    )


def trial(model: Model, kernel: str, *inputs: npt.NDArray[np.int8]) -> Trial:
    """The body's call, which must compute what the portable kernel computes."""
    (call,) = lower(model, model.operators[0]).calls
    assert call.kernel == kernel
    out = np.full(model.tensors[model.outputs[0]].bytes, GARBAGE, np.uint8)
    arrays = [layer_of(call), *inputs, *(np.ascontiguousarray(constant) for constant in call.constants.values())]
    c_function(kernel)(*(address(array) for array in arrays), address(out))
    shaped = tuple(v.reshape(model.tensors[i].shape) for v, i in zip(inputs, call.inputs, strict=True))
    rewritten = BODIES[kernel].rewrite(call, 0)
    assert rewritten is not None, call.layer
    return trials_of(Case(0, call, shaped, out), *rewritten)[0]


def trials_of_averages(kernel: str, counts: tuple[int, ...], *, every: bool) -> Iterator[Trial]:
    # A mean of single elements has no neighbours.
    for count in counts[1:] if "mean" in kernel else counts:
        values = elements_with_sums(count, (every_sum if every else some_sums)(count))
        for zero_point, ratio in zip(ZERO_POINTS, RATIOS, strict=True):
            # The mean of a few elements that becomes a larger number is left to the portable kernel.
            scale = min(ratio, count / 4) if "mean" in kernel else ratio
            yield trial(average(kernel, count, values.shape[1], scale, zero_point), kernel, values)


def trials_of_pairs(kernel: str) -> Iterator[Trial]:
    all_of_int8 = np.arange(-128, 128).astype(np.int8)
    a, b = np.repeat(all_of_int8, 256), np.tile(all_of_int8, 256)
    for zero_point, ratio in zip(ZERO_POINTS, RATIOS, strict=True):
        yield trial(of_two(kernel, zero_point, ratio), kernel, a, b)


@pytest.mark.parametrize("kernel", AVERAGES)
def test_averages_of_every_sum(kernel: str) -> None:
    for each in trials_of_averages(kernel, COUNTS[:-2], every=True):
        assert not run_here(each)


@pytest.mark.parametrize("kernel", PAIRS)
def test_every_pair_of_values(kernel: str) -> None:
    for each in trials_of_pairs(kernel):
        assert not run_here(each)


@needs_cores
def test_both_on_a_core(tmp_path: Path) -> None:
    averages = [each for kernel in AVERAGES for each in trials_of_averages(kernel, COUNTS, every=False)]
    pairs = [each for kernel in PAIRS for each in trials_of_pairs(kernel)]
    trials = averages + pairs
    program = build_program(tmp_path / "program", functions_of(trials), "cortex-m4")
    outcome = run_trials(program, trials, tmp_path / "run")
    assert not outcome.wrong, f"{len(outcome.wrong)} differences:\n" + "\n".join(outcome.wrong[:5])
