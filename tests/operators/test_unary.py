"""HARD_SWISH, LEAKY_RELU, ELU, GELU, ABS, SQRT, RSQRT, EXP and LOG on int8: all 256 values at once."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import run_model
from operator_checks import Quantised, check_prototypes, one_operator
from oracles import tflite_reference, tflm_reference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

OF_ANY = ("HARD_SWISH", "LEAKY_RELU", "ELU", "GELU", "ABS", "EXP", "LOG")
OF_POSITIVE = ("SQRT", "RSQRT")
SCALES = (1e-6, 0.0173, 0.05, 1.0, 7.7)
POINTS = (-128, 0, 36)


def model_of(kind: str, source: Quantised, result: Quantised, **options: object) -> bytes:
    return one_operator(kind, [((1, 4, 8, 8), source)], ((1, 4, 8, 8), result), **options)


def check(kind: str, source: Quantised, result: Quantised, **options: object) -> None:
    least = source[1] if kind in OF_POSITIVE else -128
    values = np.resize(np.arange(least, 128), (1, 4, 8, 8)).astype(np.int8)
    data = model_of(kind, source, result, **options)
    model = parse_tflite(data, "test.tflite")
    try:
        lower(model, model.operators[0])
    except NotLowered as reason:
        # What the reference cannot represent either.
        assert "too" in str(reason)  # noqa: PT017
        return
    check_prototypes(data)
    # TFLite has its reference kernels without ELU.
    expected = tflm_reference(data, [values])[0] if kind == "ELU" else tflite_reference(data, [values])[1]
    np.testing.assert_array_equal(run_model(model, [values])[1], expected)


@pytest.mark.parametrize("kind", OF_ANY + OF_POSITIVE)
@pytest.mark.parametrize("scale", SCALES)
def test_every_value_is_bit_exact(kind: str, scale: float) -> None:
    options: dict[str, object] = {"alpha": 0.3} if kind == "LEAKY_RELU" else {}
    for point in POINTS:
        for result in ((scale, point), (0.05, -point - 1), (0.004, 3)):
            check(kind, (scale, point), result, **options)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(OF_ANY + OF_POSITIVE),
    exponents=st.tuples(*[st.floats(-4, 1)] * 2),
    points=st.tuples(*[st.integers(-128, 127)] * 2),
    alpha=st.floats(0, 2, width=32),
)
def test_any_quantisation_is_bit_exact(
    kind: str, exponents: tuple[float, float], points: tuple[int, int], alpha: float
) -> None:
    source, result = ((float(np.float32(10.0**e)), point) for e, point in zip(exponents, points, strict=True))
    check(kind, source, result, **({"alpha": alpha} if kind == "LEAKY_RELU" else {}))


@pytest.mark.parametrize("approximate", [False, True])
def test_both_forms_of_gelu_are_bit_exact(approximate: bool) -> None:
    for scale in SCALES:
        check("GELU", (scale, 5), (0.05, -100), approximate=approximate)


def test_negative_slope_falls_on_the_other_side() -> None:
    check("LEAKY_RELU", (0.05, 3), (0.04, -5), alpha=-0.5)


@pytest.mark.parametrize("kind", OF_POSITIVE)
def test_root_of_negative_numbers_is_that_of_zero(kind: str) -> None:
    model = parse_tflite(model_of(kind, (0.05, 0), (0.05, 0)), "test.tflite")
    table = lower(model, model.operators[0]).calls[0].constants["table"]
    assert set(table[128:]) == {table[0]}


def test_output_scale_beyond_the_reference_is_refused() -> None:
    model = parse_tflite(model_of("HARD_SWISH", (10.0, 0), (0.01, 0)), "test.tflite")
    with pytest.raises(NotLowered, match="too small"):
        lower(model, model.operators[0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", OF_ANY + OF_POSITIVE)
@pytest.mark.parametrize("scales", [(3e38, 1e-38), (1e-38, 3e38), (3e38, 3e38)])
def test_extreme_scales_end_in_a_reason_or_a_table(kind: str, scales: tuple[float, float]) -> None:
    options: dict[str, object] = {"alpha": 0.3} if kind == "LEAKY_RELU" else {}
    model = parse_tflite(model_of(kind, (scales[0], 0), (scales[1], 0), **options), "test.tflite")
    with contextlib.suppress(NotLowered):
        assert lower(model, model.operators[0]).calls
