"""FILL and ZEROS_LIKE against TFLite's reference kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from kernel_harness import run_model
from models.writer import ModelWriter
from operator_checks import check_operators
from oracles import Reference

from arenite.frontends.rewrites.name_fills import name_fills
from arenite.frontends.tflite import parse_tflite

SHAPE = (2, 3, 5)
TYPES = ("int8", "int16", "int32", "int64", "float32", "bool")


def filled(dtype: str, value: int | None) -> bytes:
    """With a constant, or with what the model is given."""
    writer = ModelWriter()
    quantised: dict[str, Any] = {"int8": {"scale": 0.05, "zero_point": 5}, "int16": {"scale": 0.05}}.get(dtype, {})
    shape = writer.tensor("shape", (3,), "int32", data=SHAPE)
    given = writer.tensor("value", (), dtype, data=value, **quantised)
    out = writer.tensor("out", SHAPE, dtype, **quantised)
    writer.operator("FILL", [shape, given], [out])
    return writer.finish([] if value is not None else [given], [out])


@pytest.mark.parametrize("dtype", TYPES)
def test_computed_values(dtype: str) -> None:
    check_operators(filled(dtype, None), samples=3)


@pytest.mark.parametrize(
    ("dtype", "value"), [("int8", -7), ("int16", 300), ("int32", -70000), ("int64", 0), ("float32", 3)]
)
def test_constants(dtype: str, value: int) -> None:
    check_operators(filled(dtype, value), samples=1)


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32"])
def test_zeros(dtype: str) -> None:
    writer = ModelWriter()
    a, b = (writer.tensor(name, SHAPE, dtype) for name in "ab")
    writer.operator("ZEROS_LIKE", [a], [b])
    data = writer.finish([a], [b])
    model = name_fills(parse_tflite(data, "test.tflite"))
    assert name_fills(model) is model
    values = [np.ones(SHAPE, dtype)]
    np.testing.assert_array_equal(run_model(model, values)[b], Reference(data).run(values)[b])
