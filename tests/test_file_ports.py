"""What is read from model files for the comparison."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from models.writer import ModelWriter
from onnx import TensorProto, helper, numpy_helper

from arenite.codegen.description import TensorDescription
from arenite.codegen.verification.comparison import EXACT, Tolerance, compare
from arenite.codegen.verification.file_ports import FLOAT, ONE_STEP, FilePort, file_ports
from arenite.codegen.verification.onnx_ports import MIXED, SMALL
from arenite.codegen.verification.samples import random_input
from arenite.frontends.model import Quantisation


def test_onnx_with_quantised_boundary(tmp_path: Path) -> None:
    constants = [
        numpy_helper.from_array(np.array(value, dtype), name)
        for name, value, dtype in (
            ("in_scale", 0.5, np.float32),
            ("in_zero", -3, np.int8),
            ("out_scale", 0.25, np.float32),
            ("out_zero", 7, np.int8),
        )
    ]
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "in_scale", "in_zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "out_scale", "out_zero"], ["y"]),
        helper.make_node("Relu", ["x"], ["z"]),
    ]
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 4]) for name in "xyz"]
    graph = helper.make_graph(nodes, "g", [ports[0]], ports[1:], constants)
    onnx.save(helper.make_model(graph), tmp_path / "m.onnx")
    found = file_ports(tmp_path / "m.onnx")
    assert found.inputs == (FilePort("float32", (Quantisation((0.5,), (-3,)), "int8")),)
    assert found.outputs == (
        FilePort("float32", tolerance=Tolerance(0.25, FLOAT.relative)),
        FilePort("float32", tolerance=MIXED),
    )


def test_tflite(tmp_path: Path) -> None:
    writer = ModelWriter()
    x, q = writer.tensor("x", (1, 4), "float32"), writer.tensor("q", (1, 4), scale=0.5, zero_point=1)
    writer.operator("QUANTIZE", [x], [q])
    (tmp_path / "m.tflite").write_bytes(writer.finish([x], [q]))
    found = file_ports(tmp_path / "m.tflite")
    assert found.inputs == (FilePort("float32", (Quantisation((0.5,), (1,)), "int8")),)
    assert found.outputs == (FilePort("int8"),)


def test_step_of_a_float_output_behind_a_dequantisation(tmp_path: Path) -> None:
    constants = [
        numpy_helper.from_array(np.array(0.25, np.float32), "scale"),
        numpy_helper.from_array(np.int8(7), "zero"),
    ]
    nodes = [
        helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["real"]),
        helper.make_node("Tanh", ["real"], ["y"]),
        helper.make_node("Exp", ["real"], ["z"]),
    ]
    source = helper.make_tensor_value_info("q", TensorProto.INT8, [1, 4])
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4]) for name in "yz"]
    onnx.save(helper.make_model(helper.make_graph(nodes, "g", [source], ports, constants)), tmp_path / "m.onnx")
    found = file_ports(tmp_path / "m.onnx")
    assert [port.tolerance.absolute for port in found.outputs] == [0.25, 0]


def onnx_file(path: Path, nodes: list[onnx.NodeProto], source: tuple[int, list[int]], **constants: object) -> Path:
    arrays = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    ports = [helper.make_tensor_value_info("x", *source), helper.make_tensor_value_info("y", TensorProto.INT8, [1, 4])]
    onnx.save(helper.make_model(helper.make_graph(nodes, "g", ports[:1], ports[1:], arrays)), path)
    return path


def test_the_quantiser_is_found_behind_reshapes(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Reshape", ["x", "shape"], ["r"]),
        helper.make_node("Constant", [], ["scale"], value=numpy_helper.from_array(np.float32(0.5))),
        helper.make_node("Transpose", ["r"], ["t"]),
        helper.make_node("QuantizeLinear", ["t", "scale", "zero"], ["y"]),
    ]
    source = (TensorProto.FLOAT, [1, 4])
    file = onnx_file(tmp_path / "m.onnx", nodes, source, shape=np.array([4, 1]), zero=np.int8(-3))
    assert file_ports(file).inputs == (FilePort("float32", (Quantisation((0.5,), (-3,)), "int8")),)


def test_stored_integers_may_be_one_step_off_in_one_lane(tmp_path: Path) -> None:
    nodes = [helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["y"])]
    file = onnx_file(tmp_path / "m.onnx", nodes, (TensorProto.FLOAT, [1, 4]), scale=np.float32(1), zero=np.int8(0))
    assert file_ports(file).outputs == (FilePort("int8", tolerance=ONE_STEP),)
    assert file_ports(file, ir="relay").outputs == (FilePort("int8"),)


def test_indices_stay_within_what_they_index(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Cast", ["x"], ["wide"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "wide"], ["rows"], axis=-1),
        helper.make_node("Cast", ["rows"], ["y"], to=TensorProto.INT8),
    ]
    file = onnx_file(tmp_path / "m.onnx", nodes, (TensorProto.INT32, [1, 4]), table=np.zeros((7, 3), np.float32))
    (port,) = file_ports(file).inputs
    assert port == FilePort("int32", below=3)
    drawn = random_input(np.random.default_rng(0), TensorDescription("x", "x", "int32", (100,), 400), port)
    assert set(drawn.tolist()) == {0, 1, 2}
    file = onnx_file(tmp_path / "m.onnx", [helper.make_node("Neg", ["x"], ["y"])], (TensorProto.INT64, [1, 4]))
    assert file_ports(file).inputs == (FilePort("int64", below=SMALL),)


def test_indices_of_tflite_stay_within_what_they_index(tmp_path: Path) -> None:
    writer = ModelWriter()
    x, flat = writer.tensor("x", (4,), "int32"), writer.tensor("flat", (4, 1), "int32")
    pairs = writer.tensor("pairs", (4, 2), "int32")
    table = writer.tensor("table", (7, 5, 3), "float32", data=np.zeros((7, 5, 3)))
    picked = [writer.tensor(f"picked_{n}", shape, "float32") for n, shape in enumerate([(7, 4, 1, 3), (4, 3)])]
    writer.operator("RESHAPE", [x, writer.tensor("shape", (2,), "int32", data=[4, 1])], [flat])
    writer.operator("GATHER", [table, flat], [picked[0]], axis=1)
    writer.operator("GATHER_ND", [table, pairs], [picked[1]])
    (tmp_path / "m.tflite").write_bytes(writer.finish([x, pairs], picked))
    assert file_ports(tmp_path / "m.tflite").inputs == (FilePort("int32", below=5),) * 2


def test_whole_numbers_before_requant_shift(tmp_path: Path) -> None:
    nodes = [helper.make_node("RequantShift", ["x", "mul", "add"], ["y"], div=2.0, n_levels=256, signed=1)]
    file = onnx_file(tmp_path / "m.onnx", nodes, (TensorProto.FLOAT, [1, 4]), mul=np.ones(1), add=np.ones(1))
    (port,) = file_ports(file).inputs
    assert port.whole
    drawn = random_input(np.random.default_rng(0), TensorDescription("x", "x", "float32", (9999,), 39996), port)
    assert set(drawn.tolist()) == set(range(-128, 128))


def test_float32_tflite_is_compared_by_size(tmp_path: Path) -> None:
    """What depends on float arithmetic, and nothing else."""
    writer = ModelWriter()
    x, q = writer.tensor("x", (1, 4)), writer.tensor("q", (1, 4), scale=0.5)
    real, soft, after = (writer.tensor(name, (1, 4), "float32") for name in ("real", "soft", "after"))
    stored = writer.tensor("stored", (1, 4), scale=0.5)
    writer.operator("RELU", [q], [x])
    writer.operator("DEQUANTIZE", [q], [real])
    writer.operator("SOFTMAX", [real], [soft], beta=1.0)
    writer.operator("RELU", [soft], [after])
    writer.operator("QUANTIZE", [after], [stored])
    (tmp_path / "m.tflite").write_bytes(writer.finish([q], [x, real, soft, after, stored]))
    tolerances = [port.tolerance for port in file_ports(tmp_path / "m.tflite").outputs]
    assert tolerances == [EXACT, EXACT, FLOAT, FLOAT, ONE_STEP]


@pytest.mark.parametrize(
    ("actual", "expected", "tolerance", "mismatches", "largest"),
    [
        (np.int8([0, 1, 2, 127]), np.int8([0, 0, 0, -128]), ONE_STEP, 2, 255),
        (np.uint8([0, 255]), np.uint8([1, 0]), ONE_STEP, 1, 255),
        (np.float32([1, 100.0005]), np.float32([1.0009, 100]), FLOAT, 0, 0.0009),
        (np.float32([1, 100]), np.float32([1.0011, 100]), FLOAT, 1, 0.0011),
        (np.float32([np.nan, np.inf, 0.0]), np.float32([-np.nan, np.inf, -0.0]), FLOAT, 0, 0),
        (np.float32([0.3]), np.float32([0.2]), Tolerance(0.1, 1e-5), 0, 0.1),
        (np.float32([0.4]), np.float32([0.2]), Tolerance(0.1, 1e-5), 1, 0.2),
        (np.int64([2**63 - 1]), np.int64([-(2**63)]), EXACT, 1, 2**64 - 1),
    ],
)
def test_comparison_within_a_tolerance(actual, expected, tolerance, mismatches, largest) -> None:  # type: ignore[no-untyped-def]
    difference = compare(actual, expected, tolerance)
    assert (difference.values, difference.mismatches) == (actual.size, mismatches)
    assert difference.max_abs_diff == pytest.approx(largest, rel=1e-3)


def test_numbers_where_nothing_can_be_subtracted_are_far_apart() -> None:
    for wrong in (np.nan, np.inf):
        difference = compare(np.float32([wrong, 1]), np.float32([0, 1]), FLOAT)
        assert difference.mismatches == 1
        assert 1e300 < difference.max_abs_diff < np.inf
