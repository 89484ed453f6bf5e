"""ADD_N of int8 against TensorFlow Lite Micro, which alone has it; of int32 and float32 against TFLite's reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import Array, run_model, sample_of
from operator_checks import Quantised, check_operators, check_prototypes, one_operator, plain_operator
from oracles import MicroReference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite


def sum_of(count: int, shape: Sequence[int], source: Quantised, result: Quantised) -> bytes:
    return one_operator("ADD_N", [(shape, source)] * count, (shape, result))


def check_on_micro(data: bytes, extra: Sequence[Sequence[Array]] = ()) -> None:
    check_prototypes(data)
    model = parse_tflite(data, "test.tflite")
    reference, generator = MicroReference(data), np.random.default_rng(0)
    drawn = [[sample_of(model.tensors[index], sample, generator) for index in model.inputs] for sample in range(4)]
    for inputs in (*drawn, *extra):
        np.testing.assert_array_equal(run_model(model, inputs)[model.outputs[0]], reference.run(inputs)[0])


@pytest.mark.parametrize("count", range(2, 9))
@pytest.mark.parametrize("point", [-128, 0, 127])
def test_sums_of_int8_are_those_of_tflm(count: int, point: int) -> None:
    check_on_micro(sum_of(count, (2, 3, 4, 5), (0.05, point), (0.07 * count, -point // 2)))


@settings(max_examples=30, deadline=None)
@given(count=st.integers(2, 8), exponent=st.floats(-3, 2), points=st.tuples(*[st.integers(-128, 127)] * 2))
def test_any_quantisation_is_that_of_tflm(count: int, exponent: float, points: tuple[int, int]) -> None:
    check_on_micro(sum_of(count, (3, 50), (0.05, points[0]), (float(np.float32(0.05 * 10**exponent)), points[1])))


@pytest.mark.parametrize("dtype", ["int32", "float32"])
@pytest.mark.parametrize("count", [3, 8])
def test_wider_sums_are_bit_exact(dtype: str, count: int) -> None:
    shape = (2, 3, 7)
    data = plain_operator("ADD_N", [(shape, dtype)] * count, (shape, dtype))
    generator = np.random.default_rng(count)
    check_operators(data, given=[[generator.integers(-(2**27), 2**27, shape).astype(dtype) for _ in range(count)]])


def test_sums_of_int32_wrap() -> None:
    model = parse_tflite(plain_operator("ADD_N", [((2,), "int32")] * 3, ((2,), "int32")), "test.tflite")
    found = run_model(model, [np.array([2**31 - 1, -(2**31)], np.int32)] * 3)[3]
    np.testing.assert_array_equal(found, [2**31 - 3, -(2**31)])


@pytest.mark.parametrize(
    ("inputs", "result", "reason"),
    [
        ([((4,), (0.1, 0))] * 9, (0.1, 0), "9 inputs"),
        ([((4,), (0.1, 0)), ((4,), (0.1, 0)), ((4,), (0.2, 0))], (0.1, 0), "alike"),
        ([((4,), (0.1, 0))] * 3, (1e-9, 0), "too small"),
        ([((4,), (0.1, 0)), ((1,), (0.1, 0))], (0.1, 0), "shape"),
    ],
)
def test_others_are_refused(inputs: list[tuple[Sequence[int], Quantised]], result: Quantised, reason: str) -> None:
    model = parse_tflite(one_operator("ADD_N", inputs, ((4,), result)), "test.tflite")
    with pytest.raises(NotLowered, match=reason):
        lower(model, model.operators[0])
