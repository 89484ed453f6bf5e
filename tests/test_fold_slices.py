"""Slices of slices: the same results, from one slice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_harness import run_model
from models.writer import ModelWriter
from oracles import tflite_reference

from arenite.frontends.model import Model
from arenite.frontends.rewrites.fold_slices import fold_slices
from arenite.frontends.rewrites.slice_splits import slice_splits
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph

SHAPE = (2, 9, 4, 6)
Ranges = Sequence[range]


def chain(slices: Sequence[Ranges], shown: Sequence[int] = ()) -> bytes:
    """Each slice of the one before; those that are ``shown`` are outputs besides the last one."""
    writer = ModelWriter()
    results = [writer.tensor("in", SHAPE, scale=0.1)]
    for number, ranges in enumerate(slices):
        limits = [[one.start for one in ranges], [max(one.stop, 0) for one in ranges], [one.step for one in ranges]]
        places = [writer.tensor(None, (len(ranges),), "int32", data=values) for values in limits]
        mask = sum(1 << axis for axis, one in enumerate(ranges) if one.stop < 0)
        results.append(writer.tensor(f"slice {number}", [len(one) for one in ranges], scale=0.1))
        writer.operator("STRIDED_SLICE", [results[-2], *places], [results[-1]], end_mask=mask)
    return writer.finish(results[:1], [*(results[1 + number] for number in shown), results[-1]])


def check(data: bytes) -> Model:
    """The model as it becomes, which computes what TFLite computes."""
    model = fold_slices(slice_splits(parse_tflite(data, "test.tflite")))
    assert fold_slices(model) is model
    values = np.random.default_rng(0).integers(-128, 128, SHAPE, np.int8)
    expected, found = tflite_reference(data, [values]), run_model(model, [values])
    for index in model.outputs:
        np.testing.assert_array_equal(found[index], expected[index])
    return model


@st.composite
def chains(draw: st.DrawFn) -> list[list[range]]:
    found: list[list[range]] = []
    extents = SHAPE
    for _ in range(draw(st.integers(2, 4))):
        own = []
        for extent in extents:
            first, last = sorted((draw(st.integers(0, extent - 1)), draw(st.integers(0, extent - 1))))
            kept = range(first, last + 1, draw(st.integers(1, 2)))
            own.append(kept if draw(st.booleans()) else kept[::-1])
        found.append(own)
        extents = tuple(len(one) for one in own)
    return found


@settings(max_examples=30, deadline=None)
@given(chains())
def test_any_chain_is_one_slice(slices: list[list[range]]) -> None:
    model = check(chain(slices))
    assert [operator.kind for operator in model.operators] == ["STRIDED_SLICE"]
    graph = to_graph(model)
    assert {source for step in graph.steps for source in step.source_ops} in ({*range(len(slices))}, set())


def test_slices_that_others_read_stay() -> None:
    ranges = [range(n) for n in SHAPE]
    halves = [ranges[0], range(1, 5), *ranges[2:]]
    last = [ranges[0], range(2), *ranges[2:]]
    assert len(check(chain([halves, last], shown=[0])).operators) == 2
    assert len(check(chain([halves, last, last], shown=[1])).operators) == 2


def test_parts_of_a_split_are_cut_from_what_is_split() -> None:
    """As in networks whose branches see windows of different lengths of some channels each."""
    writer = ModelWriter()
    source = writer.tensor("in", SHAPE, scale=0.1)
    halves = [writer.tensor(f"half {n}", (*SHAPE[:3], 3), scale=0.1) for n in range(2)]
    axis = writer.tensor("axis", (), "int32", data=3)
    writer.operator("SPLIT", [axis, source], halves, num_splits=2)
    results = []
    for rows, half in zip((5, 2), halves, strict=True):
        begin = writer.tensor(None, (4,), "int32", data=[0, 9 - rows, 0, 0])
        size = writer.tensor(None, (4,), "int32", data=[2, rows, 4, 3])
        results.append(writer.tensor(f"rows {rows}", (2, rows, 4, 3), scale=0.1))
        writer.operator("SLICE", [half, begin, size], [results[-1]])
    model = check(writer.finish([source], results))
    assert [operator.inputs[0] for operator in model.operators] == [source, source]
    assert [step.source_ops for step in to_graph(model).steps] == [(0, 1), (0, 2)]
