"""Arithmetic on int32, and MINIMUM and MAXIMUM of any integers, against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import Array, run_model
from models.writer import ModelWriter
from operator_checks import check_operators, plain_operator

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.int32.elementwise import KERNELS
from arenite.frontends.tflite import parse_tflite

SHAPES = [((2, 3, 4, 5), (2, 3, 4, 5)), ((1, 6), ()), ((), (1, 6)), ((3, 1, 5), (1, 4, 1)), ((2, 4, 5, 1), (4, 1, 3))]
DIVISIONS = ("DIV", "FLOOR_DIV", "FLOOR_MOD")
FUSED = ("ADD", "SUB", "MUL", "DIV")
EXTREMES = np.array([-(2**31), -(2**31) + 1, -7, -2, -1, 1, 2, 7, 2**30, 2**31 - 1], np.int32)

FLOATS = np.array([-1e9, -7.5, -2, -0.3, -0.0, 0, 0.3, 1, 2.25, 7.5, 3e8], np.float32)


def model_of(kind: str, a: Sequence[int], b: Sequence[int], dtype: str = "int32", activation: str = "NONE") -> bytes:
    options = {"fused_activation_function": activation} if kind in FUSED else {}
    shape = np.broadcast_shapes(tuple(a), tuple(b))
    return plain_operator(kind, [(a, dtype), (b, dtype)], (shape, dtype), **options)


def samples(kind: str, *shapes: Sequence[int]) -> list[list[Array]]:
    generator = np.random.default_rng(0)
    limit = 2**15 if kind in ("MUL", "SQUARED_DIFFERENCE") else 2**30
    values = [generator.integers(-limit, limit, shape, np.int32) for shape in shapes]
    small = [generator.integers(-9, 10, shape, np.int32) for shape in shapes]
    for found in (values, small):
        if kind in DIVISIONS:
            found[1] = np.where(found[1] == 0, 3, found[1]).astype(np.int32)
    return [values, small]


@pytest.mark.parametrize("kind", KERNELS)
def test_arithmetic_is_bit_exact(kind: str) -> None:
    for shapes in SHAPES[:1] if kind == "ADD_N" else SHAPES:
        check_operators(model_of(kind, *shapes), given=samples(kind, *shapes))


@pytest.mark.parametrize("kind", FUSED)
@pytest.mark.parametrize("activation", ["RELU", "RELU6", "RELU_N1_TO_1"])
def test_fused_activation_is_bit_exact(kind: str, activation: str) -> None:
    shapes = (4, 60), (4, 60)
    check_operators(model_of(kind, *shapes, activation=activation), given=samples(kind, *shapes))


@settings(max_examples=40, deadline=None)
@given(kind=st.sampled_from(sorted(KERNELS)), pair=st.tuples(*[st.integers(-(2**31), 2**31 - 1)] * 2))
def test_any_pair_is_what_wraps(kind: str, pair: tuple[int, int]) -> None:
    """Against exact integers: what the reference does where it overflows is undefined in C."""
    x, y = pair
    exact = {
        "ADD": x + y,
        "ADD_N": x + y,
        "SUB": x - y,
        "MUL": x * y,
        "DIV": abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1) if y else 0,
        "FLOOR_DIV": x // y if y else 0,
        "FLOOR_MOD": x % y if y else 0,
        "SQUARED_DIFFERENCE": (x - y) ** 2,
    }[kind]
    model = parse_tflite(model_of(kind, (1,), (1,)), "test.tflite")
    found = run_model(model, [np.array([value], np.int32) for value in pair])[2]
    assert found[0] == (exact + 2**31) % 2**32 - 2**31


@pytest.mark.parametrize("kind", DIVISIONS)
def test_extremes_of_divisions_are_bit_exact(kind: str) -> None:
    a, b = (array.reshape(-1).copy() for array in np.meshgrid(EXTREMES, EXTREMES[EXTREMES != -1]))
    check_operators(model_of(kind, a.shape, b.shape), given=[[a, b]])


@pytest.mark.parametrize("kind", sorted(set(KERNELS) - {"ADD_N"}))
@pytest.mark.parametrize("first", [True, False])
def test_constant_on_either_side_is_bit_exact(kind: str, first: bool) -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (2, 3, 4), "int32")
    b = writer.tensor("b", (4,), "int32", data=[3, -5, 7, 1])
    c = writer.tensor("c", (2, 3, 4), "int32")
    options = {"fused_activation_function": "NONE"} if kind in FUSED else {}
    writer.operator(kind, [b, a] if first else [a, b], [c], **options)
    values = np.random.default_rng(1).integers(1, 1000, (2, 3, 4), np.int32)
    check_operators(writer.finish([a], [c]), given=[[values], [-values]])


@pytest.mark.parametrize("kind", ["FLOOR_DIV", "FLOOR_MOD", "ADD_N"])
def test_floats_are_bit_exact(kind: str) -> None:
    a, b = (array.reshape(-1).copy() for array in np.meshgrid(FLOATS, FLOATS[FLOATS != 0]))
    check_operators(model_of(kind, a.shape, a.shape, "float32"), given=[[a, b]])


def test_two_constants_are_refused() -> None:
    constants = [np.ones(3, np.int32)] * 2
    model = parse_tflite(plain_operator("FLOOR_DIV", [], ((3,), "int32"), constants), "test.tflite")
    with pytest.raises(NotLowered, match="constants"):
        lower(model, model.operators[0])


@pytest.mark.parametrize("kind", ["MINIMUM", "MAXIMUM"])
@pytest.mark.parametrize("dtype", ["int8", "int16", "int32"])
def test_extremes_are_bit_exact(kind: str, dtype: str) -> None:
    for shapes in SHAPES:
        check_operators(model_of(kind, *shapes, dtype=dtype))
