"""LOGISTIC, TANH and the RELU family against TFLite's reference kernels: all 256 values at once."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from kernel_harness import run_model
from operator_checks import Quantised, check_prototypes, one_operator
from oracles import tflite_reference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

EVERY_VALUE = np.arange(-128, 128, dtype=np.int8).reshape(1, 4, 8, 8)
SCALES = [1e-6, 1e-3, 0.0173, 0.05, 1 / 16, 0.1, 0.31, 1.0, 7.7, 1e4]
POINTS = (-128, -1, 0, 36, 127)


def check(kind: str, source: Quantised, result: Quantised) -> None:
    data = one_operator(kind, [(EVERY_VALUE.shape, source)], (EVERY_VALUE.shape, result))
    check_prototypes(data)
    model = parse_tflite(data, "test.tflite")
    np.testing.assert_array_equal(run_model(model, [EVERY_VALUE])[1], tflite_reference(data, [EVERY_VALUE])[1])


@pytest.mark.parametrize("scale", SCALES)
def test_logistic_is_bit_exact(scale: float) -> None:
    for point in POINTS:
        check("LOGISTIC", (scale, point), (1 / 256, -128))


@pytest.mark.parametrize("scale", SCALES)
def test_tanh_is_bit_exact(scale: float) -> None:
    for point in POINTS:
        check("TANH", (scale, point), (1 / 128, 0))


def test_tanh_with_another_output_is_bit_exact() -> None:
    check("TANH", (0.03, 4), (0.011, -20))


@pytest.mark.parametrize("kind", ["RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1"])
@pytest.mark.parametrize("scale", [1e-3, 0.04, 0.05, 1.0, 33.0])
def test_relu_is_bit_exact(kind: str, scale: float) -> None:
    for source in POINTS:
        for result in POINTS:
            check(kind, (scale, source), (0.05, result))


@pytest.mark.parametrize("shape", [(5,), (3, 7), (2, 3, 5), (1, 1, 1, 1)])
def test_shape_is_bit_exact(shape: tuple[int, ...]) -> None:
    data = one_operator("TANH", [(shape, (0.05, 3))], (shape, (1 / 128, 0)))
    values = np.random.default_rng(0).integers(-128, 128, shape, np.int8)
    model = parse_tflite(data, "test.tflite")
    np.testing.assert_array_equal(run_model(model, [values])[1], tflite_reference(data, [values])[1])


def test_logistic_with_another_output_scale_is_refused() -> None:
    model = parse_tflite(one_operator("LOGISTIC", [((4,), (0.1, 0))], ((4,), (1 / 128, -128))), "test.tflite")
    with pytest.raises(NotLowered, match="1/256"):
        lower(model, model.operators[0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", ["TANH", "RELU6"])
@pytest.mark.parametrize("scales", [(3e38, 1e-38), (1e-38, 3e38), (3e38, 3e38)])
def test_extreme_scales_end_in_a_reason_or_a_table(kind: str, scales: tuple[float, float]) -> None:
    data = one_operator(kind, [((1, 4), (scales[0], 0))], ((1, 4), (scales[1], 0)))
    model = parse_tflite(data, "test.tflite")
    with contextlib.suppress(NotLowered):
        assert lower(model, model.operators[0]).calls
