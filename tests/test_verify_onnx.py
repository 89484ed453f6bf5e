"""ONNX files from the file to the comparison with ONNX Runtime: layouts, boundaries, tolerances, layers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

pytest.importorskip("onnxruntime", reason="the oracle of ONNX models")

import onnx_networks
from onnx_frontend.onnx_nets import Net

from arenite.codegen.driver import compile_model, run_project, verify_model
from arenite.codegen.oracle import Reference, reference
from arenite.codegen.run import build, execute
from arenite.codegen.verification.comparison import Tolerance
from arenite.codegen.verification.layers import compare_layers
from arenite.codegen.verification.onnx_ports import float_tolerances, onnx_ports, value_numbers
from arenite.codegen.verification.verify import verify_project
from arenite.errors import AreniteError

HOST = shutil.which("cc") is not None and shutil.which("cmake") is not None
QEMU = HOST and shutil.which("arm-none-eabi-gcc") is not None and shutil.which("qemu-system-arm") is not None
needs_host = pytest.mark.skipif(not HOST, reason="needs cc and cmake")
needs_qemu = pytest.mark.skipif(not QEMU, reason="needs cmake, arm-none-eabi-gcc and qemu-system-arm")

NETWORKS = {
    "float": onnx_networks.float_network,
    "int8": onnx_networks.quantised_network,
    "uint8": lambda: onnx_networks.quantised_network("uint8"),
    "reshaped": onnx_networks.reshaped_first,
    "stored_int8": lambda: onnx_networks.integer_boundary("int8"),
    "stored_uint8": lambda: onnx_networks.integer_boundary("uint8"),
}


@needs_host
@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_on_the_host(tmp_path: Path, name: str) -> None:
    file = onnx_networks.save(NETWORKS[name](), tmp_path, name)
    result = verify_model(file, on="host", samples=3, layers=True)
    assert (result["mismatches"], result["layer_mismatches"]) == (0, 0), result["first_mismatch"]
    assert result["oracle"] == "onnxruntime"
    assert result["values"] > 0
    assert result["layer_values"] >= result["values"]
    (allowance,) = result["tolerance"]
    stored = (1, 0, "step")
    expected = {
        "float": (0, 1e-5, "real"), "stored_int8": stored, "stored_uint8": stored, "reshaped": (0.1, 1e-5, "real"),
    }  # fmt: skip
    assert (allowance["absolute"], allowance["relative"], allowance["unit"]) == pytest.approx(
        expected.get(name, (0.05, 1e-5, "real"))
    )


@needs_host
@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("network", [onnx_networks.quantised_network, onnx_networks.reshaped_first])
def test_stored_integers_at_the_boundary(tmp_path: Path, network: Any, dtype: str) -> None:
    file = onnx_networks.save(network(dtype), tmp_path)
    compile_model(file, tmp_path / "project", cpu="host", io="int8")
    header = (tmp_path / "project/codegen/host/include/tvmgen_net.h").read_text()
    assert "int8_t *input_" in header
    assert "float" not in header.replace("floating", "")
    assert verify_project(tmp_path / "project", file, 4, 1, "host").mismatches == 0


@needs_host
def test_uint8_boundary_without_its_conversion(tmp_path: Path) -> None:
    file = onnx_networks.save(onnx_networks.integer_boundary("uint8"), tmp_path)
    assert verify_model(file, on="host", samples=3, io="int8")["mismatches"] == 0


@needs_qemu
@pytest.mark.parametrize("name", ["float", "uint8"])
def test_in_qemu(tmp_path: Path, name: str) -> None:
    result = verify_model(onnx_networks.save(NETWORKS[name](), tmp_path, name), cpu="cortex-m4", on="qemu", samples=2)
    assert result["mismatches"] == 0
    assert result["instructions"] > 1000
    assert result["arena_bytes"] < result["ram_bytes"]


@needs_host
def test_open_extents_are_fixed_by_shape(tmp_path: Path) -> None:
    file = onnx_networks.save(onnx_networks.open_batch(), tmp_path)
    result = verify_model(file, on="host", samples=2, shapes={"input_1": (1, 3, 10, 7)})
    assert (result["values"], result["mismatches"]) == (8, 0)
    with pytest.raises(AreniteError, match=r"net\.onnx.*input_1.*--shape"):
        verify_model(file, on="host", samples=2)


@needs_host
def test_the_project_says_where_the_file_has_the_axes(tmp_path: Path) -> None:
    file = onnx_networks.save(onnx_networks.float_network(), tmp_path)
    compile_model(file, tmp_path / "project", cpu="host")
    header = (tmp_path / "project/codegen/host/include/tvmgen_net.h").read_text()
    assert "/* input_1: [1, 10, 8, 3]; the file's [1, 3, 10, 8] with its axes in the order 0, 2, 3, 1 */" in header
    generator = np.random.default_rng(0)
    image = generator.standard_normal(onnx_networks.IMAGE).astype(np.float32)
    (expected,) = reference(file, [[image]]).outputs[0]
    for name, array in {"file": image, "interface": image.transpose(0, 2, 3, 1), "image": image[0]}.items():
        np.save(tmp_path / f"{name}.npy", array)
        result = run_project(tmp_path / "project", inputs=[tmp_path / f"{name}.npy"], output_dir=tmp_path / name)
        actual = np.load(result["files"][0])
        assert actual.shape == expected.shape == tuple(result["outputs"][0]["shape"])
        np.testing.assert_allclose(actual, expected, atol=1e-5 * np.abs(expected).max())
    for wrong in (image.reshape(-1), image.transpose(0, 3, 1, 2)):
        np.save(tmp_path / "wrong.npy", wrong)
        with pytest.raises(AreniteError, match=r"float32\[1, 3, 10, 8\] or \[1, 10, 8, 3\]"):
            run_project(tmp_path / "project", inputs=[tmp_path / "wrong.npy"])


@needs_host
def test_an_image_that_fits_both_ways_is_the_files(tmp_path: Path) -> None:
    net = onnx_networks.Net()
    file = onnx_networks.save(net.finish(net.node("GlobalAveragePool", net.input((1, 4, 4, 4)))), tmp_path)
    compile_model(file, tmp_path / "project", cpu="host")
    image = np.arange(64, dtype=np.float32).reshape(1, 4, 4, 4)
    np.save(tmp_path / "image.npy", image)
    result = run_project(tmp_path / "project", inputs=[tmp_path / "image.npy"])
    assert result["outputs"][0]["values"] == image.mean((2, 3)).ravel().tolist()


@needs_host
def test_a_wrong_layer_is_named(tmp_path: Path) -> None:
    """Of a project whose weights are another model's: the first convolution differs, and says so."""
    file = onnx_networks.save(onnx_networks.quantised_network(), tmp_path)
    compile_model(file, tmp_path / "project", cpu="host")
    other = onnx.load(file)
    weights = next(tensor for tensor in other.graph.initializer if list(tensor.dims) == [8, 3, 3, 3])
    weights.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(weights), weights.name))
    result = verify_project(
        tmp_path / "project", onnx_networks.save(other, tmp_path, "other"), 2, 0, "host", layers=True
    )
    assert result.mismatches > 0
    assert result.first_mismatch is not None
    assert "conv_2d" in result.first_mismatch


