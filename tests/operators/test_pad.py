"""PAD and PADV2 against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from models.writer import ModelWriter
from move_models import one_move
from operator_checks import check_operators

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.pad import four_axes
from arenite.frontends.tflite import parse_tflite


def pad(
    shape: Sequence[int], paddings: Sequence[tuple[int, int]], zero_point: int = 5, value: int | None = None
) -> bytes:
    writer = ModelWriter()
    a = writer.tensor("a", shape, scale=0.05, zero_point=zero_point)
    b = writer.tensor("paddings", (len(paddings), 2), "int32", data=paddings)
    padded = [before + extent + after for extent, (before, after) in zip(shape, paddings, strict=True)]
    c = writer.tensor("c", padded, scale=0.05, zero_point=zero_point)
    inputs = [a, b]
    if value is not None:
        inputs.append(writer.tensor("value", (1,), scale=0.05, zero_point=zero_point, data=[value]))
    writer.operator("PAD" if value is None else "PADV2", inputs, [c])
    return writer.finish([a], [c])


@pytest.mark.parametrize("zero_point", [-128, 5, 127])
@pytest.mark.parametrize(
    ("shape", "paddings"),
    [
        ((1, 5, 4, 3), [(0, 0), (1, 1), (1, 1), (0, 0)]),
        ((1, 5, 4, 3), [(0, 0), (0, 1), (2, 0), (0, 0)]),
        ((2, 3, 4, 5), [(1, 2), (0, 3), (4, 1), (2, 1)]),
        ((1, 3, 1, 2), [(0, 0), (0, 0), (0, 0), (0, 6)]),
        ((2, 2, 2, 2), [(0, 0), (0, 0), (0, 0), (0, 0)]),
        ((2, 3, 4), [(1, 0), (0, 2), (3, 0)]),
        ((3, 4), [(2, 1), (0, 0)]),
        ((3, 4), [(0, 0), (1, 2)]),
        ((7,), [(3, 2)]),
        ((1, 2, 3, 4, 5), [(0, 0), (1, 0), (0, 2), (0, 0), (3, 0)]),
        ((1, 2, 3, 4, 5), [(0, 1), (1, 0), (0, 2), (1, 1), (0, 0)]),
    ],
)
def test_padding_is_bit_exact(shape: tuple[int, ...], paddings: list[tuple[int, int]], zero_point: int) -> None:
    check_operators(pad(shape, paddings, zero_point))


@pytest.mark.parametrize("value", [-128, 0, 127])
def test_padv2_is_bit_exact(value: int) -> None:
    check_operators(pad((1, 3, 4, 5), [(0, 0), (1, 2), (2, 1), (0, 0)], value=value))


@pytest.mark.parametrize("value", [None, 0, 3, 300])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32"])
def test_other_types_are_bit_exact(dtype: str, value: int | None) -> None:
    """Among them values of which all bytes are the same, and others."""
    value = min(value, 127) if value is not None and dtype == "uint8" else value
    constants = [np.array([(0, 0), (1, 2), (2, 1), (1, 0)], np.int32)]
    if value is not None:
        constants.append(np.array([value], dtype))
    kind = "PAD" if value is None else "PADV2"
    check_operators(one_move(kind, (1, 3, 4, 2), [(1, 6, 7, 3)], constants, dtype=dtype), samples=3)


def test_columns_and_channels_are_copied_at_once() -> None:
    axes = four_axes([(0, 1, 0), (1, 5, 1), (2, 4, 1), (0, 3, 0)])
    assert axes == [(0, 1, 0), (1, 5, 1), (0, 1, 0), (6, 12, 3)]


def test_five_padded_axes_are_refused() -> None:
    with pytest.raises(NotLowered, match="5 axes"):
        four_axes([(1, 2, 0)] * 5)


def test_negative_padding_is_refused() -> None:
    model = parse_tflite(pad((5,), [(-1, 2)]), "test.tflite")
    with pytest.raises(NotLowered, match="paddings"):
        lower(model, model.operators[0])
