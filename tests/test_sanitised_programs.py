"""Whole generated programs of the fuzzer's corpus, compiled by Clang with the sanitisers: no stray access, no undefined
behaviour, and the interpreter's results. ``test_end_to_end.py`` does so for more models with the default compiler."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fuzz.corpus import seeds

from arenite.codegen.driver import compile_model
from arenite.codegen.verification.verify import verify_project
from arenite.rows.plan_rows import Granularity, RowRequest

PROGRAMS: dict[str, Granularity] = {
    "svdf.tflite": "op",
    "svdf_16.tflite": "op",
    "lstm.tflite": "op",
    "ops_zoo.tflite": "op",
    "float_network.onnx": "op",
    "quantised_network.onnx": "op",
    "integer_boundary.onnx": "op",
    "mobilenet_block.tflite": "row",
    "branchy_cell.tflite": "row",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_is_clean(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("clang") is None:
        pytest.skip("clang is not installed")
    monkeypatch.setenv("CC", "clang")
    model = tmp_path / name
    model.write_bytes(seeds()[name])
    compile_model(model, tmp_path / "project", cpu="host", rows=RowRequest(PROGRAMS[name]))
    result = verify_project(tmp_path / "project", model, 6, 0, "host", sanitise=True)
    assert result.mismatches == 0
    assert result.values > 0
    cache = next((tmp_path / "project" / "build").rglob("CMakeCache.txt")).read_text(encoding="utf-8")
    assert "clang" in next(line for line in cache.splitlines() if line.startswith("CMAKE_C_COMPILER:"))
