"""LOG_SOFTMAX of int8 against TFLite's reference kernels and against TFLM; of uint8 against the former."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from kernel_harness import run_model
from operator_checks import check_operators, one_operator
from oracles import tflm_reference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

EVERY_PAIR = np.array(list(itertools.product(range(-128, 128), repeat=2)), np.int8)
SCALES = [2e-8, 1e-6, 1e-3, 0.0146, 0.05, 0.1, 0.24, 0.5, 1.7, 12.0, 31.9, 200.0]


def log_softmax(shape: Sequence[int], scale: float, result: tuple[float, int] = (1 / 16, 127)) -> bytes:
    return one_operator("LOG_SOFTMAX", [(shape, (scale, 3))], (shape, result))


@pytest.mark.parametrize("scale", SCALES)
def test_scale_is_bit_exact(scale: float) -> None:
    near = np.random.default_rng(1).integers(90, 128, (64, 13)).astype(np.int8)
    check_operators(log_softmax((64, 13), scale), samples=8)
    check_operators(log_softmax((64, 13), scale), given=[[near]])


@pytest.mark.parametrize("shape", [(1, 1), (7,), (2, 3, 5), (1, 2, 3, 4), (3, 300), (1, 4095)])
def test_shape_is_bit_exact(shape: tuple[int, ...]) -> None:
    check_operators(log_softmax(shape, 0.1), samples=6)


@pytest.mark.parametrize("scale", [0.0146, 0.2])
def test_every_pair_is_that_of_both_references(scale: float) -> None:
    data = log_softmax(EVERY_PAIR.shape, scale)
    check_operators(data, given=[[EVERY_PAIR]])
    found = run_model(parse_tflite(data, "test.tflite"), [EVERY_PAIR])[1]
    np.testing.assert_array_equal(found, tflm_reference(data, [EVERY_PAIR])[0])


@pytest.mark.parametrize("scale", [0.01, 0.3])
def test_uint8_is_bit_exact(scale: float) -> None:
    shape = (9, 21)
    check_operators(one_operator("LOG_SOFTMAX", [(shape, (scale, 100))], (shape, (1 / 16, 255)), dtype="uint8"))


@pytest.mark.parametrize("result", [(1 / 16, 0), (1 / 8, 127)])
def test_other_output_is_refused(result: tuple[float, int]) -> None:
    model = parse_tflite(log_softmax((1, 4), 0.1, result), "test.tflite")
    with pytest.raises(NotLowered, match="1/16"):
        lower(model, model.operators[0])
