"""RESHAPE, SQUEEZE and EXPAND_DIMS: no copy, and the reference's bytes."""

from __future__ import annotations

import pytest
from models.writer import ModelWriter
from operator_checks import check_operators, lowering_of

from arenite.frontends.lowering import NotLowered

SCALE = 0.05
ZERO_POINT = 5


@pytest.mark.parametrize(("old", "new"), [((1, 2, 3, 4), (1, 24)), ((6,), (2, 3)), ((1, 1), ()), ((4, 6), (2, 3, 4))])
def test_reshape_is_an_alias(old: tuple[int, ...], new: tuple[int, ...]) -> None:
    writer = ModelWriter()
    a = writer.tensor("a", old, scale=SCALE, zero_point=ZERO_POINT)
    b = writer.tensor("shape", (len(new),), "int32", data=list(new))
    c = writer.tensor("c", new, scale=SCALE, zero_point=ZERO_POINT)
    writer.operator("RESHAPE", [a, b], [c], new_shape=list(new))
    data = writer.finish([a], [c])
    assert lowering_of(data).alias
    check_operators(data, samples=3)


def test_squeeze_is_an_alias() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (1, 3, 1, 4), scale=SCALE, zero_point=ZERO_POINT)
    c = writer.tensor("c", (3, 4), scale=SCALE, zero_point=ZERO_POINT)
    writer.operator("SQUEEZE", [a], [c], squeeze_dims=[0, 2])
    data = writer.finish([a], [c])
    assert lowering_of(data).alias
    check_operators(data, samples=3)


def test_expand_dims_is_an_alias() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (3, 4), scale=SCALE, zero_point=ZERO_POINT)
    b = writer.tensor("axis", (1,), "int32", data=[1])
    c = writer.tensor("c", (3, 1, 4), scale=SCALE, zero_point=ZERO_POINT)
    writer.operator("EXPAND_DIMS", [a, b], [c])
    data = writer.finish([a], [c])
    assert lowering_of(data).alias
    check_operators(data, samples=3)


def test_shape_from_run_time_is_refused() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (6,), scale=SCALE, zero_point=ZERO_POINT)
    b = writer.tensor("shape", (2,), "int32")
    c = writer.tensor("c", (2, 3), scale=SCALE, zero_point=ZERO_POINT)
    writer.operator("RESHAPE", [a, b], [c])
    with pytest.raises(NotLowered, match="run time"):
        lowering_of(writer.finish([a, b], [c]))


def test_other_number_of_elements_is_refused() -> None:
    writer = ModelWriter()
    a = writer.tensor("a", (6,), scale=SCALE, zero_point=ZERO_POINT)
    b = writer.tensor("shape", (2,), "int32", data=[2, 4])
    c = writer.tensor("c", (2, 4), scale=SCALE, zero_point=ZERO_POINT)
    writer.operator("RESHAPE", [a, b], [c])
    with pytest.raises(NotLowered, match="elements"):
        lowering_of(writer.finish([a], [c]))
