"""MEAN against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from models.writer import ModelWriter
from operator_checks import check_operators

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite


def mean(
    shape: Sequence[int],
    axes: Sequence[int],
    keep_dims: bool,
    source: tuple[float, int] = (0.05, 3),
    result: tuple[float, int] = (0.02, -7),
) -> bytes:
    reduced = {axis % len(shape) for axis in axes}
    kept = [1 if axis in reduced else extent for axis, extent in enumerate(shape)]
    if not keep_dims:
        kept = [extent for axis, extent in enumerate(shape) if axis not in reduced]
    writer = ModelWriter()
    a = writer.tensor("a", shape, scale=source[0], zero_point=source[1])
    b = writer.tensor("axes", (len(axes),), "int32", data=list(axes))
    c = writer.tensor("c", kept, scale=result[0], zero_point=result[1])
    writer.operator("MEAN", [a, b], [c], keep_dims=keep_dims)
    return writer.finish([a], [c])


@pytest.mark.parametrize("keep_dims", [True, False])
@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((1, 7, 7, 16), (1, 2)),
        ((1, 5, 3, 9), (2, 1)),
        ((3, 4, 5, 2), (-3, -2)),
        ((1, 6, 1, 5), (1, 2)),
        ((2, 6, 4, 5), (1,)),
        ((2, 6, 4, 5), (3,)),
        ((2, 6, 5), (1,)),
        ((4, 9), (1,)),
        ((1, 1, 1, 3), (1, 2)),
        ((2, 3, 4, 5), (0, 1, 2, 3)),
        ((2, 3, 1, 5), (1, 3)),
    ],
)
def test_axes_are_bit_exact(shape: tuple[int, ...], axes: tuple[int, ...], keep_dims: bool) -> None:
    check_operators(mean(shape, axes, keep_dims))


@pytest.mark.parametrize("ratio", [1.0, 0.999, 1.5, 37.0, 1e-3, 1e-9, 300.0])
@pytest.mark.parametrize(("source", "result"), [(0, 0), (-128, 127), (127, -128), (-128, -128)])
def test_quantisation_is_bit_exact(ratio: float, source: int, result: int) -> None:
    check_operators(mean((1, 7, 3, 5), (1, 2), True, (0.03 * ratio, source), (0.03, result)), samples=6)


@pytest.mark.parametrize("count", [2, 3, 49, 64, 96 * 96 - 1])
def test_number_of_elements_is_bit_exact(count: int) -> None:
    check_operators(mean((1, count, 1, 4), (1, 2), False, (0.04, -5), (0.0391, 11)), samples=6)


def test_axis_outside_is_refused() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (2, 3), scale=1.0)
    b = writer.tensor("axes", (1,), "int32", data=[2])
    c = writer.tensor("c", (2,), scale=1.0)
    writer.operator("MEAN", [a, b], [c], keep_dims=False)
    model = parse_tflite(writer.finish([a], [c]), "test.tflite")
    with pytest.raises(NotLowered, match="axes"):
        lower(model, model.operators[0])
