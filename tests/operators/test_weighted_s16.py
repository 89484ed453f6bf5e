"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED on int16 against TFLite's reference kernels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_checks import check_operators, kernel_of, refusal_of
from weighted_models import WIDE, convolution, fully_connected

from arenite.frontends.operators.int16.fully_connected import exact_multiplier
from arenite.frontends.quantise import requantise_once


@pytest.mark.parametrize("bias_type", ["int64", "int32"])
@pytest.mark.parametrize(
    ("shape", "kernel", "outputs", "stride", "dilation", "groups", "padding", "activation"),
    [
        ((1, 5, 5, 64), (1, 1), 7, (1, 1), (1, 1), 1, "SAME", "NONE"),
        ((2, 9, 7, 3), (3, 3), 8, (2, 2), (1, 1), 1, "SAME", "RELU"),
        ((1, 12, 10, 1), (10, 4), 6, (2, 2), (1, 1), 1, "VALID", "RELU6"),
        ((1, 3, 4, 100), (3, 3), 4, (1, 1), (1, 1), 1, "SAME", "NONE"),
        ((1, 7, 8, 6), (3, 2), 9, (1, 2), (2, 3), 3, "SAME", "RELU_N1_TO_1"),
    ],
)
def test_convolutions_are_bit_exact(
    shape: tuple[int, int, int, int],
    kernel: tuple[int, int],
    outputs: int,
    stride: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
    padding: str,
    activation: str,
    bias_type: str,
) -> None:
    numbers = replace(WIDE, activation=activation, bias_type=bias_type)
    data = convolution(
        "CONV_2D", shape, kernel, outputs,
        stride=stride, dilation=dilation, padding=padding, groups=groups, numbers=numbers,
    )  # fmt: skip
    assert kernel_of(data) == "arenite_conv2d_s16"
    check_operators(data)


@pytest.mark.parametrize(
    ("shape", "kernel", "outputs", "stride", "dilation", "padding"),
    [
        ((1, 7, 8, 9), (3, 3), 9, (1, 1), (1, 1), "SAME"),
        ((2, 9, 7, 4), (5, 3), 4, (2, 1), (1, 1), "VALID"),
        ((1, 7, 8, 5), (3, 3), 10, (1, 1), (2, 2), "SAME"),
        ((1, 40, 40, 4), (20, 20), 4, (4, 4), (1, 1), "SAME"),
    ],
)
def test_depthwise_convolutions_are_bit_exact(
    shape: tuple[int, int, int, int],
    kernel: tuple[int, int],
    outputs: int,
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: str,
) -> None:
    data = convolution(
        "DEPTHWISE_CONV_2D", shape, kernel, outputs, stride=stride, dilation=dilation, padding=padding, numbers=WIDE
    )
    check_operators(data)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_random_layers_are_bit_exact(data: st.DataObject) -> None:
    draw = data.draw
    numbers = replace(
        WIDE,
        per_channel=draw(st.booleans()),
        multiplier=draw(st.sampled_from([None, 2.0**-30, 2.0**-12, 0.25, 0.4999999, 3.0])),
        bias=draw(st.sampled_from([0, 10**4, 10**9])),
        seed=draw(st.integers(0, 2**20)),
    )
    shape = (1, draw(st.integers(1, 6)), draw(st.integers(1, 6)), draw(st.integers(1, 9)))
    kernel = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    outputs, depthwise = draw(st.integers(1, 9)), draw(st.booleans())
    if depthwise:
        check_operators(convolution("DEPTHWISE_CONV_2D", shape, kernel, shape[3] * 2, numbers=numbers), 3)
    else:
        check_operators(convolution("CONV_2D", shape, kernel, outputs, numbers=numbers), 3)
        check_operators(fully_connected(shape, outputs, shape[3], numbers=numbers), 3)


@pytest.mark.parametrize("inputs", [1, 40, 257, 600])
def test_matrix_products_are_bit_exact(inputs: int) -> None:
    data = fully_connected((3, inputs), 9, inputs, numbers=WIDE)
    assert kernel_of(data) == "arenite_fully_connected_s16"
    check_operators(data)
    check_operators(fully_connected((3, inputs), 6, inputs, numbers=replace(WIDE, bias_type="int32", bias=99)))
    check_operators(fully_connected((1, 3, inputs), 6, inputs, keep_num_dims=True, numbers=WIDE))


def test_sums_and_multipliers_that_take_64_bits() -> None:
    data = fully_connected((2, 5000), 7, 5000, numbers=WIDE)
    assert kernel_of(data) == "arenite_fully_connected_long_s16"
    check_operators(data)
    check_operators(fully_connected((2, 20), 7, 20, numbers=replace(WIDE, bias=2**40, multiplier=2.0**-26)))
    check_operators(fully_connected((2, 20), 7, 20, numbers=replace(WIDE, multiplier=0.7)))
    check_operators(convolution("CONV_2D", (1, 6, 6, 64), (5, 5), 3, numbers=replace(WIDE, bias=2**40)))


@pytest.mark.parametrize("real", [2.0**-9, 1 / 3072, 3 * 2.0**-11, 0.1 / 3, 0.01, 0.5, 1.0, 5e-5])
def test_multipliers_round_as_floats_do(real: float) -> None:
    """Sums on ties, and those beside them, of both signs."""
    limit = 2**31 - 1
    found = exact_multiplier(real, limit)
    assert found is not None
    ties = (np.arange(2**15) + 0.5) / real
    sums = np.unique(np.rint(ties)[ties < limit].astype(np.int64))
    for total in [sums, sums - 1, sums + 1]:
        products = total * real
        expected = np.trunc(products) + (products - np.trunc(products) >= 0.5)
        for sign in (1, -1):
            rescaled = [requantise_once(sign * one, *found) for one in total.tolist()]
            np.testing.assert_array_equal(rescaled, sign * expected)


def test_what_the_kernels_do_not_take_is_refused() -> None:
    assert "zero point 3" in refusal_of(fully_connected((1, 4), 2, 4, numbers=replace(WIDE, input_zero_point=3)))
    assert "weights have a zero point" in refusal_of(
        convolution("CONV_2D", (1, 3, 3, 2), (1, 1), 2, numbers=replace(WIDE, weight_zero_point=1, per_channel=False))
    )
    assert "its bias is int32" in refusal_of(
        fully_connected((1, 4000), 2, 4000, numbers=replace(WIDE, bias_type="int32"))
    )
    assert "TFLite has only int64" in refusal_of(
        convolution("DEPTHWISE_CONV_2D", (1, 3, 3, 2), (1, 1), 2, numbers=replace(WIDE, bias_type="int32"))
    )
    assert "sums reach" in refusal_of(
        convolution("CONV_2D", (1, 3, 3, 2), (1, 1), 2, numbers=replace(WIDE, bias=2**60))
    )
    assert "too large" in refusal_of(
        convolution("CONV_2D", (1, 3, 3, 2), (1, 1), 2, numbers=replace(WIDE, multiplier=1000.0))
    )
