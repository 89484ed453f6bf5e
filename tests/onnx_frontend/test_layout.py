"""The algebra of orders against numpy, which really moves the elements."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from arenite.frontends.onnx.layout import arranged, channels_last, move, order, permutation, plain, transposed

shapes = st.lists(st.sampled_from([1, 2, 3, 4, 6]), min_size=0, max_size=5).map(tuple)


@st.composite
def permuted_shapes(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    shape = draw(shapes)
    return shape, tuple(draw(st.permutations(range(len(shape)))))


def counted(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(math.prod(shape)).reshape(shape)


@given(permuted_shapes())
def test_arranged_is_what_numpy_transposes(case: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    shape, axes = case
    np.testing.assert_array_equal(arranged(counted(shape), order(shape, axes)), counted(shape).transpose(axes).ravel())


@given(permuted_shapes())
def test_equal_memory_is_equal_order(case: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    shape, axes = case
    same = np.array_equal(counted(shape).transpose(axes).ravel(), counted(shape).ravel())
    assert (order(shape, axes) == plain(shape)) == same


@given(permuted_shapes())
def test_permutation_gives_the_same_memory(case: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    shape, axes = case
    found = permutation(order(shape, axes), shape)
    assert found is not None
    np.testing.assert_array_equal(counted(shape).transpose(found).ravel(), counted(shape).transpose(axes).ravel())


@given(permuted_shapes(), st.data())
def test_transposing_a_value_moves_nothing(case: tuple[tuple[int, ...], tuple[int, ...]], data: st.DataObject) -> None:
    """Memory stays as it is; read by the new order it holds the transposed value."""
    shape, axes = case
    turn = tuple(data.draw(st.permutations(range(len(shape)))))
    stored = order(shape, axes)
    result = transposed(stored, shape, turn)
    assert result is not None
    np.testing.assert_array_equal(arranged(counted(shape).transpose(turn), result), arranged(counted(shape), stored))


@given(permuted_shapes(), permuted_shapes())
def test_a_move_brings_one_order_into_the_other(
    first: tuple[tuple[int, ...], tuple[int, ...]], second: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    source = order(*first)
    target = order(*second) if math.prod(second[0]) == math.prod(first[0]) else plain(first[0])
    found = move(source, target)
    if found is None:
        assert math.prod(second[0]) == math.prod(first[0])
        return
    value = counted(first[0])
    moved = arranged(value, source).reshape(found.shape).transpose(found.axes).ravel()
    np.testing.assert_array_equal(moved, arranged(value, target))


def test_a_plain_order_is_always_within_reach() -> None:
    """The digits 3 and 4 do not fit axes of 4 and 3, and still every element can be put where ONNX counts it."""
    stored = order((3, 4), (1, 0))
    assert transposed(stored, (4, 3), (1, 0)) is None
    assert permutation(stored, (4, 3)) is None
    assert move(stored, plain((12,))) is not None


def test_channels_first_and_last_are_the_same_where_one_of_them_is_one() -> None:
    assert channels_last((1, 1, 49, 10)) == plain((1, 1, 49, 10))
    assert channels_last((1, 64, 1, 1)) == plain((1, 64, 1, 1))
    assert channels_last((1, 3, 8, 8)) != plain((1, 3, 8, 8))
    assert permutation(channels_last((1, 64, 1, 1)), (1, 64, 1, 1)) == (0, 2, 3, 1)
