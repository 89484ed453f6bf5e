"""CONCATENATION against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from models.writer import ModelWriter
from operator_checks import check_operators

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.concatenation import slice_layer
from arenite.frontends.tflite import parse_tflite

SCALE = 0.05
ZERO_POINT = -3


def joined(shapes: Sequence[Sequence[int]], axis: int) -> tuple[int, ...]:
    return np.concatenate([np.empty(shape) for shape in shapes], axis).shape


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 4, 5), (4, 5), (5,), (1, 1, 1, 1), (1, 7, 1, 3)])
def test_every_axis_is_bit_exact(shape: tuple[int, ...]) -> None:
    for axis in range(-len(shape), len(shape)):
        shapes = [list(shape) for _ in range(3)]
        shapes[1][axis] += 2
        writer = ModelWriter()
        inputs = [writer.tensor(f"input_{i}", own, scale=SCALE, zero_point=ZERO_POINT) for i, own in enumerate(shapes)]
        result = writer.tensor("result", joined(shapes, axis), scale=SCALE, zero_point=ZERO_POINT)
        writer.operator("CONCATENATION", inputs, [result], axis=axis, fused_activation_function="NONE")
        check_operators(writer.finish(inputs, [result]), samples=3)


def test_same_tensor_twice_and_a_constant_are_bit_exact() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (1, 2, 3, 4), scale=SCALE, zero_point=ZERO_POINT)
    b = writer.tensor("b", (1, 2, 3, 2), data=np.arange(12) - 6, scale=SCALE, zero_point=ZERO_POINT)
    result = writer.tensor("result", (1, 2, 3, 10), scale=SCALE, zero_point=ZERO_POINT)
    writer.operator("CONCATENATION", [a, b, a], [result], axis=3, fused_activation_function="NONE")
    data = writer.finish([a], [result])
    model = parse_tflite(data, "test.tflite")
    lowering = lower(model, model.operators[0])
    assert lowering.inputs == (a,)
    assert [call.inputs for call in lowering.calls] == [(a,), (), (a,)]
    check_operators(data)


def test_channels_of_nhwc_are_rows_of_columns() -> None:
    assert slice_layer((2, 3, 4, 9), 3, 5, 4) == {"rows": 6, "chunks": 4, "bytes": 4, "stride": 9, "offset": 5}
    assert slice_layer((2, 3, 4, 9), 1, 1, 2) == {"rows": 2, "chunks": 1, "bytes": 72, "stride": 108, "offset": 36}


@pytest.mark.parametrize(
    ("second", "activation", "match"),
    [
        ((0.06, ZERO_POINT), "NONE", "quantisation"),
        ((SCALE, -2), "NONE", "quantisation"),
        ((SCALE, ZERO_POINT), "RELU", "fused"),
    ],
)
def test_what_the_reference_refuses_is_refused(second: tuple[float, int], activation: str, match: str) -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (2, 3), scale=SCALE, zero_point=ZERO_POINT)
    b = writer.tensor("b", (2, 3), scale=second[0], zero_point=second[1])
    result = writer.tensor("result", (2, 6), scale=SCALE, zero_point=ZERO_POINT)
    writer.operator("CONCATENATION", [a, b], [result], axis=1, fused_activation_function=activation)
    model = parse_tflite(writer.finish([a, b], [result]), "test.tflite")
    with pytest.raises(NotLowered, match=match):
        lower(model, model.operators[0])


def test_inputs_that_do_not_fill_the_output_are_refused() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (2, 3), scale=SCALE, zero_point=ZERO_POINT)
    result = writer.tensor("result", (2, 7), scale=SCALE, zero_point=ZERO_POINT)
    writer.operator("CONCATENATION", [a, a], [result], axis=1, fused_activation_function="NONE")
    model = parse_tflite(writer.finish([a], [result]), "test.tflite")
    with pytest.raises(NotLowered, match="6 elements"):
        lower(model, model.operators[0])
