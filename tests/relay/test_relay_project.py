"""From ``relay.build`` to a project that builds and runs: outputs, costs, and what a user is told instead."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from relay import relay_libraries as libraries

from arenite.codegen.description import Array, TensorDescription, read_description
from arenite.codegen.driver import run_project
from arenite.codegen.oracle import reference
from arenite.codegen.project import write_project
from arenite.codegen.relay.model_library_format import read_model_library
from arenite.codegen.relay.project import MemoryFigures, relay_project_files, write_relay_project
from arenite.codegen.relay.standalone_crt import crt_headers, export_model_library_format, lent_crt
from arenite.codegen.run import build, execute
from arenite.codegen.tools import run_program
from arenite.codegen.verification.verify import verify_project
from arenite.errors import AreniteError
from arenite.frontends.tflite import read_tflite
from arenite.relay_compat import import_micro, relay, tvm

HOST = shutil.which("cc") is not None and shutil.which("cmake") is not None
QEMU = HOST and shutil.which("arm-none-eabi-gcc") is not None and shutil.which("qemu-system-arm") is not None
needs_host = pytest.mark.skipif(not HOST, reason="needs cc and cmake")
needs_qemu = pytest.mark.skipif(not QEMU, reason="needs cmake, arm-none-eabi-gcc and qemu-system-arm")

TOLERANCE = 2
"""Steps: TVM's requantisation rounds otherwise than TensorFlow Lite's."""


@pytest.fixture(scope="module")
def ds_cnn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_model_library_format(libraries.ds_cnn(), tmp_path_factory.mktemp("ds_cnn") / "model.tar")


@pytest.fixture(scope="module")
def branches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = libraries.build(*libraries.branches())
    return export_model_library_format(library, tmp_path_factory.mktemp("branches") / "model.tar")


def samples(count: int = 4) -> list[list[Array]]:
    generator = np.random.default_rng(5)
    return [[generator.integers(-128, 128, (1, 49, 10, 1), dtype=np.int8)] for _ in range(count)]


def run(archive: Path, project: Path, cpu: str, on: Literal["host", "qemu"]) -> Any:
    write_project(relay_project_files(archive, cpu=cpu), project)
    return execute(build(project, on=on), samples())


@needs_host
def test_host_agrees_with_tflite(ds_cnn: Path, tmp_path: Path) -> None:
    actual = run(ds_cnn, tmp_path / "project", "host", "host").outputs
    for (value,), (wanted,) in zip(actual, reference(libraries.DS_CNN, samples()).outputs, strict=True):
        difference = np.abs(value.astype(int) - wanted.reshape(value.shape).astype(int))
        assert difference.max() <= TOLERANCE
        assert np.ptp(value) > 0


@needs_qemu
@pytest.mark.parametrize("cpu", ["cortex-m0plus", "cortex-m4", "cortex-m7", "cortex-m55"])
def test_boards_agree_with_the_host(ds_cnn: Path, tmp_path: Path, cpu: str) -> None:
    host = run(ds_cnn, tmp_path / "host", "host", "host")
    board = run(ds_cnn, tmp_path / "board", cpu, "qemu")
    for here, there in zip(host.outputs, board.outputs, strict=True):
        np.testing.assert_array_equal(here[0], there[0], strict=True)
    pool = read_model_library(ds_cnn).interface.pools[0].bytes
    assert board.ram_bytes == pool + board.stack_bytes, "nothing but pool and stack"
    assert 0 < board.stack_bytes < 1000
    assert board.instructions > 1_000_000
    text = run_program(["arm-none-eabi-size", "-A", next((tmp_path / "board").rglob("libtvmgen_*.a")).as_posix()])
    sections = [line.split() for line in text.splitlines() if line.startswith((".text", ".rodata"))]
    total = sum(int(size) for _, size, _ in sections)
    assert total * 0.95 < board.flash_bytes <= total + 16 * len(sections)


@needs_qemu
def test_code_of_tvm_for_a_cpu(tmp_path: Path) -> None:
    """TVM's micro-kernels for a CPU do not run elsewhere, and say so."""
    archive = export_model_library_format(libraries.ds_cnn("c -mcpu=cortex-m7"), tmp_path / "model.tar")
    assert json.loads(relay_project_files(archive)["metadata.json"])["arenite"]["cpu"] == "cortex-m7"
    actual = run(archive, tmp_path / "project", "cortex-m4", "qemu").outputs
    for (value,), (wanted,) in zip(actual, reference(libraries.DS_CNN, samples()).outputs, strict=True):
        assert np.abs(value.astype(int) - wanted.reshape(value.shape).astype(int)).max() <= TOLERANCE
    with pytest.raises(AreniteError, match=r"(?s)built by TVM for.*cortex-m7.*--on qemu"):
        build(tmp_path / "project", on="host")
    for cpu in ("cortex-m0plus", "cortex-m3", "host"):
        with pytest.raises(AreniteError, match=rf"instructions {cpu} does not have"):
            relay_project_files(archive, cpu=cpu)


