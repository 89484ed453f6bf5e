"""QUANTIZE, DEQUANTIZE and SOFTMAX with int16 on one side, against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_calls import whole
from kernel_harness import run_model
from models.writer import ModelWriter
from operator_checks import check_operators, check_prototypes
from oracles import tflite_reference

from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

SHAPE = (2, 3, 4, 5)


def cast(kind: str, before: tuple[str, float, int], after: tuple[str, float, int], shape: Sequence[int] = SHAPE,
         **options: object) -> bytes:  # fmt: skip
    """One operator from a type, scale and zero point to others."""
    writer = ModelWriter()
    ends = []
    for name, (dtype, scale, zero_point) in (("x", before), ("y", after)):
        given_scale = None if dtype == "float32" else scale
        ends.append(writer.tensor(name, shape, dtype, scale=given_scale, zero_point=zero_point))
    writer.operator(kind, ends[:1], ends[1:], **options)
    return writer.finish(ends[:1], ends[1:])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("int16", 0.000625, 0), ("int8", 0.0592, -128)),
        (("int16", 0.1, 0), ("int16", 0.03, 0)),
        (("int16", 0.003, 0), ("int16", 0.1, 0)),
        (("int16", 1.5e-5, -32768), ("int32", 3e-5, 0)),
        (("int16", 0.5, 0), ("int32", 1e-7, 0)),
        (("int8", 0.05, 3), ("int16", 0.0002, 0)),
        (("int32", 1e-8, 0), ("int8", 0.01, 5)),
        (("int32", 1e-6, 17), ("int16", 0.0003, 0)),
    ],
)
def test_rescaling_is_bit_exact(before: tuple[str, float, int], after: tuple[str, float, int]) -> None:
    check_operators(cast("QUANTIZE", before, after))


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-4, 1e2), st.floats(1e-4, 1e2), st.integers(-128, 127))
def test_random_scales_are_bit_exact(before: float, after: float, zero_point: int) -> None:
    check_operators(cast("QUANTIZE", ("int16", before, 0), ("int8", after, zero_point), (1, 50)), 3)
    check_operators(cast("QUANTIZE", ("int8", before, zero_point), ("int16", after, 0), (1, 50)), 3)


@pytest.mark.parametrize("scale", [1e-4, 2.0**-12, 0.003])
def test_floats_are_rounded_as_the_reference_does(scale: float) -> None:
    check_operators(cast("QUANTIZE", ("float32", 0, 0), ("int16", scale, 0)), 6)
    check_operators(cast("DEQUANTIZE", ("int16", scale, 0), ("float32", 0, 0)))
    data = cast("QUANTIZE", ("float32", 0, 0), ("int16", scale, 0), (1, 9))
    ties = np.float32(scale) * np.array([[0.5, 1.5, -0.5, -1.5, 32766.5, 32767.5, -32768.5, 4e4, -4e4]], np.float32)
    model = parse_tflite(data, "test.tflite")
    for inputs in (ties, np.nextafter(ties, np.float32(9e9)), np.nextafter(ties, np.float32(-9e9))):
        np.testing.assert_array_equal(run_model(model, [inputs])[1], tflite_reference(data, [inputs])[1])


def test_what_is_far_away_is_saturated() -> None:
    model = parse_tflite(cast("QUANTIZE", ("float32", 0, 0), ("int16", 0.001, 0), (1, 5)), "test.tflite")
    far = np.array([[np.inf, -np.inf, np.nan, 3e38, -3e38]], np.float32)
    found = whole(model, lower(model, model.operators[0]).calls, {0: far})
    assert found.view(np.int16).tolist() == [32767, -32768, -32768, 32767, -32768]


@pytest.mark.parametrize(("classes", "scale", "beta"), [(2, 0.07, 1.0), (10, 0.2, 0.5), (500, 0.01, 2.0)])
def test_softmax_from_int8_is_bit_exact(classes: int, scale: float, beta: float) -> None:
    data = cast("SOFTMAX", ("int8", scale, 3), ("int16", 2.0**-16, -32768), (3, classes), beta=beta)
    check_prototypes(data)
    check_operators(data, 8)
