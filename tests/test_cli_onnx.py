"""ONNX files on the command line: what is accepted, what is refused, and how."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import onnx
import onnx_networks
import pytest
from models.writer import ModelWriter
from mutations import mutate

from arenite import cli
from arenite.frontends.read import file_format, read_model
from arenite.frontends.to_graph import to_graph

CELL = Path(__file__).parent / "models" / "branchy_cell.tflite"
MUTATIONS = int(os.environ.get("ARENITE_MUTATIONS", "2000")) // 20


def outcome(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit status and both streams; a refusal is one clear line and nothing else."""
    status = cli.main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    if status == 1:
        assert out == ""
        assert err.startswith("arenite: error: ")
        assert err.count("\n") == 1
        assert "this is a bug" not in err
        assert "; " in err, f"names no remedy: {err}"
    return status, out, err


def test_plan_counts_as_the_file_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nodes and value names in order of appearance; what the import inserted has no number; names are the file's."""
    model = onnx_networks.quantised_network()
    file = onnx_networks.save(model, tmp_path)
    status, out, _ = outcome(capsys, "plan", file, "--json", "-")
    assert status == 0
    plan = json.loads(out)
    nodes = {index for step in plan["steps"] for index in step["source_ops"]}
    assert nodes <= set(range(len(model.graph.node)))
    computing = ("Conv", "QuantizeLinear", "DequantizeLinear", "Relu")
    activations = {value for node in model.graph.node if node.op_type == "Conv" for value in node.input[:1]}
    assert activations
    for index, node in enumerate(model.graph.node):
        if node.op_type == "Conv":
            assert index in nodes
        assert node.op_type in computing
    names = [name for node in model.graph.node for part in (node.input, node.output) for name in part]
    order = list(dict.fromkeys(names))
    for buffer in plan["buffers"]:
        if buffer["source_tensor"] is not None:
            assert buffer["source_name"] == order[buffer["source_tensor"]]
    (image,) = (buffer for buffer in plan["buffers"] if buffer.get("source_name") == "input_1")
    assert (image["rows"], image["bytes"]) == ([0, 10], 960)


def test_what_a_frontend_inserts_has_no_numbers() -> None:
    model = read_model(CELL)
    whole = to_graph(model)
    limited = to_graph(
        type(model)(**{**vars(model), "file_operators": model.operators[-1].index, "file_tensors": model.outputs[0]})
    )
    assert limited.steps[-1].source_ops == ()
    assert whole.steps[-1].source_ops != ()
    assert [step.source_ops for step in limited.steps[:-1]] == [step.source_ops for step in whole.steps[:-1]]
    for buffer, same in zip(limited.buffers, whole.buffers, strict=True):
        assert same.source_tensor is not None
        inserted = same.source_tensor >= model.outputs[0]
        assert buffer.source_tensor == (None if inserted else same.source_tensor)
    assert any(buffer.source_tensor is None for buffer in limited.buffers)


