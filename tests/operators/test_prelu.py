"""PRELU and SQUARED_DIFFERENCE on int8 against TFLite's reference kernels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models.writer import ModelWriter
from operator_checks import Quantised, check_operators, one_operator

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

KINDS = ("PRELU", "SQUARED_DIFFERENCE")


def every_pair(kind: str, quantised: Sequence[Quantised], *, first: bool = False) -> bytes:
    """A run-time tensor of each value 256 times, and a constant row of all of them; it may stand ``first``."""
    writer = ModelWriter()
    (a, b, c) = quantised
    x = writer.tensor("x", (256, 256), scale=a[0], zero_point=a[1])
    y = writer.tensor("y", (1, 256), scale=b[0], zero_point=b[1], data=np.arange(-128, 128))
    z = writer.tensor("z", (256, 256), scale=c[0], zero_point=c[1])
    writer.operator(kind, [y, x] if first else [x, y], [z])
    return writer.finish([x], [z])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slopes", [(2, 3, 4, 5), (1, 1, 5), (5,), (1, 1, 1), (2, 1, 4, 1), (3, 1, 1)])
def test_shapes_are_bit_exact(kind: str, slopes: Sequence[int]) -> None:
    shape = (2, 3, 4, 5)
    quantised = (0.05, 3), (0.07, -9), (0.9, 5)
    check_operators(one_operator(kind, [(shape, quantised[0]), (slopes, quantised[1])], (shape, quantised[2])))


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    exponents=st.tuples(*[st.floats(-3, 0.5)] * 3),
    points=st.tuples(*[st.integers(-128, 127)] * 3),
    first=st.booleans(),
)
def test_every_pair_is_bit_exact(
    kind: str, exponents: tuple[float, float, float], points: tuple[int, int, int], first: bool
) -> None:
    quantised = [(float(np.float32(10.0**e)), point) for e, point in zip(exponents, points, strict=True)]
    data = every_pair(kind, quantised, first=first and kind != "PRELU")
    model = parse_tflite(data, "test.tflite")
    try:
        lower(model, model.operators[0])
    except NotLowered:
        return
    column = np.repeat(np.arange(-128, 128, dtype=np.int8), 256).reshape(256, 256)
    check_operators(data, given=[[column]])


@pytest.mark.parametrize(("kind", "scale"), [("PRELU", 1e-9), ("SQUARED_DIFFERENCE", 1e-6)])
def test_output_scale_beyond_the_reference_is_refused(kind: str, scale: float) -> None:
    model = parse_tflite(every_pair(kind, [(1.0, 0), (1.0, 0), (scale, 0)]), "test.tflite")
    with pytest.raises(NotLowered, match="too small"):
        lower(model, model.operators[0])
