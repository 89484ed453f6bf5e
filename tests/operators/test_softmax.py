"""SOFTMAX against TFLite's reference kernels, and for two classes against TFLM as well."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from kernel_harness import run_model
from operator_checks import check_operators, check_prototypes, one_operator
from oracles import Array, tflite_reference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.softmax import exp_of_negative, exponential_table
from arenite.frontends.tflite import parse_tflite

PERSON_DETECT_SCALE = 0.012518751434981823
"""Of the input of the last operator of TFLM's person_detect, which litert refuses to load."""
EVERY_PAIR = np.array(list(itertools.product(range(-128, 128), repeat=2)), np.int8)


def softmax(shape: Sequence[int], scale: float, beta: float = 1.0, zero_point: int = 0) -> bytes:
    return one_operator("SOFTMAX", [(shape, (scale, zero_point))], (shape, (1 / 256, -128)), beta=beta)


def compiled(data: bytes, values: Array) -> Array:
    model = parse_tflite(data, "test.tflite")
    return run_model(model, [values])[model.outputs[0]]


@pytest.mark.parametrize("scale", [1e-7, 1e-4, 0.003, 0.0146, 0.05, 0.1447, 0.24, 1.7, 12.0, 31.9, 200.0])
@pytest.mark.parametrize("beta", [1.0, 0.5])
def test_scale_is_bit_exact(scale: float, beta: float) -> None:
    check_operators(softmax((64, 13), scale, beta), samples=8)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (7,), (2, 3, 5), (1, 2, 3, 4), (3, 300)])
def test_shape_is_bit_exact(shape: tuple[int, ...]) -> None:
    check_operators(softmax(shape, 0.1, zero_point=-77), samples=6)


@pytest.mark.parametrize("scale", [PERSON_DETECT_SCALE, 0.0146, 0.2])
def test_two_classes_are_bit_exact_on_every_pair(scale: float) -> None:
    data = softmax(EVERY_PAIR.shape, scale)
    np.testing.assert_array_equal(compiled(data, EVERY_PAIR), tflite_reference(data, [EVERY_PAIR])[1])


def test_two_classes_are_those_of_tflm() -> None:
    runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime", reason="this oracle needs tflite-micro")
    data = softmax(EVERY_PAIR.shape, PERSON_DETECT_SCALE)
    interpreter = runtime.Interpreter.from_bytes(data, arena_size=1 << 20)
    interpreter.set_input(EVERY_PAIR, 0)
    interpreter.invoke()
    np.testing.assert_array_equal(compiled(data, EVERY_PAIR), interpreter.get_output(0))


def test_sums_that_the_reference_gives_up_on_are_zeros() -> None:
    data = softmax((1, 2000), 1e-6)
    check_prototypes(data)
    assert (compiled(data, np.zeros((1, 2000), np.int8)) == -128).all()


def test_exponentials_are_close_to_the_truth() -> None:
    for argument in (0, -1, -12345, -(1 << 24), -(1 << 26), -(5 << 26) - 7, -(20 << 26)):
        assert abs(exp_of_negative(argument) / 2**31 - math.exp(argument / 2**26)) < 4e-7


def test_table_ends_where_nothing_is_added_any_more() -> None:
    assert len(exponential_table(1.0)) == math.floor(20 * math.log(2)) + 1
    assert len(exponential_table(1e-3)) == 256
    assert list(exponential_table(100.0)) == [2**31 - 1]


def test_step_below_the_fixed_point_is_refused() -> None:
    with pytest.raises(NotLowered, match="too little"):
        exponential_table(1e-8)


@pytest.mark.parametrize("output", [(1 / 256, 0), (1 / 128, -128)])
def test_other_output_is_refused(output: tuple[float, int]) -> None:
    data = one_operator("SOFTMAX", [((1, 4), (0.1, 0))], ((1, 4), output), beta=1.0)
    model = parse_tflite(data, "test.tflite")
    with pytest.raises(NotLowered, match="1/256"):
        lower(model, model.operators[0])
