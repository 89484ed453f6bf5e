"""ONNX files that mean harm or nonsense, through the commands: one clear line, in bounded time and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_networks
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_mutations import mutate_message
from onnx_targets import TARGETS

from arenite import cli

SECONDS = 10
MEMORY = 4 << 30
MUTATIONS = int(os.environ.get("ARENITE_MUTATIONS", "300")) // 10
IMAGE = (1, 3, 8, 8)
BIG = 1 << 31


def port(name: str, shape: Any = None, dtype: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, shape)


def file_of(
    nodes: list[onnx.NodeProto], shape: Any = IMAGE, *, dtype: int = TensorProto.FLOAT, **constants: Any
) -> onnx.ModelProto:
    """Nodes from ``x`` to ``y``."""
    initializers = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "net", [port("x", shape, dtype)], [port("y", None, dtype)], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def node(kind: str, *inputs: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(kind, inputs, ["y"], **attributes)


WEIGHTS = np.ones((4, 3, 3, 3), np.float32)


def external(location: str) -> onnx.ModelProto:
    model = file_of([node("Conv", "x", "w")], w=WEIGHTS)
    (weights,) = model.graph.initializer
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("length", "432")):
        entry = weights.external_data.add()
        entry.key, entry.value = key, value
    return model


def bias_of_another_shape() -> onnx.ModelProto:
    """Quantised, and with as many numbers as the weights."""
    model = onnx_networks.integer_boundary("uint8")
    convolution = next(node for node in model.graph.node if node.op_type == "Conv")
    model.graph.initializer.append(numpy_helper.from_array(np.ones((4, 3, 3, 3), np.float32), "bias"))
    convolution.input.append("bias")
    return model


def axis_as_text() -> onnx.ModelProto:
    model = onnx_networks.quantised_network()
    scaled = next(node for node in model.graph.node if any(each.name == "axis" for each in node.attribute))
    scaled.attribute[0].CopyFrom(helper.make_attribute("axis", "zero"))
    return model


def mask_alone() -> onnx.ModelProto:
    dropout = helper.make_node("Dropout", ["x"], ["dropped", "mask"])
    model = file_of([dropout, helper.make_node("Transpose", ["mask"], ["y"])])
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.BOOL
    return model


def shift(inputs: int = 3, **attributes: Any) -> onnx.ModelProto:
    node = helper.make_node("RequantShift", ["x", "m", "m", "m"][:inputs], ["y"], **attributes)
    model = file_of([node], m=np.ones((1, 3, 1, 1), np.float32))
    model.graph.output[0].CopyFrom(port("y", IMAGE))
    return model


def a_cycle() -> onnx.ModelProto:
    return file_of([helper.make_node("Add", ["x", "y"], ["b"]), node("Relu", "b")])


def long_chain() -> onnx.ModelProto:
    nodes = [helper.make_node("Neg" if i % 2 else "Relu", [f"v{i}" if i else "x"], [f"v{i + 1}"]) for i in range(1000)]
    return file_of([*nodes, node("Neg", "v1000")], [8])


REFUSED: dict[str, Callable[[], onnx.ModelProto]] = {
    "external_absolute": lambda: external("/etc/passwd"),
    "external_outside": lambda: external("../../../../etc/passwd"),
    "external_device": lambda: external("/dev/zero"),
    "external_itself": lambda: external("."),
    "external_long": lambda: external("x" * 5000),
    "cycle": a_cycle,
    "no_outputs": lambda: onnx.ModelProto(graph=onnx.GraphProto(name="empty")),
    "axis_as_text": axis_as_text,
    "huge_padding": lambda: file_of([node("Pad", "x", "p")], p=np.array([0, 0, BIG, 0, 0, 0, 0, 0])),
    "huge_transposed": lambda: file_of([node("Transpose", "x")], (2, BIG, 3)),
    "range_of_nothing": lambda: file_of(
        [helper.make_node("Range", ["a", "b", "c"], ["r"]), node("Add", "x", "r")],
        [1],
        dtype=TensorProto.INT64,
        a=np.int64(0),
        b=np.int64(-1),
        c=np.int64(1),
    ),
    "zero_extents": lambda: file_of([node("Relu", "x")], (1, 3, 0, 8)),
    **{
        TensorProto.DataType.Name(dtype).lower(): lambda dtype=dtype: file_of([node("Identity", "x")], dtype=dtype)
        for dtype in (TensorProto.STRING, TensorProto.FLOAT8E4M3FN, TensorProto.UINT4)
    },
}
PLANNED: dict[str, Callable[[], onnx.ModelProto]] = {
    "huge_resize": lambda: file_of([node("Resize", "x", "", "", "s")], s=np.array([1, 3, BIG - 1, 8])),
    "bias_of_another_shape": bias_of_another_shape,
    "mask_alone": mask_alone,
    "shift_without_addend": lambda: shift(2, div=16.0, n_levels_out=256),
    "shift_by_text": lambda: shift(div="much", n_levels_out=256),
    "shift_by_list": lambda: shift(div=[1.0, 2.0], n_levels_out=256),
    "long_chain": long_chain,
}
"""What a planner may say anything of, save that it is broken."""


@pytest.fixture
def limited() -> Iterator[None]:
    """This process may take so much address space more."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


