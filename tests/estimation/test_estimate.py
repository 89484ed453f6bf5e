"""``arenite.estimate`` against what ``arenite compile`` makes, and against what ``arenite verify`` counts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from onnx import TensorProto, helper

import arenite
from arenite.cli import main
from arenite.codegen.costs.profile import profile_model
from arenite.codegen.driver import compile_program, verify_model
from arenite.codegen.step_table import step_table
from arenite.errors import AreniteError, UnsupportedError
from arenite.estimation.planned import plan_model
from arenite.estimation.steps import program_steps
from arenite.frontends.operators import lower_all
from arenite.frontends.read import read_model
from arenite.frontends.to_graph import to_graph
from arenite.rows.plan_rows import Granularity, RowRequest
from arenite.target import Target

MODELS = Path(__file__).parents[1] / "models"
NAMES = ("digits", "ds_cnn", "mobilenet_block", "resnet_block", "branchy_cell")
LATE = {("branchy_cell", "row")}
LONG = 120.0
"""Seconds of a search that has to end by itself, so that two give the same."""
TOOLS = ("cc", "cmake", "arm-none-eabi-gcc", "qemu-system-arm")
needs_qemu = pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")


@pytest.mark.parametrize(
    ("name", "granularity"),
    # Planning the rows of branchy_cell to the end takes half a minute.
    [(name, granularity) for name in NAMES for granularity in ("op", "row") if (name, granularity) not in LATE],
)
def test_arena_and_calls_are_those_of_the_compiler(name: str, granularity: Granularity) -> None:
    pytest.importorskip("tvm")
    model = read_model(MODELS / f"{name}.tflite")
    request, target = RowRequest(granularity), Target("cortex-m4")
    program, _ = compile_program(model, rows=request, target=target, timeout=LONG)
    planned = plan_model(model, target, request, timeout=LONG)
    steps = program_steps(planned)
    assert planned.choice.plan.arena_bytes == program.arena_bytes
    calls = [[call.function for step in of for call in step.calls] for of in (program.steps, steps)]
    assert calls[0] == calls[1]
    if program.rows:
        expected, found = step_table(program.steps), step_table(steps)
        assert found.places == expected.places
        assert found.entries == expected.entries
        assert [call.arguments for call in found.calls if call.shared] == [
            call.arguments for call in expected.calls if call.shared
        ]


def test_rows_that_the_caller_hands_in() -> None:
    pytest.importorskip("tvm")
    model = read_model(MODELS / "ds_cnn.tflite")
    request = RowRequest("row", pushed=True)
    program, _ = compile_program(model, rows=request, target=Target("cortex-m4"), timeout=LONG)
    steps = program_steps(plan_model(model, Target("cortex-m4"), request, timeout=LONG))
    assert step_table(steps).places == step_table(program.steps).places
    found = arenite.estimate(model, granularity="row", stream_input=True, timeout=LONG)
    assert found.arena_bytes == program.arena_bytes


@needs_qemu
@pytest.mark.parametrize("optimise", ["speed", "size"])
@pytest.mark.parametrize(
    ("name", "cpu"), [("ds_cnn", "cortex-m4"), ("digits", "cortex-m55"), ("resnet_block", "cortex-m0plus")]
)
def test_flash_is_that_of_the_linked_library(name: str, cpu: str, optimise: str) -> None:
    pytest.importorskip("tvm")
    file = MODELS / f"{name}.tflite"
    measured = verify_model(file, cpu=cpu, samples=1, optimise=optimise, rows=RowRequest("auto"))
    found = arenite.estimate(file, cpu=cpu, granularity="auto", optimise=optimise)
    assert found.arena_bytes == measured["arena_bytes"]
    assert found.flash_bytes == pytest.approx(measured["flash_bytes"], rel=0.02)


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", str(MODELS / "ds_cnn.tflite"), "--json", "-"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["schema"] == "arenite.estimate/1"
    assert result["flash_bytes"] == sum(result["flash"].values())
    assert result["ram_bytes"] == sum(result[f"{part}_bytes"] for part in ("arena", "state", "stack"))
    counted = sum(one["instructions"] for one in result["operators"]) + result["schedule"]["instructions"]
    assert counted == pytest.approx(result["instructions"], abs=len(result["operators"]) + 1)


@needs_qemu
def test_products_that_become_loops_count(tmp_path: Path) -> None:
    """Of two activations, as attention has them: nothing that anybody has counted, but no trifle either."""
    pytest.importorskip("tvm")
    ports = {"a": [2, 16, 24], "b": [2, 24, 32], "c": [2, 16, 32]}
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ports.items()]
    node = helper.make_node("MatMul", ["a", "b"], ["c"])
    graph = helper.make_graph([node], "product", infos[:2], infos[2:])
    file = tmp_path / "product.onnx"
    file.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString())
    found = arenite.estimate(file)
    assert found.uncalibrated
    assert found.instructions == pytest.approx(profile_model(file)["instructions"], rel=0.3)


def test_what_cannot_be_estimated_is_named() -> None:
    with pytest.raises(AreniteError, match="no estimate for --cpu host"):
        arenite.estimate(MODELS / "digits.tflite", cpu="host")
    model = read_model(MODELS / "digits.tflite")
    with pytest.raises(AreniteError, match="a Graph knows nothing of weights and kernels; give the Model"):
        arenite.estimate(to_graph(model))
    unknown = replace(model, operators=(replace(model.operators[0], kind="CUSTOM"), *model.operators[1:]))
    with pytest.raises(UnsupportedError, match=r"digits.tflite: 1 of \d+ operators cannot be compiled: CUSTOM #0"):
        arenite.estimate(unknown)


@pytest.mark.parametrize("choice", [{"granularity": "rows"}, {"optimise": "fast"}, {"io": "float"}, {"order": "file"}])
def test_choices_that_do_not_exist_are_refused(choice: dict[str, Any]) -> None:
    (name, value) = next(iter(choice.items()))
    with pytest.raises(AreniteError, match=f"no estimate for --{name} {value}; choose one of"):
        arenite.estimate(MODELS / "digits.tflite", **choice)


def test_a_clock_that_stands_still_and_a_single_model_for_many() -> None:
    found = arenite.estimate(MODELS / "digits.tflite")
    for megahertz in (0, -80.0, float("nan")):
        with pytest.raises(AreniteError, match="MHz; give that of the core"):
            found.milliseconds(megahertz)
    with pytest.raises(AreniteError, match=r"give a list, or call arenite\.estimate"):
        arenite.estimate_all(str(MODELS / "digits.tflite"))


def test_estimating_does_not_import_tvm() -> None:
    code = f"import sys, arenite; arenite.estimate({str(MODELS / 'digits.tflite')!r}); print('tvm' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_every_model_that_compiles_is_estimated(shared_models: Path) -> None:
    refused = []
    files = sorted(shared_models.glob("*.tflite"))
    for file, found in zip(files, arenite.estimate_all(files), strict=True):
        if isinstance(found, AreniteError):
            refused.append(file.stem)
            with pytest.raises(UnsupportedError):
                lower_all(read_model(file))
        else:
            assert found.flash_bytes > found.weights_bytes > 0
            assert found.instructions > sum(operator.macs for operator in found.operators) / 8
    assert len(refused) <= 4
