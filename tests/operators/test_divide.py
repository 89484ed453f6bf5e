"""DIV of int8 and uint8 against TFLite's reference kernels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import run_model
from operator_checks import check_operators, one_operator

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

PAIRS = [array.reshape(-1).astype(np.int16) for array in np.meshgrid(np.arange(256), np.arange(256))]


@settings(max_examples=10, deadline=None)
@given(
    scales=st.tuples(*[st.floats(0.01, 0.3)] * 3),
    points=st.tuples(*[st.integers(0, 255)] * 3),
    dtype=st.sampled_from(["int8", "uint8"]),
    activation=st.sampled_from(["NONE", "RELU", "RELU6"]),
)
def test_every_pair_is_bit_exact(
    scales: tuple[float, float, float], points: tuple[int, int, int], dtype: str, activation: str
) -> None:
    """But for divisions by 0, and for results that are rounded to 0: there the reference may shift by more bits than a
    number has, and gets anything."""
    low = int(np.iinfo(dtype).min)
    a, b, c = ((float(np.float32(scale)), point + low) for scale, point in zip(scales, points, strict=True))
    exact = (
        (PAIRS[0] - points[0]) * (a[0] / (b[0] * c[0])) / np.where(PAIRS[1] == points[1], np.inf, PAIRS[1] - points[1])
    )
    kept = np.abs(exact) > 0.501
    values = [(pair[kept] + low).astype(dtype) for pair in PAIRS]
    operands = [(values[0].shape, a), (values[1].shape, b)]
    data = one_operator("DIV", operands, (values[0].shape, c), dtype, fused_activation_function=activation)
    check_operators(data, given=[values])


def test_small_quotients_are_zero() -> None:
    a, b, c = (0.05, 3), (0.04, -20), (0.5, 9)
    first, second = (pair - 128 for pair in PAIRS)
    exact = (first - a[1]) * (a[0] / (b[0] * c[0])) / np.where(second == b[1], np.inf, second - b[1])
    values = [own[np.abs(exact) < 0.499].astype(np.int8) for own in (first, second)]
    shape = values[0].shape
    data = one_operator("DIV", [(shape, a), (shape, b)], (shape, c), fused_activation_function="NONE")
    assert (run_model(parse_tflite(data, "test.tflite"), values)[2] == c[1]).all()


@pytest.mark.parametrize("shapes", [((2, 3, 4, 5), (5,)), ((1, 6), (1,)), ((3, 1, 5), (1, 4, 1))])
def test_broadcasting_is_bit_exact(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    generator = np.random.default_rng(0)
    operands = [(shape, (0.05, -128)) for shape in shapes]
    result = (np.broadcast_shapes(*shapes), (0.02, 0))
    values = [generator.integers(-127, 128, shape).astype(np.int8) for shape in shapes]
    check_operators(one_operator("DIV", operands, result, fused_activation_function="NONE"), given=[values])


def test_scales_too_far_apart_are_refused() -> None:
    shape = ((4,), (0.1, 0))
    data = one_operator("DIV", [shape, shape], ((4,), (1e-9, 0)), fused_activation_function="NONE")
    model = parse_tflite(data, "test.tflite")
    with pytest.raises(NotLowered, match="too small"):
        lower(model, model.operators[0])
