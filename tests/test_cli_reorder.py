"""``arenite reorder`` as its users meet it: exit status, files, JSON, and errors in one line."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from models.writer import ModelWriter
from tflm_models import branches, stateful

from arenite.cli import main


@pytest.fixture
def model(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(stateful())
    return path


def _error(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["reorder", *map(str, arguments)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("arenite: error: ")
    return line


@pytest.mark.parametrize("plan", [[], ["--tflm-plan"]])
def test_writes_the_model_and_says_what_it_needs(
    model: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], plan: list[str]
) -> None:
    out = tmp_path / "out.tflite"
    assert main(["reorder", str(model), "-o", str(out), *plan, "--json", "-"]) == 0
    captured = capsys.readouterr()
    result: dict[str, Any] = json.loads(captured.out)
    assert result["model"] == str(model)
    assert result["output"] == str(out)
    assert result["metadata"] is bool(plan)
    assert (result["operators"], result["subgraphs"]) == (26, 2)
    assert 0 < result["moved"] <= result["operators"]
    assert result["lower_bound_bytes"] <= result["tflm_head_bytes"] < result["tflm_head_before_bytes"]
    assert result["optimal"] is (result["lower_bound_bytes"] == result["tflm_head_bytes"])
    assert f"{result['tflm_head_bytes']:,}" in captured.err
    assert out.stat().st_size >= model.stat().st_size
    assert model.read_bytes() == stateful()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.tflite", "out.tflite"]


def test_shows_people_what_it_did(
    model: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reorder", str(model), "-o", str(tmp_path / "out.tflite")]) == 0
    captured = capsys.readouterr()
    assert "lower bound" in captured.out
    assert captured.err == ""


def test_a_model_in_its_best_order_is_copied(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = (tmp_path / f"{number}.tflite" for number in range(3))
    first.write_bytes(branches())
    assert main(["reorder", str(first), "-o", str(second)]) == 0
    capsys.readouterr()
    assert main(["reorder", str(second), "-o", str(third), "--json", "-"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["moved"] == 0
    assert "kept" in result["note"]
    assert third.read_bytes() == second.read_bytes()


def test_never_writes_over_the_model(
    model: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = tmp_path / "link.tflite"
    link.symlink_to(model)
    for target in (model, link):
        assert "over the model" in _error(capsys, model, "-o", target)
    for spelling in (tmp_path / "a", f"{tmp_path}/../{tmp_path.name}/a"):
        assert "two results" in _error(capsys, model, "-o", tmp_path / "a", "--json", spelling)
    assert model.read_bytes() == stateful()


def test_bad_requests(model: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.tflite"
    onnx = tmp_path / "net.onnx"
    onnx.write_bytes(b"\x08\x07")
    assert "ONNX" in _error(capsys, onnx, "-o", out)
    assert "No such file" in _error(capsys, tmp_path / "none.tflite", "-o", out)
    assert "directory does not exist" in _error(capsys, model, "-o", tmp_path / "no" / "out.tflite")
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(stateful()[:900])
    assert "damaged" in _error(capsys, broken, "-o", out)
    unmarked = tmp_path / "unmarked.tflite"
    unmarked.write_bytes(stateful()[:4] + b"\0\0\0\0" + stateful()[8:])
    assert "TFL3" in _error(capsys, unmarked, "-o", out)
    with pytest.raises(SystemExit) as usage:
        main(["reorder", str(model)])
    assert usage.value.code == 2
    assert not out.exists()


def test_a_shape_that_is_known_at_run_time_only(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    w = ModelWriter()
    x, y = (w.tensor(name, (1, 4), scale=0.5, signature=(1, -1)) for name in "xy")
    w.operator("RELU", [x], [y])
    path = tmp_path / "dynamic.tflite"
    path.write_bytes(w.finish([x], [y]))
    assert "dynamic shape" in _error(capsys, path, "-o", tmp_path / "out.tflite")
    assert not (tmp_path / "out.tflite").exists()