@needs_host
def test_sanitisers_find_nothing(ds_cnn: Path, tmp_path: Path) -> None:
    write_project(relay_project_files(ds_cnn, cpu="host"), tmp_path / "project")
    outputs = execute(build(tmp_path / "project", on="host", sanitise=True), samples(1)).outputs
    np.testing.assert_array_equal(outputs[0][0], run(ds_cnn, tmp_path / "plain", "host", "host").outputs[0][0])


@needs_host
@pytest.mark.parametrize("on", ["host", pytest.param("qemu", marks=needs_qemu)])
@pytest.mark.parametrize(
    "arguments",
    [{}, {"pools": (("fast", 2500), ("Slow", None))}, {"workspace_io": False}],
    ids=["one_pool", "two_pools", "io_outside"],
)
def test_wherever_inputs_and_outputs_lie(tmp_path: Path, arguments: Any, on: Literal["host", "qemu"]) -> None:
    project = tmp_path / "project"
    write_relay_project(libraries.build(*libraries.branches(), **arguments), project)
    generator = np.random.default_rng(11)
    inputs = [[generator.normal(size=(1, 4, 8, 8)).astype(np.float32) for _ in "xz"] for _ in range(3)]
    execution = execute(build(project, on=on), inputs)
    for sample, outputs in zip(inputs, execution.outputs, strict=True):
        for value, wanted in zip(outputs, libraries.compute_branches(*sample), strict=True):
            np.testing.assert_allclose(value.reshape(wanted.shape), wanted, rtol=1e-5, atol=1e-5)
    description = read_description(project)
    assert [port.name for port in description.inputs] == ["x", "z"]
    assert [port.name for port in description.outputs] == ["low", "high"]
    export_model_library_format(libraries.build(*libraries.branches(), **arguments), tmp_path / "model.tar")
    library = read_model_library(tmp_path / "model.tar")
    outside = 0 if arguments.get("workspace_io", True) else 3 * 1024
    assert len(library.interface.pools) == len(arguments.get("pools", "1"))
    assert description.arena_bytes == sum(pool.bytes for pool in library.interface.pools) + outside


