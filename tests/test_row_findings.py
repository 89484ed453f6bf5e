"""Requests that rows once stood in the way of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from weighted_models import convolution

from arenite.cli import main
from arenite.codegen.driver import verify_model
from arenite.rows.plan_rows import RowRequest

CELL = Path(__file__).parent / "models" / "branchy_cell.tflite"


def test_relay_is_not_refused_for_rows_that_nobody_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether or not this TVM has a Relay."""
    main(["compile", str(CELL), "-o", str(tmp_path / "out"), "--ir", "relay"])
    said = capsys.readouterr().err
    assert "--granularity" not in said
    assert "--stream-input" not in said


@pytest.mark.parametrize("flags", [("--granularity", "row"), ("--stream-input",)])
def test_rows_and_relay_do_not_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...]
) -> None:
    assert main(["compile", str(CELL), "-o", str(tmp_path / "out"), "--ir", "relay", *flags]) == 1
    said = capsys.readouterr().err
    assert " ".join(flags) in said
    assert "--ir relay" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")
def test_a_window_of_very_many_rows(tmp_path: Path) -> None:
    model = tmp_path / "tall.tflite"
    model.write_bytes(convolution("CONV_2D", (1, 400, 3, 2), (300, 1), 2, padding="VALID"))
    result = verify_model(model, on="host", samples=2, rows=RowRequest("row"))
    assert (result["granularity"], result["mismatches"]) == ("row", 0)
