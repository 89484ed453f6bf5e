"""GATHER, GATHER_ND and EMBEDDING_LOOKUP against TFLite's reference kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from kernel_harness import run_model
from models.writer import ModelWriter
from operator_checks import check_prototypes
from oracles import Reference

from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
from arenite.frontends.tflite import parse_tflite

Array = npt.NDArray[Any]

TYPES = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")


def picked(
    kind: str, shape: Sequence[int], indices: Array | Sequence[int], result: Sequence[int], *,
    dtype: str = "int8", table: bool = False, index_type: str = "int32", **options: object,
) -> bytes:  # fmt: skip
    """A model of one operator.

    Args:
        indices: constants, or the shape of those that are computed.
        table: whether what is picked from is a constant.
    """
    writer = ModelWriter()
    quantised: dict[str, Any] = {"scale": 0.05, "zero_point": 5} if dtype in ("int8", "uint8") else {}
    data = (np.arange(math.prod(shape)) % 101).astype(dtype) if table else None
    source = writer.tensor("in", shape, dtype, data=data, **quantised)
    if isinstance(indices, np.ndarray):
        where = writer.tensor("indices", indices.shape, index_type, data=indices)
    else:
        where = writer.tensor("indices", indices, index_type)
    out = writer.tensor("out", result, dtype, **quantised)
    inputs = [source, where]
    writer.operator(kind, inputs[::-1] if kind == "EMBEDDING_LOOKUP" else inputs, [out], **options)
    return writer.finish([*([] if table else [source]), *([] if isinstance(indices, np.ndarray) else [where])], [out])


def check(data: bytes, extents: Sequence[int]) -> None:
    """Indices that are computed are in ``extents``, one for each element of their last axis, or one for all."""
    check_prototypes(data)
    model, reference, generator = parse_tflite(data, "test.tflite"), Reference(data), np.random.default_rng(0)
    for _ in range(3):
        values = []
        for index in model.inputs:
            tensor = model.tensors[index]
            low, high = (0, np.array(extents)) if tensor.name == "indices" else (0, 2 if tensor.dtype == "bool" else 99)
            values.append(generator.integers(low, high, tensor.shape).astype(tensor.dtype))
        (result,) = model.outputs
        np.testing.assert_array_equal(run_model(model, values)[result], reference.run(values)[result])


@pytest.mark.parametrize("dtype", TYPES)
def test_gathered_types(dtype: str) -> None:
    check(picked("GATHER", (4, 5, 3), (2, 2), (4, 2, 2, 3), dtype=dtype, axis=1), [5])
    check(picked("GATHER_ND", (4, 5, 3), (2, 6, 2), (2, 6, 3), dtype=dtype), [4, 5])


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("table", [False, True])
def test_computed_indices_along_any_axis(axis: int, table: bool) -> None:
    shape = (4, 5, 3)
    place = axis % 3
    result = (*shape[:place], 2, 7, *shape[place + 1 :])
    check(picked("GATHER", shape, (2, 7), result, table=table, axis=axis), [shape[place]])


@pytest.mark.parametrize("index_type", ["int16", "int32", "int64"])
def test_constant_indices(index_type: str) -> None:
    indices = np.array([3, 0, 0, 4], index_type)
    check(picked("GATHER", (2, 5, 3), indices, (2, 4, 3), index_type=index_type, axis=1), [])
    check(picked("GATHER", (5,), np.array(2, np.int32), (), axis=0), [])


@pytest.mark.parametrize("batch_dims", [1, 2, -1])
def test_batches_have_indices_of_their_own(batch_dims: int) -> None:
    shape, indices, result = (2, 3, 5, 6), (2, 4), (2, 3, 4, 6)
    if batch_dims == 2:
        shape, indices, result = (2, 3, 5), (2, 3, 4), (2, 3, 4)
    check(picked("GATHER", shape, indices, result, axis=2, batch_dims=batch_dims), [5])


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_tuples_of_indices(depth: int) -> None:
    shape = (4, 5, 3)
    check(picked("GATHER_ND", shape, (6, depth), (6, *shape[depth:])), shape[:depth])
    indices = np.random.default_rng(0).integers(0, shape[:depth], (6, depth)).astype(np.int32)
    check(picked("GATHER_ND", shape, indices, (6, *shape[depth:])), [])


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_embeddings(dtype: str) -> None:
    check(picked("EMBEDDING_LOOKUP", (20, 6), (5,), (5, 6), dtype=dtype, table=True), [20])


def test_indices_outside_reach_no_other_memory() -> None:
    model = parse_tflite(picked("GATHER", (5,), (4,), (4,), dtype="int32", axis=0), "test.tflite")
    indices = np.array([-(2**31), -1, 5, 2**31 - 1], np.int32)
    found = run_model(model, [np.arange(5, dtype=np.int32), indices])[model.outputs[0]]
    np.testing.assert_array_equal(found, [0, 0, 4, 4])


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (picked("GATHER", (5,), np.array([5], np.int32), (1,), axis=0), "from 5 to 5"),
        (picked("GATHER", (5,), np.array([-1], np.int32), (1,), axis=0), "from -1 to -1"),
        (picked("GATHER", (5,), (2,), (3,), axis=0), "shape"),
        (picked("GATHER", (5,), (2,), (2,), axis=0, index_type="int64"), "int64"),
        (picked("GATHER", (2, 5), (3, 2), (2, 2), axis=1, batch_dims=1), "indices have shape"),
        (picked("GATHER", (2, 5), (2, 2), (2, 2), axis=0, batch_dims=1), "axis is 0 of 2"),
        (picked("GATHER_ND", (2, 5), (3, 3), (3,)), "indices have shape"),
    ],
)
def test_what_tflite_would_refuse_is_refused(data: bytes, match: str) -> None:
    model = parse_tflite(data, "test.tflite")
    with pytest.raises(NotLowered, match=match):
        lower(model, model.operators[0])
