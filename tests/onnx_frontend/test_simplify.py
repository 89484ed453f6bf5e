"""Simplified graphs compute what the files say, with fewer nodes, and every node of the file is accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper
from onnx_files import Port, as_model, model, node, random_feeds, run, save

from arenite.frontends.onnx.clean import read_graph
from arenite.frontends.onnx.graph import OnnxGraph

F32 = "float32"
RANDOM = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.normal(0, 1, shape).astype(np.float32)


def check(proto: onnx.ModelProto, directory: Path, tolerance: float = 0.0) -> OnnxGraph:
    """The simplified graph, which gives ONNX Runtime's results of the file within ``tolerance`` of the largest."""
    graph = read_graph(save(proto, directory))
    names = [name for one in graph.nodes for name in (*one.inputs, *one.outputs) if name]
    assert all(graph.shape(name) is not None and graph.dtype(name) for name in (*names, *graph.outputs))
    feeds = random_feeds(graph)
    for result, expected in zip(run(as_model(graph), feeds), run(proto, feeds), strict=True):
        assert result.shape == expected.shape
        if tolerance:
            np.testing.assert_allclose(result, expected, rtol=0, atol=tolerance * np.abs(expected).max())
        else:
            np.testing.assert_array_equal(result, expected)
    return graph


def kinds(graph: OnnxGraph) -> list[str]:
    return [one.kind for one in graph.nodes]


NOOPS: dict[str, onnx.NodeProto] = {
    "Identity": node("Identity", "t", "u"),
    "Dropout": node("Dropout", "t", "u"),
    "Dropout with a mask nobody reads": node("Dropout", "t half", "u mask"),
    "Dropout told not to train": node("Dropout", "t half no", "u"),
    "Cast": node("Cast", "t", "u", to=1),
    "Reshape": node("Reshape", "t same", "u"),
    "Transpose": node("Transpose", "t", "u", perm=[1, 0, 2, 3]),
    "Flatten": node("Expand", "t same", "u"),
    "Pad": node("Pad", "t none", "u"),
    "Slice": node("Slice", "t starts ends", "u"),
    "Concat": node("Concat", "t", "u", axis=1),
    "Sum": node("Sum", "t", "u"),
    "Max": node("Max", "t", "u"),
    "Split": node("Split", "t", "u", axis=1),
    "Tile": node("Tile", "t ones", "u"),
}
PARAMETERS: dict[str, Any] = {
    "half": np.float32(0.5),
    "no": np.array(False),
    "same": [1, 1, 3, 4],
    "none": [0] * 8,
    "starts": [0],
    "ends": [9],
    "ones": [1] * 4,
}


def around(middle: onnx.NodeProto) -> onnx.ModelProto:
    used = {name: PARAMETERS[name] for name in middle.input if name in PARAMETERS}
    nodes = [node("Abs", "x", "t"), middle, node("Neg", "u", "y")]
    return model(nodes, [("x", F32, [1, 1, 3, 4])], [("y", F32, None)], used, opset=13)


@pytest.mark.parametrize("case", NOOPS)
def test_nodes_that_change_nothing_vanish_into_the_writer(tmp_path: Path, case: str) -> None:
    graph = check(around(NOOPS[case]), tmp_path)
    assert [(one.kind, one.sources) for one in graph.nodes] == [("Abs", (0, 1)), ("Neg", (2,))]


