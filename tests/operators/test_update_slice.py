"""DYNAMIC_UPDATE_SLICE against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from kernel_harness import Array
from models.writer import ModelWriter
from operator_checks import check_operators

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

SHAPES = [
    ((7,), (3,)),
    ((4, 5), (1, 5)),
    ((2, 3, 4), (2, 1, 2)),
    ((2, 3, 4, 5), (1, 2, 4, 3)),
    ((2, 2, 3, 2, 4), (1, 2, 2, 1, 3)),
]


def update(
    whole: Sequence[int], part: Sequence[int], dtype: str, start: Array | None = None, start_type: str = "int32"
) -> bytes:
    writer = ModelWriter()
    scale = {"scale": 0.05, "zero_point": 0} if dtype in ("int8", "uint8", "int16") else {}
    a, b = (writer.tensor(name, shape, dtype, **scale) for name, shape in (("a", whole), ("b", part)))
    place = writer.tensor("start", (len(whole),), start_type, data=start)
    result = writer.tensor("y", whole, dtype, **scale)
    writer.operator("DYNAMIC_UPDATE_SLICE", [a, b, place], [result])
    return writer.finish([a, b] if start is not None else [a, b, place], [result])


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "float32", "bool"])
@pytest.mark.parametrize("shapes", SHAPES)
def test_parts_are_bit_exact(shapes: tuple[Sequence[int], Sequence[int]], dtype: str) -> None:
    """Starts at run time, in the tensor and beside it."""
    generator = np.random.default_rng(0)
    data = update(*shapes, dtype)
    samples: list[list[Array]] = []
    for limit in (1, 3, 2**31 - 1):
        values = [generator.integers(-100, 100, shape).astype(dtype) for shape in shapes]
        samples.append([*values, generator.integers(-limit, limit, len(shapes[0]), np.int32, endpoint=True)])
    check_operators(data, given=samples)


@pytest.mark.parametrize("start_type", ["int32", "int64"])
@pytest.mark.parametrize("start", [[0, 0, 0], [1, 1, 9], [-5, 2, 1]])
def test_constant_starts_are_bit_exact(start: list[int], start_type: str) -> None:
    check_operators(update((2, 3, 4), (1, 2, 2), "int8", np.array(start), start_type))


def test_starts_of_int64_at_run_time_are_refused() -> None:
    model = parse_tflite(update((4,), (2,), "int8", start_type="int64"), "test.tflite")
    with pytest.raises(NotLowered, match="int64"):
        lower(model, model.operators[0])
