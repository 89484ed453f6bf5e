"""Bodies for Armv6-M at the limits of the short products and half words that they count with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bodies.cases import GARBAGE, Case
from bodies.trials import run_here, trials_of
from kernel_calls import address, c_function, layer_of
from kernel_programs import build_program, functions_of, run_trials

from arenite.frontends.bodies import conv2d_v6m, depthwise_conv2d_v6m, fully_connected_v6m
from arenite.frontends.bodies.channels_v6m import CONSTANT, MAX_ACCUMULATOR, MOST_EXPONENT, RARE, coded_channels
from arenite.frontends.lowering import Call
from arenite.frontends.operators.depthwise_conv2d import FIELDS
from arenite.frontends.operators.weights import quads, row_taps
from arenite.frontends.quantise import requantise_twice

REWRITES = {
    "arenite_conv2d_s8": conv2d_v6m.rewrite,
    "arenite_depthwise_conv2d_s8": depthwise_conv2d_v6m.rewrite,
    "arenite_fully_connected_s8": fully_connected_v6m.rewrite,
}
MULTIPLIERS = (2**31, 2**31 + 1, 3 * 2**30 + 12345, 2**32 - 2, 2**32 - 1)
EXPONENTS = (-31, -2, -1, 0, 1, 6, 9, 20, MOST_EXPONENT, MOST_EXPONENT + 1, 30)

needs_cores = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="arm-none-eabi-gcc or qemu-system-arm is not installed",
)


def case(number: int, call: Call, source: np.ndarray, outputs: int) -> Case:
    out = np.full(outputs, GARBAGE, np.uint8)
    arrays = [layer_of(call), source, *(np.ascontiguousarray(constant) for constant in call.constants.values())]
    c_function(call.kernel)(*(address(array) for array in arrays), address(out))
    return Case(number, call, (source,), out)


def records(generator: np.random.Generator, count: int, bias: int) -> np.ndarray:
    """Channels with every multiplier and exponent."""
    exponents = generator.choice(EXPONENTS, count)
    multipliers = generator.choice(MULTIPLIERS, count).astype(np.int64)
    biases = generator.integers(-bias, bias, count, endpoint=True)
    return np.column_stack([biases, multipliers, exponents]).astype(np.uint32).view(np.int32)


def extreme(generator: np.random.Generator, low: int, shape: tuple[int, ...]) -> np.ndarray:
    """int8 in [low, 127], many of them at the ends, in runs and single ones."""
    values = generator.integers(low, 127, shape, np.int8, endpoint=True)
    ends = generator.choice(np.array([low, 127, 0], np.int8), shape)
    return np.where(generator.random(shape) < generator.random(), ends, values)


def records_without_wraps(generator: np.random.Generator, count: int, bias: int) -> np.ndarray:
    found = records(generator, count, bias)
    found[:, 2] = np.maximum(found[:, 2], 0)
    return found


def window_fields(columns: int, zero_point: int, outputs: int) -> dict[str, int]:
    return {
        "batches": 1, "input_rows": 3, "input_columns": columns, "output_rows": 3, "output_columns": columns,
        "kernel_rows": 3, "kernel_columns": 3, "stride_rows": 1, "stride_columns": 1, "dilation_rows": 1,
        "dilation_columns": 1, "pad_top": 1, "pad_left": 1, "input_zero_point": zero_point,
        "output_zero_point": zero_point, "activation_min": -128, "activation_max": 127,
        "output_stride": outputs, "output_start": 0,
    }  # fmt: skip


def cases() -> Iterator[Case]:
    for number in range(24):
        generator = np.random.default_rng(number)
        bias = (100, 2**28, 2**31 - 1)[number % 3]
        zero_point = (-128, 0, 127)[number // 3 % 3]
        columns, depth, outputs = (int(value) for value in generator.integers(1, 10, 3))
        source = extreme(generator, -128, (1, 3, columns, depth))
        fields = window_fields(columns, zero_point, outputs)
        # No two neighbours of -128: their products with -128 need one more bit.
        weights = extreme(generator, -127, (outputs, 3, 3, depth))
        weights.reshape(outputs, -1)[:, ::2][generator.random(weights.reshape(outputs, -1)[:, ::2].shape) < 0.1] = -128
        weights[generator.random(outputs) < 0.2] = 0
        layer = {name: fields[name] for name in fields if name != "dilation_columns"}
        names = ("batches", "input_rows", "input_columns")
        layer = {
            **{name: layer[name] for name in names}, "input_channels": depth,
            "output_rows": 3, "output_columns": columns, "output_channels": outputs,
            **{name: value for name, value in layer.items() if name not in (*names, "output_rows", "output_columns")},
        }  # fmt: skip
        constants = {
            "taps": row_taps(3, 1, columns * depth),
            "weights": quads(weights),
            "channels": np.pad(records(generator, outputs, bias), ((0, -outputs % 4), (0, 0))),
        }
        yield case(number, Call("arenite_conv2d_s8", layer, (0,), constants), source, 3 * columns * outputs)
        filters = extreme(generator, -128, (1, 3, 3, depth))
        filters[..., generator.random(depth) < 0.2] = 0
        fields |= {"input_channels": depth, "depth_multiplier": 1, "output_stride": depth}
        constants = {
            "taps": constants["taps"], "weights": filters, "channels": records_without_wraps(generator, depth, bias),
        }  # fmt: skip
        call = Call("arenite_depthwise_conv2d_s8", {name: fields[name] for name in FIELDS}, (0,), constants)
        yield case(number, call, source, 3 * columns * depth)
        yield matrix(generator, number, zero_point)


def matrix(generator: np.random.Generator, number: int, zero_point: int) -> Case:
    """Scales next to ties: half an output is a power of 2 times an accumulator."""
    inputs, outputs = (int(value) for value in generator.integers(1, 30, 2))
    weights = extreme(generator, -128, (outputs, inputs))
    scales = np.zeros((outputs, 3), np.int64)
    scales[:, 0] = generator.choice([2**31, 2**31 + 1, 2**32 - 1], outputs)
    scales[:, 1] = generator.choice([0, 1, 5, 9, MOST_EXPONENT, MOST_EXPONENT + 1, 30], outputs)
    scales[:, 2] = generator.choice([0, 1, 2**30 - 1], outputs)
    layer = {
        "rows": 2, "inputs": inputs, "outputs": outputs, "scale_step": 1, "output_zero_point": zero_point,
        "activation_min": -128, "activation_max": 127,
    }  # fmt: skip
    most = MAX_ACCUMULATOR - 1 - 128 * 128 * inputs
    bias = generator.choice([0, 1, -1, 2**9, -(2**9), most, -most], outputs).astype(np.int32)
    constants = {
        "weights": quads(weights),
        "bias": np.pad(bias, (0, -outputs % 4)),
        "scales": scales.astype(np.uint32).view(np.int32),
    }
    source = extreme(generator, -128, (2, inputs))
    call = Call("arenite_fully_connected_s8", layer, (0,), constants)
    return case(number, call, source, 2 * outputs)


def trials() -> list:
    found = []
    for each in cases():
        for limit in (1536, 400):
            rewritten = REWRITES[each.call.kernel](each.call, limit)
            assert rewritten is not None, each.call.layer
            found += trials_of(each, *rewritten)
    return found


def test_extremes_on_this_machine() -> None:
    wrong = [text for trial in trials() for text in run_here(trial)]
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong[:5])


@needs_cores
def test_extremes_on_the_core(tmp_path: Path) -> None:
    all_trials = trials()
    outcome = run_trials(
        build_program(tmp_path / "program", functions_of(all_trials), "cortex-m0plus"), all_trials, tmp_path / "run"
    )
    assert not outcome.wrong, f"{len(outcome.wrong)} differences:\n" + "\n".join(outcome.wrong[:5])


def test_two_products_that_need_more_than_half_a_word_are_refused() -> None:
    each = next(iter(cases()))
    outputs = each.call.layer["output_channels"]
    weights = np.zeros((outputs, 3, 3, each.call.layer["input_channels"]), np.int8)
    weights.reshape(outputs, -1)[-1, 2:4] = -128, -127
    with_weights = replace(each.call, constants={**each.call.constants, "weights": quads(weights)})
    assert conv2d_v6m.rewrite(with_weights, 1536) is not None
    weights.reshape(outputs, -1)[-1, 3] = -128
    with_weights = replace(each.call, constants={**each.call.constants, "weights": quads(weights)})
    assert conv2d_v6m.rewrite(with_weights, 1536) is None


def test_sums_with_zero_points_that_may_wrap_are_refused() -> None:
    each = next(each for each in cases() if each.call.kernel == "arenite_depthwise_conv2d_s8")
    channels = each.call.constants["channels"].copy()
    channels[0] = 2**30, -(2**31), -1
    for bias, taken in ((2**30 - 2**20, True), (2**30, False)):
        channels[0, 0] = bias
        with_channel = replace(each.call, constants={**each.call.constants, "channels": channels})
        assert (depthwise_conv2d_v6m.rewrite(with_channel, 1536) is not None) == taken


def test_codes_of_channels() -> None:
    weights = np.array([[1, -2], [0, 0], [1, 1], [1, 1], [127, 0]], np.int8)
    half = 2**31
    channels = np.array(
        [[5, half, 7], [1000, half, 1], [5, half, -3], [5, half, 22], [MAX_ACCUMULATOR - 127 * 128, half, 7]], np.int64
    )
    coded = coded_channels(channels.astype(np.uint32).view(np.int32), weights)
    assert coded[:, 2].tolist() == [7, CONSTANT, -3 - RARE, 22 - RARE, 7 - RARE]
    assert coded[1, 0] == requantise_twice(1000, 2**30, -2) == 125
    assert coded[[0, 2, 3, 4], 0].tolist() == channels[[0, 2, 3, 4], 0].tolist()
