"""SUM, REDUCE_* and means of axes that are no neighbours, of integers, against TFLite's reference, SUM of int8 and
int16 against TFLite Micro's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import run_model
from models.writer import ModelWriter
from operator_checks import Quantised, check_operators, check_prototypes
from oracles import tflm_reference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

AXES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((2, 3, 4, 5), (1, 2)),
    ((2, 3, 4, 5), (0, 2)),
    ((2, 3, 4, 5), (1, 3)),
    ((2, 3, 4, 5), (0, 1, 2, 3)),
    ((2, 3, 4, 5), (-1,)),
    ((1, 7, 4), (1,)),
    ((6,), (0,)),
]


def model_of(
    kind: str,
    shape: Sequence[int],
    axes: Sequence[int],
    quantised: tuple[Quantised, Quantised] | None = None,
    dtype: str = "int8",
    *,
    keep: bool = False,
) -> bytes:
    reduced = {axis % len(shape) for axis in axes}
    kept = [1 if axis in reduced else extent for axis, extent in enumerate(shape) if keep or axis not in reduced]
    writer = ModelWriter()
    scales = [{} if quantised is None else {"scale": own[0], "zero_point": own[1]} for own in quantised or (None, None)]
    x = writer.tensor("x", shape, dtype, **scales[0])
    numbers = writer.tensor("axes", (len(axes),), "int32", data=axes)
    y = writer.tensor("y", kept, dtype, **scales[1])
    writer.operator(kind, [x, numbers], [y], keep_dims=keep)
    return writer.finish([x], [y])


@pytest.mark.parametrize(("shape", "axes"), AXES)
@pytest.mark.parametrize("keep", [False, True])
def test_every_kind_is_bit_exact(shape: Sequence[int], axes: Sequence[int], keep: bool) -> None:
    for kind in ("REDUCE_MAX", "REDUCE_MIN"):
        for dtype, quantised in (("int8", ((0.1, 3),) * 2), ("int16", ((0.1, 0),) * 2), ("int32", None)):
            check_operators(model_of(kind, shape, axes, quantised, dtype, keep=keep))
    for kind in ("REDUCE_ANY", "REDUCE_ALL"):
        check_operators(model_of(kind, shape, axes, dtype="bool", keep=keep))
    small = np.random.default_rng(0).integers(-(2**20), 2**20, shape, np.int32)
    check_operators(model_of("SUM", shape, axes, dtype="int32", keep=keep), given=[[small]])
    check_operators(model_of("MEAN", shape, axes, ((0.07, 5), (0.06, -9)), keep=keep))
    check_operators(model_of("MEAN", shape, axes, ((0.07, 0), (0.06, 0)), "int16", keep=keep))


def check_sum(
    shape: Sequence[int], axes: Sequence[int], quantised: tuple[Quantised, Quantised], dtype: str = "int8"
) -> None:
    data = model_of("SUM", shape, axes, quantised, dtype, keep=True)
    check_prototypes(data)
    generator, limits = np.random.default_rng(0), np.iinfo(dtype)
    random = generator.integers(limits.min, limits.max, shape, np.dtype(dtype), endpoint=True)
    for values in (random, np.full(shape, limits.min, dtype)):
        found = run_model(parse_tflite(data, "test.tflite"), [values])[2]
        np.testing.assert_array_equal(found, tflm_reference(data, [values])[0])


@pytest.mark.parametrize(("shape", "axes"), AXES)
def test_quantised_sums_are_those_of_tflite_micro(shape: Sequence[int], axes: Sequence[int]) -> None:
    check_sum(shape, axes, ((0.1, 3), (0.5, -7)))
    check_sum(shape, axes, ((0.001, 0), (0.004, 0)), "int16")


@settings(max_examples=30, deadline=None)
@given(exponents=st.tuples(*[st.floats(-3, 0.5)] * 2), points=st.tuples(*[st.integers(-128, 127)] * 2))
def test_any_quantisation_of_a_sum_is_bit_exact(exponents: tuple[float, float], points: tuple[int, int]) -> None:
    first, second = ((float(np.float32(10.0**e)), point) for e, point in zip(exponents, points, strict=True))
    check_sum((2, 9, 5), (1,), (first, second))
    check_sum((2, 9, 5), (1,), ((first[0], 0), (second[0], 0)), "int16")


def test_three_groups_of_axes_are_refused() -> None:
    for kind in ("SUM", "MEAN"):
        model = parse_tflite(model_of(kind, (2, 3, 2, 3, 2), (0, 2, 4), ((0.1, 3), (0.5, -7))), "test.tflite")
        with pytest.raises(NotLowered, match="groups"):
            lower(model, model.operators[0])