@needs_host
def test_two_steps_off_is_a_mismatch(tmp_path: Path) -> None:
    """One step is what an ONNX model may be off, in its stored integers and in what they stand for."""
    for network, factor in ((onnx_networks.quantised_network(), 0.05), (onnx_networks.integer_boundary("int8"), 1)):
        file = onnx_networks.save(network, tmp_path)
        compile_model(file, tmp_path / "project", cpu="host")
        source = next((tmp_path / "project/codegen/host/src").glob("tvmgen_net.c"))
        text = source.read_text()
        end = text.rindex("return")
        for steps in (1, 2):
            value = f"*tvmgen_net_map_outputs(pools).{_output(text)}"
            change = f"{value} = {value} > 0 ? {value} - {steps * factor} : {value} + {steps * factor};\n  "
            source.write_text(text[:end] + change + text[end:])
            result = verify_project(tmp_path / "project", file, 3, 0, "host")
            assert result.max_abs_diff == pytest.approx(steps * factor, rel=1e-4)
            assert result.mismatches == (3 if steps == 2 else 0)


def _output(text: str) -> str:
    return text.split("outputs.")[1].split(" ")[0]


def test_layers_are_found_in_any_order_of_axes(tmp_path: Path) -> None:
    """The numbers are the file's, int8 stands for uint8, and layouts are told apart by what fits."""
    if not HOST:
        pytest.skip("needs cc and cmake")
    file = onnx_networks.save(onnx_networks.quantised_network("uint8"), tmp_path)
    compile_model(file, tmp_path / "project", cpu="host")
    program = build(tmp_path / "project", on="host", trace=True)
    image = np.random.default_rng(0).standard_normal(onnx_networks.IMAGE).astype(np.float32)
    execution = execute(program, [[image.transpose(0, 2, 3, 1)]])
    answer = reference(file, [[image]], all_tensors=True)
    assert answer.tensors is not None
    numbers = value_numbers(onnx.load(file).graph)
    stored = [number for name, number in numbers.items() if name.startswith("quantizelinear")]
    assert all(answer.tensors[0][number].dtype == np.uint8 for number in stored)
    difference, first = compare_layers(program.project, execution, answer)
    assert (difference.mismatches, first) == (0, None)
    assert difference.values >= sum(answer.tensors[0][number].size for number in stored)
    mirrored = {number: value[..., ::-1] for number, value in answer.tensors[0].items()}
    difference, first = compare_layers(program.project, execution, Reference("onnxruntime", [], [mirrored]))
    assert difference.mismatches > difference.values // 10
    assert first is not None


