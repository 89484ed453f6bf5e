"""Windows of sequences as states: the sequence of results is TFLite's, and nothing of them is in the arena."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import stateful
from models.stateful import StatefulWriter
from test_state_copies import any_order, check, kinds
from test_states import verified

from arenite.frontends.model import Model
from arenite.frontends.rewrites.fold_concatenations import fold_concatenations
from arenite.frontends.rewrites.state_copies import save_state_copies
from arenite.frontends.rewrites.state_windows import keep_windows
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph


def kept(data: bytes) -> Model:
    model = keep_windows(fold_concatenations(parse_tflite(data, "test.tflite")))
    assert keep_windows(model) is model
    saved = save_state_copies(model)
    assert to_graph(saved).state_bytes == saved.state_bytes == sum(values.nbytes for values in saved.states.values())
    return saved


@settings(max_examples=6, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 2), st.integers(1, 3), st.integers(0, 1 << 30))
def test_windows_in_layers(channels: int, rows: int, layers: int, new: int, seed: int) -> None:
    data = stateful.streamed(channels, rows, layers, new, rows + 1)
    model = kept(data)
    assert "READ_VARIABLE" not in kinds(model)
    check(data, model, [any_order(model, random.Random(seed))], inferences=rows + 1)


def test_a_window_is_where_it_lives_on() -> None:
    model = kept(stateful.streamed(3, 4))
    assert kinds(model) == ["SHIFT", "AVERAGE_POOL_2D"]
    assert [buffer.bytes for buffer in to_graph(model).buffers] == [3, 3]
    (values,) = model.states.values()
    assert values.ravel().tolist() == [0, 0, 0, *range(12)]
    graph = to_graph(model)
    assert sorted(number for step in graph.steps for number in step.source_ops) == list(range(8))


def test_windows_stay_in_the_arena_where_they_cost_nothing() -> None:
    """A part of them is less than all, and another layer needs as much as the arena has."""
    writer = StatefulWriter((1, 2, 1, 4), {"window": 3}, zero_point=0)
    window = {"padding": "VALID", "stride_w": 1, "stride_h": 1, "filter_width": 1}
    source = writer.value("source", (1, 40, 1, 4))
    new = writer.apply("MAX_POOL_2D", source, shape=(1, 2, 1, 4), filter_height=39, **window)
    whole = writer.apply("CONCATENATION", writer.read("window"), new, shape=(1, 4, 1, 4), axis=1)
    begin, size = (writer.tensor(None, (4,), "int32", data=data) for data in ([0, 2, 0, 0], [-1] * 4))
    writer.assign("window", writer.apply("SLICE", whole, begin, size))
    result = writer.apply("AVERAGE_POOL_2D", whole, shape=(1, 1, 1, 4), filter_height=4, **window)
    data = writer.file([source], [result])
    model = kept(data)
    assert "SHIFT" not in kinds(model)
    assert model.state_bytes == 8
    check(data, model, [model.operators])


@pytest.mark.parametrize("use", ["read again", "shown", "kept in part"])
def test_what_is_used_otherwise_stays(use: str) -> None:
    writer = StatefulWriter((1, 3, 1, 2), {"window": np.arange(6).reshape(1, 3, 1, 2)}, zero_point=0)
    source = writer.value("source", (1, 1, 1, 2))
    whole = writer.apply("CONCATENATION", writer.read("window"), source, shape=(1, 4, 1, 2), axis=1)
    first = 0 if use == "kept in part" else 1
    begin, size = (writer.tensor(None, (4,), "int32", data=data) for data in ([0, first, 0, 0], [1, 3, 1, 2]))
    last = writer.apply("SLICE", whole, begin, size)
    writer.assign("window", last)
    sums = writer.apply("ADD", whole, whole, shape=(1, 4, 1, 2))
    results = {"shown": [sums, whole], "read again": [sums, writer.read("window")]}.get(use, [sums])
    data = writer.file([source], results)
    model = kept(data)
    assert "SHIFT" not in kinds(model)
    check(data, model, [model.operators], inferences=5)


def test_a_program_with_windows(tmp_path: Path) -> None:
    found = verified(stateful.streamed(4, 5, 2, 2, 6), tmp_path, samples=5)
    assert (found.mismatches, found.state_bytes) == (0, 56)
