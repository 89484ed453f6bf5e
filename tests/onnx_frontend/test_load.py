"""Files as they come: what is read, what is refused, and what the refusal says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_files import FLOAT, model, node, save

from arenite.errors import AreniteError, ModelError, UnsupportedError
from arenite.frontends.onnx.file.load import load_graph
from arenite.frontends.onnx.file.tensors import DATA_TYPES, DTYPES

X = ("x", "float32", [1, 2, 4])
Y = ("y", "float32", [1, 2, 4])


def plain() -> onnx.ModelProto:
    return model([node("Add", "x w", "t"), node("Relu", "t", "y")], [X], [Y], {"w": np.ones(4, np.float32)})


def refusal(path: Path, kind: type[AreniteError] = ModelError) -> str:
    """The message, which names the file and a remedy."""
    with pytest.raises(kind) as caught:
        load_graph(path)
    assert caught.value.remedy
    assert caught.value.file == str(path)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_nodes_values_and_constants(tmp_path: Path) -> None:
    graph = load_graph(save(plain(), tmp_path))
    assert [(one.kind, one.inputs, one.outputs, one.sources) for one in graph.nodes] == [
        ("Add", ("x", "w"), ("t",), (0,)),
        ("Relu", ("t",), ("y",), (1,)),
    ]
    assert (graph.inputs, graph.outputs, graph.opset, graph.file_nodes) == (("x",), ("y",), 17, 2)
    assert graph.shape("x") == (1, 2, 4)
    assert graph.dtype("w") == "float32"
    assert graph.domains == {"com.microsoft": 1}


def test_numbers_follow_first_appearance_over_nodes_then_ports(tmp_path: Path) -> None:
    proto = model(
        [node("Relu", "b", "t"), node("Add", "t w", "y")],
        [("a", "float32", [1]), ("b", "float32", [1])],
        [("y", "float32", [1]), ("a", "float32", [1])],
        {"unread": [1.0], "w": [1.0]},
    )
    graph = load_graph(save(proto, tmp_path))
    assert graph.numbers == {"b": 0, "t": 1, "w": 2, "y": 3, "a": 4, "unread": 5}


def test_an_initializer_among_the_inputs_is_a_constant(tmp_path: Path) -> None:
    proto = plain()
    proto.ir_version = 3
    proto.graph.input.append(helper.make_tensor_value_info("w", FLOAT, [4]))
    graph = load_graph(save(proto, tmp_path))
    assert graph.inputs == ("x",)
    assert "w" in graph.constants
    assert "w" not in graph.values


CONSTANTS = {
    "value": (numpy_helper.from_array(np.arange(6, dtype=np.int8).reshape(2, 3)), np.arange(6).reshape(2, 3), "int8"),
    "value_int": (7, 7, "int64"),
    "value_ints": ([7, 8], [7, 8], "int64"),
    "value_float": (0.5, 0.5, "float32"),
    "value_floats": ([0.5, 1.5], [0.5, 1.5], "float32"),
    "value_string": ("a", "a", "string"),
}


@pytest.mark.parametrize("attribute", CONSTANTS)
def test_constant_nodes_are_constants_and_count_as_sources(tmp_path: Path, attribute: str) -> None:
    value, expected, dtype = CONSTANTS[attribute]
    proto = model([node("Relu", "x", "y"), node("Constant", "", "c", **{attribute: value})], [X], [Y])
    graph = load_graph(save(proto, tmp_path))
    assert [one.kind for one in graph.nodes] == ["Relu"]
    assert graph.constant_sources["c"] == (1,)
    assert graph.dtype("c") == dtype
    if dtype != "string":
        np.testing.assert_array_equal(graph.constants["c"], np.asarray(expected))


def test_sparse_constants_become_dense(tmp_path: Path) -> None:
    proto = plain()
    del proto.graph.initializer[:]
    values = numpy_helper.from_array(np.array([5, 6], np.float32), "w")
    linear = helper.make_sparse_tensor(values, numpy_helper.from_array(np.array([1, 3], np.int64), "i"), [4])
    proto.graph.sparse_initializer.append(linear)
    graph = load_graph(save(proto, tmp_path))
    np.testing.assert_array_equal(graph.constants["w"], np.array([0, 5, 0, 6], np.float32))
    places = numpy_helper.from_array(np.array([[0, 1], [1, 2]], np.int64), "i")
    proto.graph.sparse_initializer[0].CopyFrom(helper.make_sparse_tensor(values, places, [2, 3]))
    graph = load_graph(save(proto, tmp_path))
    np.testing.assert_array_equal(graph.constants["w"], np.array([[0, 5, 0], [0, 0, 6]], np.float32))


@pytest.mark.parametrize("indices", [[4], [-1], [[0, 0]]])
def test_sparse_indices_outside_of_the_shape_are_refused(tmp_path: Path, indices: list[int]) -> None:
    proto = plain()
    del proto.graph.initializer[:]
    values = numpy_helper.from_array(np.array([5], np.float32), "w")
    places = numpy_helper.from_array(np.array(indices, np.int64), "i")
    proto.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [4]))
    assert "sparse tensor 'w'" in refusal(save(proto, tmp_path))


@pytest.mark.parametrize("dtype", [name for name in DTYPES.values() if name != "string"])
def test_every_element_type_of_onnx_is_read_or_named(tmp_path: Path, dtype: str) -> None:
    try:
        numpy_type = helper.tensor_dtype_to_np_dtype(DATA_TYPES[dtype])
    except KeyError:
        pytest.skip(f"this version of onnx has no {dtype}")
    proto = model([node("Identity", "w", "y")], [], [("y", dtype, [2])])
    # Packed types are written by onnx itself.
    tensor = helper.make_tensor("w", DATA_TYPES[dtype], [2], [1, 1])
    if dtype.startswith("complex"):  # onnx 1.15 cannot read the typed form that it writes
        tensor = numpy_helper.from_array(np.ones(2, dtype), "w")
    proto.graph.initializer.append(tensor)
    path = save(proto, tmp_path)
    if str(numpy_type) != dtype:
        assert "newer version of the package onnx" in refusal(path, UnsupportedError)
        return
    graph = load_graph(path)
    assert graph.dtype("w") == dtype
    np.testing.assert_array_equal(np.real(graph.constants["w"]).astype(np.float32), [1, 1])


def test_nodes_in_no_order_are_sorted_and_keep_their_numbers(tmp_path: Path) -> None:
    nodes = [node("Relu", "t", "u"), node("Neg", "u", "y"), node("Abs", "x", "t")]
    graph = load_graph(save(model(nodes, [X], [Y]), tmp_path))
    assert [(one.kind, one.sources) for one in graph.nodes] == [("Abs", (2,)), ("Relu", (0,)), ("Neg", (1,))]


def test_bodies_may_read_values_around_them(tmp_path: Path) -> None:
    body = helper.make_graph([node("Relu", "t", "r")], "body", [], [helper.make_tensor_value_info("r", FLOAT, None)])
    other = helper.make_graph([node("Abs", "x", "r")], "other", [], [helper.make_tensor_value_info("r", FLOAT, None)])
    nodes = [node("If", "c", "y", then_branch=body, else_branch=other), node("Neg", "x", "t")]
    proto = model(nodes, [X, ("c", "bool", [])], [Y])
    assert [one.kind for one in load_graph(save(proto, tmp_path)).nodes] == ["Neg", "If"]
    proto.graph.node.pop()
    assert "If #0: reads 't', which nothing writes" in refusal(save(proto, tmp_path))


BROKEN = {
    "cycle": ([node("Add", "x u", "t"), node("Relu", "t", "u"), node("Neg", "x", "y")], "Add #0: needs its own result"),
    "undefined": ([node("Add", "x nowhere", "y")], "Add #0: reads 'nowhere', which nothing writes"),
    "written twice": ([node("Relu", "x", "y"), node("Neg", "x", "y")], "Neg #1: writes 'y', which has a value"),
    "input written": ([node("Relu", "x", "x"), node("Relu", "x", "y")], "Relu #0: writes 'x', which has a value"),
    "constant written": ([node("Relu", "x", "w"), node("Relu", "x", "y")], "Relu #0: writes 'w', which has a value"),
    "output missing": ([node("Relu", "x", "t")], "nothing writes the model output 'y'"),
    "no type": ([node("", "x", "y")], "has no operator type"),
    "no scale": ([node("QuantizeLinear", "x", "y")], "QuantizeLinear #0: has 1 inputs and 1 outputs"),
    "no operand": ([node("DequantizeLinear", "", "y")], "DequantizeLinear #0: has 0 inputs and 1 outputs"),
    "constant without value": ([node("Constant", "", "c"), node("Relu", "x", "y")], "Constant #0: has 0 values"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_inconsistent_graphs_are_refused(tmp_path: Path, case: str) -> None:
    nodes, message = BROKEN[case]
    assert message in refusal(save(model(nodes, [X], [Y], {"w": [1.0]}), tmp_path))


def test_the_operator_set_must_be_stated(tmp_path: Path) -> None:
    proto = plain()
    del proto.opset_import[:]
    assert "no version of ONNX's operator set" in refusal(save(proto, tmp_path))


def test_it_need_not_be_stated_where_nothing_is_of_it(tmp_path: Path) -> None:
    proto = model([node("Scaler", "x", "y", domain="ai.onnx.ml", scale=[2.0])], [X], [Y], domains={"ai.onnx.ml": 1})
    del proto.opset_import[0]
    assert load_graph(save(proto, tmp_path)).nodes[0].kind == "ai.onnx.ml:Scaler"


def test_the_other_spelling_of_the_domain_is_the_same(tmp_path: Path) -> None:
    proto = plain()
    proto.opset_import[0].domain = "ai.onnx"
    proto.graph.node[0].domain = "ai.onnx"
    graph = load_graph(save(proto, tmp_path))
    assert graph.opset == 17
    assert graph.nodes[0].kind == "Add"


@pytest.mark.parametrize("kind", ["sequence", "optional", "sparse tensor", "map"])
def test_inputs_that_are_no_tensors_are_named(tmp_path: Path, kind: str) -> None:
    proto = plain()
    element = helper.make_tensor_type_proto(FLOAT, [2])
    proto.graph.input[0].type.CopyFrom(
        {
            "sequence": lambda: helper.make_sequence_type_proto(element),
            "optional": lambda: helper.make_optional_type_proto(element),
            "sparse tensor": lambda: helper.make_sparse_tensor_type_proto(FLOAT, [2]),
            "map": lambda: helper.make_map_type_proto(TensorProto.INT64, element),
        }[kind]()
    )
    assert f"the model input 'x' is no tensor but a {kind}" in refusal(save(proto, tmp_path), UnsupportedError)


@pytest.mark.parametrize("what", ["input", "output", "initializer"])
def test_names_that_appear_twice_are_refused(tmp_path: Path, what: str) -> None:
    proto = plain()
    entries = getattr(proto.graph, what)
    entries.append(entries[0])
    assert "twice" in refusal(save(proto, tmp_path)) or "two" in refusal(save(proto, tmp_path))


def test_names_become_printable_and_stay_different(tmp_path: Path) -> None:
    nodes = [node("Abs\x1b[31m", "x", "a\n", domain="d\n"), node("Add", "a\n x", "a\r"), node("Relu", "a\r", "y")]
    graph = load_graph(save(model(nodes, [X], [Y]), tmp_path))
    names = [name for one in graph.nodes for name in (one.label, *one.inputs, *one.outputs)]
    assert all(name.isprintable() for name in names)
    assert len({graph.nodes[0].outputs[0], graph.nodes[1].outputs[0]}) == 2
    assert graph.nodes[1].inputs[0] == graph.nodes[0].outputs[0]
    assert all(name.isprintable() for name in graph.numbers)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "missing.onnx")
    assert "not a file" in refusal(tmp_path)
    empty = tmp_path / "empty.onnx"
    empty.write_bytes(b"")
    assert "the file is empty" in refusal(empty)
    for content in (b"hello, world\n", b"\x08\x08", bytes(100), b"\x18\0\0\0TFL3" + bytes(64)):
        empty.write_bytes(content)
        assert "not an ONNX file" in refusal(empty)
    empty.write_bytes(plain().SerializeToString()[:-3])
    assert "truncated" in refusal(empty)
    with pytest.raises(ModelError, match="cannot be read"):
        load_graph("a\0b")


def test_a_file_beyond_2_gib_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(1 << 31)
    assert "larger than 2 GiB" in refusal(path)


@pytest.mark.parametrize(
    ("dims", "data_type", "message"),
    [
        ([5], FLOAT, "does not hold [5] values of float32"),
        ([-4], FLOAT, "impossible shape"),
        ([1 << 62, 1 << 62], FLOAT, "does not hold"),
        ([1] * 65, FLOAT, "impossible shape"),
        ([4], 99, "unknown type 99"),
        ([4], 0, "unknown type 0"),
    ],
)
def test_tensors_that_contradict_themselves(tmp_path: Path, dims: list[int], data_type: int, message: str) -> None:
    proto = plain()
    proto.graph.initializer[0].dims[:] = dims
    proto.graph.initializer[0].data_type = data_type
    assert message in refusal(save(proto, tmp_path))
