"""BATCH_MATMUL and L2_NORMALIZATION against TFLite's reference kernels: int8 bit for bit, float32 closely."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from float_operators import assert_close
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import run_model
from models.writer import ModelWriter
from operator_checks import check_operators, check_prototypes, one_operator, plain_operator
from oracles import tflite_reference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

SHAPES = [
    ((3, 4), (4, 5), (3, 5)),
    ((1, 7, 4), (1, 4, 5), (1, 7, 5)),
    ((2, 3, 4, 5), (2, 3, 5, 6), (2, 3, 4, 6)),
    ((2, 3, 4), (4, 5), (2, 3, 5)),
]


def product(
    a: Sequence[int],
    b: Sequence[int],
    c: Sequence[int],
    dtype: str = "int8",
    *,
    adj_y: bool = False,
    constant: bool = False,
) -> bytes:
    b = [*b[:-2], b[-1], b[-2]] if adj_y else b
    writer = ModelWriter()
    quantised = [(0.05, 3), (0.07, -9), (0.3, 5)] if dtype == "int8" else [(None, 0)] * 3
    data = np.random.default_rng(2).integers(-128, 128, b)
    x, y, z = (
        writer.tensor(
            name, shape, dtype, scale=scale, zero_point=point, data=data if constant and name == "y" else None
        )
        for name, shape, (scale, point) in zip("xyz", (a, b, c), quantised, strict=True)
    )
    writer.operator("BATCH_MATMUL", [x, y], [z], adj_x=False, adj_y=adj_y)
    return writer.finish([x] if constant else [x, y], [z])


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("adj_y", [False, True])
def test_products_are_bit_exact(shapes: tuple[Sequence[int], ...], adj_y: bool) -> None:
    a, b, c = shapes
    check_operators(product(a, b, c, adj_y=adj_y))
    check_operators(product(a, b, c, adj_y=adj_y, constant=True))


@pytest.mark.parametrize("adj_y", [False, True])
def test_products_of_floats_are_close(adj_y: bool) -> None:
    for a, b, c in [*SHAPES, ((2, 300), (300, 3), (2, 3))]:
        data = product(a, b, c, "float32", adj_y=adj_y)
        check_prototypes(data)
        model = parse_tflite(data, "test.tflite")
        generator = np.random.default_rng(0)
        values = [generator.normal(0, 1, model.tensors[index].shape).astype(np.float32) for index in model.inputs]
        assert_close(run_model(model, values)[2], tflite_reference(data, values)[2])


@settings(max_examples=15, deadline=None)
@given(exponents=st.tuples(*[st.floats(-3, 0)] * 3), points=st.tuples(*[st.integers(-128, 127)] * 3))
def test_any_quantisation_is_bit_exact(exponents: tuple[float, float, float], points: tuple[int, int, int]) -> None:
    a, b, c = ((float(np.float32(10.0**e)), point) for e, point in zip(exponents, points, strict=True))
    data = one_operator("BATCH_MATMUL", [((6, 9), a), ((9, 7), b)], ((6, 7), c), adj_x=False, adj_y=False)
    check_operators(data, samples=6)


def test_transposed_left_operand_is_refused() -> None:
    shape = ((4, 4), (0.1, 0))
    data = one_operator("BATCH_MATMUL", [shape, shape], shape, adj_x=True, adj_y=False)
    model = parse_tflite(data, "test.tflite")
    with pytest.raises(NotLowered, match="transposed"):
        lower(model, model.operators[0])


@pytest.mark.parametrize("shape", [(1, 7), (3, 1), (2, 3, 4, 5), (2, 3000)])
@pytest.mark.parametrize("point", [-128, 0, 5, 127])
def test_lengths_are_bit_exact(shape: tuple[int, ...], point: int) -> None:
    data = one_operator("L2_NORMALIZATION", [(shape, (0.05, point))], (shape, (1 / 128, 0)))
    near = np.clip(np.random.default_rng(3).integers(-2, 3, shape) + point, -128, 127).astype(np.int8)
    check_operators(data)
    check_operators(data, given=[[near], [np.full(shape, point, np.int8)]])


def test_lengths_of_floats_are_close() -> None:
    for shape in ((1, 7), (2, 3, 4, 5)):
        data = plain_operator("L2_NORMALIZATION", [(shape, "float32")], (shape, "float32"))
        check_prototypes(data)
        values = np.random.default_rng(0).normal(0, 3, shape).astype(np.float32)
        values[-1] = 0
        found = run_model(parse_tflite(data, "test.tflite"), [values])[1]
        assert_close(found, tflite_reference(data, [values])[1])


def test_other_output_scales_are_refused() -> None:
    model = parse_tflite(one_operator("L2_NORMALIZATION", [((4,), (0.1, 0))], ((4,), (0.1, 0))), "test.tflite")
    with pytest.raises(NotLowered, match="1/128"):
        lower(model, model.operators[0])
