"""Model files into Relay: ports, and one clear error where TVM's importers give up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from models.stateful import accumulator
from models.writer import ModelWriter
from onnx import TensorProto, helper, numpy_helper

from arenite.errors import ModelError, UnsupportedError
from arenite.frontends.model import Quantisation
from arenite.frontends.to_relay import import_relay

MODELS = Path(__file__).parents[1] / "models"


def convolution(path: Path, *, kind: str = "Conv", batch: object = "N", columns: object = 6) -> Path:
    """An ONNX model of one operator on an input of [batch, 2, 6, columns]."""
    weights = numpy_helper.from_array(np.ones((3, 2, 3, 3), np.float32), "w")
    node = helper.make_node(kind, ["x", "w"], ["y"], kernel_shape=[3, 3])
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 2, 6, columns])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3, 4, "out"])
    graph = helper.make_graph([node], "g", [x], [y], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), path)
    return path


def test_ports_of_tflite() -> None:
    model = import_relay(MODELS / "ds_cnn.tflite")
    (given,), (result,) = model.inputs, model.outputs
    assert (given.shape, given.dtype, given.bytes) == ((1, 49, 10, 1), "int8", 490)
    assert result.shape == (1, 12)
    assert isinstance(given.quantisation, Quantisation)


def test_file_that_tvm_refuses_and_arenite_knows() -> None:
    # TVM's importer has no RELU_0_TO_1.
    model = import_relay(MODELS / "ops_zoo.tflite")
    assert "arenite." in str(model.module["main"])


def test_onnx_with_an_open_batch(tmp_path: Path) -> None:
    model = import_relay(convolution(tmp_path / "m.onnx"))
    assert [(port.name, port.shape, port.dtype) for port in (*model.inputs, *model.outputs)] == [
        ("x", (1, 2, 6, 6), "float32"),
        ("y", (1, 3, 4, 4), "float32"),
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"columns": "W"}, r"axis 3 of input x has no fixed extent"), ({"kind": "Nonsense"}, r"not a valid ONNX model")],
)
def test_onnx_that_cannot_be_imported(tmp_path: Path, change: dict[str, str], problem: str) -> None:
    path = convolution(tmp_path / "m.onnx", **change)
    with pytest.raises((UnsupportedError, ModelError), match=problem) as caught:
        import_relay(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["m.onnx", "m.tflite", "m.txt"])
def test_damaged_and_missing_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=name):
        import_relay(tmp_path / name)
    (tmp_path / name).write_bytes(b"not a model" * 5)
    with pytest.raises(ModelError, match=name):
        import_relay(tmp_path / name)


def test_operator_that_neither_knows(tmp_path: Path) -> None:
    writer = ModelWriter()
    x, y = writer.tensor("x", (1, 4), scale=0.5), writer.tensor("y", (1, 4), scale=0.5)
    writer.operator("BUCKETIZE", [x], [y])
    path = tmp_path / "m.tflite"
    path.write_bytes(writer.finish([x], [y]))
    with pytest.raises(UnsupportedError, match="BUCKETIZE"):
        import_relay(path)


def test_state_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "kept.tflite"
    path.write_bytes(accumulator())
    with pytest.raises(UnsupportedError, match=r"keeps state from one inference to the next \(sum handle\)"):
        import_relay(path)
