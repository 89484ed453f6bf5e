"""The template project for microTVM, driven by TVM's own client, and over its protocol without TVM or arenite."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from relay import relay_libraries as libraries

from arenite.codegen.description import Array, read_description
from arenite.codegen.project_api import template_directory
from arenite.codegen.relay.standalone_crt import lent_crt
from arenite.codegen.run import build, execute
from arenite.relay_compat import import_micro

HOST = shutil.which("cc") is not None and shutil.which("cmake") is not None
QEMU = HOST and shutil.which("arm-none-eabi-gcc") is not None and shutil.which("qemu-system-arm") is not None
needs_host = pytest.mark.skipif(not HOST, reason="needs cc and cmake")
needs_qemu = pytest.mark.skipif(not QEMU, reason="needs cmake, arm-none-eabi-gcc and qemu-system-arm")
TIMEOUT = 60.0

micro = import_micro()
server_errors = micro.project_api.server


def generate(directory: Path, **options: str) -> Any:
    library = libraries.build(*libraries.branches())
    with lent_crt():
        return micro.generate_project(template_directory(), library, directory, options)


def samples(count: int) -> list[list[Array]]:
    generator = np.random.default_rng(17)
    return [[generator.normal(size=(1, 4, 8, 8)).astype(np.float32) for _ in range(2)] for _ in range(count)]


def as_bytes(values: list[Array]) -> bytes:
    return b"".join(value.tobytes() for value in values)


def check(data: bytes, sample: list[Array]) -> None:
    for index, wanted in enumerate(libraries.compute_branches(*sample)):
        value = np.frombuffer(data, np.float32)[index * wanted.size :][: wanted.size].reshape(wanted.shape)
        np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("on", [pytest.param("host", marks=needs_host), pytest.param("qemu", marks=needs_qemu)])
def test_client_of_tvm_gets_results(tmp_path: Path, on: str) -> None:
    project = generate(tmp_path / "project", cpu="cortex-m7", on=on)
    assert project.info()["platform_name"] == "arenite"
    assert not project.info()["is_template"]
    assert Path(project.info()["model_library_format_path"]).is_file()
    assert read_description(tmp_path / "project").cpu == "cortex-m7"
    project.build()
    project.flash()
    first, second, third = samples(3)
    size = len(as_bytes(libraries.compute_branches(*first)))
    with project.transport() as transport:
        transport.write(as_bytes(first), TIMEOUT)
        check(transport.read(size, TIMEOUT), first)
        # Two more samples in odd pieces; the answers too can be fetched piece by piece.
        data = as_bytes(second) + as_bytes(third)
        for start in range(0, len(data), 1000):
            transport.write(data[start : start + 1000], TIMEOUT)
        pieces = [transport.read(count, TIMEOUT) for count in (1, size, size - 1)]
        check(b"".join(pieces)[:size], second)
        check(b"".join(pieces)[size:], third)
        with pytest.raises(server_errors.IoTimeoutError):
            transport.read(1, TIMEOUT)


@needs_host
def test_project_is_one_of_arenite(tmp_path: Path) -> None:
    generate(tmp_path / "project")
    (inputs,) = samples(1)
    outputs = execute(build(tmp_path / "project", on="host"), [inputs]).outputs[0]
    check(as_bytes(outputs), inputs)
    assert read_description(tmp_path / "project").cpu == "cortex-m4", "of a target without -mcpu"


def test_template_introduces_itself() -> None:
    template = micro.TemplateProject.from_directory(template_directory())
    assert template.info()["is_template"]
    assert {option["name"] for option in template.info()["project_options"]} == {"cpu", "on"}


def test_what_goes_wrong_is_told(tmp_path: Path) -> None:
    template = micro.TemplateProject.from_directory(template_directory())
    (tmp_path / "model.tar").write_text("no archive")
    with lent_crt():
        for archive, directory, message in (
            (tmp_path / "model.tar", tmp_path / "project", "not a tar archive"),
            (tmp_path / "nothing.tar", tmp_path / "project", "No such file"),
            (tmp_path / "model.tar", "project", "absolute path"),
        ):
            with pytest.raises(server_errors.ServerError, match=message):
                template.generate_project_from_mlf(archive, str(directory), {})
    assert not (tmp_path / "project").exists()
    project = generate(tmp_path / "project")
    with pytest.raises(server_errors.ServerError, match="build the project first"):
        project.flash()
    with pytest.raises(server_errors.TransportClosedError):
        project.transport().read(1, TIMEOUT)
    project.options = {"on": "moon"}
    with pytest.raises(server_errors.ServerError, match="moon"):
        project.build()


@contextmanager
def lonely_server(project: Path) -> Iterator[Any]:
    """A generated project's server under a Python without site-packages; gives a function that makes a request."""
    to_server, from_server = os.pipe(), os.pipe()
    command = [sys.executable, "-I", "-S", str(project / "microtvm_api_server.py")]
    command += ["--read-fd", str(to_server[0]), "--write-fd", str(from_server[1])]
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    process = subprocess.Popen(
        command, pass_fds=(to_server[0], from_server[1]), cwd=project, env={**os.environ, "PATH": path}
    )
    os.close(to_server[0])
    os.close(from_server[1])
    with os.fdopen(to_server[1], "w") as requests, os.fdopen(from_server[0]) as replies:

        def request(method: str, **parameters: Any) -> Any:
            message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
            requests.write(json.dumps(message) + "\n")
            requests.flush()
            reply = json.loads(replies.readline())
            assert "error" not in reply, reply["error"]
            return reply["result"]

        yield request
    assert process.wait(TIMEOUT) == 0


@needs_qemu
def test_project_needs_neither_tvm_nor_arenite(tmp_path: Path) -> None:
    generate(tmp_path / "made", cpu="cortex-m55")
    project = (tmp_path / "made").rename(tmp_path / "moved")
    (inputs,) = samples(1)
    with lonely_server(project) as request:
        assert request("server_info_query", tvm_version="0.18.0")["protocol_version"] == 1
        request("build", options={})
        request("flash", options={})
        request("open_transport", options={})
        request("write_transport", data=base64.b85encode(as_bytes(inputs)).decode(), timeout_sec=TIMEOUT)
        size = sum(port.bytes for port in read_description(project).outputs)
        reply = request("read_transport", n=size, timeout_sec=TIMEOUT)
        check(base64.b85decode(reply["data"]), inputs)
        request("close_transport")
