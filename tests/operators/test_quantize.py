"""QUANTIZE and DEQUANTIZE against TFLite's reference kernels."""

from __future__ import annotations

import numpy as np
import pytest
from kernel_harness import run_model
from models.writer import ModelWriter
from operator_checks import check_operators, check_prototypes, one_operator
from oracles import Array, tflite_reference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

EVERY_VALUE = np.arange(-128, 128, dtype=np.int8).reshape(1, 4, 8, 8)
RATIOS = (1e-9, 1e-4, 0.3, 0.5, 0.9999999, 1.0, 1.7, 255.0, 1e6)
POINTS = (-128, 0, 36, 127)


def boundary(kind: str, shape: tuple[int, ...], scale: float, zero_point: int) -> bytes:
    writer = ModelWriter()
    real = writer.tensor("real", shape, "float32")
    stored = writer.tensor("stored", shape, scale=scale, zero_point=zero_point)
    source, result = (real, stored) if kind == "QUANTIZE" else (stored, real)
    writer.operator(kind, [source], [result])
    return writer.finish([source], [result])


def check_values(data: bytes, values: Array) -> None:
    check_prototypes(data)
    model = parse_tflite(data, "test.tflite")
    index = model.outputs[0]
    np.testing.assert_array_equal(run_model(model, [values])[index], tflite_reference(data, [values])[index])


@pytest.mark.parametrize("ratio", RATIOS)
def test_requantisation_is_bit_exact(ratio: float) -> None:
    for source in POINTS:
        for result in POINTS:
            shape = EVERY_VALUE.shape
            check_values(
                one_operator("QUANTIZE", [(shape, (0.03 * ratio, source))], (shape, (0.03, result))), EVERY_VALUE
            )


@pytest.mark.parametrize("scale", [1e-7, 0.0039215689, 0.05, 1 / 256, 1.0, 1e5])
@pytest.mark.parametrize("zero_point", POINTS)
def test_quantisation_of_floats_is_bit_exact(scale: float, zero_point: int) -> None:
    generator = np.random.default_rng(0)
    width = np.float32(scale)
    ties = (np.arange(-300, 300, dtype=np.float32) + np.float32(0.5)) * width
    values = np.concatenate(
        [
            ties,
            np.nextafter(ties, np.float32(np.inf)),
            np.nextafter(ties, np.float32(-np.inf)),
            generator.uniform(-300, 300, 3000).astype(np.float32) * width,
            np.array([0.0, -0.0, 1e-45, -1e-45, 1e6, -1e6], np.float32) * width,
        ]
    ).astype(np.float32)
    check_values(boundary("QUANTIZE", (2, len(values) // 2), scale, zero_point), values.reshape(2, -1))


def test_infinity_saturates() -> None:
    model = parse_tflite(boundary("QUANTIZE", (3,), 0.1, 4), "test.tflite")
    # The reference casts to int32 what does not fit there.
    assert run_model(model, [np.array([np.inf, -np.inf, 1e30], np.float32)])[1].tolist() == [127, -128, 127]


@pytest.mark.parametrize("scale", [1e-38, 1e-7, 0.0039215689, 0.3, 1e30])
@pytest.mark.parametrize("zero_point", POINTS)
def test_dequantisation_is_bit_exact(scale: float, zero_point: int) -> None:
    check_values(boundary("DEQUANTIZE", EVERY_VALUE.shape, scale, zero_point), EVERY_VALUE)


@pytest.mark.parametrize("shape", [(5,), (3, 7), (2, 3, 5), (1, 1, 1, 1)])
def test_shape_is_bit_exact(shape: tuple[int, ...]) -> None:
    check_operators(boundary("QUANTIZE", shape, 0.01, 3))
    check_operators(boundary("DEQUANTIZE", shape, 0.01, 3))


def test_quantisation_per_channel_is_refused() -> None:
    writer = ModelWriter()
    real = writer.tensor("real", (2, 2), "float32")
    stored = writer.tensor("stored", (2, 2), scale=[0.1, 0.2], zero_point=[0, 1], axis=1)
    writer.operator("DEQUANTIZE", [stored], [real])
    model = parse_tflite(writer.finish([stored], [real]), "test.tflite")
    with pytest.raises(NotLowered, match="per channel"):
        lower(model, model.operators[0])


@pytest.mark.parametrize("zero_point", [0, 100, 128, 255])
def test_bytes_without_sign(zero_point: int) -> None:
    writer = ModelWriter()
    source = writer.tensor("real", (1, 64), "float32")
    result = writer.tensor("bytes", (1, 64), "uint8", scale=0.05, zero_point=zero_point)
    writer.operator("QUANTIZE", [source], [result])
    check_operators(writer.finish([source], [result]))


def test_a_float_result_with_a_scale_is_refused() -> None:
    writer = ModelWriter()
    source = writer.tensor("bytes", (1, 4), scale=0.5)
    result = writer.tensor("real", (1, 4), "float32", scale=0.5)
    writer.operator("QUANTIZE", [source], [result])
    model = parse_tflite(writer.finish([source], [result]), "test.tflite")
    with pytest.raises(NotLowered, match="tensor 1 is float32, no integers"):
        lower(model, model.operators[0])
