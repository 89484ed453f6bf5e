"""Every value gets the shape that it has at run time, or the node is named whose result has none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx_files import FLOAT, as_model, model, node, random_feeds, run, save

from arenite.errors import AreniteError, ModelError, UnsupportedError
from arenite.frontends.onnx.clean import read_graph
from arenite.frontends.onnx.file.load import load_graph
from arenite.frontends.onnx.graph import OnnxGraph
from arenite.frontends.onnx.simplify.shapes import fix_inputs, infer_shapes

F32 = "float32"


def read(proto: onnx.ModelProto, directory: Path, shapes: Mapping[str, tuple[int, ...]] | None = None) -> OnnxGraph:
    return read_graph(save(proto, directory), shapes)


def refusal(
    proto: onnx.ModelProto,
    directory: Path,
    kind: type[AreniteError] = UnsupportedError,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
) -> str:
    with pytest.raises(kind) as caught:
        read(proto, directory, shapes)
    assert type(caught.value) is kind
    assert caught.value.remedy
    assert str(caught.value).isprintable()
    return str(caught.value)


def of_input(*shapes: Any) -> onnx.ModelProto:
    """A model that adds its inputs x0, x1 ... up, of the shapes given."""
    names = [f"x{place}" for place in range(len(shapes))]
    return model(
        [node("Sum", " ".join(names), "y")],
        [(name, F32, shape) for name, shape in zip(names, shapes, strict=True)],
        [("y", F32, None)],
    )


def test_an_open_first_axis_is_one(tmp_path: Path) -> None:
    for open_ in ("N", None, 0, -1):
        assert read(of_input([open_, 3, 4]), tmp_path).shape("y") == (1, 3, 4)


def test_given_shapes(tmp_path: Path) -> None:
    assert read(of_input(["N", 3, "W"]), tmp_path, {"x0": (2, 3, 5)}).shape("y") == (2, 3, 5)
    assert read(of_input(None), tmp_path, {"x0": (2, 3)}).shape("y") == (2, 3)
    assert read(of_input([2, 3]), tmp_path, {"x0": (2, 3)}).shape("y") == (2, 3)


def test_equal_symbols_are_equal_extents(tmp_path: Path) -> None:
    graph = read(of_input(["N", "W"], ["N", "W"]), tmp_path, {"x1": (4, 5)})
    assert graph.shape("x0") == (4, 5)
    assert read(of_input(["N", 5], ["N", 1]), tmp_path, {"x1": (4, 1)}).shape("x0") == (4, 5)


def test_open_axes_are_named_with_the_option_that_fixes_them(tmp_path: Path) -> None:
    message = refusal(of_input(["N", 3, "W", None]), tmp_path)
    assert "axis 2 ('W') of the input 'x0' is open" in message
    assert "--shape x0=1,3,W,?" in message
    assert "the shape of the input 'x0' is unknown" in refusal(of_input(None), tmp_path)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ({"z": (1, 2)}, "has no input 'z'; give --shape for one of its inputs: x0"),
        ({"x0": (1, 2)}, "--shape x0=1,2 contradicts the file, where the input 'x0' has the shape [N,3]"),
        ({"x0": (1, 3, 1)}, "contradicts"),
        ({"x0": (0, 3)}, "below 1"),
    ],
)
def test_impossible_requests(tmp_path: Path, shapes: dict[str, tuple[int, ...]], message: str) -> None:
    assert message in refusal(of_input(["N", 3]), tmp_path, AreniteError, shapes)


def test_shape_arithmetic_is_evaluated(tmp_path: Path) -> None:
    """What exporters write for ``x.view(x.shape[0], -1, h * w)``."""
    proto = model(
        [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n", axis=0),
            node("Slice", "s two four axis", "hw"),
            node("ReduceProd", "hw", "area", keepdims=1),
            node("Unsqueeze", "n axis", "n1"),
            node("Concat", "n1 minus area", "target", axis=0),
            node("Cast", "target", "target32", to=TensorProto.INT32),
            node("Cast", "target32", "target64", to=TensorProto.INT64),
            node("Reshape", "x target64", "y"),
        ],
        [("x", F32, ["N", 3, 4, 5])],
        [("y", F32, ["a", "b", "c"])],
        {"zero": 0, "two": [2], "four": [4], "axis": [0], "minus": [-1]},
    )
    graph = read(proto, tmp_path, {"x": (2, 3, 4, 5)})
    assert [one.kind for one in graph.nodes] == ["Reshape"]
    assert graph.shape("y") == (2, 3, 20)
    assert graph.constant_sources[graph.nodes[0].inputs[1]] == (0, 1, 4, 2, 3, 5, 6, 7) or set(
        graph.constant_sources[graph.nodes[0].inputs[1]]
    ) == set(range(8))


def test_loops_of_inference_and_folding(tmp_path: Path) -> None:
    """A chain in which every shape depends on a constant that depends on the shape before."""
    nodes = []
    for step in range(40):
        nodes += [
            node("Shape", f"x{step}", f"s{step}"),
            node("ConstantOfShape", f"s{step}", f"c{step}"),
            node("Concat", f"x{step} c{step}", f"x{step + 1}", axis=0),
        ]
    constants: dict[str, Any] = {}
    proto = model(nodes[: 3 * 10], [("x0", F32, [1, 2])], [("x10", F32, None)], constants)
    assert read(proto, tmp_path).shape("x10") == (1024, 2)


def test_the_file_is_not_believed_where_inference_knows_better(tmp_path: Path) -> None:
    proto = model(
        [node("Relu", "x", "t"), node("Neg", "t", "y")],
        [("x", F32, ["N", 4])],
        [("y", F32, [1, 4])],
        infos=[("t", F32, [1, 4])],
    )
    graph = read(proto, tmp_path, {"x": (3, 4)})
    assert graph.shape("t") == graph.shape("y") == (3, 4)


def test_unknown_operators_have_the_shapes_that_the_file_states(tmp_path: Path) -> None:
    proto = model(
        [node("Odd", "x", "t", domain="my.own"), node("Relu", "t", "y")],
        [("x", F32, ["N", 4])],
        [("y", F32, None)],
        infos=[("t", "float16", ["N", 7])],
    )
    graph = read(proto, tmp_path, {"x": (3, 4)})
    assert graph.shape("y") == (3, 7)
    assert graph.dtype("y") == "float16"
    assert graph.nodes[0].kind == "my.own:Odd"
    del proto.graph.value_info[:]
    message = refusal(proto, tmp_path)
    assert "my.own:Odd #0" in message
    assert "export with inferred shapes" in message


LIKE_INPUT = {
    "RequantShift": "",
    "LayerNormalization": "",
    "Gelu": "",
    "FastGelu": "com.microsoft",
    "BiasGelu": "com.microsoft",
    "QuickGelu": "com.microsoft",
    "SkipLayerNormalization": "com.microsoft",
    "SimplifiedLayerNormalization": "",
}


@pytest.mark.parametrize("kind", LIKE_INPUT)
def test_operators_that_keep_the_shape(tmp_path: Path, kind: str) -> None:
    inputs = "x x" if kind in ("LayerNormalization", "BiasGelu") else "x w w" if kind == "RequantShift" else "x"
    proto = model(
        [node(kind, inputs, "t", domain=LIKE_INPUT[kind]), node("Relu", "t", "y")],
        [("x", F32, [2, 3, 4])],
        [("y", F32, None)],
        {"w": [1.0]},
        opset=12,
    )
    assert read(proto, tmp_path).shape("y") == (2, 3, 4)


def test_fused_operators_have_the_shapes_of_plain_ones(tmp_path: Path) -> None:
    nodes = [
        node("FusedConv", "x w b z", "t", domain="com.microsoft", strides=[2, 2], activation="Relu"),
        node("Flatten", "t", "u"),
        node("FusedGemm", "u v", "m", domain="com.microsoft", transB=1, activation="Relu"),
        node("FusedMatMul", "m m", "y", domain="com.microsoft", transA=1, alpha=2.0),
    ]
    constants = {
        "w": np.ones((5, 3, 3, 3), np.float32),
        "b": np.ones(5, np.float32),
        "z": np.ones((1, 5, 3, 3), np.float32),
        "v": np.ones((7, 45), np.float32),
    }
    graph = read(model(nodes, [("x", F32, [1, 3, 7, 7])], [("y", F32, None)], constants), tmp_path)
    assert [graph.shape(name) for name in "tumy"] == [(1, 5, 3, 3), (1, 45), (1, 7), (7, 7)]


def test_functions_without_inference_of_their_own(tmp_path: Path) -> None:
    nodes = [node("MeanVarianceNormalization", "x", "t"), node("GreaterOrEqual", "t x", "y")]
    graph = read(model(nodes, [("x", F32, [2, 3, 4, 4])], [("y", "bool", None)]), tmp_path)
    assert (graph.shape("y"), graph.dtype("y")) == ((2, 3, 4, 4), "bool")


@pytest.mark.parametrize("kind", ["NonZero", "Unique"])
def test_shapes_that_depend_on_values_are_refused(tmp_path: Path, kind: str) -> None:
    proto = model([node(kind, "x", "y")], [("x", F32, [2, 3])], [("y", "int64", None)])
    assert f"{kind} #0: the shape of its result 'y' is unknown" in refusal(proto, tmp_path)


def test_results_that_are_no_tensors_are_refused(tmp_path: Path) -> None:
    proto = model(
        [node("SequenceConstruct", "x x", "s"), node("ConcatFromSequence", "s", "y", axis=0)],
        [("x", F32, [2, 3])],
        [("y", F32, None)],
    )
    assert "SequenceConstruct #0: its result 's' is no tensor but a sequence" in refusal(proto, tmp_path)


CONTRADICTIONS = {
    "reshape": (node("Reshape", "x two", "y"), "cannot reshape [2, 3] to [4, 2]"),
    "matmul": (node("MatMul", "x x", "y"), "contradict"),
    "concat": (node("Concat", "x c", "y", axis=0), "contradict"),
    "add": (node("Add", "x c", "y"), "contradict"),
    "kernel": (node("MaxPool", "x", "y", kernel_shape=[0, 2]), "kernel_shape = 0, 2"),
    "axis": (node("Softmax", "x", "y", axis=99), "axis = 99"),
    "inputs": (node("Add", "x", "y"), "has 1 inputs"),
    "left out": (node("Add", "x -", "y"), "lacks its input 1"),
    "attribute": (node("Transpose", "x", "y", perm="ab"), "has the attribute perm as STRING"),
    "lacking": (node("Concat", "x x", "y"), "lacks the attribute axis"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_contradictions_name_the_node(tmp_path: Path, case: str) -> None:
    one, message = CONTRADICTIONS[case]
    constants = {"two": [4, 2], "c": np.ones((2, 5), np.float32)}
    proto = model([one], [("x", F32, [2, 3])], [("y", F32, None)], constants)
    text = refusal(proto, tmp_path, ModelError)
    assert f"{one.op_type} #0: " in text
    assert message in text


def branches(condition: str) -> onnx.ModelProto:
    """``y`` is relu(x) + w, if ``condition`` is true, else abs(-x); inner names are those of outer values."""
    weights = helper.make_tensor("w", FLOAT, [2], [1, 2])
    result = helper.make_tensor_value_info("y", FLOAT, None)
    then = helper.make_graph([node("Relu", "x", "t"), node("Add", "t w", "y")], "then", [], [result], [weights])
    other = helper.make_graph([node("Neg", "x", "t"), node("Abs", "t", "y")], "else", [], [result])
    nodes = [node("If", condition, "t", then_branch=then, else_branch=other), node("Neg", "t", "y")]
    ports = [("x", F32, [3, 2]), ("c", "bool", [])]
    return model(nodes, ports, [("y", F32, None)], {"yes": np.array(True), "no": np.array([False])})


@pytest.mark.parametrize(("condition", "kinds"), [("yes", ["Relu", "Add", "Neg"]), ("no", ["Neg", "Abs", "Neg"])])
def test_a_branch_that_is_known_is_inlined(tmp_path: Path, condition: str, kinds: list[str]) -> None:
    proto = branches(condition)
    graph = read(proto, tmp_path)
    assert [one.kind for one in graph.nodes] == kinds
    assert [one.sources for one in graph.nodes] == [(0,), (0,), (1,)]
    feeds = random_feeds(graph)
    np.testing.assert_array_equal(run(as_model(graph), feeds)[0], run(proto, feeds)[0])


def test_a_branch_that_is_chosen_at_run_time_stays(tmp_path: Path) -> None:
    graph = read(branches("c"), tmp_path)
    assert [one.kind for one in graph.nodes] == ["If", "Neg"]
    assert graph.shape("y") == (3, 2)


def test_loops_keep_their_bodies(tmp_path: Path) -> None:
    body = helper.make_graph(
        [node("Add", "a x", "b"), node("Identity", "going", "on")],
        "body",
        [
            helper.make_tensor_value_info("step", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("a", FLOAT, [2]),
        ],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("b", FLOAT, [2])],
    )
    nodes = [node("Neg", "x0", "x"), node("Loop", "trips - start", "y", body=body)]
    proto = model(nodes, [("x0", F32, [2])], [("y", F32, None)], {"trips": 3, "start": [0.0, 0.0]})
    graph = read(proto, tmp_path)
    assert [one.kind for one in graph.nodes] == ["Neg", "Loop"]
    assert graph.shape("y") == (2,)
    feeds = random_feeds(graph)
    np.testing.assert_array_equal(run(as_model(graph), feeds)[0], run(proto, feeds)[0])


def test_steps_can_be_taken_one_by_one(tmp_path: Path) -> None:
    graph = fix_inputs(load_graph(save(of_input(["N", 2], ["N", 2]), tmp_path)), {})
    assert graph.shape("x0") == (1, 2)
    assert graph.shape("y") is None
    assert infer_shapes(graph).shape("y") == (1, 2)
    assert infer_shapes(infer_shapes(graph)).shape("y") == (1, 2)


@pytest.mark.parametrize("opset", [1, 5, 6, 7, 9, 11, 13, 18, 21, 99])
def test_operator_sets_of_all_ages(tmp_path: Path, opset: int) -> None:
    proto = model(
        [node("Conv", "x w", "t", kernel_shape=[3, 3]), node("Relu", "t", "u"), node("Softmax", "u", "y", axis=1)],
        [("x", F32, [1, 2, 5, 5])],
        [("y", F32, None)],
        {"w": np.ones((4, 2, 3, 3), np.float32)},
        opset=opset,
    )
    assert read(proto, tmp_path).shape("y") == (1, 4, 3, 3)
