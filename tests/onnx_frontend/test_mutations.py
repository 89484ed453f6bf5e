"""Damaged files through the reader: a graph with shapes or a clear error, in bounded time, never anything else.

``ARENITE_MUTATIONS`` sets how many per model (default 300).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import onnx
import pytest
from mutations import mutate
from onnx_files import as_model
from onnx_mutations import mutate_message
from onnx_targets import TARGETS

from arenite.errors import AreniteError
from arenite.frontends.onnx.clean import clean_graph
from arenite.frontends.onnx.file.load import parse_graph
from arenite.frontends.onnx.graph import OnnxGraph

CASES = int(os.environ.get("ARENITE_MUTATIONS", "300"))
SECONDS_PER_CASE = 10


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raises TimeoutError inside the block, so that a hang fails instead of stopping the tests."""

    def expire(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"still running after {seconds} s")

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def read(data: bytes, directory: Path) -> OnnxGraph | AreniteError:
    try:
        graph = clean_graph(parse_graph(data, "damaged.onnx", directory))
    except AreniteError as error:
        return error
    for node in graph.nodes:
        for name in (*node.inputs, *node.outputs):
            assert not name or graph.shape(name) is not None
            assert not name or graph.dtype(name)
            assert name.isprintable()
    return graph


@pytest.mark.parametrize("name", TARGETS)
def test_intact_models_are_read(tmp_path: Path, name: str) -> None:
    graph = read(TARGETS[name]().SerializeToString(), tmp_path)
    assert isinstance(graph, OnnxGraph), graph
    assert as_model(graph).graph.node


def of_bytes(model: onnx.ModelProto, seed: int) -> bytes:
    return mutate(model.SerializeToString(), seed)


def of_fields(model: onnx.ModelProto, seed: int) -> bytes:
    data: bytes = mutate_message(model, seed).SerializeToString()
    return data


@pytest.mark.parametrize("damage", [of_bytes, of_fields])
@pytest.mark.parametrize("name", TARGETS)
def test_damaged_models_are_read_or_refused(
    tmp_path: Path, name: str, damage: Callable[[onnx.ModelProto, int], bytes]
) -> None:
    intact = TARGETS[name]()
    done = refused = 0
    for seed in range(CASES):
        start = time.monotonic()
        try:
            with time_limit(SECONDS_PER_CASE):
                result = read(damage(intact, seed), tmp_path)
        except Exception as error:
            pytest.fail(f"seed {seed}: {type(error).__name__}: {error} after {time.monotonic() - start:.1f} s")
        if isinstance(result, OnnxGraph):
            done += 1
        else:
            refused += 1
            assert str(result).startswith("damaged.onnx: "), f"seed {seed}: {result}"
            assert str(result).isprintable(), f"seed {seed}: {result!r}"
            assert result.remedy, f"seed {seed} names no remedy: {result}"
    # Both must occur often, or the mutations do not reach what they should. Most damaged bytes are lengths.
    assert done > CASES // (50 if damage is of_bytes else 5)
    assert refused > CASES // 5


@pytest.mark.parametrize("name", TARGETS)
def test_every_truncation_is_refused_or_read(tmp_path: Path, name: str) -> None:
    intact = TARGETS[name]().SerializeToString()
    for size in range(0, len(intact), max(1, len(intact) // 200)):
        result = read(intact[:size], tmp_path)
        assert isinstance(result, AreniteError) or size > 0
