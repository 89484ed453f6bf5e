"""FULLY_CONNECTED against TFLite's reference kernels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models.writer import ModelWriter
from operator_checks import check_operators
from weighted_models import Numbers, fully_connected

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite


@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize(
    ("shape", "outputs", "inputs", "keep"),
    [
        ((1, 64), 12, 64, False),
        ((1, 640), 9, 640, False),
        ((5, 17), 3, 17, False),
        ((2, 3, 8), 6, 8, True),
        ((2, 3, 8), 6, 24, False),
        ((1, 2, 2, 5), 1, 20, False),
        ((1, 1), 1, 1, False),
        ((1, 256), 2, 256, False),
        ((3, 257), 5, 257, False),
    ],
)
def test_shapes(shape: tuple[int, ...], outputs: int, inputs: int, keep: bool, per_channel: bool) -> None:
    data = fully_connected(shape, outputs, inputs, keep_num_dims=keep, numbers=Numbers(per_channel=per_channel))
    check_operators(data)


@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
@pytest.mark.parametrize("bias", [None, 20000])
@pytest.mark.parametrize("weight_zero_point", [0, 7, -20])
def test_activations_and_zero_points(activation: str, bias: int | None, weight_zero_point: int) -> None:
    numbers = Numbers(
        activation=activation, bias=bias, weight_zero_point=weight_zero_point, per_channel=False, output_zero_point=-20
    )
    check_operators(fully_connected((2, 30), 10, 30, numbers=numbers))


@pytest.mark.parametrize("per_channel", [True, False])
@pytest.mark.parametrize(
    "multiplier", [1e-11, 2.0**-31, 1e-7, 2.0**-10, 0.25, 0.4999, 0.5, 0.75, 0.9999999, 1.0, 1.5, 300.0]
)
def test_extreme_multipliers(multiplier: float, per_channel: bool) -> None:
    for bias, zero_points in ((None, (-128, 127)), (2**20, (127, -128))):
        numbers = Numbers(
            per_channel=per_channel, multiplier=multiplier, bias=bias, input_zero_point=zero_points[0],
            output_zero_point=zero_points[1],
        )  # fmt: skip
        check_operators(fully_connected((8, 40), 16, 40, numbers=numbers))


@pytest.mark.parametrize("exponent", [1, 2, 5, 9])
def test_ties_are_rounded_away_from_zero(exponent: int) -> None:
    """With powers of two for scales every second, fourth ... accumulator lies exactly between two results."""
    writer = ModelWriter()
    source = writer.tensor("input", (256, 1), scale=1.0)
    weights = writer.tensor("weights", (127, 1), scale=1.0, data=np.arange(1, 128)[:, None])
    result = writer.tensor("output", (256, 127), scale=2.0**exponent)
    writer.operator("FULLY_CONNECTED", [source, weights], [result])
    check_operators(writer.finish([source], [result]), samples=6)


@st.composite
def products(draw: st.DrawFn) -> bytes:
    inputs = draw(st.integers(1, 600))
    return fully_connected(
        (draw(st.integers(1, 4)), inputs),
        draw(st.integers(1, 20)),
        inputs,
        numbers=Numbers(
            per_channel=draw(st.booleans()),
            input_zero_point=draw(st.integers(-128, 127)),
            output_zero_point=draw(st.integers(-128, 127)),
            bias=draw(st.sampled_from([None, 100, 10**6])),
            activation=draw(st.sampled_from(["NONE", "RELU", "RELU6"])),
            seed=draw(st.integers(0, 2**16)),
        ),
    )


@settings(max_examples=50, deadline=None)
@given(products())
def test_random_products(data: bytes) -> None:
    check_operators(data, samples=3)


def test_what_is_not_lowered() -> None:
    for numbers, reason in (
        (Numbers(activation="TANH"), "activation"),
        (Numbers(weight_zero_point=3), "zero points"),
        (Numbers(weight_zero_point=2**31 - 1, per_channel=False), "zero points beyond int8"),
    ):
        model = parse_tflite(fully_connected((1, 4), 3, 4, numbers=numbers), "test.tflite")
        with pytest.raises(NotLowered, match=reason):
            lower(model, model.operators[0])


@pytest.mark.parametrize("seed", range(4))
def test_biases_that_need_more_than_31_bits_of_a_multiplier(seed: int) -> None:
    numbers = Numbers(multiplier=1.2064883125205292e-07, bias=2**30, seed=seed)
    check_operators(fully_connected((8, 40), 64, 40, numbers=numbers))


def test_zero_points_of_some_channels_are_refused() -> None:
    writer = ModelWriter()
    source, result = writer.tensor("x", (1, 4), scale=0.1), writer.tensor("y", (1, 6), scale=0.1)
    weights = writer.tensor("w", (6, 4), scale=[0.1, 0.2], zero_point=[0, 1], data=np.ones((6, 4)))
    writer.operator("FULLY_CONNECTED", [source, weights], [result], fused_activation_function="NONE")
    model = parse_tflite(writer.finish([source], [result]), "test.tflite")
    with pytest.raises(NotLowered, match="2 zero points for 6 output channels"):
        lower(model, model.operators[0])
