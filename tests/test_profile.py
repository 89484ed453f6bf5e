"""``arenite profile``: what is told of operators adds up to what ``arenite verify`` counts."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from rich.console import Console

from arenite.cli import main
from arenite.codegen.costs.profile import profile_model
from arenite.codegen.driver import verify_model
from arenite.errors import AreniteError
from arenite.report.profile_view import profile_view
from arenite.rows.plan_rows import RowRequest

MODELS = Path(__file__).parent / "models"
DIGITS = MODELS / "digits.tflite"
BLOCK = MODELS / "mobilenet_block.tflite"
ZOO = MODELS / "ops_zoo.tflite"
TOOLS = ("cc", "cmake", "arm-none-eabi-gcc", "arm-none-eabi-objdump", "qemu-system-arm")
needs_qemu = pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")


def check_sums(result: dict[str, Any]) -> None:
    parts = [result["schedule"], *result["operators"]]
    assert sum(part["instructions"] for part in parts) == result["instructions"]
    assert sum(part["share"] for part in parts) == pytest.approx(1, abs=0.0001 * len(parts))
    assert sum(operator["macs"] for operator in result["operators"]) == result["macs"]
    if result["cycle_model"] is None:
        assert all(part["cycles"] is None for part in (*parts, result))
    else:
        assert sum(part["cycles"] for part in parts) == pytest.approx(result["cycles"], abs=len(parts))
        assert result["instructions"] < result["cycles"] < 3 * result["instructions"]


@needs_qemu
@pytest.mark.parametrize(
    ("model", "cpu", "granularity"),
    [(BLOCK, "cortex-m4", "row"), (ZOO, "cortex-m0plus", "op")],
    ids=["m4-row", "m0plus-op"],
)
def test_sum_is_what_verify_counts(model: Path, cpu: str, granularity: Any) -> None:
    pytest.importorskip("ai_edge_litert", reason="the oracle needs ai-edge-litert")
    rows = RowRequest(granularity)
    verified = verify_model(model, cpu=cpu, samples=1, rows=rows)
    profiled = profile_model(model, cpu=cpu, rows=rows)
    for key in ("instructions", "stack_bytes", "flash_bytes", "arena_bytes", "granularity", "model", "cpu"):
        assert profiled[key] == verified[key], key
    check_sums(profiled)


@needs_qemu
def test_rows_are_summed_by_operator() -> None:
    whole, rows = (profile_model(DIGITS, cpu="cortex-m3", rows=RowRequest(kind)) for kind in ("op", "row"))
    assert (whole["granularity"], rows["granularity"]) == ("op", "row")
    by_name = {operator["operator"]: operator for operator in whole["operators"]}
    assert by_name.keys() == {operator["operator"] for operator in rows["operators"]}
    for operator in rows["operators"]:
        other = by_name[operator["operator"]]
        assert operator["macs"] == other["macs"]
        assert operator["calls"] >= other["calls"] >= 1
        assert operator["instructions"] == pytest.approx(other["instructions"], rel=0.5)
    convolutions = [operator for operator in rows["operators"] if operator["operator"].startswith("CONV_2D")]
    assert convolutions
    for operator in convolutions:
        assert operator["calls"] > by_name[operator["operator"]]["calls"]
        assert operator["macs"] > 0
        assert operator["instructions_per_mac"] == pytest.approx(operator["instructions"] / operator["macs"], abs=0.001)
        assert operator["cycles_per_mac"] == pytest.approx(operator["cycles"] / operator["macs"], abs=0.001)
        assert all("row" in function for function in operator["functions"])
    assert rows["schedule"]["instructions"] > whole["schedule"]["instructions"]
    check_sums(whole)
    check_sums(rows)


@needs_qemu
def test_a_core_without_an_estimate_on_the_command_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "profile.json"
    assert main(["profile", str(BLOCK), "--cpu", "cortex-m55", "--granularity", "op", "--json", str(file)]) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert result["cycle_model"] is None
    check_sums(result)
    shown = capsys.readouterr().out
    assert f"{result['instructions']:,}" in shown
    assert "not estimated" in shown


@needs_qemu
def test_functions_that_the_compiler_makes_one(tmp_path: Path) -> None:
    """TVM's loops for equal operators."""
    pytest.importorskip("tvm")
    model = tmp_path / "norms.onnx"
    model.write_bytes(layer_normalizations(2))
    result = profile_model(model, cpu="cortex-m4")
    check_sums(result)
    first, second = result["operators"]
    assert first["functions"] != second["functions"]
    assert first["instructions"] == pytest.approx(second["instructions"], rel=0.1)


def layer_normalizations(count: int) -> bytes:
    width, nodes, constants = 16, [], []
    for number in range(count):
        reads = [f"t{number}", f"scale{number}", f"bias{number}"]
        constants += [numpy_helper.from_array(np.full(width, 1 + number, np.float32), name) for name in reads[1:]]
        nodes.append(helper.make_node("LayerNormalization", reads, [f"t{number + 1}"]))
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4, width]) for name in ("t0", f"t{count}")]
    graph = helper.make_graph(nodes, "norms", ports[:1], ports[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def test_without_an_emulator() -> None:
    with pytest.raises(AreniteError, match="QEMU does not emulate --cpu host"):
        profile_model(DIGITS, cpu="host")


RESULT = {
    "model": "m.tflite", "cpu": "cortex-m4", "granularity": "row", "optimise": "speed", "cycle_model": "Cortex-M4",
    "arena_bytes": 1234, "stack_bytes": 56, "flash_bytes": 78901, "macs": 1_000_000_000,
    "instructions": 2_000_000_500, "cycles": 3_000_000_900, "instructions_per_mac": 2.0, "cycles_per_mac": 3.0,
    "schedule": {"instructions": 400, "cycles": 700, "share": 0.0},
    "operators": [
        {"operator": "DEPTHWISE_CONV_2D #3", "functions": ["arenite_depthwise_conv2d_3x3_row_s8"], "calls": 9,
         "macs": 1_000_000_000, "instructions": 2_000_000_000, "cycles": 3_000_000_000, "instructions_per_mac": 2.0,
         "cycles_per_mac": 3.0, "share": 1.0},
        {"operator": "ADD #4", "functions": ["arenite_add_row_s8", "arenite_lookup_s8"], "calls": 9, "macs": 0,
         "instructions": 100, "cycles": 200, "instructions_per_mac": None, "cycles_per_mac": None, "share": 0.0},
    ],
}  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("cycles", [True, False])
def test_no_figure_is_cut(width: int, cycles: bool) -> None:
    result: dict[str, Any] = RESULT if cycles else {**RESULT, "cycle_model": None}
    console = Console(width=width, record=True, color_system=None, file=io.StringIO())
    console.print(profile_view(result, "m.tflite"))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= width
    (line,) = [line for line in lines if "_2D #3" in line]
    assert "2,000,000,000" in line
    assert ("3,000,000,000" in line) is cycles
    assert "100.0%" in line
    assert ("1,000,000,000" in line) is (width >= (100 if cycles else 80))
    assert ("depthwise_conv2d_3x3_row_s8" in line) is (width == 140)
