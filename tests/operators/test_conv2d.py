"""CONV_2D against TFLite's reference kernels, and its row functions on rows that lie anywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_checks import check_operators, kernel_of
from row_checks import check_scattered_rows
from weighted_models import Numbers, convolution

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

FAST = "arenite_conv2d_s8"
GENERAL = "arenite_conv2d_general_s8"


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(
    ("shape", "kernel", "outputs", "stride", "dilation", "groups"),
    [
        ((1, 5, 5, 64), (1, 1), 64, (1, 1), (1, 1), 1),
        ((1, 4, 4, 8), (1, 1), 10, (2, 2), (1, 1), 1),
        ((1, 9, 7, 3), (3, 3), 8, (2, 2), (1, 1), 1),
        ((1, 12, 10, 1), (10, 4), 6, (2, 2), (1, 1), 1),
        ((1, 6, 6, 16), (3, 3), 16, (1, 1), (1, 1), 1),
        ((1, 5, 4, 65), (2, 3), 5, (1, 2), (1, 1), 1),
        ((2, 7, 5, 4), (3, 5), 3, (2, 1), (2, 1), 1),
        ((1, 3, 3, 300), (1, 1), 2, (1, 1), (1, 1), 1),
        ((1, 3, 4, 100), (3, 3), 4, (1, 1), (1, 1), 1),
        ((1, 8, 9, 5), (3, 3), 7, (1, 1), (2, 2), 1),
        ((1, 7, 8, 6), (3, 2), 9, (1, 2), (1, 3), 3),
        ((3, 4, 4, 8), (1, 1), 4, (1, 1), (1, 1), 2),
        ((2, 5, 3, 7), (1, 1), 1, (1, 1), (1, 1), 1),
        ((1, 4, 4, 2), (4, 4), 3, (1, 1), (1, 1), 1),
    ],
)
def test_every_geometry_is_bit_exact(
    padding: str,
    shape: tuple[int, int, int, int],
    kernel: tuple[int, int],
    outputs: int,
    stride: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> None:
    data = convolution(
        "CONV_2D", shape, kernel, outputs, stride=stride, dilation=dilation, padding=padding, groups=groups
    )
    assert kernel_of(data) == (GENERAL if groups > 1 or dilation[1] > 1 else FAST)
    check_operators(data)


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize("bias", [0, 20000])
def test_activations_and_scales(activation: str, per_channel: bool, bias: int) -> None:
    numbers = Numbers(activation=activation, per_channel=per_channel, bias=bias, output_zero_point=-20)
    check_operators(convolution("CONV_2D", (1, 6, 5, 7), (3, 3), 6, numbers=numbers))


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(
    "multiplier", [1e-11, 2.0**-32, 2.0**-31, 1e-7, 2.0**-10, 0.25, 0.4999, 0.5, 0.75, 0.9999999, 1.0, 1.5, 300.0, 1e6]
)
def test_extreme_multipliers(multiplier: float, groups: int) -> None:
    for bias, zero_points in ((0, (-128, 127)), (2**31 - 1, (127, -128))):
        numbers = Numbers(
            per_channel=False, multiplier=multiplier, bias=bias, input_zero_point=zero_points[0],
            output_zero_point=zero_points[1],
        )  # fmt: skip
        check_operators(convolution("CONV_2D", (1, 5, 5, 8), (3, 3), 8, groups=groups, numbers=numbers))


@st.composite
def convolutions(draw: st.DrawFn) -> bytes:
    groups = draw(st.sampled_from([1, 1, 1, 2]))
    depth = draw(st.integers(1, 40)) * groups
    kernel = (draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    dilation = (draw(st.integers(1, 2)), draw(st.sampled_from([1, 1, 2])))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    least = [(size - 1) * step + 1 if padding == "VALID" else 1 for size, step in zip(kernel, dilation, strict=True)]
    return convolution(
        "CONV_2D",
        (draw(st.integers(1, 2)), draw(st.integers(least[0], 12)), draw(st.integers(least[1], 12)), depth),
        kernel,
        draw(st.integers(1, 9)) * groups,
        stride=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        dilation=dilation,
        padding=padding,
        groups=groups,
        numbers=Numbers(
            per_channel=draw(st.booleans()),
            input_zero_point=draw(st.integers(-128, 127)),
            output_zero_point=draw(st.integers(-128, 127)),
            bias=draw(st.sampled_from([0, 100, 10**6])),
            activation=draw(st.sampled_from(["NONE", "RELU", "RELU6"])),
            seed=draw(st.integers(0, 2**16)),
        ),
    )


@settings(max_examples=60, deadline=None)
@given(convolutions())
def test_random_convolutions(data: bytes) -> None:
    check_operators(data, samples=3)


@pytest.mark.parametrize(("groups", "dilation"), [(1, (1, 1)), (1, (2, 1)), (2, (2, 2))])
def test_rows_may_lie_anywhere(groups: int, dilation: tuple[int, int]) -> None:
    check_scattered_rows(convolution("CONV_2D", (1, 9, 7, 8), (3, 3), 12, dilation=dilation, groups=groups))


def test_an_absent_bias_is_one_of_zeros() -> None:
    """TFLite's reference refuses CONV_2D without a bias, converters write it."""
    layers = []
    for bias in (None, 0):
        model = parse_tflite(convolution("CONV_2D", (1, 4, 4, 2), (3, 3), 3, numbers=Numbers(bias=bias)), "test.tflite")
        layers.append(lower(model, model.operators[0]).calls[0])
    absent, zeros = layers
    assert absent.layer == zeros.layer
    for name in zeros.constants:
        np.testing.assert_array_equal(absent.constants[name], zeros.constants[name])


def test_what_is_not_lowered() -> None:
    for data, reason in (
        (convolution("CONV_2D", (1, 4, 4, 2), (3, 3), 2, numbers=Numbers(activation="TANH")), "activation"),
        (
            convolution("CONV_2D", (1, 4, 4, 2), (3, 3), 2, numbers=Numbers(per_channel=False, weight_zero_point=3)),
            "zero point",
        ),
        (convolution("CONV_2D", (1, 4, 4, 2), (3, 3), 2, numbers=Numbers(multiplier=1e30)), "too large"),
    ):
        model = parse_tflite(data, "test.tflite")
        with pytest.raises(NotLowered, match=reason):
            lower(model, model.operators[0])
