"""RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR against TFLite's reference kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from float_operators import assert_close
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import run_model
from models.writer import ModelWriter
from operator_checks import check_operators, check_prototypes
from oracles import Reference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.operators.resize_places import Axis, linear_units
from arenite.frontends.tflite import parse_tflite

NEAREST, BILINEAR = "RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR"
FORMS: list[dict[str, Any]] = [{}, {"align_corners": True}, {"half_pixel_centers": True}]
Extents = tuple[int, int]


def resize(
    kind: str, before: Extents, after: Extents, dtype: str = "int8", *, batches: int = 1, channels: int = 3, **form: Any
) -> bytes:
    writer = ModelWriter()
    quantised: dict[str, Any] = (
        {"scale": 0.05, "zero_point": 0 if dtype == "int16" else 7} if dtype != "float32" else {}
    )
    x = writer.tensor("x", (batches, *before, channels), dtype, **quantised)
    size = writer.tensor("size", (2,), "int32", data=list(after))
    y = writer.tensor("y", (batches, *after, channels), dtype, **quantised)
    writer.operator(kind, [x, size], [y], **form)
    return writer.finish([x], [y])


extents = st.tuples(st.integers(1, 12), st.integers(1, 12))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([NEAREST, BILINEAR]),
    extents,
    extents,
    st.sampled_from(FORMS),
    st.sampled_from(["int8", "int16", "uint8"]),
)
def test_integers_are_bit_exact(kind: str, before: Extents, after: Extents, form: dict[str, Any], dtype: str) -> None:
    check_operators(resize(kind, before, after, dtype, batches=2, channels=5, **form), samples=4)


@pytest.mark.parametrize("form", FORMS)
def test_many_places_are_bit_exact(form: dict[str, Any]) -> None:
    """Places are rounded, and what is lost adds up."""
    check_operators(resize(BILINEAR, (3, 90), (41, 400), channels=1, **form), samples=4)
    check_operators(resize(BILINEAR, (90, 3), (11, 7), channels=1, **form), samples=4)
    check_operators(resize(BILINEAR, (3, 90), (41, 400), "uint8", channels=2, **form), samples=4)
    check_operators(resize(BILINEAR, (90, 3), (11, 7), "uint8", channels=2, **form), samples=4)
    check_operators(resize(NEAREST, (3, 90), (41, 400), channels=1, **form), samples=3)
    check_operators(resize(NEAREST, (90, 3), (11, 7), channels=1, **form), samples=3)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
@pytest.mark.parametrize("form", [*FORMS, {"align_corners": True, "half_pixel_centers": True}])
def test_nearest_of_any_type(dtype: str, form: dict[str, Any]) -> None:
    check_operators(resize(NEAREST, (7, 5), (9, 13), dtype, **form), samples=3)
    check_operators(resize(NEAREST, (5, 4), (1, 3), dtype, **form), samples=3)


@settings(max_examples=40, deadline=None)
@given(extents, extents, st.sampled_from(FORMS))
def test_bilinear_of_floats(before: Extents, after: Extents, form: dict[str, Any]) -> None:
    data = resize(BILINEAR, before, after, "float32", **form)
    check_prototypes(data)
    model = parse_tflite(data, "test.tflite")
    image = np.random.default_rng(1).normal(0, 1, (1, *before, 3)).astype(np.float32)
    (result,) = model.outputs
    assert_close(run_model(model, [image])[result], Reference(data).run([image])[result])


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 200), st.integers(1, 3000), st.booleans(), st.booleans())
def test_weights_are_parts_of_a_whole(inputs: int, outputs: int, corners: bool, half: bool) -> None:
    try:
        indices, weights = linear_units(Axis(inputs, outputs, corners and not half, half))
    except ValueError:
        assert outputs**2 > 2048 * (inputs - 1)
        return
    assert (weights.sum(axis=1) == 1024).all()
    assert (weights >= 0).all()
    assert (np.diff(indices, axis=0) >= 0).all()
    assert ((indices >= 0) & (indices < inputs)).all()


def test_what_is_not_lowered() -> None:
    for data, reason in (
        (resize(BILINEAR, (3, 90), (3, 700)), "behind the last"),
        (resize(BILINEAR, (4, 2), (3, 2), "int32"), "interpolates int32"),
    ):
        model = parse_tflite(data, "test.tflite")
        with pytest.raises(NotLowered, match=reason):
            lower(model, model.operators[0])
