"""uint8 operators that compute on int8 what they compute on uint8, against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from models.writer import ModelWriter
from operator_checks import Quantised, check_operators, one_operator

NUMBERS = (0.04, 100)
Array = npt.NDArray[Any]


def of_one(
    kind: str, shape: Sequence[int], result: Sequence[int], *constants: Any, dtype: str = "uint8", **options: object
) -> bytes:
    """An operator on one tensor and int32 constants, which a model writes behind it, and whose result is alike."""
    writer = ModelWriter()
    source = writer.tensor("input", shape, "uint8", scale=NUMBERS[0], zero_point=NUMBERS[1])
    given = [writer.tensor(f"c{i}", np.shape(one), "int32", data=one) for i, one in enumerate(constants)]
    scale = {"scale": NUMBERS[0], "zero_point": NUMBERS[1]} if dtype == "uint8" else {}
    output = writer.tensor("output", result, dtype, **scale)  # type: ignore[arg-type]
    writer.operator(kind, [source, *given], [output], **options)
    return writer.finish([source], [output])


@pytest.mark.parametrize("kind", ["MINIMUM", "MAXIMUM", "PRELU"])
@pytest.mark.parametrize("second", [NUMBERS, (0.023, 140)])
def test_functions_of_two(kind: str, second: Quantised) -> None:
    """``test_unsigned.py`` has those whose operands are alike or both inputs."""
    writer = ModelWriter()
    shape = (1, 4, 4, 16)
    data = np.random.default_rng(0).integers(0, 256, (1, 1, 16) if kind == "PRELU" else shape)
    first = writer.tensor("a", shape, "uint8", scale=NUMBERS[0], zero_point=NUMBERS[1])
    other = writer.tensor("b", data.shape, "uint8", scale=second[0], zero_point=second[1], data=data)
    result = writer.tensor("output", shape, "uint8", scale=NUMBERS[0], zero_point=NUMBERS[1])
    writer.operator(kind, [first, other], [result])
    check_operators(writer.finish([first], [result]))


@pytest.mark.parametrize("data", [
    of_one("ARG_MAX", (4, 16), (4,), 1, dtype="int32", output_type=2),
    of_one("ARG_MIN", (4, 16), (4,), 1, dtype="int32", output_type=2),
    of_one("SUM", (1, 4, 4, 16), (1, 1, 1, 16), [1, 2], keep_dims=True),
    of_one("REDUCE_MAX", (1, 4, 4, 16), (1, 1, 1, 16), [1, 2], keep_dims=True),
    of_one("REDUCE_MIN", (1, 4, 4, 16), (1, 1, 1, 16), [1, 2], keep_dims=True),
], ids=["arg_max", "arg_min", "sum", "max", "min"])  # fmt: skip
def test_reductions(data: bytes) -> None:
    check_operators(data)


@pytest.mark.parametrize("shape", [(1, 7), (2, 3, 4, 5), (2, 3000)])
@pytest.mark.parametrize("point", [0, 128, 255])
def test_lengths(shape: tuple[int, ...], point: int) -> None:
    data = one_operator("L2_NORMALIZATION", [(shape, (0.05, point))], (shape, (1 / 128, 128)), "uint8")
    near = np.clip(np.random.default_rng(3).integers(-2, 3, shape) + point, 0, 255).astype(np.uint8)
    check_operators(data, samples=6)
    check_operators(data, given=[[near], [np.full(shape, point, np.uint8)]])


SHAPE = (2, 4, 4, 6)


@pytest.mark.parametrize("data", [
    of_one("TRANSPOSE", SHAPE, (2, 6, 4, 4), [0, 3, 1, 2]),
    of_one("SLICE", SHAPE, (1, 2, 3, 6), [1, 0, 1, 0], [1, 2, 3, 6]),
    of_one("STRIDED_SLICE", SHAPE, (2, 2, 4, 6), [0, 0, 0, 0], [2, 4, 4, 6], [1, 2, 1, 1]),
    of_one("GATHER", SHAPE, (2, 4, 4, 2), [0, 5], axis=3),
    of_one("PACK", SHAPE, (1, *SHAPE), axis=0, values_count=1),
    of_one("SPACE_TO_DEPTH", SHAPE, (2, 2, 2, 24), block_size=2),
    of_one("BATCH_TO_SPACE_ND", SHAPE, (1, 4, 8, 6), [1, 2], [[0, 0], [0, 0]]),
    of_one("SPACE_TO_BATCH_ND", SHAPE, (4, 2, 5, 6), [2, 1], [[0, 0], [0, 1]]),
    of_one("MIRROR_PAD", SHAPE, (2, 6, 4, 6), [[0, 0], [1, 1], [0, 0], [0, 0]], mode="REFLECT"),
    of_one("RESIZE_NEAREST_NEIGHBOR", SHAPE, (2, 7, 5, 6), [7, 5]),
], ids=lambda data: None)  # fmt: skip
def test_moves(data: bytes) -> None:
    check_operators(data)


@pytest.mark.parametrize("zero_point", [0, 100, 128, 255])
def test_transposed_convolutions(zero_point: int) -> None:
    """One with accumulators next to ties, which tell in what arithmetic the scales are multiplied. Less a zero point at
    an end, weights are no int8."""
    generator = np.random.default_rng(0)
    least, most = (0, 256) if zero_point in (0, 255) else (zero_point - 100, zero_point + 100)
    scales = np.float32(0.0213), np.float32(0.0077)
    scale = float(np.float32(float(scales[0]) * float(scales[1]) * 2**23.3))
    for outputs, result, bias in (
        (5, 0.12, np.arange(5) * 300),
        (
            500,
            scale,
            np.round((generator.integers(-99, 99, 500) + 0.5) * (scale / float(scales[0]) / float(scales[1]))),
        ),
    ):
        writer = ModelWriter()
        source = writer.tensor("input", (1, 4, 4, 6), "uint8", scale=float(scales[0]), zero_point=100)
        shape = writer.tensor("shape", [4], "int32", data=[1, 8, 8, outputs])
        data = generator.integers(least, most, (outputs, 3, 3, 6))
        weights = writer.tensor("w", data.shape, "uint8", scale=float(scales[1]), zero_point=zero_point, data=data)
        biases = writer.tensor("bias", [outputs], "int32", scale=float(scales[0] * scales[1]), data=bias)
        output = writer.tensor("output", (1, 8, 8, outputs), "uint8", scale=result, zero_point=120)
        writer.operator(
            "TRANSPOSE_CONV", [shape, weights, source, biases], [output], padding="SAME", stride_h=2, stride_w=2
        )
        check_operators(writer.finish([source], [output]))
