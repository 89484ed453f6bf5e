"""STRIDED_SLICE, SLICE and REVERSE_V2 against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from move_models import ints, one_move
from operator_checks import check_operators

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.strided_slice import Spec, strided
from arenite.frontends.tflite import parse_tflite

SHAPE = (2, 5, 4, 3)
TYPES = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")


def sliced(shape: Sequence[int], spec: Spec, dtype: str = "int8") -> bytes:
    constants = [ints(*spec.begin), ints(*spec.end), ints(*spec.strides)]
    masks = {name: value for name, value in vars(spec).items() if name.endswith("mask") or name == "offset"}
    return one_move("STRIDED_SLICE", shape, [strided(tuple(shape), spec).extents], constants, dtype=dtype, **masks)


@pytest.mark.parametrize("dtype", TYPES)
def test_any_type_is_copied(dtype: str) -> None:
    check_operators(sliced(SHAPE, Spec((0, 4, 1, 2), (2, 0, 4, -4), (1, -2, 2, -1), begin_mask=1), dtype), samples=3)


@pytest.mark.parametrize(
    ("shape", "spec"),
    [
        (SHAPE, Spec((0, 1, 1, 0), (0, 0, 0, 0), (1, 1, 1, 1), 9, 15)),
        (SHAPE, Spec((0, -3, 0, 0), (0, 0, 0, 3), (1, 1, 1, 1), 13, 15)),
        (SHAPE, Spec((1, -9, 9), (2, 9, -9), (1, 2, -1))),
        (SHAPE, Spec((1, 2), (2, 3), (1, 1), shrink_axis_mask=3)),
        (SHAPE, Spec((-1, 0, 0, -2), (0, 9, 9, 9), (1, 1, 1, 1), shrink_axis_mask=9)),
        (SHAPE, Spec((0, 1), (0, 3), (1, 1), ellipsis_mask=1)),
        (SHAPE, Spec((1, 0, 1), (2, 0, 2), (1, 1, 1), ellipsis_mask=2, shrink_axis_mask=1)),
        ((5, 4), Spec((0, 1, 0), (0, 4, 3), (1, 1, 1), new_axis_mask=1)),
        ((5, 4), Spec((1, 0, 0), (4, 0, 3), (1, 1, 1), new_axis_mask=2)),
        ((5, 4), Spec((0, 0), (0, 3), (1, 1), ellipsis_mask=1, new_axis_mask=2)),
        ((6,), Spec((-1,), (-7,), (-1,))),
        ((6,), Spec((1,), (3,), (1,), offset=True)),
        ((2, 3, 4, 5, 6), Spec((0, 1, 0, 1, 0), (2, 3, 4, 4, 6), (1, 1, 3, 2, 5))),
    ],
)
def test_masks_are_bit_exact(shape: tuple[int, ...], spec: Spec) -> None:
    check_operators(sliced(shape, spec), samples=3)


numbers = st.integers(-7, 7)
masks = st.integers(0, 15)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=4, max_size=4),
    st.lists(st.tuples(numbers, numbers, st.sampled_from([-3, -2, -1, 1, 2, 3])), min_size=1, max_size=4),
    masks,
    masks,
)
def test_random_slices_are_bit_exact(
    shape: list[int], axes: list[tuple[int, int, int]], begin_mask: int, end_mask: int
) -> None:
    begin, end, strides = zip(*axes, strict=True)
    spec = Spec(begin, end, strides, begin_mask, end_mask)
    if 0 not in strided(tuple(shape), spec).extents:
        check_operators(sliced(shape, spec), samples=3)


def test_an_index_outside_is_refused() -> None:
    model = parse_tflite(
        one_move("STRIDED_SLICE", (4,), [()], [ints(4), ints(5), ints(1)], shrink_axis_mask=1), "test.tflite"
    )
    with pytest.raises(NotLowered, match="element 4 of 4"):
        lower(model, model.operators[0])


@pytest.mark.parametrize("dtype", TYPES)
def test_slice_is_bit_exact(dtype: str) -> None:
    check_operators(
        one_move("SLICE", SHAPE, [(1, 3, 4, 2)], [ints(1, 2, 0, 0), ints(1, 3, -1, 2)], dtype=dtype), samples=3
    )


@pytest.mark.parametrize(("begin", "size"), [(2, 3), (-1, 1), (5, -1)])
def test_slices_outside_are_refused(begin: int, size: int) -> None:
    model = parse_tflite(one_move("SLICE", (4,), [(2,)], [ints(begin), ints(size)]), "test.tflite")
    with pytest.raises(NotLowered, match="elements from"):
        lower(model, model.operators[0])


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1])
def test_reverse_is_bit_exact(axis: int) -> None:
    check_operators(one_move("REVERSE_V2", SHAPE, [SHAPE], [ints(axis)], dtype="float32"), samples=3)


def test_rows_come_one_by_one() -> None:
    """Rows of one image, also where columns and channels are left out."""
    model = parse_tflite(sliced((1, 9, 4, 3), Spec((0, 8, 1, 1), (1, 0, 3, 2), (1, -3, 1, 1))), "test.tflite")
    (call,) = lower(model, model.operators[0]).calls
    assert [call.layer[name] for name in ("rows", "first_row", "row_step", "bytes")] == [3, 8, -3, 1]
    np.testing.assert_array_equal(call.constants["loops"], [2, 3, 1])


def test_what_lies_side_by_side_is_one_run() -> None:
    model = parse_tflite(sliced((1, 9, 4, 3), Spec((0, 2), (1, 8), (1, 1)), "int16"), "test.tflite")
    (call,) = lower(model, model.operators[0]).calls
    assert (call.layer["rows"], call.layer["bytes"]) == (6, 24)
    np.testing.assert_array_equal(call.constants["loops"], [1, 0, 0])
