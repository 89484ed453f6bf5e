"""Constants that files store smaller: int4 weights, float16 and integers behind DEQUANTIZE; and what stays hybrid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kernel_harness import run_model, sample_of
from models.writer import ModelWriter
from oracles import tflite_reference

from arenite.errors import UnsupportedError
from arenite.frontends.model import Model
from arenite.frontends.operators import lower_all
from arenite.frontends.tflite import parse_tflite, read_tflite

WINDOW = {
    "padding": "SAME", "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1,
}  # fmt: skip


def read(path: Path, data: bytes) -> Model:
    file = path / "model.tflite"
    file.write_bytes(data)
    return read_tflite(file)


def check(model: Model, data: bytes, tolerance: float = 0) -> None:
    generator = np.random.default_rng(0)
    for sample in range(4):
        inputs = [sample_of(model.tensors[index], sample, generator) for index in model.inputs]
        expected = tflite_reference(data, inputs)[model.outputs[0]]
        np.testing.assert_allclose(run_model(model, inputs)[model.outputs[0]], expected, rtol=0, atol=tolerance)


def four_bits(kind: str, dtype: str) -> bytes:
    """One operator with int4 weights, an odd number of them."""
    writer, generator = ModelWriter(), np.random.default_rng(1)
    matrix, depthwise = kind == "FULLY_CONNECTED", kind == "DEPTHWISE_CONV_2D"
    shapes = ((2, 15), (2, 5)) if matrix else ((1, 4, 5, 3), (1, 4, 5, 3 if depthwise else 5))
    weights = (5, 15) if matrix else (1, 3, 3, 3) if depthwise else (5, 3, 3, 3)
    x = writer.tensor("x", shapes[0], dtype, scale=0.05)
    scales = [0.1] if matrix else [0.1, 0.2, 0.15, 0.1, 0.3][: shapes[1][-1]]
    values = generator.integers(-8, 8, weights)
    w = writer.tensor("w", weights, "int4", scale=scales, axis=3 if depthwise else 0, data=values)
    bias = generator.integers(-500, 500, shapes[1][-1])
    wide = "int32" if dtype == "int8" else "int64"
    b = writer.tensor("b", bias.shape, wide, scale=[0.05 * scale for scale in scales], data=bias)
    y = writer.tensor("y", shapes[1], dtype, scale=0.2)
    options = {} if matrix else {**WINDOW, "depth_multiplier": 1} if depthwise else WINDOW
    writer.operator(kind, [x, w, b], [y], **options)
    return writer.finish([x], [y])


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        ("CONV_2D", "int8"), ("CONV_2D", "int16"), ("DEPTHWISE_CONV_2D", "int8"), ("FULLY_CONNECTED", "int8"),
        ("FULLY_CONNECTED", "int16"),
    ],
)  # fmt: skip
def test_weights_of_four_bits_are_bit_exact(kind: str, dtype: str, tmp_path: Path) -> None:
    data = four_bits(kind, dtype)
    model = read(tmp_path, data)
    weights = model.tensors[model.operators[0].inputs[1]]
    assert weights.dtype == "int8"
    assert weights.data is not None
    assert (weights.data.min(), weights.data.max()) == (-8, 7)
    assert parse_tflite(data, "m").tensors[weights.index].dtype == "int4"
    check(model, data)


def dequantised(dtype: str, scale: list[float] | None = None, zero_point: int = 0) -> bytes:
    """A float32 product with weights that come from a constant of another type."""
    writer, generator = ModelWriter(), np.random.default_rng(2)
    values = generator.normal(0, 1, (4, 9)) if dtype == "float16" else generator.integers(-100, 100, (4, 9))
    x, y = writer.tensor("x", (2, 9), "float32"), writer.tensor("y", (2, 4), "float32")
    packed = writer.tensor("packed", (4, 9), dtype, scale=scale, zero_point=zero_point, data=values)
    weights = writer.tensor("weights", (4, 9), "float32")
    writer.operator("DEQUANTIZE", [packed], [weights])
    writer.operator("FULLY_CONNECTED", [x, weights, -1], [y])
    return writer.finish([x], [y])


@pytest.mark.parametrize(
    ("dtype", "scale", "zero_point"),
    [("float16", None, 0), ("int8", [0.03], 5), ("int16", [0.003], 0), ("int8", [0.01, 0.02, 0.03, 0.04], 0)],
)
def test_constants_are_dequantised_once(dtype: str, scale: list[float] | None, zero_point: int, tmp_path: Path) -> None:
    data = dequantised(dtype, scale, zero_point)
    model = read(tmp_path, data)
    assert [operator.kind for operator in model.operators] == ["FULLY_CONNECTED"]
    assert model.folded == {0: 1}
    weights = model.tensors[model.operators[0].inputs[1]]
    assert weights.data is not None
    inputs = [np.zeros((2, 9), np.float32)]
    np.testing.assert_array_equal(weights.data, tflite_reference(data, inputs)[weights.index])
    check(model, data, 1e-4)


def test_a_dequantised_activation_stays(tmp_path: Path) -> None:
    writer = ModelWriter()
    x, y = writer.tensor("x", (1, 4), scale=0.1), writer.tensor("y", (1, 4), "float32")
    writer.operator("DEQUANTIZE", [x], [y])
    assert [operator.kind for operator in read(tmp_path, writer.finish([x], [y])).operators] == ["DEQUANTIZE"]


def hybrid(dtype: str, count: int = 1) -> bytes:
    writer = ModelWriter()
    x = source = writer.tensor("x", (1, 4), "float32")
    for _ in range(count):
        scale = None if dtype == "float16" else 0.1
        weights = writer.tensor(None, (4, 4), dtype, scale=scale, data=np.arange(16) % 7)
        y = writer.tensor(None, (1, 4), "float32")
        writer.operator("FULLY_CONNECTED", [source, weights, -1], [y])
        source = y
    return writer.finish([x], [source])


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int4", "float16"])
def test_hybrid_models_are_refused_with_what_to_do(dtype: str, tmp_path: Path) -> None:
    model = read(tmp_path, hybrid(dtype))
    with pytest.raises(UnsupportedError) as raised:
        lower_all(model)
    stored = "float16" if dtype == "float16" else "int8"
    assert str(raised.value) == (
        f"{model.file}: FULLY_CONNECTED #0: computes in float32 with weights of {stored} (hybrid or dynamic-range "
        "quantisation); convert with full-integer quantisation, for which the converter needs a representative "
        "dataset, or without quantising the weights"
    )


def test_all_hybrid_operators_are_counted(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="and so do 2 others"):
        lower_all(read(tmp_path, hybrid("int8", 3)))


def test_sparse_weights_are_refused_with_what_to_do(tmp_path: Path) -> None:
    writer = ModelWriter()
    x, y = writer.tensor("x", (1, 4), "float32"), writer.tensor("y", (1, 4), "float32")
    writer.operator("DENSIFY", [x], [y])
    with pytest.raises(UnsupportedError, match=r"DENSIFY #0: unpacks sparse weights; convert without sparsity"):
        lower_all(read(tmp_path, writer.finish([x], [y])))
