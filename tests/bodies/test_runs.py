"""Convolutions straight from the input: their weights, biases, and the layers that they take."""

from __future__ import annotations

import numpy as np
import pytest
from bodies.cases import cases_of

from arenite.frontends.bodies.conv2d_direct_dsp import BODIES, rewrite
from arenite.frontends.bodies.pair_weights import pair_weights
from arenite.frontends.bodies.runs import direct_layer, unfolded
from arenite.frontends.lowering import Call
from arenite.frontends.operators.weights import quads

LAYER = {
    "batches": 1, "input_rows": 6, "input_columns": 6, "input_channels": 8, "output_rows": 6, "output_columns": 6,
    "output_channels": 4, "kernel_rows": 3, "kernel_columns": 3, "stride_rows": 1, "stride_columns": 1,
    "dilation_rows": 1, "pad_top": 1, "pad_left": 1, "input_zero_point": 0, "output_zero_point": 0,
    "activation_min": -128, "activation_max": 127, "output_stride": 4, "output_start": 0,
}  # fmt: skip


def call_of(weights: np.ndarray, **fields: int) -> Call:
    channels = np.tile(np.array([100, -5, 8], np.int32), (4, 1))
    constants = {"taps": np.zeros(3, np.int32), "weights": quads(weights), "channels": channels}
    return Call("arenite_conv2d_s8", {**LAYER, **fields}, (0,), constants)


@pytest.mark.parametrize("seed", range(4))
def test_signed_words_multiply_two_channels(seed: int) -> None:
    generator = np.random.default_rng(seed)
    weights = generator.integers(-127, 128, (4, 8)).astype(np.int8)
    inputs = generator.integers(-255, 256, 8)
    words = pair_weights(weights, offset=0)[0]
    halves = np.stack([words & 0xFFFF, words >> 16], axis=-1).astype(np.uint16).view(np.int16).astype(np.int64)
    # [four, which two inputs of it, pair of channels, half]
    of_halves = inputs.reshape(-1, 2, 2).transpose(0, 2, 1)[:, :, None]
    low = (halves & 255).astype(np.uint8).view(np.int8).reshape(*halves.shape, -1)[..., 0].astype(np.int64)
    halves, low = halves.reshape(-1, 2, 2, 2), low.reshape(-1, 2, 2, 2)
    both, first = ((part * of_halves).sum(axis=(0, 1, 3)) for part in (halves, low))
    found = np.stack([first, (both - first) >> 8], axis=1).reshape(-1)
    assert found.tolist() == (weights.astype(np.int64) @ inputs).tolist()


def test_biases_are_for_inputs_less_their_zero_point() -> None:
    weights = np.array([[3, -5, 7], [127, 127, 127]], np.int8)
    records = np.array([[40, 1, 2], [2**31 - 1, 3, 4]], np.int32)
    changed = unfolded(records, weights, -128, [1, 2])
    assert changed[:, 0].tolist() == [40 - 128 * 5, (2**31 - 1 - 2 * 128 * 381)]
    assert np.array_equal(changed[:, 1:], records[:, 1:])
    assert unfolded(records, weights, 127)[1, 0] == (2**31 - 1 + 127 * 381) - 2**32


@pytest.mark.parametrize(
    ("fields", "gathered"),
    [
        ({}, 0),
        ({"input_channels": 6}, 1),
        # Rows of windows are twelve elements, which padding may cut.
        ({"input_channels": 2, "kernel_columns": 6, "pad_left": 0, "output_columns": 1}, 0),
        ({"input_channels": 2, "kernel_columns": 6}, 1),
        ({"groups": 2}, 0),
        ({"groups": 4}, 1),
    ],
)
def test_windows_that_are_no_fours_are_gathered(fields: dict[str, int], gathered: int) -> None:
    layer = direct_layer(call_of(np.zeros((4, 1), np.int8), **fields))
    assert layer is not None
    assert layer["gathered"] == gathered


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({"kernel_rows": 26}, True),
        ({"kernel_rows": 27}, False),
        ({"kernel_rows": 9, "dilation_columns": 2}, False),
        ({"input_channels": 3, "kernel_rows": 7, "kernel_columns": 7}, True),
        ({"input_channels": 3, "kernel_rows": 8, "kernel_columns": 7}, False),
    ],
)
def test_long_windows_are_left_to_the_portable_kernel(fields: dict[str, int], taken: bool) -> None:
    assert (direct_layer(call_of(np.zeros((4, 1), np.int8), **fields)) is not None) == taken


def test_pairs_of_weights_fit_into_halves_and_sums_into_their_bits() -> None:
    def taken(weights: np.ndarray, **fields: int) -> bool:
        return rewrite("arenite_conv2d_direct_dsp_s8", call_of(weights, **fields), 0) is not None

    weights = np.zeros((4, 72), np.int8)
    weights[1, 5] = -128
    assert taken(weights)
    weights[0, 5] = -1
    assert not taken(weights)
    one_by_one = {"input_channels": 512, "kernel_rows": 1, "kernel_columns": 1, "pad_top": 0, "pad_left": 0}
    # Inputs less their zero point are in [0, 255] here: weights of both signs do not add up.
    large = np.full((4, 512), 127, np.int8)
    large[1::2] = np.where(np.arange(512) % 2, 127, -127)
    assert taken(large, input_zero_point=-128, **one_by_one)
    large[1] = 127
    assert not taken(large, input_zero_point=-128, **one_by_one)


def test_channels_of_groups_are_filled_up() -> None:
    body = next(body for body in BODIES if body.of == "arenite_conv2d_general_s8")
    calls = [case.call for case in cases_of(body.of, 30) if case.call.layer["groups"] > 1]
    taken = [(call, body.rewrite(call, 0)) for call in calls]
    assert sum(found is not None for _, found in taken) > len(calls) // 3
    for call, found in taken:
        if found is not None:
            groups = call.layer["groups"]
            outputs = -(-call.layer["output_channels"] // groups // 4) * 4
            assert len(found[0].constants["channels"]) == groups * outputs
            assert found[0].constants["weights"].shape[:2] == (groups, outputs // 4)
