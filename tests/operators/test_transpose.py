"""TRANSPOSE against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from models.writer import ModelWriter
from operator_checks import check_operators, lowering_of

from arenite.frontends.lowering import NotLowered


def transpose(shape: Sequence[int], axes: Sequence[int]) -> bytes:
    writer = ModelWriter()
    a = writer.tensor("a", shape, scale=0.05, zero_point=5)
    b = writer.tensor("axes", (len(axes),), "int32", data=list(axes))
    c = writer.tensor("c", [shape[axis] for axis in axes], scale=0.05, zero_point=5)
    writer.operator("TRANSPOSE", [a, b], [c])
    return writer.finish([a], [c])


@pytest.mark.parametrize(
    ("shape", "axes"),
    [((2, 3, 4, 5), (0, 3, 1, 2)), ((2, 3, 4), (2, 1, 0)), ((3, 5), (-1, 0)), ((1, 4, 1, 5), (0, 2, 3, 1))],
)
def test_permutation_is_bit_exact(shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    data = transpose(shape, axes)
    assert lowering_of(data).calls
    check_operators(data, samples=3)


@pytest.mark.parametrize(("shape", "axes"), [((1, 4, 1, 5), (2, 1, 0, 3)), ((3, 4), (0, 1)), ((7,), (0,))])
def test_elements_that_stay_in_order_are_an_alias(shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    data = transpose(shape, axes)
    assert lowering_of(data).alias
    check_operators(data, samples=3)


def test_aliases_are_exactly_the_permutations_without_effect() -> None:

    shape = (1, 3, 1, 2)
    values = np.arange(6).reshape(shape)
    for axes in permutations(range(4)):
        same = np.array_equal(values.transpose(axes).ravel(), values.ravel())
        assert lowering_of(transpose(shape, axes)).alias == same


@pytest.mark.parametrize("axes", [(0, 0), (0, 2), (0,)])
def test_what_is_no_permutation_is_refused(axes: tuple[int, ...]) -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (2, 3), scale=1.0)
    b = writer.tensor("axes", (len(axes),), "int32", data=list(axes))
    c = writer.tensor("c", (2, 3), scale=1.0)
    writer.operator("TRANSPOSE", [a, b], [c])
    with pytest.raises(NotLowered, match="permutation"):
        lowering_of(writer.finish([a], [c]))