def test_weights_beside_the_file(tmp_path: Path) -> None:
    """ONNX Runtime finds them for outputs and, in the changed file, for layers."""
    model = onnx_networks.float_network()
    onnx.save(model, tmp_path / "net.onnx", save_as_external_data=True, location="net.bin", size_threshold=0)
    image = np.ones(onnx_networks.IMAGE, np.float32)
    outside = reference(tmp_path / "net.onnx", [[image]], all_tensors=True)
    onnx.save(onnx_networks.float_network(), tmp_path / "inside.onnx")
    inside = reference(tmp_path / "inside.onnx", [[image]])
    assert outside.tensors is not None
    np.testing.assert_allclose(outside.outputs[0][0], inside.outputs[0][0], rtol=1e-5)
    again = reference(tmp_path / "net.onnx", [[image]])
    np.testing.assert_array_equal(again.outputs[0][0], inside.outputs[0][0])


@needs_host
def test_integers_of_pulp_networks(tmp_path: Path) -> None:
    """RequantShift on float32 that holds integers: whole numbers go in, and whole numbers come out."""
    constants = [
        numpy_helper.from_array(np.arange(-4, 4, dtype=np.float32).reshape(2, 1, 2, 2), "w"),
        numpy_helper.from_array(np.float32([[[3]], [[5]]]).reshape(1, 2, 1, 1), "mul"),
        numpy_helper.from_array(np.float32([[[11]], [[-7]]]).reshape(1, 2, 1, 1), "add"),
    ]
    attributes = {"div": 16.0, "signed": 1, "n_levels_out": 256}
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("RequantShift", ["c", "mul", "add"], ["y"], **attributes),
    ]
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", [1, 1, 5, 4]), ("y", [1, 2, 4, 3]))
    ]
    opsets = [helper.make_opsetid("", 10)]
    graph = helper.make_graph(nodes, "g", ports[:1], ports[1:], constants)
    file = onnx_networks.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), tmp_path)
    result = verify_model(file, on="host", samples=4, layers=True)
    assert (result["values"], result["mismatches"], result["max_abs_diff"]) == (96, 0, 0)
    assert result["layer_mismatches"] == 0


def test_weights_that_the_file_leaves_float_stay_so(tmp_path: Path) -> None:
    """What ONNX Runtime's quantiser does not know, as ConvTranspose, it leaves float among quantised neighbours."""
    net = Net("int8")
    x = net.stored(net.input(onnx_networks.IMAGE), 0.04, -5)
    x = net.node("ConvTranspose", x, net.floats(3, 6, 2, 2), net.floats(6), strides=[2, 2])
    file = onnx_networks.save(net.finish(net.stored(x, 0.01, 7)), tmp_path)
    image = np.random.default_rng(0).normal(0, 2, onnx_networks.IMAGE).astype(np.float32)
    ((found,),) = reference(file, [[image]]).outputs
    ((untouched,),) = reference(file, [[image]], all_tensors=True).outputs
    assert np.ptp(untouched) > 1
    np.testing.assert_array_equal(found, untouched)


def test_real_numbers_between_layers_may_be_a_step_off(tmp_path: Path) -> None:
    """Where they stand for integers that may be: of each its own step; what is float all the way is held to 1e-5."""
    model = onnx_networks.quantised_network()
    numbers = value_numbers(model.graph)
    allowed = float_tolerances(onnx_networks.save(model, tmp_path), ir="relax")
    scales = {0.04: 0, 0.03: 0, 0.05: 0}
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0].startswith("quantizelinear"):
            scale = next(tensor for tensor in model.graph.initializer if tensor.name == node.input[1])
            step = float(numpy_helper.to_array(scale))
            assert allowed[numbers[node.output[0]]] == Tolerance(step, 1e-5)
            scales[round(step, 4)] += 1
    assert all(scales.values())
    model = onnx_networks.float_network()
    allowed = float_tolerances(onnx_networks.save(model, tmp_path), ir="relax")
    assert set(allowed.values()) == {Tolerance(relative=1e-5)}


def test_steps_of_sixteen_bits_are_no_measure(tmp_path: Path) -> None:
    """Layers in float32 between them may be off by several, as 1e-4 of the largest value allows."""
    net = Net("int16", opset=21)
    x = net.node("Relu", net.stored(net.input((1, 8)), 1e-4, 3))
    integers = net.node("QuantizeLinear", x, net.constant(np.float32(1e-4)), net.point(3))
    model = net.finish(x, integers)
    file = onnx_networks.save(model, tmp_path)
    allowed = float_tolerances(file, ir="relax")[value_numbers(model.graph)[x]]
    assert allowed == Tolerance(pytest.approx(1e-4), 1e-4)
    assert [port.tolerance for port in onnx_ports(file, ir="relax").outputs] == [allowed, Tolerance(1, 1e-4)]