def test_planning_imports_neither_tvm_nor_onnxruntime(tmp_path: Path) -> None:
    file = onnx_networks.save(onnx_networks.quantised_network(), tmp_path)
    program = (
        "import sys; from arenite.cli import main\n"
        f"status = main(['plan', {str(file)!r}, '--html', {str(tmp_path / 'map.html')!r}])\n"
        "heavy = {'tvm', 'onnxruntime', 'tvm_ffi'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else status)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [["plan"], ["compile", "-o", "out", "--cpu", "host"], ["verify", "--on", "host"]])
class TestRefused:
    """By every command that takes a model, before anything is written."""

    @pytest.fixture(autouse=True)
    def _in_an_empty_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def refusal(self, capsys: pytest.CaptureFixture[str], command: list[str], file: str, *more: str) -> str:
        before = sorted(Path().iterdir())
        status, _, err = outcome(capsys, command[0], file, *command[1:], *more)
        assert status == 1
        assert file in err
        assert sorted(Path().iterdir()) == before
        return err

    @pytest.mark.parametrize(
        "content", [b"", b"rubbish, but long enough to look at", b"\0" * 64, b"\x08\x07\x3a\x02\x12\x00"]
    )
    def test_what_is_no_model(self, command: list[str], content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
        Path("bad.onnx").write_bytes(content)
        self.refusal(capsys, command, "bad.onnx")

    def test_no_file(self, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        self.refusal(capsys, command, "none.onnx")
        Path("folder.onnx").mkdir()
        self.refusal(capsys, command, "folder.onnx")

    def test_open_extents_without_shape(self, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        onnx.save(onnx_networks.open_batch(), "open.onnx")
        assert "--shape" in self.refusal(capsys, command, "open.onnx")

    @pytest.mark.parametrize("shape", ["nobody=1,3,10,8", "input_1=1,3,10", "input_1=1,4,10,8"])
    def test_shapes_that_do_not_fit(self, command: list[str], shape: str, capsys: pytest.CaptureFixture[str]) -> None:
        onnx.save(onnx_networks.open_batch(), "open.onnx")
        assert shape.split("=")[0] in self.refusal(capsys, command, "open.onnx", "--shape", shape)

    def test_two_shapes_for_one_input(self, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        onnx.save(onnx_networks.open_batch(), "open.onnx")
        shapes = ("--shape", "input_1=1,3,10,8", "--shape", "input_1=1,3,10,9")
        assert "twice" in self.refusal(capsys, command, "open.onnx", *shapes)

    def test_shape_of_a_tflite_file(self, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        Path("cell.tflite").write_bytes(CELL.read_bytes())
        assert "ONNX" in self.refusal(capsys, command, "cell.tflite", "--shape", "x=1,2")

    def test_damaged_files(self, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        """Where planning refuses a file, so do the others; where it does not, they do their work or say why not."""
        intact = onnx_networks.quantised_network().SerializeToString()
        refused = 0
        for seed in range(MUTATIONS):
            file = f"damaged_{seed}.onnx"
            Path(file).write_bytes(mutate(intact, seed))
            if outcome(capsys, "plan", file)[0] == 1:
                refused += 1
                self.refusal(capsys, command, file)
            Path(file).unlink()
        assert refused > MUTATIONS // 20


def test_shape_is_not_for_relay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = onnx_networks.save(onnx_networks.open_batch(), tmp_path)
    arguments = ("compile", file, "-o", tmp_path / "out", "--ir", "relay", "--shape", "input_1=1,3,10,8")
    status, _, err = outcome(capsys, *arguments)
    assert status == 1
    assert "--shape" in err
    assert "--ir relax" in err


def test_shape_may_be_repeated_and_names_may_hold_anything() -> None:
    arguments = ["plan", "m.onnx", "--shape", "a=b:0=1,3", "--shape", "c d=7"]
    assert dict(cli.parser().parse_args(arguments).shape) == {"a=b:0": (1, 3), "c d": (7,)}
    assert cli.parser().parse_args(["plan", "m.onnx"]).shape == []


def test_format_is_told_by_content_before_suffix(tmp_path: Path) -> None:
    writer = ModelWriter()
    x, y = writer.tensor("x", (1, 4), scale=0.5), writer.tensor("y", (1, 4), scale=0.5)
    writer.operator("RELU", [x], [y])
    data = writer.finish([x], [y])
    for name, content, expected in (
        ("a.onnx", data, "tflite"),
        ("b.tflite", data, "tflite"),
        ("c.ONNX", b"\x08\x08", "onnx"),
        ("d.tflite", b"", "tflite"),
        ("e.bin", b"\x08\x08", "tflite"),
    ):
        (tmp_path / name).write_bytes(content)
        assert file_format(tmp_path / name) == expected
    assert read_model(tmp_path / "a.onnx").operators[0].kind == "RELU"
    assert file_format(tmp_path / "none.onnx") == "onnx"
    assert file_format(tmp_path) == "tflite"
