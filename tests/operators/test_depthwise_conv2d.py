"""DEPTHWISE_CONV_2D against TFLite's reference kernels, and its row functions on rows that lie anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_checks import check_operators, kernel_of
from row_checks import check_scattered_rows
from weighted_models import Numbers, convolution

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

KIND = "DEPTHWISE_CONV_2D"
FAST = "arenite_depthwise_conv2d_3x3_s8"
GENERAL = "arenite_depthwise_conv2d_s8"


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(
    ("shape", "kernel", "multiplier", "stride", "dilation", "fast"),
    [
        ((1, 6, 5, 64), (3, 3), 1, (1, 1), (1, 1), True),
        ((1, 7, 8, 3), (3, 3), 1, (2, 2), (1, 1), True),
        ((2, 8, 7, 5), (3, 3), 1, (2, 1), (1, 1), True),
        ((1, 3, 3, 9), (3, 3), 1, (1, 1), (1, 1), True),
        ((1, 6, 3, 4), (3, 3), 1, (1, 1), (2, 1), True),
        ((1, 6, 6, 4), (3, 3), 2, (1, 1), (1, 1), False),
        ((1, 9, 9, 6), (5, 5), 1, (2, 2), (1, 1), False),
        ((1, 12, 10, 1), (10, 8), 8, (2, 2), (1, 1), False),
        ((1, 9, 8, 5), (3, 3), 1, (1, 1), (1, 2), False),
        ((1, 20, 1, 7), (9, 1), 1, (1, 1), (1, 1), False),
        ((1, 1, 15, 10), (1, 4), 3, (1, 2), (1, 1), False),
        ((1, 4, 4, 17), (1, 1), 1, (1, 1), (1, 1), False),
    ],
)
def test_every_geometry_is_bit_exact(
    padding: str,
    shape: tuple[int, int, int, int],
    kernel: tuple[int, int],
    multiplier: int,
    stride: tuple[int, int],
    dilation: tuple[int, int],
    fast: bool,
) -> None:
    data = convolution(KIND, shape, kernel, shape[3] * multiplier, stride=stride, dilation=dilation, padding=padding)
    assert kernel_of(data) == (FAST if fast else GENERAL)
    check_operators(data)


@pytest.mark.parametrize("shape", [(1, 1, 5, 4), (1, 5, 1, 4), (1, 2, 2, 4), (1, 1, 1, 4), (1, 2, 7, 4)])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2)])
def test_images_smaller_than_the_window(shape: tuple[int, int, int, int], stride: tuple[int, int]) -> None:
    check_operators(convolution(KIND, shape, (3, 3), 4, stride=stride))


@pytest.mark.parametrize("kernel", [(3, 3), (2, 4)])
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize("bias", [None, 2000])
def test_activations_and_scales(kernel: tuple[int, int], activation: str, per_channel: bool, bias: int | None) -> None:
    numbers = Numbers(activation=activation, per_channel=per_channel, bias=bias, output_zero_point=-20)
    check_operators(convolution(KIND, (1, 6, 5, 7), kernel, 7, numbers=numbers))


@pytest.mark.parametrize("kernel", [(3, 3), (2, 2)])
@pytest.mark.parametrize(
    "multiplier", [1e-11, 2.0**-32, 2.0**-31, 1e-7, 2.0**-10, 0.25, 0.4999, 0.5, 0.75, 0.9999999, 1.0, 1.5, 300.0, 1e6]
)
def test_extreme_multipliers(multiplier: float, kernel: tuple[int, int]) -> None:
    for bias, zero_points in ((None, (-128, 127)), (2**31 - 1, (127, -128))):
        numbers = Numbers(
            per_channel=False, multiplier=multiplier, bias=bias, input_zero_point=zero_points[0],
            output_zero_point=zero_points[1],
        )  # fmt: skip
        check_operators(convolution(KIND, (1, 5, 5, 8), kernel, 8, numbers=numbers))


@st.composite
def convolutions(draw: st.DrawFn) -> bytes:
    inputs, multiplier = draw(st.integers(1, 20)), draw(st.sampled_from([1, 1, 1, 2, 5]))
    kernel = draw(st.sampled_from([(3, 3), (3, 3), (5, 5), (1, 3), (4, 2), (3, 1)]))
    dilation = (draw(st.integers(1, 2)), draw(st.sampled_from([1, 1, 2])))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    least = [(size - 1) * step + 1 if padding == "VALID" else 1 for size, step in zip(kernel, dilation, strict=True)]
    return convolution(
        KIND,
        (draw(st.integers(1, 2)), draw(st.integers(least[0], 12)), draw(st.integers(least[1], 12)), inputs),
        kernel,
        inputs * multiplier,
        stride=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        dilation=dilation,
        padding=padding,
        numbers=Numbers(
            per_channel=draw(st.booleans()),
            input_zero_point=draw(st.integers(-128, 127)),
            output_zero_point=draw(st.integers(-128, 127)),
            bias=draw(st.sampled_from([None, 100, 10**6])),
            activation=draw(st.sampled_from(["NONE", "RELU", "RELU6"])),
            seed=draw(st.integers(0, 2**16)),
        ),
    )


@settings(max_examples=60, deadline=None)
@given(convolutions())
def test_random_convolutions(data: bytes) -> None:
    check_operators(data, samples=3)


@pytest.mark.parametrize("dilation", [(1, 1), (2, 1), (2, 2)])
def test_rows_may_lie_anywhere(dilation: tuple[int, int]) -> None:
    check_scattered_rows(convolution(KIND, (1, 9, 7, 8), (3, 3), 8, dilation=dilation))


def test_what_is_not_lowered() -> None:
    for numbers, reason in (
        (Numbers(activation="SIGN_BIT"), "activation"),
        (Numbers(per_channel=False, weight_zero_point=3), "zero point"),
    ):
        model = parse_tflite(convolution(KIND, (1, 4, 4, 2), (3, 3), 2, numbers=numbers), "test.tflite")
        with pytest.raises(NotLowered, match=reason):
            lower(model, model.operators[0])
