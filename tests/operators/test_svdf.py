"""SVDF against TFLite's reference kernels, and TFLite Micro's where those refuse, over sequences of inferences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models.recurrent import svdf
from operator_checks import check_operators, check_sequence_on_micro

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("inputs", "units", "memory", "batches"), [(10, 6, 4, 1), (1, 1, 1, 1), (257, 5, 9, 3)])
def test_shapes(inputs: int, units: int, memory: int, batches: int, rank: int) -> None:
    check_operators(svdf(inputs, units, rank, memory, batches=batches), samples=12)


@pytest.mark.parametrize("rank", [1, 3])
@pytest.mark.parametrize(("inputs", "units", "memory", "batches"), [(10, 6, 4, 1), (1, 1, 1, 1), (257, 5, 9, 3)])
def test_eight_bits_over_time(inputs: int, units: int, memory: int, batches: int, rank: int) -> None:
    zero_points = (-5, 3, -20)
    data = svdf(
        inputs, units, rank, memory, batches=batches, state_type="int8", zero_points=zero_points, multiplier=0.3
    )
    check_sequence_on_micro(data)


@pytest.mark.parametrize("zero_points", [(-128, -128, -128), (127, 127, 127), (0, -50, 10)])
@pytest.mark.parametrize("feature_multiplier", [1e-6, 0.02, 3.0])
def test_eight_bits_over_time_wrap_beside_their_zero_point(
    zero_points: tuple[int, int, int], feature_multiplier: float
) -> None:
    data = svdf(
        state_type="int8", zero_points=zero_points, feature_multiplier=feature_multiplier, multiplier=0.1, units=16
    )
    check_sequence_on_micro(data)


@pytest.mark.parametrize("multiplier", [1e-9, 2.0**-16, 0.01, 1.5])
@pytest.mark.parametrize("feature_multiplier", [1e-6, 0.25, 3.0])
@pytest.mark.parametrize("bias", [None, 2**28])
def test_extreme_multipliers(multiplier: float, feature_multiplier: float, bias: int | None) -> None:
    data = svdf(multiplier=multiplier, feature_multiplier=feature_multiplier, bias=bias, zero_points=(127, 0, -128))
    check_operators(data, samples=8)


def test_without_activation_which_tflite_refuses() -> None:
    check_sequence_on_micro(svdf(activation="NONE"))


@st.composite
def layers(draw: st.DrawFn) -> bytes:
    return svdf(
        draw(st.integers(1, 40)),
        draw(st.integers(1, 9)),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 12)),
        batches=draw(st.integers(1, 3)),
        zero_points=(draw(st.integers(-128, 127)), 0, draw(st.integers(-128, 127))),
        feature_multiplier=draw(st.floats(1e-4, 2)),
        multiplier=draw(st.floats(1e-6, 0.1)),
        seed=draw(st.integers(0, 2**16)),
    )


@settings(max_examples=20, deadline=None)
@given(layers())
def test_random_layers(data: bytes) -> None:
    check_operators(data, samples=6)


def test_what_is_not_lowered() -> None:
    model = parse_tflite(svdf(zero_points=(0, 5, 0)), "test.tflite")
    with pytest.raises(NotLowered, match="int16 with zero point 5"):
        lower(model, model.operators[0])
    sound = parse_tflite(svdf(), "test.tflite")
    (operator,) = sound.operators
    for wrong, reason in (
        ({"rank": 5}, "12 filters are not units of rank 5"),
        ({"rank": 3}, r"not \[1, 4\]"),
        ({"fused_activation_function": "TANH"}, "activation"),
    ):
        with pytest.raises(NotLowered, match=reason):
            lower(sound, replace(operator, attributes={**operator.attributes, **wrong}))
