"""Products of a transposed left operand: a TRANSPOSE and a product, with the reference's bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from float_operators import assert_close
from kernel_harness import run_model
from models.writer import ModelWriter
from oracles import Reference

from arenite.frontends.read import read_model
from arenite.frontends.rewrites.turn_left_operands import turn_left_operands
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph

SHAPES = [((4, 3), (4, 5), (3, 5)), ((2, 4, 3), (2, 4, 5), (2, 3, 5)), ((2, 3, 4, 5), (2, 3, 4, 6), (2, 3, 5, 6))]


def product(shapes: tuple[tuple[int, ...], ...], dtype: str, *, adj_y: bool) -> bytes:
    a, b, c = shapes
    b = (*b[:-2], b[-1], b[-2]) if adj_y else b
    scales = [(0.05, 3), (0.07, -9), (0.3, 5)] if dtype == "int8" else [(None, 0)] * 3
    writer = ModelWriter()
    x, y, z = (
        writer.tensor(name, shape, dtype, scale=scale, zero_point=point)
        for name, shape, (scale, point) in zip("xyz", (a, b, c), scales, strict=True)
    )
    writer.operator("BATCH_MATMUL", [x, y], [z], adj_x=True, adj_y=adj_y)
    return writer.finish([x, y], [z])


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("dtype", ["int8", "float32"])
@pytest.mark.parametrize("adj_y", [False, True])
def test_products_are_those_of_the_reference(shapes: tuple[tuple[int, ...], ...], dtype: str, adj_y: bool) -> None:
    data = product(shapes, dtype, adj_y=adj_y)
    model = turn_left_operands(parse_tflite(data, "test.tflite"))
    assert [operator.kind for operator in model.operators] == ["TRANSPOSE", "BATCH_MATMUL"]
    assert turn_left_operands(model) is model
    generator = np.random.default_rng(0)
    values = [generator.integers(-100, 101, model.tensors[index].shape).astype(dtype) for index in model.inputs]
    expected, (result,) = Reference(data).run(values), model.outputs
    found = run_model(model, values)[result]
    if dtype == "int8":
        np.testing.assert_array_equal(found, expected[result])
    else:
        assert_close(found, expected[result])


def test_both_steps_are_of_one_operator(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(product(SHAPES[1], "int8", adj_y=False))
    graph = to_graph(read_model(path))
    assert [step.source_ops for step in graph.steps] == [(0,), (0,)]