CHANGES: dict[str, onnx.NodeProto] = {
    "Transpose": node("Transpose", "t", "u", perm=[0, 1, 3, 2]),
    "Slice backwards": node("Slice", "t last first axis back", "u"),
    "Pad and cut": node("Pad", "t shift", "u"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_nodes_that_only_look_so_stay(tmp_path: Path, case: str) -> None:
    proto = around(CHANGES[case])
    for name, value in {
        "last": [-1],
        "first": [-9],
        "axis": [3],
        "back": [-1],
        "shift": [0, 0, 1, 0, 0, 0, -1, 0],
    }.items():
        if name in proto.graph.node[1].input:
            proto.graph.initializer.append(onnx.numpy_helper.from_array(np.array(value, np.int64), name))
    assert len(check(proto, tmp_path).nodes) == 3


def test_sources_go_to_the_reader_where_nothing_writes(tmp_path: Path) -> None:
    proto = model([node("Identity", "x", "t"), node("Neg", "t", "y")], [("x", F32, [2])], [("y", F32, None)])
    graph = check(proto, tmp_path)
    assert [(one.kind, one.inputs, one.sources) for one in graph.nodes] == [("Neg", ("x",), (1, 0))]


def test_an_output_keeps_its_name(tmp_path: Path) -> None:
    nodes = [node("Abs", "x", "t"), node("Neg", "t", "u"), node("Identity", "t", "y"), node("Add", "u t", "z")]
    graph = check(model(nodes, [("x", F32, [2])], [("y", F32, None), ("z", F32, None)]), tmp_path)
    assert [(one.kind, one.inputs, one.outputs) for one in graph.nodes] == [
        ("Abs", ("x",), ("y",)),
        ("Neg", ("y",), ("u",)),
        ("Add", ("u", "y"), ("z",)),
    ]


@pytest.mark.parametrize(
    ("nodes", "outputs", "left"),
    [
        ([node("Identity", "x", "y")], "y", ["Identity"]),
        ([node("Abs", "x", "y"), node("Identity", "y", "z")], "y z", ["Abs", "Identity"]),
        ([node("Abs", "x", "t"), node("Identity", "t", "y"), node("Identity", "t", "z")], "y z", ["Abs", "Identity"]),
        ([node("Abs", "x", "t"), node("Identity", "t", "u"), node("Identity", "u", "y")], "y", ["Abs"]),
    ],
)
def test_copies_that_outputs_need_stay(
    tmp_path: Path, nodes: list[onnx.NodeProto], outputs: str, left: list[str]
) -> None:
    ports: list[Port] = [(name, F32, None) for name in outputs.split()]
    assert kinds(check(model(nodes, [("x", F32, [2])], ports), tmp_path)) == left


def test_values_that_bodies_read_keep_their_names(tmp_path: Path) -> None:
    result = helper.make_tensor_value_info("r", 1, None)
    then = helper.make_graph([node("Neg", "u", "r")], "then", [], [result])
    other = helper.make_graph([node("Abs", "u", "r")], "else", [], [result])
    nodes = [
        node("Abs", "x", "t"),
        node("Identity", "t", "u"),
        node("If", "c", "y", then_branch=then, else_branch=other),
    ]
    proto = model(nodes, [("x", F32, [2]), ("c", "bool", [])], [("y", F32, None)])
    graph = read_graph(save(proto, tmp_path))
    feeds = {"x": np.array([-1, 2], np.float32), "c": np.array(True)}
    np.testing.assert_array_equal(run(as_model(graph), feeds)[0], run(proto, feeds)[0])


def test_unused_nodes_vanish(tmp_path: Path) -> None:
    nodes = [
        node("Abs", "x", "t"),
        node("NonZero", "t", "u"),
        node("Odd", "x", "v", domain="my.own"),
        node("Neg", "x", "y"),
    ]
    proto = model(nodes, [("x", F32, [2])], [("y", F32, None)], {"w": [1.0]})
    graph = read_graph(save(proto, tmp_path))
    assert kinds(graph) == ["Neg"]
    assert not graph.constants


def test_unused_optional_results_are_left_out(tmp_path: Path) -> None:
    nodes = [
        node("MaxPool", "x", "t indices", kernel_shape=[2, 2]),
        node("LayerNormalization", "t s", "u mean deviation"),
        node("Split", "u", "a b", axis=1),
        node("Neg", "b", "y"),
    ]
    graph = check(model(nodes, [("x", F32, [1, 2, 5, 5])], [("y", F32, None)], {"s": normal(4)}), tmp_path)
    assert [one.outputs for one in graph.nodes] == [("t",), ("u",), ("a", "b"), ("y",)]


@pytest.mark.parametrize(("kind", "pair"), [("Sum", "Add"), ("Max", "Max"), ("Min", "Min")])
def test_many_operands_become_pairs(tmp_path: Path, kind: str, pair: str) -> None:
    ports: list[Port] = [("a", F32, [3, 1]), ("b", F32, [4]), ("c", F32, [1]), ("d", F32, [2, 1, 1])]
    graph = check(model([node(kind, "a b c d", "y")], ports, [("y", F32, None)]), tmp_path)
    assert kinds(graph) == [pair] * 3
    assert [graph.shape(one.outputs[0]) for one in graph.nodes] == [(3, 4), (3, 4), (2, 3, 4)]
    assert {one.sources for one in graph.nodes} == {(0,)}


def normalised(channels: int, **options: Any) -> tuple[onnx.NodeProto, dict[str, np.ndarray]]:
    parameters = {"s": normal(channels), "o": normal(channels), "m": normal(channels), "v": np.abs(normal(channels))}
    return node("BatchNormalization", "t s o m v", "y", **options), parameters


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("group", [1, 2])
@pytest.mark.parametrize("kind", ["Conv", "ConvTranspose"])
def test_batch_normalization_goes_into_the_weights(tmp_path: Path, kind: str, group: int, bias: bool) -> None:
    after, constants = normalised(6, epsilon=1e-3)
    constants["w"] = normal(6, 4 // group, 3, 3) if kind == "Conv" else normal(4, 6 // group, 3, 3)
    inputs = "x w"
    if bias:
        constants["b"] = normal(6)
        inputs = "x w b"
    nodes = [node(kind, inputs, "t", group=group), after]
    graph = check(model(nodes, [("x", F32, [2, 4, 6, 6])], [("y", F32, None)], constants), tmp_path, 1e-5)
    assert [(one.kind, one.sources, one.outputs) for one in graph.nodes] == [(kind, (0, 1), ("y",))]
    assert graph.constants[graph.nodes[0].inputs[1]].dtype == np.float32


def test_weights_that_two_share_are_copied(tmp_path: Path) -> None:
    after, constants = normalised(3)
    constants["w"] = normal(3, 3, 1, 1)
    nodes = [node("Conv", "x w", "t"), after, node("Conv", "y w", "z")]
    graph = check(model(nodes, [("x", F32, [1, 3, 4, 4])], [("z", F32, None)], constants), tmp_path, 1e-5)
    assert kinds(graph) == ["Conv", "Conv"]


@pytest.mark.parametrize("shape", [[2, 3], [2, 3, 4], [2, 3, 4, 5], [2, 3, 2, 2, 2]])
def test_batch_normalization_alone_becomes_mul_and_add(tmp_path: Path, shape: list[int]) -> None:
    after, constants = normalised(3)
    graph = check(
        model([node("Abs", "x", "t"), after], [("x", F32, shape)], [("y", F32, None)], constants), tmp_path, 1e-6
    )
    assert kinds(graph) == ["Abs", "Mul", "Add"]
    assert graph.constants[graph.nodes[1].inputs[1]].shape == (1, 3, *[1] * (len(shape) - 2))
    assert [one.sources for one in graph.nodes] == [(0,), (1,), (1,)]


def test_a_convolution_that_others_read_is_left_alone(tmp_path: Path) -> None:
    after, constants = normalised(3)
    constants["w"] = normal(3, 3, 1, 1)
    nodes = [node("Conv", "x w", "t"), after]
    proto = model(nodes, [("x", F32, [1, 3, 4, 4])], [("y", F32, None), ("t", F32, None)], constants)
    assert kinds(check(proto, tmp_path, 1e-5)) == ["Conv", "Mul", "Add"]


def test_training_and_bad_statistics_are_left_alone(tmp_path: Path) -> None:
    after, constants = normalised(3)
    constants["v"][1] = -1
    proto = model([node("Abs", "x", "t"), after], [("x", F32, [1, 3])], [("y", F32, None)], constants)
    assert kinds(read_graph(save(proto, tmp_path))) == ["Abs", "BatchNormalization"]
    after, constants = normalised(3, training_mode=1)
    after.output.extend(["mean", "variance"])
    proto = model([node("Abs", "x", "t"), after], [("x", F32, [1, 3])], [("y", F32, None)], constants)
    assert kinds(read_graph(save(proto, tmp_path))) == ["Abs", "BatchNormalization"]


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_quantised_weights_are_transposed_as_integers(tmp_path: Path, axis: int | None) -> None:
    weights = RANDOM.integers(-128, 128, (5, 4)).astype(np.int8)
    count = 1 if axis is None else weights.shape[axis]
    scale = np.linspace(0.1, 1, count).astype(np.float32) if axis is not None else np.float32(0.5)
    constants = {"w": weights, "s": scale, "z": np.zeros(np.shape(scale), np.int8)}
    options = {} if axis is None else {"axis": axis}
    nodes = [
        node("DequantizeLinear", "w s z", "d", **options),
        node("Transpose", "d", "t", perm=[1, 0]),
        node("MatMul", "x t", "y"),
    ]
    graph = check(model(nodes, [("x", F32, [2, 4])], [("y", F32, None)], constants), tmp_path)
    assert [(one.kind, one.sources) for one in graph.nodes] == [("DequantizeLinear", (0, 1)), ("MatMul", (2,))]
    stored = graph.constants[graph.nodes[0].inputs[0]]
    assert stored.dtype == np.int8
    np.testing.assert_array_equal(stored, weights.T)
    assert graph.constant_sources[graph.nodes[0].inputs[0]] == (0, 1)


def test_every_node_of_the_file_is_accounted_for(tmp_path: Path) -> None:
    after, constants = normalised(3)
    constants["w"] = normal(3, 3, 1, 1)
    nodes = [
        node("Constant", "", "k", value_ints=[0, -1]),
        node("Identity", "x", "x1"),
        node("Conv", "x1 w", "t"),
        after,
        node("Dropout", "y", "d"),
        node("Shape", "d", "e"),
        node("ConstantOfShape", "e", "c"),
        node("Sum", "d c x", "u"),
        node("Reshape", "u k", "z"),
    ]
    graph = check(model(nodes, [("x", F32, [1, 3, 4, 4])], [("z", F32, None)], constants, opset=13), tmp_path, 1e-5)
    named = {source for one in graph.nodes for source in one.sources}
    named |= {source for sources in graph.constant_sources.values() for source in sources}
    assert named == set(range(len(nodes)))