def test_tree_is_that_of_the_relax_lane(ds_cnn: Path, tmp_path: Path) -> None:
    ports = [
        TensorDescription("audio", "", "int8", (1, 49, 10, 1), 490, 0.5, -3),
        TensorDescription("classes", "", "int8", (1, 12), 12, 0.25, 7),
    ]
    figures = MemoryFigures(lower_bound_bytes=20_000, optimal=False, source_order_bytes=40_000)
    written = write_relay_project(
        libraries.ds_cnn(), tmp_path / "p", cpu="cortex-m33", inputs=ports[:1], outputs=ports[1:], memory=figures
    )
    found = sorted(
        path.relative_to(tmp_path / "p").as_posix() for path in (tmp_path / "p").rglob("*") if path.is_file()
    )
    assert found == written
    assert {"CMakeLists.txt", "metadata.json", "harness/model.h", "codegen/host/include/tvmgen_DsCnn.h"} < set(written)
    assert {f"runtime/include/{header}" for header in crt_headers()} < set(written)
    description = read_description(tmp_path / "p")
    pool = read_model_library(ds_cnn).interface.pools[0].bytes
    assert (description.name, description.cpu, description.ir) == ("DsCnn", "cortex-m33", "relay")
    assert (description.arena_bytes, description.lower_bound_bytes, description.optimal) == (pool, 20_000, False)
    assert description.inputs == (dataclasses.replace(ports[0], c_name="spectrogram_0"),)
    assert description.outputs == (dataclasses.replace(ports[1], c_name="softmax_34"),)
    metadata = json.loads((tmp_path / "p" / "metadata.json").read_text())
    assert metadata["arenite"]["source_order_bytes"] == 40_000
    assert metadata["modules"]["DsCnn"]["executors"] == ["aot"]
    wrong = [dataclasses.replace(ports[0], dtype="uint8")]
    with pytest.raises(AreniteError, match="audio uint8, 490 bytes"):
        relay_project_files(ds_cnn, inputs=wrong)
    with pytest.raises(AreniteError, match="unknown CPU cortex-m99"):
        relay_project_files(ds_cnn, cpu="cortex-m99")


@needs_host
def test_what_consumes_a_relax_project_consumes_this(ds_cnn: Path, tmp_path: Path) -> None:
    model = read_tflite(libraries.DS_CNN)
    write_project(relay_project_files(ds_cnn), tmp_path / "p")
    np.save(tmp_path / "x.npy", samples()[0][0])
    shown = run_project(tmp_path / "p", on="host", inputs=[tmp_path / "x.npy"], output_dir=tmp_path)
    (wanted,) = reference(libraries.DS_CNN, samples(1)).outputs[0]
    values = np.array(shown["outputs"][0]["values"])
    assert np.abs(values - wanted.reshape(-1)).max() <= TOLERANCE
    assert len(shown["files"]) == len(model.outputs)
    result = verify_project(tmp_path / "p", libraries.DS_CNN, 4, 0, "host")
    assert result.values == 48
    assert result.max_abs_diff <= TOLERANCE
    with pytest.raises(AreniteError, match="--ir relax"):
        verify_project(tmp_path / "p", libraries.DS_CNN, 1, 0, "host", layers=True)


def test_time_of_the_export_does_not_show(ds_cnn: Path, tmp_path: Path) -> None:
    times = [read_model_library(ds_cnn).metadata["modules"]["DsCnn"]["export_datetime"]]
    while len(set(times)) < 2:  # the archive holds the time in seconds
        time.sleep(0.2)
        later = export_model_library_format(libraries.ds_cnn(), tmp_path / "later.tar")
        times.append(read_model_library(later).metadata["modules"]["DsCnn"]["export_datetime"])
    assert relay_project_files(later) == relay_project_files(ds_cnn)


def test_borrowed_headers_are_given_back() -> None:
    micro = import_micro()
    with lent_crt():
        assert (Path(micro.get_standalone_crt_dir()) / "include" / "tvm" / "runtime" / "c_runtime_api.h").exists()
        lent = micro.build.STANDALONE_CRT_DIR
    now = micro.build.STANDALONE_CRT_DIR
    assert now != lent or Path(now).exists(), "a directory that is gone is still named"