if not Path("/proc/self/statm").exists():
    pytestmark = pytest.mark.skip(reason="needs /proc to bound memory")


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = cli.main(list(arguments))
    out, err = capsys.readouterr()
    assert status in (0, 1)
    if status:
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith("arenite: error: ")
        assert "this is a bug" not in err
        assert "; " in err, f"names no remedy: {err}"
        assert len(err) < 1000
    return status, err


COMMANDS = {"plan": [], "compile": ["-o", "out"], "verify": ["--cpu", "host"]}


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", REFUSED)
def test_refused(
    name: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By every command, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    Path("net.onnx").write_bytes(REFUSED[name]().SerializeToString())
    status, err = outcome(capsys, command, "net.onnx", *COMMANDS[command])
    assert status == 1
    assert "net.onnx" in err
    assert sorted(path.name for path in Path().iterdir()) == ["net.onnx"]


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("name", PLANNED)
def test_planned_or_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "net.onnx").write_bytes(PLANNED[name]().SerializeToString())
    began = time.monotonic()
    outcome(capsys, "plan", str(tmp_path / "net.onnx"), "--timeout", "2")
    assert time.monotonic() - began < SECONDS


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("target", TARGETS)
def test_damaged_fields(target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the reader takes goes through the planner, too."""
    file, planned = tmp_path / "net.onnx", 0
    for seed in range(MUTATIONS):
        file.write_bytes(mutate_message(TARGETS[target](), seed).SerializeToString())
        planned += outcome(capsys, "plan", str(file), "--timeout", "2")[0] == 0
    assert planned > MUTATIONS // 20


def test_types_that_c_has_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """plan takes any, compile says which tensor it is."""
    for dtype in (TensorProto.FLOAT16, TensorProto.COMPLEX64):
        file = tmp_path / "net.onnx"
        file.write_bytes(file_of([node("Transpose", "x")], (2, 3), dtype=dtype).SerializeToString())
        assert outcome(capsys, "plan", str(file))[0] == 0
        status, err = outcome(capsys, "compile", str(file), "-o", str(tmp_path / "out"))
        assert status == 1
        assert "'x'" in err
        assert TensorProto.DataType.Name(dtype).lower() in err


def test_a_real_process_in_little_time_and_memory(tmp_path: Path) -> None:
    """From the import on, as a shell would see it."""
    file = tmp_path / "net.onnx"
    file.write_bytes(PLANNED["huge_resize"]().SerializeToString())
    program = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))\n"
        f"from arenite.cli import main; sys.exit(main(['plan', {str(file)!r}]))"
    )
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=3 * SECONDS,
        env=environment,
        check=False,
    )
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == done.returncode
