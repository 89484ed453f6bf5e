"""uint8 models: int8 inside, uint8 at the boundary, with the bits of TFLite's reference kernels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kernel_harness import run_model
from models.writer import ModelWriter
from oracles import Reference
from unsigned_networks import unsigned_network

from arenite.codegen.driver import verify_model
from arenite.frontends.model import Model
from arenite.frontends.read import read_model
from arenite.frontends.rewrites.boundary import strip_float_boundary
from arenite.frontends.rewrites.unsigned import is_unsigned, signed
from arenite.frontends.tflite import parse_tflite
from arenite.frontends.to_graph import to_graph
from arenite.rows.plan_rows import RowRequest


def small(*, unsigned: bool = True) -> Model:
    """An input that two operators read, and an output that another reads."""
    writer = ModelWriter()
    dtype, point = ("uint8", 131) if unsigned else ("int8", 3)
    tensors = [writer.tensor(name, (1, 4, 4, 2), dtype, scale=0.5, zero_point=point) for name in "abcd"]
    writer.operator("RELU", tensors[:1], tensors[1:2])
    writer.operator("ADD", tensors[:2], tensors[2:3], fused_activation_function="NONE")
    writer.operator("RELU6", tensors[1:2], tensors[3:])
    return parse_tflite(writer.finish(tensors[:1], tensors[1:3]), "model.tflite")


def test_the_boundary_stays_and_indices_are_kept() -> None:
    model = signed(small())
    assert [model.tensors[index].dtype for index in (*model.inputs, *model.outputs)] == ["uint8"] * 3
    assert [(one.kind, one.inputs, one.outputs) for one in model.operators] == [
        ("QUANTIZE", (0,), (4,)),
        ("RELU", (4,), (5,)),
        ("ADD", (4, 5), (6,)),
        ("RELU6", (5,), (3,)),
        ("QUANTIZE", (5,), (1,)),
        ("QUANTIZE", (6,), (2,)),
    ]
    assert (model.file_operators, model.file_tensors) == (3, 4)
    assert [is_unsigned(one) for one in model.operators] == [False, True, True, True, False, False]
    quantisation = model.tensors[3].quantisation
    assert quantisation is not None
    assert (model.tensors[3].dtype, quantisation.zero_points) == ("int8", (3,))


def test_models_without_uint8_stay() -> None:
    model = small(unsigned=False)
    assert signed(model) is model
    stripped = strip_float_boundary(signed(small()))
    assert [one.kind for one in stripped.operators] == ["RELU", "ADD", "RELU6"]
    assert signed(stripped) is stripped


def test_what_has_no_scale_is_no_number() -> None:
    writer = ModelWriter()
    source, result = (writer.tensor(name, (1, 4), "uint8") for name in ("a", "b"))
    shape = writer.tensor("shape", [2], "int32", data=[1, 4])
    writer.operator("RESHAPE", [source, shape], [result])
    model = parse_tflite(writer.finish([source], [result]), "model.tflite")
    assert signed(model) is model


def test_the_arena_is_that_of_int8() -> None:
    """What turns the bytes at the boundary does it in place."""
    graphs = [to_graph(signed(small(unsigned=unsigned))) for unsigned in (True, False)]
    assert sum(step.in_place != () for step in graphs[0].steps) >= 3
    assert len(graphs[0].steps) == len(graphs[1].steps) + 3


@pytest.mark.parametrize("seed", range(12))
def test_networks_are_bit_exact(seed: int, tmp_path: Path) -> None:
    data = unsigned_network(seed)
    path = tmp_path / "network.tflite"
    path.write_bytes(data)
    model, reference, generator = read_model(path), Reference(data), np.random.default_rng(seed)
    for _ in range(3):
        image = generator.integers(0, 256, model.tensors[model.inputs[0]].shape, np.uint8)
        expected = reference.run([image])
        found = run_model(model, [image])
        for index in model.outputs:
            np.testing.assert_array_equal(found[index], expected[index])


@pytest.mark.parametrize("rows", [RowRequest("op"), RowRequest("row", pushed=True)], ids=["op", "stream"])
def test_programs_are_bit_exact(rows: RowRequest, tmp_path: Path) -> None:
    path = tmp_path / "network.tflite"
    for seed in (3, 7):
        path.write_bytes(unsigned_network(seed))
        result = verify_model(path, on="host", samples=3, layers=True, rows=rows)
        assert (result["mismatches"], result["layer_mismatches"]) == (0, 0), result["first_mismatch"]
        assert result["layer_values"] > 1000


def test_bytes_for_who_asks_for_stored_integers(tmp_path: Path) -> None:
    path = tmp_path / "network.tflite"
    path.write_bytes(unsigned_network(1))
    assert verify_model(path, on="host", samples=2, io="int8")["mismatches"] == 0
