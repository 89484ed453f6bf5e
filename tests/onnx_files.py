"""ONNX files for tests: written from nodes and arrays, read back from graphs, run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from arenite.frontends.onnx.file.nodes import node_proto
from arenite.frontends.onnx.file.tensors import DATA_TYPES
from arenite.frontends.onnx.graph import OnnxGraph

Array = npt.NDArray[Any]
Port = tuple[str, str, Sequence[int | str | None] | None]
"""Name, dtype, shape."""

FLOAT = TensorProto.FLOAT


def node(kind: str, inputs: str, outputs: str, *, domain: str = "", **options: Any) -> onnx.NodeProto:
    """Names are separated by blanks; ``-`` stands for one that is left out."""

    def names(text: str) -> list[str]:
        return ["" if name == "-" else name for name in text.split(" ") if name]

    return helper.make_node(kind, names(inputs), names(outputs), domain=domain, **options)


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[Port],
    outputs: Sequence[Port],
    constants: Mapping[str, Any] | None = None,
    *,
    opset: int = 17,
    domains: Mapping[str, int] | None = None,
    infos: Sequence[Port] = (),
    **options: Any,
) -> onnx.ModelProto:
    """Lists and numbers among ``constants`` are int64 if they are whole, else float32."""
    graph = helper.make_graph(
        nodes,
        "test",
        [_info(port) for port in inputs],
        [_info(port) for port in outputs],
        [numpy_helper.from_array(array_of(value), name) for name, value in (constants or {}).items()],
        value_info=[_info(port) for port in infos],
    )
    imports = [helper.make_opsetid("", opset)]
    imports += [helper.make_opsetid(name, version) for name, version in (domains or {"com.microsoft": 1}).items()]
    return helper.make_model(graph, opset_imports=imports, ir_version=8, **options)


def array_of(value: Any) -> Array:
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    array = np.asarray(value)
    return array.astype(np.int64 if array.dtype.kind == "i" else np.float32)


def _info(port: Port) -> onnx.ValueInfoProto:
    name, dtype, shape = port
    return helper.make_tensor_value_info(name, DATA_TYPES[dtype], shape)


def save(proto: onnx.ModelProto, directory: Path, name: str = "model.onnx") -> Path:
    path = directory / name
    path.write_bytes(proto.SerializeToString())
    return path


def as_model(graph: OnnxGraph, opset: int | None = None) -> onnx.ModelProto:
    """A graph as a file again; every constant is an initializer."""
    ports = [(name, graph.dtype(name) or "", graph.shape(name)) for name in (*graph.inputs, *graph.outputs)]
    count = len(graph.inputs)
    return model(
        [node_proto(one) for one in graph.nodes],
        ports[:count],
        ports[count:],
        graph.constants,
        opset=opset or graph.opset,
        domains={"com.microsoft": 1, **graph.domains},
    )


def run(proto: onnx.ModelProto, feeds: Mapping[str, Array], *, optimise: bool = False) -> list[Array]:
    """The results of ONNX Runtime, without its graph optimisations unless asked for."""
    runtime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is the oracle")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    if not optimise:
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = runtime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    results: list[Array] = session.run(None, dict(feeds))
    return results


def random_feeds(graph: OnnxGraph, seed: int = 0) -> dict[str, Array]:
    """Values for every input: floats around 0, integers of the whole range."""
    random = np.random.default_rng(seed)
    feeds: dict[str, Array] = {}
    for name in graph.inputs:
        dtype, shape = np.dtype(graph.dtype(name)), graph.shape(name)
        if dtype.kind in "iu":
            info = np.iinfo(dtype)
            feeds[name] = random.integers(max(info.min, -999), min(info.max, 999), shape, endpoint=True).astype(dtype)
        else:
            feeds[name] = random.normal(0, 1.5, shape).astype(dtype)
    return feeds
