"""Constants are computed once, exactly, and never at the price of the machine's memory."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx_files import model, node, run, save

from arenite.errors import AreniteError, ModelError
from arenite.frontends.onnx.clean import read_graph
from arenite.frontends.onnx.graph import OnnxGraph

A = np.arange(-6, 6, dtype=np.float32).reshape(3, 4) / 4
B = np.arange(1, 13, dtype=np.int64).reshape(3, 4)

EVALUATED: dict[str, tuple[str, dict[str, Any]]] = {
    "Add": ("a a", {}),
    "Cast": ("a", {"to": TensorProto.INT32}),
    "Clip": ("a lo hi", {}),
    "Concat": ("a a", {"axis": 1}),
    "ConstantOfShape": ("extents", {"value": helper.make_tensor("v", TensorProto.FLOAT, [1], [0.5])}),
    "CumSum": ("a one", {"reverse": 1}),
    "Div": ("b b2", {}),
    "Equal": ("b b2", {}),
    "Expand": ("row extents", {}),
    "Flatten": ("a", {"axis": 1}),
    "Floor": ("a", {}),
    "Gather": ("a rows", {"axis": 0}),
    "GatherElements": ("a places", {"axis": 0}),
    "Gemm": ("a a", {"transB": 1, "alpha": 0.5}),
    "MatMul": ("a at", {}),
    "Mod": ("b b2", {}),
    "NonZero": ("a", {}),
    "Pad": ("a pads", {}),
    "Range": ("two ten two", {}),
    "ReduceMean": ("a", {"axes": [1], "keepdims": 0}),
    "Reshape": ("a minus", {}),
    "Round": ("a", {}),
    "Slice": ("a ends starts axes steps", {}),
    "Split": ("a", {"axis": 0}),
    "Squeeze": ("row zero", {}),
    "Tile": ("a twice", {}),
    "Transpose": ("a", {"perm": [1, 0]}),
    "Unsqueeze": ("a zero", {}),
    "Where": ("mask a a2", {}),
}
CONSTANTS: dict[str, Any] = {
    "a": A,
    "a2": -A,
    "at": A.T.copy(),
    "b": B,
    "b2": B[::-1].copy(),
    "row": A[:1],
    "mask": A > 0,
    "lo": np.float32(-0.5),
    "hi": np.float32(0.75),
    "rows": [[2, 0]],
    "places": [[0, 1, 2, -1]],
    "extents": [3, 4],
    "minus": [2, -1],
    "pads": [1, 0, 0, 2],
    "twice": [2, 3],
    "starts": [-4, 0],
    "ends": [3, 0],
    "axes": [1, 0],
    "steps": [1, 2],
    "zero": [0],
    "one": 1,
    "two": 2,
    "ten": 10,
}


@pytest.mark.parametrize("kind", EVALUATED)
def test_results_are_those_of_onnx_runtime(tmp_path: Path, kind: str) -> None:
    names, options = EVALUATED[kind]
    used = {name: CONSTANTS[name] for name in names.split(" ")}
    outputs = "c" if kind != "Split" else "c c1 c2"
    proto = model([node(kind, names, outputs, **options), node("Identity", "c", "y")], [], [], used)
    proto.graph.output.append(onnx.ValueInfoProto(name="y"))
    graph = read_graph(save(proto, tmp_path))
    assert not graph.nodes
    del proto.graph.output[:]
    dtype = onnx.helper.np_dtype_to_tensor_dtype(graph.constants["y"].dtype)
    proto.graph.output.append(helper.make_tensor_value_info("y", dtype, graph.constants["y"].shape))
    (expected,) = run(proto, {})
    np.testing.assert_array_equal(graph.constants["y"], expected)
    assert graph.constants["y"].dtype == expected.dtype
    assert set(graph.constant_sources["y"]) == {0, 1}


def fold(node_: onnx.NodeProto, directory: Path, **constants: Any) -> OnnxGraph:
    proto = model([node_, node("Add", "x c", "y")], [("x", "float32", [1])], [("y", "float32", None)], constants)
    return read_graph(save(proto, directory))


def test_quantised_weights_stay_integers(tmp_path: Path) -> None:
    weights = np.array([-3, 0, 7], np.int8)
    graph = fold(node("DequantizeLinear", "w s", "c"), tmp_path, w=weights, s=np.float32(0.5))
    assert [one.kind for one in graph.nodes] == ["DequantizeLinear", "Add"]


@pytest.mark.parametrize(("dtype", "axis"), [("int8", None), ("uint8", None), ("int8", 0), ("int8", 1), ("uint8", -1)])
def test_quantize_linear_of_float_weights_is_folded(tmp_path: Path, dtype: str, axis: int | None) -> None:
    weights = np.random.default_rng(1).normal(0, 30, (5, 4)).astype(np.float32)
    weights[0] = [0.5, 1.5, 2.5, -0.5]
    count = 1 if axis is None else weights.shape[axis]
    scale = np.linspace(0.1, 1, count).astype(np.float32) if axis is not None else np.float32(1)
    zero_point = np.full(np.shape(scale), 3, dtype)
    options = {} if axis is None else {"axis": axis}
    proto = model(
        [node("QuantizeLinear", "w s z", "q", **options), node("DequantizeLinear", "q s z", "y", **options)],
        [],
        [("y", "float32", [5, 4])],
        {"w": weights, "s": scale, "z": zero_point},
    )
    graph = read_graph(save(proto, tmp_path))
    assert [one.kind for one in graph.nodes] == ["DequantizeLinear"]
    assert graph.constants["q"].dtype == dtype
    assert graph.constant_sources["q"] == (0,)
    proto.graph.output.append(helper.make_tensor_value_info("q", TensorProto.INT8 if dtype == "int8" else 2, [5, 4]))
    np.testing.assert_array_equal(graph.constants["q"], run(proto, {})[1])


HUGE = 1 << 40
HOSTILE: dict[str, tuple[onnx.NodeProto, dict[str, Any]]] = {
    "ConstantOfShape": (node("ConstantOfShape", "e", "c"), {"e": [1 << 15, 1 << 15]}),
    "ConstantOfShape overflow": (node("ConstantOfShape", "e", "c"), {"e": [HUGE, HUGE, HUGE]}),
    "ConstantOfShape negative": (node("ConstantOfShape", "e", "c"), {"e": [-5]}),
    "Expand": (node("Expand", "a e", "c"), {"a": A[:1, :1], "e": [1 << 15, 1 << 15]}),
    "Tile": (node("Tile", "a e", "c"), {"a": A, "e": [1 << 15, 1 << 15]}),
    "Tile overflow": (node("Tile", "a e", "c"), {"a": A, "e": [1 << 62, 1 << 62]}),
    "Range": (node("Range", "f t s", "c"), {"f": 0, "t": HUGE, "s": 1}),
    "Range of floats": (node("Range", "f t s", "c"), {"f": 0.0, "t": 1e30, "s": 1.0}),
    "Pad": (node("Pad", "a e", "c"), {"a": A, "e": [1 << 30, 0, 1 << 30, 0]}),
    "OneHot": (node("OneHot", "e t v", "c"), {"e": [0, 1, 2], "t": HUGE, "v": [0.0, 1.0]}),
    "EyeLike": (node("EyeLike", "c0", "c"), {"c0": np.zeros((1, 4), np.float32)}),
    "MatMul": (node("MatMul", "a b", "c"), {"a": np.zeros((9000, 1), "f4"), "b": np.zeros((1, 9000), "f4")}),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_small_files_cannot_ask_for_much(tmp_path: Path, case: str) -> None:
    """Each is refused or left to run time; either way at once."""
    resource = pytest.importorskip("resource", reason="limits of memory are POSIX")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()
    one, constants = HOSTILE[case]
    with suppress(AreniteError):
        graph = fold(one, tmp_path, **constants)
        assert sum(array.nbytes for array in graph.constants.values()) < 1 << 26
    assert time.monotonic() - start < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 18  # KiB


def test_many_constants_cannot_add_up(tmp_path: Path) -> None:
    nodes = [node("ConstantOfShape", "e", f"zeros{place}") for place in range(40)]
    nodes += [node("Neg", f"zeros{place}", f"c{place}") for place in range(40)]
    nodes.append(node("Sum", " ".join(f"c{place}" for place in range(40)), "y"))
    proto = model(nodes, [], [("y", "float32", None)], {"e": [1 << 12, 1 << 9]})
    with pytest.raises(ModelError, match=r"Neg #\d+: computes"):
        read_graph(save(proto, tmp_path))


def test_a_shape_that_the_file_lies_about_does_not_open_the_door(tmp_path: Path) -> None:
    proto = model(
        [node("Range", "f t s", "c"), node("Add", "x c", "y")],
        [("x", "float32", [1])],
        [("y", "float32", None)],
        {"f": np.float32(0), "t": np.float32(1e12), "s": np.float32(1)},
        infos=[("c", "float32", [4])],
    )
    start = time.monotonic()
    with pytest.raises(ModelError):
        read_graph(save(proto, tmp_path))
    assert time.monotonic() - start < 5


def test_random_values_are_not_constants(tmp_path: Path) -> None:
    graph = fold(node("RandomNormal", "", "c", shape=[4]), tmp_path)
    assert [one.kind for one in graph.nodes] == ["RandomNormal", "Add"]
