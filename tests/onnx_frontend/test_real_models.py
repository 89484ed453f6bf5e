"""Real ONNX files: read quickly, every value known, every node of the file accounted for, results unchanged."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx_files import as_model, random_feeds, run

from arenite.frontends.onnx.clean import read_graph
from arenite.frontends.requant_shift import decompose_requant_shift

NAMES = (
    *("cct_1_32_32_8", "cct_2_32_128_op20", "deeploy_dscnn", "deeploy_resnet8", "light_inception_v1"),
    *("light_shufflenet", "light_squeezenet", "micro_kws_qdq", "micro_kws_qop", "minimobilenetv2", "rfb320_simpl"),
)
SECONDS = 10


@pytest.fixture(params=NAMES)
def file(request: pytest.FixtureRequest, shared_models: Path) -> Path:
    path = shared_models / f"onnx_{request.param}.onnx"
    if not path.exists():
        pytest.skip(f"{path.name} is not among the models")
    return path


def test_everything_is_known(file: Path) -> None:
    start = time.monotonic()
    graph = read_graph(file)
    assert time.monotonic() - start < SECONDS
    for node in graph.nodes:
        for name in (*node.inputs, *node.outputs):
            assert not name or (graph.shape(name) is not None and graph.dtype(name))
    assert graph.nodes
    assert {"Identity", "Dropout", "BatchNormalization", "Constant"}.isdisjoint(node.kind for node in graph.nodes)
    assert all(node.sources for node in graph.nodes)
    named = {source for node in graph.nodes for source in node.sources}
    named |= {source for sources in graph.constant_sources.values() for source in sources}
    assert named <= set(range(graph.file_nodes))
    assert len(named) >= 0.95 * graph.file_nodes


def runnable(proto: onnx.ModelProto) -> onnx.ModelProto:
    """With operators that ONNX Runtime has only."""
    return decompose_requant_shift(proto, "test")


def test_results_are_those_of_the_file(file: Path) -> None:
    proto = onnx.load(file)
    graph = read_graph(file)
    feeds = random_feeds(graph)
    quantised = any(node.kind == "QuantizeLinear" for node in graph.nodes)
    for result, expected in zip(run(runnable(as_model(graph)), feeds), run(runnable(proto), feeds), strict=True):
        scale = np.abs(expected).max()
        # Softmax after a network of integers: a tie that is rounded the other way moves a result by one step.
        np.testing.assert_allclose(result, expected, rtol=0, atol=(0.02 if quantised else 1e-5) * scale)
