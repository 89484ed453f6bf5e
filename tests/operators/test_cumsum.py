"""CUMSUM of int8 against TensorFlow Lite Micro, which alone has it; of int32 and float32 against TFLite's reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from kernel_harness import run_model
from models.writer import ModelWriter
from operator_checks import check_operators, check_prototypes
from oracles import MicroReference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

SHAPE = (2, 3, 7, 5)
FORMS = [(reverse, exclusive) for reverse in (False, True) for exclusive in (False, True)]


def sums(
    axis: int,
    reverse: bool,
    exclusive: bool,
    dtype: str,
    shape: Sequence[int] = SHAPE,
    result: float = 0.1,
    point: int = 0,
) -> bytes:
    writer = ModelWriter()
    scales = (0.05, result) if dtype == "int8" else (None, None)
    source = writer.tensor("x", shape, dtype, scale=scales[0], zero_point=point)
    place = writer.tensor("axis", (), "int32", data=axis)
    output = writer.tensor("y", shape, dtype, scale=scales[1], zero_point=-point // 2)
    writer.operator("CUMSUM", [source, place], [output], reverse=reverse, exclusive=exclusive)
    return writer.finish([source], [output])


@pytest.mark.parametrize(("reverse", "exclusive"), FORMS)
@pytest.mark.parametrize("point", [-128, 3, 127])
def test_sums_of_int8_are_those_of_tflm(reverse: bool, exclusive: bool, point: int) -> None:
    """The longest sums overflow in both."""
    generator = np.random.default_rng(0)
    for axis, shape in ((0, SHAPE), (1, SHAPE), (-1, SHAPE), (2, SHAPE), (0, (40,))):
        data = sums(axis, reverse, exclusive, "int8", shape, 0.3, point)
        check_prototypes(data)
        reference, model = MicroReference(data), parse_tflite(data, "test.tflite")
        for values in (
            np.full(shape, -128, np.int8), np.full(shape, 127, np.int8), generator.integers(-128, 128, shape, np.int8)
        ):  # fmt: skip
            np.testing.assert_array_equal(run_model(model, [values])[2], reference.run([values])[0])


@pytest.mark.parametrize(("reverse", "exclusive"), FORMS)
@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_wider_sums_are_bit_exact(reverse: bool, exclusive: bool, dtype: str) -> None:
    values = np.random.default_rng(0).integers(-(2**27), 2**27, SHAPE).astype(dtype)
    for axis in range(-1, 4):
        check_operators(sums(axis, reverse, exclusive, dtype), given=[[values]])


@pytest.mark.parametrize(("data", "reason"), [
    (sums(4, False, False, "int8"), "axis"), (sums(0, False, False, "int8", result=1e-9), "too small")
])  # fmt: skip
def test_others_are_refused(data: bytes, reason: str) -> None:
    model = parse_tflite(data, "test.tflite")
    with pytest.raises(NotLowered, match=reason):
        lower(model, model.operators[0])
