"""What is read from model files for the comparison."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from models.writer import ModelWriter
from onnx import TensorProto, helper, numpy_helper

from arenite.codegen.file_ports import FilePort, file_ports
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
    assert found.inputs == (FilePort("float32", (1, 4), (Quantisation((0.5,), (-3,)), "int8")),)
    assert found.outputs == (
        FilePort("float32", (1, 4), exact=False, step=0.25),
        FilePort("float32", (1, 4), exact=False),
    )


def test_tflite(tmp_path: Path) -> None:
    writer = ModelWriter()
    x, q = writer.tensor("x", (1, 4), "float32"), writer.tensor("q", (1, 4), scale=0.5, zero_point=1)
    writer.operator("QUANTIZE", [x], [q])
    (tmp_path / "m.tflite").write_bytes(writer.finish([x], [q]))
    found = file_ports(tmp_path / "m.tflite")
    assert found.inputs == (FilePort("float32", (1, 4), (Quantisation((0.5,), (1,)), "int8")),)
    assert found.outputs == (FilePort("int8", (1, 4)),)


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
    assert [port.step for port in found.outputs] == [0.25, None]
