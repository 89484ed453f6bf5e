"""Steps that write to bytes of the arena which are not theirs are found out, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from arenite.codegen.canaries import allowed_writes
from arenite.codegen.description import read_description
from arenite.codegen.driver import compile_model, verify_model
from arenite.codegen.program import Place, ProgramStep, StepOutput
from arenite.codegen.run import build, execute
from arenite.errors import AreniteError, ToolError
from arenite.rows.plan_rows import Granularity, RowRequest

MODELS = Path(__file__).parent.parent / "models"


def step(*outputs: tuple[int | None, int, int]) -> ProgramStep:
    places = [StepOutput(tensor, Place(offset, size, "int8", (size,))) for tensor, offset, size in outputs]
    return ProgramStep("step", "", (), tuple(places), False)


def test_what_steps_may_write() -> None:
    steps = [
        step((1, 16, 8), (None, 24, 8), (None, 0, 4)),
        step((None, 40, 4)),
        step((2, 8, 8)),
        step((3, 0, 0)),
        step((None, 0, 64)),
    ]
    assert allowed_writes(steps) == ((0, 0, 4), (0, 16, 16), (2, 8, 8), (2, 40, 4), (3, 0, 0))


@pytest.mark.parametrize("granularity", ["op", "row"])
@pytest.mark.parametrize("on", ["host", "qemu"])
def test_sound_programs_leave_canaries_alone(granularity: Granularity, on: str) -> None:
    machine = "qemu" if on == "qemu" else "host"
    model = MODELS / "mobilenet_block.tflite"
    result = verify_model(model, on=machine, samples=2, canaries=True, rows=RowRequest(granularity))
    assert result["mismatches"] == 0
    assert result["instructions"] is None


def test_a_step_that_writes_elsewhere_is_named(tmp_path: Path) -> None:
    project = tmp_path / "project"
    compile_model(MODELS / "resnet_block.tflite", project, cpu="host")
    (source,) = (project / "codegen/host/src").glob("tvmgen_resnet_block.c")
    model = (project / "harness" / "model.h").read_text(encoding="utf-8")
    own = [(int(first), int(size)) for first, size in re.findall(r"\{2, (\d+), (\d+)\}", model)]
    arena = read_description(project).arena_bytes
    stray = next(byte for byte in range(arena) if not any(first <= byte < first + size for first, size in own))
    text = source.read_text(encoding="utf-8")
    assert "  TRACE(2, 0, " in text
    source.write_text(text.replace("  TRACE(2, 0, ", f"  arena[{stray}] ^= 1;\n  TRACE(2, 0, "), encoding="utf-8")
    (port,) = read_description(project).inputs
    sample = np.zeros(port.shape, port.dtype)
    with pytest.raises(ToolError, match="step 2 wrote to bytes of the arena that are not its own, on sample 0"):
        execute(build(project, on="host", canaries=True), [[sample]])


def test_canaries_are_for_one_arena() -> None:
    with pytest.raises(AreniteError, match="canaries are in one arena"):
        verify_model(MODELS / "resnet_block.tflite", on="host", samples=1, canaries=True, io_memory="caller")
