"""Comparisons, LOGICAL_* and SELECT against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models.writer import ModelWriter
from operator_checks import Quantised, check_operators, plain_operator

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.comparison import KINDS
from arenite.frontends.tflite import parse_tflite

SHAPES = [((2, 3, 4, 5), (2, 3, 4, 5)), ((1, 6), ()), ((3, 1, 5), (1, 4, 1))]
EVERY_VALUE = np.arange(-128, 128, dtype=np.int8)


def every_pair(kind: str, a: Quantised, b: Quantised, *, constant: bool = False) -> bytes:
    """A column of 256 values against a row of them, which may be a constant that stands first."""
    writer = ModelWriter()
    x = writer.tensor("x", (256, 1), scale=a[0], zero_point=a[1])
    y = writer.tensor("y", (1, 256), scale=b[0], zero_point=b[1], data=EVERY_VALUE if constant else None)
    z = writer.tensor("z", (256, 256), "bool")
    writer.operator(kind, [y, x] if constant else [x, y], [z])
    return writer.finish([x] if constant else [x, y], [z])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["int32", "float32", "bool"])
def test_plain_numbers_are_bit_exact(kind: str, dtype: str) -> None:
    if dtype == "bool" and "EQUAL" not in {kind, kind.removeprefix("NOT_")}:
        pytest.skip("TFLite orders no truth values")
    generator = np.random.default_rng(0)
    for a, b in SHAPES:
        shape = np.broadcast_shapes(a, b)
        values = [generator.integers(0, 2 if dtype == "bool" else 4, own).astype(dtype) for own in (a, b)]
        check_operators(plain_operator(kind, [(a, dtype), (b, dtype)], (shape, "bool")), given=[values])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_a_number_is_bit_exact(kind: str) -> None:
    values = np.array([np.nan, -np.inf, -0.0, 0.0, 1.0, np.inf], np.float32)
    a, b = (array.reshape(-1).copy() for array in np.meshgrid(values, values))
    data = plain_operator(kind, [(a.shape, "float32"), (b.shape, "float32")], (a.shape, "bool"))
    check_operators(data, given=[[a, b]])


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    scales=st.tuples(*[st.floats(-4, -0.01)] * 2),
    points=st.tuples(*[st.integers(-128, 127)] * 2),
    same=st.booleans(),
)
def test_every_pair_of_int8_is_bit_exact(
    kind: str, scales: tuple[float, float], points: tuple[int, int], same: bool
) -> None:
    a, b = ((float(np.float32(10.0**scale)), point) for scale, point in zip(scales, points, strict=True))
    column, row = EVERY_VALUE.reshape(256, 1), EVERY_VALUE.reshape(1, 256)
    check_operators(every_pair(kind, a, a if same else b), given=[[column, row]])
    check_operators(every_pair(kind, a, b, constant=True), given=[[column]])


def test_scale_of_one_is_refused() -> None:
    model = parse_tflite(every_pair("LESS", (1.0, 0), (0.5, 0)), "test.tflite")
    with pytest.raises(NotLowered, match="scales below 1"):
        lower(model, model.operators[0])


@pytest.mark.parametrize("kind", ["LOGICAL_AND", "LOGICAL_OR"])
def test_truth_values_are_bit_exact(kind: str) -> None:
    for a, b in SHAPES:
        check_operators(plain_operator(kind, [(a, "bool"), (b, "bool")], (np.broadcast_shapes(a, b), "bool")))


def test_negation_is_bit_exact() -> None:
    check_operators(plain_operator("LOGICAL_NOT", [((2, 3, 4), "bool")], ((2, 3, 4), "bool")))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "float32", "bool"])
@pytest.mark.parametrize(
    ("condition", "a", "b"),
    [
        ((2, 3, 4, 5), (2, 3, 4, 5), (2, 3, 4, 5)),
        ((2, 1, 4, 1), (2, 3, 4, 5), (5,)),
        ((2, 3, 4, 5), (), (1, 3, 1, 1)),
        ((), (3, 4), (3, 4)),
    ],
)
def test_selection_is_bit_exact(dtype: str, condition: Sequence[int], a: Sequence[int], b: Sequence[int]) -> None:
    shape = np.broadcast_shapes(tuple(condition), tuple(a), tuple(b))
    check_operators(plain_operator("SELECT_V2", [(condition, "bool"), (a, dtype), (b, dtype)], (shape, dtype)))


@pytest.mark.parametrize("constants", [(0,), (1,), (0, 1)])
def test_selection_of_constants_is_bit_exact(constants: Sequence[int]) -> None:
    writer = ModelWriter()
    condition = writer.tensor("condition", (2, 3, 4), "bool")
    operands = [
        writer.tensor(f"x{place}", (2, 3, 4), "int32", data=np.arange(24) if place in constants else None)
        for place in (0, 1)
    ]
    result = writer.tensor("result", (2, 3, 4), "int32")
    writer.operator("SELECT", [condition, *operands], [result])
    given = [condition, *(operand for place, operand in enumerate(operands) if place not in constants)]
    check_operators(writer.finish(given, [result]))


def test_selection_of_rows_is_bit_exact() -> None:
    shape = ((3, 4, 5), "int8")
    check_operators(plain_operator("SELECT", [((3,), "bool"), shape, shape], shape))
