"""SPLIT into one part moves nothing."""

from __future__ import annotations

import numpy as np
import pytest
from kernel_harness import run_model
from models.network import Network
from oracles import Reference

from arenite.frontends.fold_splits import fold_splits
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph


def split(kind: str, parts: int, axis: int = 3) -> bytes:
    net = Network("net", seed=1)
    image = net.input("image", (1, 5, 4, 6))
    x = net.convolution(image, 6)
    shape = (*x.shape[:3], x.shape[3] // parts)
    ends = [net.writer.tensor(f"part_{n}", shape, scale=x.scale, zero_point=x.zero_point) for n in range(parts)]
    where = net.writer.tensor("axis", (), "int32", data=axis)
    if kind == "SPLIT":
        net.writer.operator("SPLIT", [where, x.tensor], ends, num_splits=parts)
    else:
        sizes = net.writer.tensor("sizes", (parts,), "int32", data=[shape[3]] * parts)
        net.writer.operator("SPLIT_V", [x.tensor, sizes, where], ends, num_splits=parts)
    return net.writer.finish([image.tensor], ends)


@pytest.mark.parametrize("kind", ["SPLIT", "SPLIT_V"])
def test_one_part_is_a_reshape(kind: str) -> None:
    data = split(kind, 1)
    plain = parse_tflite(data, "test.tflite")
    model = fold_splits(plain)
    assert [operator.kind for operator in model.operators] == ["CONV_2D", "RESHAPE"]
    assert [step.source_ops for step in to_graph(model).steps] == [(0, 1)]
    image = np.random.default_rng(0).integers(-128, 128, (1, 5, 4, 6), np.int8)
    (output,) = model.outputs
    np.testing.assert_array_equal(run_model(model, [image])[output], Reference(data).run([image])[output])


@pytest.mark.parametrize("kind", ["SPLIT", "SPLIT_V"])
def test_two_parts_stay(kind: str) -> None:
    model = parse_tflite(split(kind, 2), "test.tflite")
    assert fold_splits(model) is model