def with_interface(**options: Any) -> dict[str, Any]:
    return {"options": {**libraries.C_INTERFACE, **options}, "workspace_io": False}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (with_interface(**{"unpacked-api": False, "interface-api": "packed"}), "no C interface.*'interface-api': 'c'"),
        ({"pools": (), "workspace_io": False}, "no workspace pools.*workspace_memory_pools="),
        ({"name": "my-net", "workspace_io": False}, "'my-net'.*another mod_name"),
        ({"constant_memory_pools": "flash", "workspace_io": False}, "constant pools flash.*leave out"),
    ],
    ids=["packed", "no_pools", "name", "constant_pools"],
)
def test_builds_that_make_no_project(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    if "constant_memory_pools" in arguments:
        pools = tvm.ir.memory_pools
        flash = pools.ConstantPoolInfo(arguments["constant_memory_pools"], [tvm.target.Target("c")], [])
        arguments = {**arguments, "constant_memory_pools": pools.ConstantMemoryPools([flash])}
    library = libraries.build(*libraries.branches(), **arguments)
    with pytest.raises(AreniteError, match=message):
        write_relay_project(library, tmp_path / "project")
    assert not list(tmp_path.iterdir())


def test_graph_executor_and_several_models(tmp_path: Path) -> None:
    module, parameters = libraries.branches()
    with tvm.transform.PassContext(opt_level=3, config={"tir.disable_vectorize": True}):
        graph = relay.build(module, "c", runtime=relay.backend.Runtime("crt", {"system-lib": True}), params=parameters)
    with pytest.raises(AreniteError, match=r"executor graph; build with Executor\('aot'"):
        write_relay_project(graph, tmp_path / "project")
    assert not list(tmp_path.iterdir())
    two: Any = [libraries.build(module, parameters, name=name) for name in ("first", "second")]
    with pytest.raises(AreniteError, match=r"2 models \(first, second\); export one"):
        write_relay_project(two, tmp_path / "project")


INTERFACE = "codegen/host/include/tvmgen_default.h"
SOURCE = "codegen/host/src/default_lib1.c"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metadata.json": None}, "no metadata.json"),
        ({"metadata.json": b"[]"}, "no metadata.json"),
        ({"metadata.json": b'{"version": 7}'}, "not a Model Library Format archive.*export_model_library_format"),
        ({"metadata.json": b'{"version": 5}'}, "version 5.*TVM 0.12 to 0.18"),
        ({"metadata.json": b'{"version": 7, "style": "operator"}'}, "one operator"),
        ({INTERFACE: None}, "no C interface"),
        ({INTERFACE: b"int x;"}, "declares no tvmgen_default_run"),
        ({SOURCE: b"#include <arm_nnfunctions.h>\n"}, "arm_nnfunctions.h in default_lib1.c"),
        ({SOURCE: b"p = TVMBackendAllocWorkspace(1, 0, 8, 2, 8);"}, "calls TVMBackendAllocWorkspace"),
        ({"codegen/host/lib/default_lib0.o": b"\x7fELF"}, r"default_lib0.o, which is not C; build for .*'c'"),
        ({"parameters/default.params": bytes(100)}, "outside the C.*'link-params': True"),
    ],
)
def test_archives_that_make_no_project(
    branches: Path, tmp_path: Path, changes: dict[str, bytes | None], message: str
) -> None:
    archive = libraries.altered(branches, tmp_path / "bad.tar", changes)
    with pytest.raises(AreniteError, match=message) as caught:
        relay_project_files(archive)
    assert caught.value.file == str(archive)
    assert caught.value.remedy


def test_no_archive_at_all(tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("text")
    with pytest.raises(AreniteError, match="not a tar archive"):
        relay_project_files(tmp_path / "text.tar")
    with pytest.raises(AreniteError, match="No such file"):
        relay_project_files(tmp_path / "nothing.tar")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_archives_end_in_an_error_of_ours(
    branches: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(branches.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    damaged = tmp_path_factory.mktemp("damaged") / "model.tar"
    damaged.write_bytes(content)
    with suppress(AreniteError):
        relay_project_files(damaged)


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(AreniteError, match="not a directory that arenite has written"):
        write_relay_project(libraries.build(*libraries.branches()), tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
