"""Random networks of int16 activations: operator by operator, and as generated programs of operators and of rows."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from int16_networks import Int16Network, random_network
from kernel_harness import run_model, sample_of
from operator_checks import check_operators
from oracles import tflite_reference

from arenite.codegen.driver import verify_model
from arenite.frontends.tflite import read_tflite
from arenite.rows.plan_rows import RowRequest

pytest.importorskip("ai_edge_litert", reason="the oracle needs ai-edge-litert")

HOST = shutil.which("cc") is not None and shutil.which("cmake") is not None
QEMU = HOST and shutil.which("arm-none-eabi-gcc") is not None and shutil.which("qemu-system-arm") is not None

needs_host = pytest.mark.skipif(not HOST, reason="needs cc and cmake")
needs_qemu = pytest.mark.skipif(not QEMU, reason="needs cmake, arm-none-eabi-gcc and qemu-system-arm")


@pytest.mark.parametrize("seed", range(8))
def test_every_operator_is_bit_exact(seed: int) -> None:
    check_operators(random_network(seed), 3)


@needs_host
@pytest.mark.parametrize(
    ("seed", "rows"), [(4, RowRequest("op")), (8, RowRequest("row")), (9, RowRequest("row", True))]
)
def test_a_program_is_bit_exact(seed: int, rows: RowRequest, tmp_path: Path) -> None:
    file = tmp_path / "network.tflite"
    file.write_bytes(random_network(seed, 3))
    result = verify_model(file, cpu="host", on="host", samples=2, rows=rows, layers=rows.granularity == "op")
    assert result["mismatches"] == 0
    assert result["values"] > 0
    assert result.get("layer_mismatches", 0) == 0


@needs_qemu
def test_a_program_on_a_microcontroller(tmp_path: Path) -> None:
    file = tmp_path / "network.tflite"
    file.write_bytes(random_network(1, 2))
    result = verify_model(file, cpu="cortex-m4", on="qemu", samples=2, rows=RowRequest("row"))
    assert result["mismatches"] == 0


def test_padding_and_single_rows_are_folded_as_in_int8(tmp_path: Path) -> None:
    """A PAD is the convolution's own padding; the columns of a single row become rows."""
    network = Int16Network(0)
    x = network.activation((1, 1, 24, 3), 0.001)
    border = network.writer.tensor(None, (4, 2), "int32", data=[[0, 0], [0, 0], [2, 1], [0, 0]])
    padded = network.simple("PAD", [x], (1, 1, 27, 3), x.scale, border)
    window = {"padding": "VALID", "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    y = network.weighted("CONV_2D", padded, (5, 1, 4, 3), 0, (1, 1, 24, 5), **window)
    data = network.writer.finish([x.tensor], [y.tensor])
    file = tmp_path / "row.tflite"
    file.write_bytes(data)
    model = read_tflite(file)
    assert [operator.kind for operator in model.operators if operator.kind != "RESHAPE"] == ["CONV_2D"]
    inputs = [sample_of(model.tensors[index], 2, np.random.default_rng(0)) for index in model.inputs]
    found = run_model(model, inputs)[model.outputs[0]]
    expected = tflite_reference(data, [inputs[0].reshape(1, 1, 24, 3)])[y.tensor]
    np.testing.assert_array_equal(found.ravel(), expected.ravel())
