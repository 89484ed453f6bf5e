"""Weights in files beside the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx_files import FLOAT, model, node, save

from arenite.errors import ModelError
from arenite.frontends.onnx.file.load import load_graph

WEIGHTS = np.arange(4, dtype=np.float32)


def external(location: str, **places: int) -> onnx.ModelProto:
    proto = model([node("Add", "x w", "y")], [("x", "float32", [4])], [("y", "float32", [4])])
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, **places}.items():
        tensor.external_data.add(key=key, value=str(value))
    proto.graph.initializer.append(tensor)
    return proto


def weights(path: Path) -> np.ndarray:
    return load_graph(path).constants["w"]


def refusal(proto: onnx.ModelProto, directory: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_graph(save(proto, directory))
    assert caught.value.remedy
    return str(caught.value)


@pytest.mark.parametrize("places", [{}, {"offset": 0}, {"offset": 0, "length": 16}])
def test_whole_file(tmp_path: Path, places: dict[str, int]) -> None:
    (tmp_path / "w.bin").write_bytes(WEIGHTS.tobytes())
    np.testing.assert_array_equal(weights(save(external("w.bin", **places), tmp_path)), WEIGHTS)


def test_part_of_a_file_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "w.bin").write_bytes(b"junk" + WEIGHTS.tobytes() + b"more")
    np.testing.assert_array_equal(weights(save(external("data/w.bin", offset=4, length=16), tmp_path)), WEIGHTS)


def test_written_by_onnx_itself(tmp_path: Path) -> None:
    big = np.arange(1000, dtype=np.float32)
    proto = model([node("Add", "x w", "y")], [("x", "float32", [1000])], [("y", "float32", [1000])], {"w": big})
    onnx.save(proto, str(tmp_path / "m.onnx"), save_as_external_data=True, location="m.data")
    assert (tmp_path / "m.data").exists()
    np.testing.assert_array_equal(weights(tmp_path / "m.onnx"), big)


def test_in_constant_nodes(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(WEIGHTS.tobytes())
    proto = external("w.bin")
    value = proto.graph.initializer.pop()
    proto.graph.node.insert(0, helper.make_node("Constant", [], ["w"], value=value))
    np.testing.assert_array_equal(weights(save(proto, tmp_path)), WEIGHTS)


def test_missing_file_is_named(tmp_path: Path) -> None:
    assert "the data of 'w' in 'w.bin' is missing" in refusal(external("w.bin"), tmp_path)


@pytest.mark.parametrize("places", [{"offset": 4}, {"length": 20}, {"offset": 20}, {"offset": 1 << 62, "length": 1}])
def test_short_file_is_refused(tmp_path: Path, places: dict[str, int]) -> None:
    (tmp_path / "w.bin").write_bytes(WEIGHTS.tobytes())
    message = refusal(external("w.bin", **places), tmp_path)
    assert "truncated" in message or "does not hold" in message


@pytest.mark.parametrize("places", [{"offset": -1}, {"length": -2}, {"offset": "x"}])
def test_places_that_are_none(tmp_path: Path, places: dict[str, int]) -> None:
    (tmp_path / "w.bin").write_bytes(WEIGHTS.tobytes())
    assert "place" in refusal(external("w.bin", **places), tmp_path)


def test_files_outside_of_the_directory_are_refused(tmp_path: Path) -> None:
    inside = tmp_path / "model"
    inside.mkdir()
    (tmp_path / "w.bin").write_bytes(WEIGHTS.tobytes())
    (inside / "link.bin").symlink_to(tmp_path / "w.bin")
    for location in ("../w.bin", str(tmp_path / "w.bin"), "link.bin", "x/../../w.bin", "..\\w.bin", "C:\\w.bin"):
        assert "outside of the model's directory" in refusal(external(location), inside)
    assert "is missing" in refusal(external("a\nb"), inside)


def test_a_directory_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "w.bin").mkdir()
    assert "is missing" in refusal(external("w.bin"), tmp_path)
    assert refusal(external("a\0b"), tmp_path)
