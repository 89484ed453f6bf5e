"""ADD, SUB and MUL against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models.writer import ModelWriter
from operator_checks import Quantised, check_operators, one_operator

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import lower
from arenite.frontends.operators.elementwise import stride_fields
from arenite.frontends.tflite import parse_tflite

KINDS = ("ADD", "SUB", "MUL")
ALL_PAIRS = ((256, 1), (1, 256))
"""Shapes that, with every value once, meet every pair of int8 values."""


def elementwise(
    kind: str,
    a: Sequence[int],
    b: Sequence[int],
    quantised: Sequence[Quantised] = ((0.05, 3), (0.07, -9), (0.09, 5)),
    activation: str = "NONE",
) -> bytes:
    shape = np.broadcast_shapes(tuple(a), tuple(b))
    inputs = [(a, quantised[0]), (b, quantised[1])]
    return one_operator(kind, inputs, (shape, quantised[2]), fused_activation_function=activation)


def every_pair(kind: str, quantised: Sequence[Quantised], activation: str = "NONE") -> bytes:
    """The operator on a run-time column of 256 values and a constant row of all int8 values."""
    writer = ModelWriter()
    a = writer.tensor("a", ALL_PAIRS[0], scale=quantised[0][0], zero_point=quantised[0][1])
    b = writer.tensor(
        "b", ALL_PAIRS[1], scale=quantised[1][0], zero_point=quantised[1][1], data=np.arange(-128, 128, dtype=np.int8)
    )
    c = writer.tensor("c", (256, 256), scale=quantised[2][0], zero_point=quantised[2][1])
    writer.operator(kind, [a, b], [c], fused_activation_function=activation)
    return writer.finish([a], [c])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((1, 4, 5, 8), (1, 4, 5, 8)),
        ((3, 5, 7, 3), (3, 5, 7, 3)),
        ((5, 7, 3), (5, 7, 3)),
        ((4, 9), (4, 9)),
        ((11,), (11,)),
        ((1, 4, 5, 8), (1, 1, 1, 8)),
        ((1, 1, 1, 8), (1, 4, 5, 8)),
        ((1, 4, 5, 8), (8,)),
        ((2, 4, 5, 3), (2, 1, 1, 3)),
        ((2, 4, 5, 3), (2, 4, 5, 1)),
        ((2, 4, 5, 3), (1, 4, 1, 3)),
        ((2, 4, 1, 3), (1, 4, 5, 1)),
        ((2, 1, 5, 1), (1, 4, 1, 3)),
        ((2, 4, 5, 3), (1,)),
        ((1, 1, 1, 1), (2, 4, 5, 3)),
        ((2, 4, 5, 1), (1, 4, 5, 1)),
        ((6, 1), (1, 7)),
        ((1, 3, 1, 1), (1, 3, 1, 1)),
    ],
)
def test_shapes_are_bit_exact(kind: str, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    check_operators(elementwise(kind, a, b))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((1, 2, 3, 2, 2, 2), (1, 2, 3, 2, 2, 2)),
        ((1, 2, 3, 2, 2), (1, 2, 3, 1, 1)),
        ((2, 3, 2, 2, 2), (2, 2)),
        ((2, 1, 1, 3, 2), (1, 3, 2, 1, 1)),
    ],
)
def test_more_than_four_axes_are_bit_exact(kind: str, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    check_operators(elementwise(kind, a, b))


def test_five_axes_that_broadcast_in_turn_are_refused() -> None:
    with pytest.raises(NotLowered, match="5 axes in turn"):
        lower(*_first(elementwise("ADD", (2, 1, 2, 1, 2), (1, 3, 1, 2, 1))))


@pytest.mark.parametrize("kind", ["ADD", "SUB"])
@pytest.mark.parametrize("activation", ["NONE", "RELU"])
@pytest.mark.parametrize("scales", [(0.0029, 0.002), (0.004, 0.004), (0.0029, 1e-11), (1e-10, 0.0029)])
def test_output_that_was_constant_in_calibration_is_bit_exact(
    kind: str, activation: str, scales: tuple[float, float]
) -> None:
    """The converter's least scale; with these, TFLite's multiplier of the output is in [1/2, 1): no shift."""
    for output in ((7.84313680668447e-9, -128), (7.84313680668447e-9, 0)):
        quantised = ((scales[0], 3), (scales[1], -5), output)
        model, operator = _first(elementwise(kind, (256,), (256,), quantised, activation))
        assert lower(model, operator).calls[0].layer["output_shift"] == 0
        check_operators(elementwise(kind, (1, 256, 1), (256, 1, 1), quantised, activation), samples=6)
        check_operators(every_pair(kind, quantised, activation), samples=3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
@pytest.mark.parametrize(
    "quantised",
    [
        ((0.05, 0), (0.05, 0), (0.05, 0)),
        ((0.05, -128), (0.05, 127), (0.1, -128)),
        ((0.05, 127), (0.025, -128), (0.3, 127)),
        ((0.01, 5), (0.037, -77), (0.031, 64)),
    ],
)
def test_fused_activation_is_bit_exact(kind: str, activation: str, quantised: Sequence[Quantised]) -> None:
    check_operators(elementwise(kind, (1, 3, 4, 5), (1, 3, 4, 5), quantised, activation), samples=6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "scales",
    [
        (1.0, 1.0, 1.0),
        (1.0, 0.5, 2.0),
        (0.5, 1.0, 0.25),
        (1.0, 0.9999999, 1.7),
        (1.0, 1e-5, 1.0),
        (1e-10, 1.0, 1.0),
        (1e-10, 1.0, 40.0),
        (1.0, 1.0, 1e4),
        (1.0, 0.3, 1e10),
        (1e-3, 3e-3, 1e-4),
    ],
)
def test_scale_ratios_are_bit_exact_on_every_pair(kind: str, scales: tuple[float, float, float]) -> None:
    for points in ((0, 0, 0), (-128, 127, -128), (127, -128, 127), (13, -101, 7)):
        quantised = tuple(zip(scales, points, strict=True))
        check_operators(every_pair(kind, quantised), samples=3)
        check_operators(elementwise(kind, (1, 2, 3, 50), (1, 2, 3, 50), quantised), samples=3)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    exponents=st.tuples(*[st.floats(-3, 0.5)] * 3),
    points=st.tuples(*[st.integers(-128, 127)] * 3),
)
def test_any_quantisation_is_bit_exact(
    kind: str, exponents: tuple[float, float, float], points: tuple[int, int, int]
) -> None:
    quantised = [(float(np.float32(10.0**e)), point) for e, point in zip(exponents, points, strict=True)]
    check_operators(every_pair(kind, quantised), samples=3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 1, 1, 5), (5,), (1,), ()])
def test_constant_on_either_side_is_bit_exact(kind: str, first: bool, shape: tuple[int, ...]) -> None:
    for scale in (0.01, 0.05, 0.3):
        writer = ModelWriter()
        a = writer.tensor("a", (2, 3, 4, 5), scale=0.05, zero_point=-4)
        values = np.random.default_rng(0).integers(-128, 128, shape)
        b = writer.tensor("b", shape, scale=scale, zero_point=17, data=values)
        c = writer.tensor("c", (2, 3, 4, 5), scale=0.11, zero_point=-60)
        writer.operator(kind, [b, a] if first else [a, b], [c], fused_activation_function="NONE")
        check_operators(writer.finish([a], [c]))


@pytest.mark.parametrize("kind", KINDS)
def test_same_tensor_twice_is_bit_exact(kind: str) -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (1, 3, 4, 5), scale=0.05, zero_point=-4)
    c = writer.tensor("c", (1, 3, 4, 5), scale=0.11, zero_point=-60)
    writer.operator(kind, [a, a], [c], fused_activation_function="RELU")
    data = writer.finish([a], [c])
    assert lower(*_first(data)).inputs == (a,)
    check_operators(data)


def test_equal_shapes_make_one_long_row() -> None:
    fields = stride_fields((2, 3, 4, 5), {"a": (2, 3, 4, 5), "b": (5,)})
    assert (fields["columns"], fields["channels"], fields["b_column_stride"]) == (4, 5, 0)
    fields = stride_fields((2, 3, 4, 5), {"a": (2, 3, 4, 5), "b": (3, 4, 5)})
    assert (fields["columns"], fields["channels"], fields["b_batch_stride"]) == (1, 20, 0)


@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL"])
def test_output_scale_beyond_the_reference_is_refused(kind: str) -> None:
    with pytest.raises(NotLowered, match="too small"):
        lower(*_first(elementwise(kind, (4,), (4,), ((1.0, 0), (1.0, 0), (1e-6, 0)))))


def test_two_constants_are_refused() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (4,), scale=1.0, data=[1, 2, 3, 4])
    c = writer.tensor("c", (4,), scale=1.0)
    writer.operator("ADD", [a, a], [c], fused_activation_function="NONE")
    with pytest.raises(NotLowered, match="constants"):
        lower(*_first(writer.finish([], [c])))


def test_unknown_quantisation_is_refused() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (4,), scale=1.0)
    b = writer.tensor("b", (4,))
    c = writer.tensor("c", (4,), scale=1.0)
    writer.operator("ADD", [a, b], [c], fused_activation_function="NONE")
    with pytest.raises(NotLowered, match="without a scale"):
        lower(*_first(writer.finish([a, b], [c])))


def _first(data: bytes) -> tuple[Model, Operator]:
    model = parse_tflite(data, "test.tflite")
    return model, model.operators[0]
