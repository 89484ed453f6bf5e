"""Blocks, repeats and mirrors against TFLite's reference kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from models.writer import ModelWriter
from move_models import ints, one_move
from operator_checks import check_operators

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

SHAPE = (2, 4, 6, 12)
SMALL = (2, 3, 4, 5)


def pairs(*values: tuple[int, int]) -> Any:
    return np.array(values, np.int32)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "float32"])
@pytest.mark.parametrize("size", [1, 2])
def test_depth(dtype: str, size: int) -> None:
    less, more = (4 // size, 6 // size), (4 * size, 6 * size)
    check_operators(
        one_move("SPACE_TO_DEPTH", SHAPE, [(2, *less, 12 * size**2)], dtype=dtype, block_size=size), samples=3
    )
    check_operators(
        one_move("DEPTH_TO_SPACE", SHAPE, [(2, *more, 12 // size**2)], dtype=dtype, block_size=size), samples=3
    )


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "float32"])
def test_blocks_without_a_border(dtype: str) -> None:
    block, none = ints(2, 3), pairs((0, 0), (0, 0))
    check_operators(one_move("SPACE_TO_BATCH_ND", (2, 4, 6, 5), [(12, 2, 2, 5)], [block, none], dtype=dtype), samples=3)
    check_operators(one_move("BATCH_TO_SPACE_ND", (12, 2, 2, 5), [(2, 4, 6, 5)], [block, none], dtype=dtype), samples=3)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "float32"])
@pytest.mark.parametrize(("first", "second"), [((1, 2), (0, 1)), ((0, 0), (2, 3)), ((3, 3), (4, 0))])
def test_blocks_with_a_border(dtype: str, first: tuple[int, int], second: tuple[int, int]) -> None:
    extents = [-(-(n + sum(pair)) // 3) * 3 for n, pair in ((4, first), (5, second))]
    border = pairs((first[0], extents[0] - 4 - first[0]), (second[0], extents[1] - 5 - second[0]))
    few, many = (2, 4, 5, 3), (18, extents[0] // 3, extents[1] // 3, 3)
    check_operators(one_move("SPACE_TO_BATCH_ND", few, [many], [ints(3, 3), border], dtype=dtype), samples=3)
    check_operators(one_move("BATCH_TO_SPACE_ND", many, [few], [ints(3, 3), border], dtype=dtype), samples=3)


def test_blocks_of_sequences() -> None:
    check_operators(
        one_move("SPACE_TO_BATCH_ND", (2, 5, 3), [(4, 3, 3)], [ints(2), pairs((1, 0))]), samples=3
    )  # fmt: skip
    check_operators(one_move("BATCH_TO_SPACE_ND", (4, 3, 3), [(2, 5, 3)], [ints(2), pairs((0, 1))]), samples=3)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "float32", "bool"])
def test_broadcasting(dtype: str) -> None:
    check_operators(one_move("BROADCAST_TO", (3, 1, 5), [(2, 3, 4, 5)], [ints(2, 3, 4, 5)], dtype=dtype), samples=3)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "float32", "bool"])
@pytest.mark.parametrize("times", [(1, 1, 1, 1), (1, 2, 3, 1), (2, 1, 1, 3)])
def test_tiles(dtype: str, times: tuple[int, ...]) -> None:
    result = [n * extent for n, extent in zip(times, SMALL, strict=True)]
    check_operators(one_move("TILE", SMALL, [result], [ints(*times)], dtype=dtype), samples=3)


@pytest.mark.parametrize("dtype", ["int8", "int32", "float32"])
@pytest.mark.parametrize("mode", ["REFLECT", "SYMMETRIC"])
@pytest.mark.parametrize(
    ("shape", "border"),
    [
        (SMALL, pairs((0, 0), (2, 1), (1, 3), (0, 0))),
        (SMALL, pairs((0, 0), (2, 1), (0, 0), (0, 0))),
        (SMALL, pairs((0, 0), (0, 0), (2, 1), (3, 4))),
        ((4,), pairs((3, 2))),
        ((4, 3), pairs((0, 3), (2, 0))),
    ],
)
def test_mirrors(dtype: str, mode: str, shape: tuple[int, ...], border: Any) -> None:
    result = [int(extent + sum(pair)) for extent, pair in zip(shape, border, strict=True)]
    check_operators(one_move("MIRROR_PAD", shape, [result], [border], dtype=dtype, mode=mode), samples=3)


def test_a_border_of_a_number_that_there_is_not_is_refused() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (1, 3, 1), scale=0.5, zero_point=213)
    b = writer.tensor("b", (2, 2, 1), scale=0.5, zero_point=213)
    block, border = (writer.tensor(None, data.shape, "int32", data=data) for data in (ints(2), pairs((1, 0))))
    writer.operator("SPACE_TO_BATCH_ND", [a, block, border], [b])
    model = parse_tflite(writer.finish([a], [b]), "test.tflite")
    with pytest.raises(NotLowered, match="zero point 213"):
        lower(model, model.operators[0])


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (one_move("SPACE_TO_DEPTH", (1, 3, 4, 1), [(1, 1, 2, 6)], block_size=2), "do not fill"),
        (one_move("DEPTH_TO_SPACE", (1, 3, 4, 3), [(1, 6, 8, 1)], block_size=2), "no blocks"),
        (one_move("SPACE_TO_BATCH_ND", (1, 3, 4, 1), [(2, 1, 4, 1)], [ints(2), pairs((0, 0))]), "do not fill"),
        (one_move("BROADCAST_TO", (3,), [(2,)], [ints(2)]), "broadcast"),
        (one_move("TILE", (3,), [(3,)], [ints(0)]), "times"),
        (one_move("MIRROR_PAD", (3,), [(6,)], [pairs((3, 0))], mode="REFLECT"), "fewer elements"),
        (one_move("MIRROR_PAD", (3, 1, 3), [(4, 1, 4)], [pairs((1, 0), (0, 0), (1, 0))], mode="REFLECT"), "along axes"),
    ],
)
def test_what_does_not_fit_is_refused(data: bytes, match: str) -> None:
    model = parse_tflite(data, "test.tflite")
    with pytest.raises(NotLowered, match=match):
        lower(model, model.operators[0])
