"""How bodies for Helium pack weights and constants, and what scratch they ask for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from arenite.frontends.bodies import conv2d_mve, fully_connected_mve
from arenite.frontends.bodies.mve_packing import (
    CHUNK,
    chunk_weights,
    four_channels,
    four_scales,
    has_left_shifts,
)
from arenite.frontends.lowering import Call
from arenite.frontends.operators.weights import quads
from arenite.frontends.quantise import channel_table, requantise_twice, scale_table


def random_weights(channels: int, elements: int) -> npt.NDArray[np.int8]:
    return np.random.default_rng(elements).integers(-128, 128, (channels, elements), np.int8)


@pytest.mark.parametrize(("channels", "elements"), [(4, 1), (8, 16), (4, 17), (12, 40)])
def test_chunks_hold_each_weight_once(channels: int, elements: int) -> None:
    weights = random_weights(channels, elements)
    packed = chunk_weights(weights)
    assert packed.shape == (channels // 4, -(-elements // CHUNK), 4, CHUNK)
    for channel in range(channels):
        of_channel = packed[channel // 4, :, channel % 4].reshape(-1)
        np.testing.assert_array_equal(of_channel[:elements], weights[channel])
        assert not of_channel[elements:].any()


@pytest.mark.parametrize("shift", [-31, -7, -1, 0, 1, 5])
def test_channels_keep_their_multipliers(shift: int) -> None:
    multipliers = [(2**30, shift), (2**31 - 1, shift), (0, 0), (3 * 2**29, shift)]
    records = channel_table(np.array([5, -6, 7, -8], np.int32), multipliers)
    (packed,) = four_channels(records, once=False)
    np.testing.assert_array_equal(packed[0], [5, -6, 7, -8])
    for lane, (multiplier, given) in enumerate(multipliers):
        for value in (-(2**20) - 1, -3, 0, 1, 12345):
            expected = requantise_twice(value, multiplier, given)
            assert requantise_twice(value, int(packed[1, lane]), int(packed[2, lane])) == expected
    assert has_left_shifts(records) == (shift > 0)


def test_one_scale_fills_four_lanes() -> None:
    table = scale_table([(3 * 2**60, -5)])
    (packed,) = four_scales(table, once=False)
    multiplier, exponent, fraction = (int(number) for number in table[0])
    np.testing.assert_array_equal(packed, np.repeat([[multiplier], [~exponent], [2 * fraction]], 4, axis=1))


def test_codes_of_floats_stay() -> None:
    codes = np.array([[2**30, -56, 0], [2**30 + 1, -600, 0], [7, -52, 0], [0, -56, 0], [9, -60, 0]], np.int32)
    packed = four_scales(codes, once=True)
    assert packed.shape == (2, 3, 4)
    lanes = packed.transpose(0, 2, 1).reshape(-1, 3)
    np.testing.assert_array_equal(lanes[:5], codes)
    assert not lanes[5:].any()


def convolution(**changed: int) -> Call:
    layer = {
        "batches": 1, "input_rows": 12, "input_columns": 24, "input_channels": 16, "output_rows": 12,
        "output_columns": 24, "output_channels": 8, "kernel_rows": 3, "kernel_columns": 3, "stride_rows": 1,
        "stride_columns": 1, "dilation_rows": 1, "pad_top": 1, "pad_left": 1, "input_zero_point": 3,
        "output_zero_point": 0, "activation_min": -128, "activation_max": 127, "output_stride": 8, "output_start": 0,
    }  # fmt: skip
    layer |= changed
    elements = layer["kernel_rows"] * layer["kernel_columns"] * layer["input_channels"]
    outputs = layer["output_channels"]
    constants = {
        "taps": np.arange(layer["kernel_rows"], dtype=np.int32) * layer["input_columns"] * layer["input_channels"],
        "weights": quads(random_weights(outputs, elements)),
        "channels": np.pad(
            channel_table(np.zeros(outputs, np.int32), [(2**30, -3)] * outputs), ((0, -outputs % 4), (0, 0))
        ),
    }
    return Call("arenite_conv2d_s8", layer, (0,), constants)


POINT = {"kernel_rows": 1, "kernel_columns": 1, "pad_top": 0, "pad_left": 0}


@pytest.mark.parametrize("limit", [0, 100, 159, 160, 600, 1536])
@pytest.mark.parametrize("depth", [1, 3, 16, 64, 200])
def test_strips_fit_into_scratch(depth: int, limit: int) -> None:
    call, scratch = conv2d_mve.rewrite(convolution(input_channels=depth), limit)
    layer, column = call.layer, 3 * depth
    assert scratch <= limit
    assert scratch % 4 == 0
    if call.kernel == "arenite_conv2d_mve_s8":
        window = -(-3 * column // CHUNK) * CHUNK
        assert (layer["strip_pixels"] - 1) * column + window <= scratch
        assert layer["strip_pixels"] % 2 == 0 or layer["strip_pixels"] in (1, 24)
    else:
        assert (call.kernel, scratch) == ("arenite_conv2d_direct_mve_s8", 0)
        assert limit < column + -(-3 * column // CHUNK) * CHUNK


@pytest.mark.parametrize(
    ("changed", "kernel"),
    [
        (POINT, "arenite_conv2d_point_mve_s8"),
        (POINT | {"stride_rows": 2, "output_rows": 6}, "arenite_conv2d_point_mve_s8"),
        (POINT | {"stride_columns": 5, "output_columns": 5}, "arenite_conv2d_point_mve_s8"),
        (POINT | {"pad_left": 1, "output_columns": 26}, "arenite_conv2d_mve_s8"),
        (POINT | {"output_rows": 13}, "arenite_conv2d_mve_s8"),
        (POINT | {"output_columns": 23}, "arenite_conv2d_mve_s8"),
    ],
)
def test_pixels_are_windows_only_where_nothing_is_padding(changed: dict[str, int], kernel: str) -> None:
    call, _ = conv2d_mve.rewrite(convolution(**changed), 1536)
    assert call.kernel == kernel


def test_columns_of_windows_come_first() -> None:
    """In strips, an input column lies behind the one before; without scratch, rows are as in the input."""
    call = convolution(input_channels=2, kernel_columns=2)
    weights = random_weights(8, 12).reshape(8, 3, 2, 2)
    strips, _ = conv2d_mve.rewrite(call, 1536)
    direct, _ = conv2d_mve.rewrite(call, 0)
    for changed, expected in ((strips, weights.transpose(0, 2, 1, 3)), (direct, weights)):
        packed = np.asarray(changed.constants["weights"]).transpose(0, 2, 1, 3).reshape(8, CHUNK)
        np.testing.assert_array_equal(packed[:, :12], expected.reshape(8, 12))


def test_deep_pixels_are_whole_chunks_without_scratch() -> None:
    direct, _ = conv2d_mve.rewrite(convolution(input_channels=20), 0)
    packed = np.asarray(direct.constants["weights"]).transpose(0, 2, 1, 3).reshape(8, 9, 32)
    np.testing.assert_array_equal(packed[:, :, :20], random_weights(8, 180).reshape(8, 9, 20))
    assert not packed[:, :, 20:].any()
    np.testing.assert_array_equal(direct.constants["padding"], np.full(20, 3))


def test_fewer_instructions_with_more_scratch() -> None:
    estimates = [conv2d_mve.instructions(conv2d_mve.rewrite(convolution(), limit)[0].layer) for limit in (1536, 300, 0)]
    assert estimates == sorted(estimates)
    assert len(set(estimates)) == 3


@pytest.mark.parametrize("exponents", [(3, 4), (3, -1)])
def test_large_scales_are_told(exponents: tuple[int, int]) -> None:
    scales = np.array([[-(2**30), exponent, 0] for exponent in exponents], np.int32)
    layer = {"rows": 1, "inputs": 3, "outputs": 2, "scale_step": 1, "output_zero_point": 0}
    constants = {"weights": quads(random_weights(2, 3)), "bias": np.zeros(4, np.int32), "scales": scales}
    call = Call("arenite_fully_connected_s8", layer, (0,), constants)
    changed, scratch = fully_connected_mve.rewrite(call, 0)
    assert changed.layer["large_scales"] == int(min(exponents) < 0)
    assert changed.layer["scale_step"] == 12
    assert scratch == 0
