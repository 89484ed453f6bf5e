"""PACK, and CONCATENATION of other types than int8, against TFLite's reference kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from models.writer import ModelWriter
from operator_checks import check_operators

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

TYPES = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")


def joined(kind: str, dtype: str, shape: tuple[int, ...], axis: int, *, fixed: bool = True) -> bytes:
    """Of two inputs, the second twice, and perhaps a constant."""
    writer = ModelWriter()
    quantised: dict[str, Any] = {"int8": {"scale": 0.05, "zero_point": 5}, "uint8": {"scale": 0.05}}.get(dtype, {})
    a, b = (writer.tensor(name, shape, dtype, **quantised) for name in "ab")
    inputs = [a, b, b]
    if fixed:
        data = (np.arange(np.prod(shape)) % 50).astype(dtype)
        inputs.insert(1, writer.tensor("c", shape, dtype, data=data, **quantised))
    count = len(inputs)
    if kind == "PACK":
        at = axis % (len(shape) + 1)
        result, options = (*shape[:at], count, *shape[at:]), {"axis": axis, "values_count": count}
    else:
        at = axis % len(shape)
        result = (*shape[:at], count * shape[at], *shape[at + 1 :])
        options = {"axis": axis, "fused_activation_function": "NONE"}
    out = writer.tensor("out", result, dtype, **quantised)
    writer.operator(kind, inputs, [out], **options)
    return writer.finish([a, b], [out])


@pytest.mark.parametrize("dtype", [dtype for dtype in TYPES if dtype != "bool"])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_pack_is_bit_exact(dtype: str, axis: int) -> None:
    check_operators(joined("PACK", dtype, (2, 3), axis), samples=3)


@pytest.mark.parametrize("axis", range(4))
def test_packed_images_are_bit_exact(axis: int) -> None:
    check_operators(joined("PACK", "int8", (2, 3, 4), axis, fixed=False), samples=3)


def test_packed_numbers_are_bit_exact() -> None:
    check_operators(joined("PACK", "int32", (), 0, fixed=False), samples=3)


@pytest.mark.parametrize("dtype", [dtype for dtype in TYPES if dtype != "int8"])
@pytest.mark.parametrize("axis", [1, 3])
def test_concatenation_is_bit_exact(dtype: str, axis: int) -> None:
    check_operators(joined("CONCATENATION", dtype, (1, 2, 3, 4), axis), samples=3)


def test_a_result_of_another_shape_is_refused() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (3,), "int32")
    b = writer.tensor("b", (3, 3), "int32")
    writer.operator("PACK", [a, a], [b], axis=0, values_count=2)
    model = parse_tflite(writer.finish([a], [b]), "test.tflite")
    with pytest.raises(NotLowered, match="2 inputs"):
        lower(model, model.operators[0])
