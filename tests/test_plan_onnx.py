"""Plans of ONNX files against what is promised of them, by a checker that shares nothing with the planner."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_networks
import pytest
from onnx import TensorProto, helper
from onnx_frontend.onnx_nets import Net
from plan_contract import check_nodes, check_plan

from arenite import cli

SHARED = (
    *("cct_1_32_32_8", "cct_2_32_128_op20", "deeploy_dscnn", "deeploy_resnet8", "light_inception_v1"),
    *("light_shufflenet", "light_squeezenet", "micro_kws_qdq", "micro_kws_qop", "minimobilenetv2", "rfb320_simpl"),
)


def residual(dtype: str = "int8") -> onnx.ModelProto:
    """Two branches, one of which can be written in place, a pooling and a dense layer."""
    net = Net(dtype)
    x = net.stored(net.input((1, 3, 12, 10)), 0.04, -5)
    x = net.stored(net.node("Relu", net.node("Conv", x, net.weights((8, 3, 3, 3)), pads=[1, 1, 1, 1])), 0.03, -128)
    left = net.stored(net.node("Conv", x, net.weights((8, 8, 1, 1))), 0.05, 2)
    right = net.stored(net.node("Conv", x, net.weights((8, 8, 3, 3)), pads=[1, 1, 1, 1]), 0.05, -2)
    x = net.stored(net.node("Relu", net.node("Add", left, right)), 0.04, -128)
    x = net.stored(net.node("GlobalAveragePool", x), 0.04, -128)
    x = net.node("MatMul", net.node("Flatten", x), net.weights((8, 5), axis=None))
    return net.finish(net.stored(x, 0.1, 4))


def transposed() -> onnx.ModelProto:
    """Channels last in the file, between transpositions, and one value that is two outputs."""
    net = Net()
    x = net.node("Transpose", net.input((1, 6, 8, 3)), perm=[0, 3, 1, 2])
    x = net.node("Relu", net.node("Conv", x, net.floats(4, 3, 3, 3), net.floats(4)))
    y = net.node("Transpose", x, perm=[0, 2, 3, 1])
    return net.finish(y, net.node("Concat", x, net.node("Neg", x), axis=1))


def only_views() -> onnx.ModelProto:
    net = Net()
    return net.finish(net.node("Reshape", net.input((1, 4, 3, 2)), net.constant([2, 12])))


def computed_shape() -> onnx.ModelProto:
    """Nodes that leave nothing behind: the arithmetic of a shape, and weights that are made in the file."""
    net = Net()
    x = net.input((1, 3, 8, 6))
    batch = net.node("Gather", net.node("Shape", x), net.constant([0]), axis=0)
    made = net.node("ConstantOfShape", net.constant([4, 3, 3, 3]))
    y = net.node("Conv", x, net.node("Add", made, net.floats(4, 3, 3, 3)))
    return net.finish(net.node("Reshape", y, net.node("Concat", batch, net.constant([-1]), axis=0)))


def integer_product() -> onnx.ModelProto:
    """One node that becomes several operators."""
    net = Net(opset=13)
    scale, point = net.constant(np.float32(0.05)), net.constant(np.int8(3))
    left, right = (net.node("QuantizeLinear", net.input((1, 4, 4)), scale, point) for _ in range(2))
    x = net.node("QLinearMatMul", left, scale, point, right, scale, point, scale, point)
    return net.finish(net.node("DequantizeLinear", x, scale, point))


NETWORKS: dict[str, Callable[[], onnx.ModelProto]] = {
    "float": onnx_networks.float_network,
    "int8": onnx_networks.quantised_network,
    "uint8": lambda: onnx_networks.quantised_network("uint8"),
    "reshaped": onnx_networks.reshaped_first,
    "stored_uint8": lambda: onnx_networks.integer_boundary("uint8"),
    "residual": residual,
    "residual_uint8": lambda: residual("uint8"),
    "transposed": transposed,
    "only_views": only_views,
    "computed_shape": computed_shape,
    "integer_product": integer_product,
}


def planned(file: Path, capsys: pytest.CaptureFixture[str], *more: str) -> Any:
    assert cli.main(["plan", str(file), "--granularity", "op", "--json", "-", *more]) == 0
    return json.loads(capsys.readouterr().out)


def compiled_arena(file: Path, directory: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """Arena of a project; header and JSON object must agree on it."""
    arguments = [str(file), "-o", str(directory), "--name", "net", "--granularity", "op", "--json", "-"]
    assert cli.main(["compile", *arguments]) == 0
    arena: int = json.loads(capsys.readouterr().out)["arena_bytes"]
    header = (directory / "codegen/host/include/tvmgen_net.h").read_text()
    assert re.findall(r"#define TVMGEN_NET_WORKSPACE_SIZE (\d+)", header) == [str(arena)]
    return arena


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """plan keeps its promises, says the same twice, and compile needs neither more nor less."""
    model = NETWORKS[name]()
    file = onnx_networks.save(model, tmp_path)
    plan = planned(file, capsys)
    check_plan(plan, model)
    check_nodes(plan, model)
    if name == "integer_product":
        (product,) = (number for number, node in enumerate(model.graph.node) if node.op_type == "QLinearMatMul")
        assert any(product in step["source_ops"] for step in plan["steps"] if "matmul" in step["op"].lower())
    again = planned(file, capsys)
    assert plan | {"seconds": 0} == again | {"seconds": 0}
    pytest.importorskip("tvm", reason="compiling needs arenite[relax]")
    assert compiled_arena(file, tmp_path / "one", capsys) == plan["arena_bytes"]


def test_order_of_the_file_and_open_extents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = onnx_networks.save(residual(), tmp_path)
    plan = planned(file, capsys, "--order", "source")
    check_plan(plan, residual())
    assert plan["arena_bytes"] == plan["source_order_bytes"]
    file = onnx_networks.save(onnx_networks.open_batch(), tmp_path, "open")
    plan = planned(file, capsys, "--shape", "input_1=1,3,10,9")
    check_plan(plan, onnx_networks.open_batch(), {"input_1": (1, 3, 10, 9)})


@pytest.mark.parametrize("name", ["int8", "float", "residual"])
def test_compiling_twice_gives_the_same_bytes(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tvm", reason="compiling needs arenite[relax]")
    file = onnx_networks.save(NETWORKS[name](), tmp_path)
    trees = []
    for directory in (tmp_path / "one", tmp_path / "two"):
        compiled_arena(file, directory, capsys)
        files = sorted(path for path in directory.rglob("*") if path.is_file())
        trees.append({path.relative_to(directory): path.read_bytes() for path in files})
    assert trees[0] == trees[1]
    assert trees[0]


@pytest.mark.parametrize("name", SHARED)
def test_real_networks(name: str, shared_models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = shared_models / f"onnx_{name}.onnx"
    if not file.exists():
        pytest.skip(f"{file.name} is not among the models")
    plan = planned(file, capsys)
    check_plan(plan, onnx.load(file))
    check_nodes(plan, onnx.load(file))
    assert plan | {"seconds": 0} == planned(file, capsys) | {"seconds": 0}


def test_the_checker_finds_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = residual()
    plan = planned(onnx_networks.save(model, tmp_path), capsys)
    check_plan(plan, model)
    middle = next(b for b in plan["buffers"] if b["first_step"] and b["source_tensor"] is not None)
    for change in (
        {"offset": middle["offset"] + 16},
        {"bytes": middle["bytes"] + 16},
        {"first_step": middle["first_step"] + 1},
        {"last_step": middle["first_step"] - 1},
        {"rows": [0, 99]},
        {"source_tensor": 9999},
    ):
        buffers = [b | change if b is middle else b for b in plan["buffers"]]
        with pytest.raises(AssertionError):
            check_plan(plan | {"buffers": buffers}, model)
    for key, value in (("arena_bytes", plan["arena_bytes"] + 16), ("lower_bound_bytes", 10**9), ("overlaps", [])):
        if plan[key] != value:
            with pytest.raises(AssertionError):
                check_plan(plan | {key: value}, model)
    with pytest.raises(AssertionError):
        check_plan(plan | {"steps": plan["steps"][::-1]}, model)
    with pytest.raises(AssertionError):
        check_nodes(plan | {"steps": plan["steps"][1:]}, model)


def test_the_checker_finds_what_must_not_be_written_in_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Nothing but two inputs fits into the smallest arena: each result lies over an operand.
    nodes = [helper.make_node("Neg", ["b"], ["c"]), helper.make_node("Add", ["a", "c"], ["d"])]
    ports = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 8]) for name in "abd"}
    graph = helper.make_graph(nodes, "net", [ports["a"], ports["b"]], [ports["d"]])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    plan = planned(onnx_networks.save(model, tmp_path), capsys)
    check_plan(plan, model)
    buffers = {buffer["tensor"]: buffer for buffer in plan["buffers"]}
    pairs = [sorted(pair, key=lambda name: buffers[name]["first_step"]) for pair in plan["overlaps"]]
    source, result = next(pair for pair in pairs if buffers[pair[0]]["first_step"] < buffers[pair[1]]["first_step"])
    at = buffers[result]["first_step"]

    def fails(*, where: str = "", step: dict[str, Any] | None = None, **change: Any) -> None:
        steps = [one | (step or {}) if place == at else one for place, one in enumerate(plan["steps"])]
        changed = [buffer | change if buffer["tensor"] == where else buffer for buffer in plan["buffers"]]
        with pytest.raises(AssertionError):
            check_plan(plan | {"steps": steps, "buffers": changed}, model)

    fails(step={"op": "conv_2d_0"})
    fails(step={"reads": [name for name in plan["steps"][at]["reads"] if name != source]})
    fails(where=source, last_step=at + 1)
    fails(where=result, offset=buffers[result]["offset"] + 16)


def test_values_are_counted_as_they_appear(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nodes' inputs and outputs first, then what only the graph names."""
    nodes = [helper.make_node("Neg", ["b"], ["c"]), helper.make_node("Add", ["a", "c"], ["d"])]
    ports = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 8]) for name in "abde"}
    graph = helper.make_graph(nodes, "net", [ports["e"], ports["a"], ports["b"]], [ports["d"]])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    plan = planned(onnx_networks.save(model, tmp_path), capsys)
    numbers = {b["source_name"]: b["source_tensor"] for b in plan["buffers"]}
    assert numbers == {"b": 0, "c": 1, "a": 2, "d": 3, "e": 4}
    assert [step["source_ops"] for step in plan["steps"]] == [[0], [1]]
