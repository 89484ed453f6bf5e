"""ARG_MAX and ARG_MIN against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from kernel_harness import Array
from operator_checks import check_operators, plain_operator

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.arg import PLACES, SUFFIX
from arenite.frontends.tflite import parse_tflite

KINDS = ("ARG_MAX", "ARG_MIN")


def model_of(kind: str, shape: Sequence[int], axis: int, dtype: str = "int8", places: str = "int32") -> bytes:
    result = [extent for place, extent in enumerate(shape) if place != axis % len(shape)]
    constants = [np.array(axis, np.int32)]
    return plain_operator(kind, [(shape, dtype)], (result, places), constants, output_type=places.upper())


def samples(shape: Sequence[int], dtype: str) -> list[list[Array]]:
    """Of few values, so that there are several extremes, and of many."""
    generator = np.random.default_rng(1)
    few = generator.integers(0, 2 if dtype == "bool" else 5, shape)
    many = generator.normal(0, 40, shape)
    return [[few.astype(dtype)], [many.astype(dtype)]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", SUFFIX)
def test_every_axis_is_bit_exact(kind: str, dtype: str) -> None:
    for places in PLACES:
        for shape in ((7,), (1, 9, 4), (2, 3, 4, 5)):
            for axis in range(-1, len(shape)):
                check_operators(model_of(kind, shape, axis, dtype, places), given=samples(shape, dtype))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_a_number_is_neither_less_nor_greater(kind: str) -> None:
    values = np.array([[np.nan, 1, 5, 2], [3, np.nan, 3, 7], [np.nan] * 4, [-np.inf, np.nan, np.inf, 0]], np.float32)
    check_operators(model_of(kind, values.shape, 1, "float32"), given=[[values]])


def test_two_axes_are_refused() -> None:
    constants = [np.array([0, 1], np.int32)]
    model = parse_tflite(plain_operator("ARG_MAX", [((2, 3), "int8")], ((), "int32"), constants), "test.tflite")
    with pytest.raises(NotLowered, match="axis"):
        lower(model, model.operators[0])
