"""QUANTIZE, DEQUANTIZE, LOOKUP, CONCATENATION and PAD as ONNX has them, against ONNX Runtime."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from onnx_oracle import (
    Array,
    Quantised,
    activation,
    as_type,
    int8_model,
    mismatches,
    onnx_result,
    result,
    tensor,
)

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower

EVERY_VALUE = np.arange(-128, 128, dtype=np.int8).reshape(1, 4, 8, 8)
SCALES = [1e-6, 0.0039215689, 0.05, 1 / 64, 1.0, 1e4]
POINTS = (-128, -1, 0, 36, 127)
TYPES = ("int8", "uint8")


def stored(dtype: str, scale: float, point: int) -> tuple[float, int, str]:
    """Arguments of ``tensor``; the point is that of the int8 form."""
    return scale, point + (128 if dtype == "uint8" else 0), dtype


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("point", POINTS)
def test_quantisation_of_floats(dtype: str, scale: float, point: int) -> None:
    width = np.float32(scale)
    ties = (np.arange(-300, 300, dtype=np.float32) + np.float32(0.5)) * width
    values = np.concatenate(
        [
            ties,
            np.nextafter(ties, np.float32(np.inf)),
            np.nextafter(ties, np.float32(-np.inf)),
            np.random.default_rng(0).uniform(-300, 300, 3000).astype(np.float32) * width,
            np.array([0.0, -0.0, 1e-45, -1e-45, 1e6, -1e6], np.float32) * width,
        ]
    ).astype(np.float32)
    target = tensor(values.shape, *stored(dtype, scale, point))
    ours = result(int8_model("QUANTIZE", [tensor(values.shape, dtype="float32")], target), values)
    offset = 128 if dtype == "uint8" else 0
    output = Quantised(values.shape, scale, point + offset, dtype)
    theirs = onnx_result("Identity", [Quantised(values.shape, dtype="float32")], output, [values])
    np.testing.assert_array_equal(ours, theirs)
    assert ours.dtype == dtype


@pytest.mark.parametrize("types", list(itertools.product(TYPES, repeat=2)))
@pytest.mark.parametrize("ratio", [1e-4, 0.3, 0.5, 1.0, 1.5, 2.0, 255.0])
def test_requantisation(types: tuple[str, str], ratio: float) -> None:
    source_type, result_type = types
    for before, after in itertools.product(POINTS, repeat=2):
        values = as_type(EVERY_VALUE, source_type)
        source = tensor(values.shape, *stored(source_type, 0.03 * ratio, before))
        ours = result(int8_model("QUANTIZE", [source], tensor(values.shape, *stored(result_type, 0.03, after))), values)
        steps = (EVERY_VALUE.astype(np.float32) - before) * np.float32(0.03 * ratio) / np.float32(0.03)
        expected = np.clip(np.rint(steps) + after, -128, 127).astype(np.int8)
        np.testing.assert_array_equal(ours, as_type(expected, result_type))
        if source_type == result_type == "uint8" and before == 36:
            theirs = onnx_result(
                "Identity",
                [activation(values.shape, 0.03 * ratio, before, "uint8")],
                activation(values.shape, 0.03, after, "uint8"),
                [values],
            )
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("point", POINTS)
def test_dequantisation(dtype: str, point: int) -> None:
    values = as_type(EVERY_VALUE, dtype)
    source = tensor(values.shape, *stored(dtype, 0.0173, point))
    ours = result(int8_model("DEQUANTIZE", [source], tensor(values.shape, dtype="float32")), values)
    expected = (EVERY_VALUE.astype(np.float32) - point) * np.float32(0.0173)
    np.testing.assert_array_equal(ours, expected)


def test_lookup_is_its_table() -> None:
    table = np.random.default_rng(0).integers(-128, 128, 256, np.int8)
    plain = tensor(EVERY_VALUE.shape, 0.1)
    np.testing.assert_array_equal(
        result(int8_model("LOOKUP", [plain], plain, table=table), EVERY_VALUE), table[EVERY_VALUE]
    )


@pytest.mark.parametrize("table", [None, np.zeros(255, np.int8), np.zeros(256, np.int32)])
def test_lookup_without_a_table_of_256_is_refused(table: Array | None) -> None:
    plain = tensor((4,), 0.1)
    model = int8_model("LOOKUP", [plain], plain, table=table)
    with pytest.raises(NotLowered, match="its table"):
        lower(model, model.operators[0])


@pytest.mark.parametrize("axis", [1, 2, 3, -1])
@pytest.mark.parametrize("constant", [False, True])
@pytest.mark.parametrize("dtype", TYPES)
def test_concatenation_of_other_quantisations(axis: int, constant: bool, dtype: str) -> None:
    generator = np.random.default_rng(0)
    quantised = [(0.05, 3), (0.05, 4), (0.1, 3), (0.0371, -100)]
    output = (0.05, 3)
    shapes = [tuple(5 + n if a == axis % 4 else 6 for a in range(4)) for n in range(len(quantised))]
    shapes = [(2, *shape[1:]) for shape in shapes]
    values = [generator.integers(-128, 128, shape, np.int8) for shape in shapes]
    joined = tuple(sum(s[a] for s in shapes) if a == axis % 4 else shapes[0][a] for a in range(4))
    sources = [
        tensor(shape, *pair, data=value if constant and n == 2 else None)
        for n, (shape, pair, value) in enumerate(zip(shapes, quantised, values, strict=True))
    ]
    model = int8_model("CONCATENATION", sources, tensor(joined, *output), axis=axis)
    ours = result(model, *(value for n, value in enumerate(values) if not (constant and n == 2)))
    theirs = onnx_result(
        "Concat",
        [activation(shape, *pair, dtype) for shape, pair in zip(shapes, quantised, strict=True)],
        activation(joined, *output, dtype),
        [as_type(value, dtype) for value in values],
        axis=axis,
    )
    assert mismatches(ours, theirs).differing == 0


def test_concatenation_as_in_tflite_still_refuses_other_quantisations() -> None:
    sources = [tensor((1, 4), 0.1), tensor((1, 4), 0.2)]
    model = int8_model("CONCATENATION", sources, tensor((1, 8), 0.1), axis=1, requantisation=None)
    with pytest.raises(NotLowered, match="differ in quantisation"):
        lower(model, model.operators[0])


def test_padding_does_not_requantise() -> None:
    sources = [tensor((2, 2), 0.1), tensor((2, 2), dtype="int32", data=np.ones((2, 2), np.int32))]
    model = int8_model("PAD", sources, tensor((4, 4), 0.2))
    with pytest.raises(NotLowered, match="differ in quantisation"):
        lower(model, model.operators[0])


@pytest.mark.parametrize("paddings", [[(0, 0), (1, 2), (0, 3), (0, 0)], [(1, 0), (0, 0), (0, 0), (2, 1)]])
@pytest.mark.parametrize("value", [None, -17])
def test_pad(paddings: list[tuple[int, int]], value: int | None) -> None:
    """In ONNX the padding's value is a real number, 0 by default."""
    shape = (2, 5, 4, 3)
    image = np.random.default_rng(0).integers(-128, 128, shape, np.int8)
    padded = tuple(extent + sum(pair) for extent, pair in zip(shape, paddings, strict=True))
    sources = [tensor(shape, 0.1, 5), tensor((4, 2), dtype="int32", data=np.array(paddings, np.int32))]
    if value is not None:
        sources.append(tensor((1,), 0.1, 5, data=np.array([value], np.int8)))
    model = int8_model("PAD" if value is None else "PADV2", sources, tensor(padded, 0.1, 5))
    pads = np.array([pair[side] for side in (0, 1) for pair in paddings], np.int64)
    inputs = [activation(shape, 0.1, 5, "uint8"), Quantised(pads.shape, dtype="int64", data=pads)]
    if value is not None:
        real = np.array((value - 5) * np.float32(0.1), np.float32)
        inputs.append(Quantised((), dtype="float32", data=real))
    theirs = onnx_result("Pad", inputs, activation(padded, 0.1, 5, "uint8"), [as_type(image, "uint8")])
    assert mismatches(result(model, image), theirs).differing == 0
