"""What is split is sliced: the same results, each in a step of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from kernel_harness import run_model
from models.network import Network
from move_models import ints, one_move
from oracles import Reference

from arenite.frontends.model import Model
from arenite.frontends.rewrites.name_reshapes import name_reshapes
from arenite.frontends.rewrites.slice_splits import slice_splits
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph

SHAPE = (2, 6, 4, 3)


def check(data: bytes) -> Model:
    """The model as it becomes, which computes what TFLite computes."""
    model = name_reshapes(slice_splits(parse_tflite(data, "test.tflite")))
    assert name_reshapes(slice_splits(model)) is model
    generator = np.random.default_rng(0)
    (source,) = (model.tensors[index] for index in model.inputs)
    values = generator.integers(-100, 100, source.shape).astype(source.dtype)
    expected, found = Reference(data).run([values]), run_model(model, [values])
    for index in model.outputs:
        np.testing.assert_array_equal(found[index], expected[index], err_msg=f"tensor {index}")
    return model


def parts(shape: Sequence[int], axis: int, sizes: Sequence[int]) -> list[tuple[int, ...]]:
    axis %= len(shape)
    return [(*shape[:axis], size, *shape[axis + 1 :]) for size in sizes]


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
def test_split(axis: int, dtype: str) -> None:
    count = 3 if SHAPE[axis] % 3 == 0 else 2
    results = parts(SHAPE, axis, [SHAPE[axis] // count] * count)
    model = check(one_move("SPLIT", SHAPE, results, before=[ints(axis).reshape(())], dtype=dtype, num_splits=count))
    assert [operator.kind for operator in model.operators] == ["SLICE"] * count


@pytest.mark.parametrize("given", [[1, 3, 2], [1, -1, 2]])
def test_split_v(given: list[int]) -> None:
    data = one_move(
        "SPLIT_V", SHAPE, parts(SHAPE, 1, [1, 3, 2]), [ints(*given), ints(1).reshape(())], num_splits=3
    )  # fmt: skip
    steps = to_graph(check(data)).steps
    assert [step.source_ops for step in steps] == [(0,)] * 3
    assert len({step.name for step in steps}) == 3


@pytest.mark.parametrize("axis", [0, 2, -1])
def test_unpack(axis: int) -> None:
    shape = (2, 5, 3)
    results = [tuple(extent for n, extent in enumerate(shape) if n != axis % 3)] * shape[axis]
    check(one_move("UNPACK", shape, results, dtype="int32", num=shape[axis], axis=axis))


def one_part(kind: str) -> bytes:
    net = Network("net", seed=1)
    image = net.input("image", (1, 5, 4, 6))
    x = net.convolution(image, 6)
    shape = (5, 4, 6) if kind == "UNPACK" else x.shape
    end = net.writer.tensor("part", shape, scale=x.scale, zero_point=x.zero_point)
    where = net.writer.tensor("axis", (), "int32", data=3)
    if kind == "SPLIT":
        net.writer.operator("SPLIT", [where, x.tensor], [end], num_splits=1)
    elif kind == "SPLIT_V":
        sizes = net.writer.tensor("sizes", (1,), "int32", data=[6])
        net.writer.operator("SPLIT_V", [x.tensor, sizes, where], [end], num_splits=1)
    else:
        net.writer.operator("UNPACK", [x.tensor], [end], num=1, axis=0)
    return net.writer.finish([image.tensor], [end])


@pytest.mark.parametrize("kind", ["SPLIT", "SPLIT_V", "UNPACK"])
def test_one_part_is_a_reshape(kind: str) -> None:
    model = check(one_part(kind))
    assert [operator.kind for operator in model.operators] == ["CONV_2D", "RESHAPE"]
    assert [step.source_ops for step in to_graph(model).steps] == [(0, 1)]


def test_what_nobody_reads_is_not_computed() -> None:
    net = Network("net", seed=1)
    x = net.input("image", (1, 5, 4, 6))
    ends = [net.writer.tensor(f"part_{n}", (1, 5, 4, 2), scale=x.scale, zero_point=x.zero_point) for n in range(3)]
    net.writer.operator("SPLIT", [net.writer.tensor("axis", (), "int32", data=3), x.tensor], ends, num_splits=3)
    model = check(net.writer.finish([x.tensor], ends[1:2]))
    (operator,) = model.operators
    assert (operator.index, operator.outputs) == (0, (ends[1],))


@pytest.mark.parametrize(("sizes", "axis"), [([2, 2], 1), ([2, 4], 4), ([-1, -1], 1)])
def test_what_does_not_fit_stays(sizes: list[int], axis: int) -> None:
    data = one_move("SPLIT_V", SHAPE, parts(SHAPE, 1, [2, 4]), [ints(*sizes), ints(axis).reshape(())], num_splits=2)
    model = parse_tflite(data, "test.tflite")
    assert slice_splits(model) is model
