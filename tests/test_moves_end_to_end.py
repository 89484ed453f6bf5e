"""Generated programs whose operators only move elements, under the sanitisers and by rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from models.writer import ModelWriter

from arenite.codegen.driver import compile_model, verify_model
from arenite.codegen.verification.verify import verify_project
from arenite.rows.plan_rows import RowRequest


class Moves:
    """A model of one type, operator by operator."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        self.quantised: dict[str, Any] = {"scale": 0.05, "zero_point": 5} if dtype == "int8" else {}
        self.writer = ModelWriter()

    def tensor(self, *shape: int) -> int:
        return self.writer.tensor(None, shape, self.dtype, **self.quantised)

    def ints(self, *values: Any) -> int:
        data = np.array(values, np.int32)
        return self.writer.tensor(None, data.shape, "int32", data=data)

    def apply(self, kind: str, inputs: list[int], *shape: int, **options: object) -> int:
        out = self.tensor(*shape)
        self.writer.operator(kind, inputs, [out], **options)
        return out


def everything(dtype: str) -> bytes:
    m = Moves(dtype)
    x = m.tensor(1, 8, 6, 4)
    crop = m.apply("STRIDED_SLICE", [x, m.ints(0, 7, 1, 0), m.ints(1, 0, 6, 4), m.ints(1, -1, 2, 1)], 1, 7, 3, 4)
    mirrored = m.apply("MIRROR_PAD", [crop, m.ints((0, 0), (1, 0), (0, 1), (0, 0))], 1, 8, 4, 4, mode="REFLECT")
    blocks = m.apply("SPACE_TO_BATCH_ND", [mirrored, m.ints(2, 2), m.ints((1, 1), (0, 2))], 4, 5, 3, 4)
    back = m.apply("BATCH_TO_SPACE_ND", [blocks, m.ints(2, 2), m.ints((1, 1), (0, 2))], 1, 8, 4, 4)
    deep = m.apply("SPACE_TO_DEPTH", [back], 1, 4, 2, 16, block_size=2)
    wide = m.apply("DEPTH_TO_SPACE", [deep], 1, 8, 4, 4, block_size=2)
    turned = m.apply("TRANSPOSE", [wide, m.ints(0, 2, 1, 3)], 1, 4, 8, 4)
    ends = [m.tensor(1, 4, 8, 1), m.tensor(1, 4, 8, 3)]
    m.writer.operator("SPLIT_V", [turned, m.ints(1, 3), m.writer.tensor(None, (), "int32", data=3)], ends, num_splits=2)
    tiled = m.apply("TILE", [ends[0], m.ints(1, 1, 1, 2)], 1, 4, 8, 2)
    five = m.writer.tensor(None, (), m.dtype, data=5, **m.quantised)
    filled = m.apply("FILL", [m.ints(1, 4, 8, 1), five], 1, 4, 8, 1)
    joined = m.apply(
        "CONCATENATION", [tiled, ends[1], filled], 1, 4, 8, 6, axis=3, fused_activation_function="NONE"
    )  # fmt: skip
    rows = [m.tensor(1, 8, 6) for _ in range(4)]
    m.writer.operator("UNPACK", [joined], rows, num=4, axis=1)
    packed = m.apply("PACK", [rows[2], rows[0], rows[2]], 1, 8, 3, 6, axis=2, values_count=3)
    where = m.writer.tensor("where", (3, 3), "int32")
    picked = m.apply("GATHER_ND", [packed, where], 3, 6)
    chosen = m.apply("GATHER", [packed, m.ints(5, 0, 5)], 1, 3, 3, 6, axis=1)
    return m.writer.finish([x, where], [picked, chosen])


def images(dtype: str) -> bytes:
    """Moves that keep the rows of images, and some between them that do not."""
    m = Moves(dtype)
    x = m.tensor(1, 12, 6, 4)
    deep = m.apply("SPACE_TO_DEPTH", [x], 1, 6, 3, 16, block_size=2)
    crop = m.apply("STRIDED_SLICE", [deep, m.ints(0, 5, 1, 0), m.ints(1, 0, 3, 16), m.ints(1, -1, 1, 2)], 1, 5, 2, 8)
    ends = [m.tensor(1, 5, 2, 4) for _ in range(2)]
    m.writer.operator("SPLIT", [m.writer.tensor(None, (), "int32", data=3), crop], ends, num_splits=2)
    turned = m.apply("TRANSPOSE", [ends[0], m.ints(0, 2, 1, 3)], 1, 2, 5, 4)
    back = m.apply("TRANSPOSE", [turned, m.ints(0, 2, 1, 3)], 1, 5, 2, 4)
    tiled = m.apply("TILE", [ends[1], m.ints(1, 1, 2, 1)], 1, 5, 4, 4)
    wide = m.apply("CONCATENATION", [back, tiled], 1, 5, 6, 4, axis=2, fused_activation_function="NONE")
    mirrored = m.apply("MIRROR_PAD", [wide, m.ints((0, 0), (2, 1), (0, 1), (0, 0))], 1, 8, 7, 4, mode="SYMMETRIC")
    return m.writer.finish([x], [m.apply("PAD", [mirrored, m.ints((0, 0), (1, 0), (0, 1), (1, 0))], 1, 9, 8, 5)])


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_moves_row_by_row(dtype: str, tmp_path: Path) -> None:
    model = tmp_path / "images.tflite"
    model.write_bytes(images(dtype))
    result = verify_model(model, cpu="host", on="host", samples=3, rows=RowRequest("row"))
    assert (result["mismatches"], result["granularity"]) == (0, "row")
    assert result["values"] > 0


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_moves_under_the_sanitisers(dtype: str, tmp_path: Path) -> None:
    model = tmp_path / "moves.tflite"
    model.write_bytes(everything(dtype))
    compile_model(model, tmp_path / "project", cpu="host")
    result = verify_project(tmp_path / "project", model, 3, 0, "host", layers=True, sanitise=True)
    assert (result.mismatches, result.layer_mismatches) == (0, 0), result.first_mismatch
    assert result.layer_values > result.values > 0
