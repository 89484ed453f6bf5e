"""Server of microTVM's Project API: a project of arenite, built with CMake and run on an emulated board or the host.

Transport. It carries numbers, not TVM's RPC, for the board runs the bare model. The client writes the bytes of all
inputs in the order of the model, and reads the bytes of all outputs in the same manner; more samples may follow, one
after the other. The program starts when a read asks for more than is there, with all samples that are complete by
then, so that the time limit of the read is that of the run. A read that asks for more than these samples give ends in
IoTimeoutError. `tvm.micro.Session`, which needs TVM's RPC server on the board, is not to be had this way.

A template's server needs arenite, to write the project. That of a generated project needs what stands beside it.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ARCHIVE = HERE / "model.tar"
PROTOCOL = HERE / "tvm_project_api.py"
"""The user's TVM's own file for servers, which a generated project keeps."""
PROGRAM = "arenite_harness"
LOG_CHARACTERS = 4000


def _protocol_file() -> Path:
    if PROTOCOL.exists():
        return PROTOCOL
    # Not by name: importing tvm.micro would load all of TVM, which may even have been built without it.
    tvm = importlib.util.find_spec("tvm")
    for folder in (tvm.submodule_search_locations or []) if tvm else []:
        file = Path(folder) / "micro" / "project_api" / "server.py"
        if file.exists():
            return file
    raise ModuleNotFoundError("the Project API needs a TVM with microTVM, 0.12 to 0.18", name="tvm")


def _load(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location("tvm_project_api", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


server = _load(_protocol_file())
APIHandler: Any = server.ProjectAPIHandler

OPTIONS = [
    server.ProjectOption(
        "cpu",
        choices=("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"),
        default=None,
        type="str",
        optional=["generate_project"],
        help="CPU to compile for; by default the one of TVM's target, or cortex-m4.",
    ),
    server.ProjectOption(
        "on",
        choices=("qemu", "host"),
        default="qemu",
        type="str",
        optional=["build", "flash", "open_transport"],
        help="Where to run: a board that QEMU emulates, or this computer.",
    ),
]


class Handler(APIHandler):  # type: ignore[misc]
    """Each method as ``tvm.micro.project_api.server.ProjectAPIHandler`` describes it."""

    def __init__(self) -> None:
        super().__init__()
        self._on: str | None = None
        self._inputs = b""
        self._outputs = b""

    def server_info_query(self, tvm_version: str) -> Any:
        return server.ServerInfo(
            platform_name="arenite",
            is_template=not ARCHIVE.exists(),
            model_library_format_path=ARCHIVE if ARCHIVE.exists() else "",
            project_options=OPTIONS,
        )

    def generate_project(
        self, model_library_format_path: Path, standalone_crt_dir: Path, project_dir: Path, options: dict[str, Any]
    ) -> None:
        from arenite.codegen.project import write_project
        from arenite.codegen.relay.project import relay_project_files
        from arenite.errors import AreniteError

        if not project_dir.is_absolute():
            raise server.ServerError(message=f"{project_dir} is relative to nobody knows what; name an absolute path")
        try:
            files = relay_project_files(model_library_format_path, cpu=options.get("cpu"))
            own = (Path(__file__).resolve(), Path(server.__file__))
            beside = {name: source.read_bytes() for name, source in zip((own[0].name, PROTOCOL.name), own, strict=True)}
            write_project(
                {**files, **beside, ARCHIVE.name: model_library_format_path.read_bytes()},
                project_dir,
            )
        except AreniteError as error:
            raise server.ServerError(message=str(error)) from error

    def build(self, options: dict[str, Any]) -> None:
        on, cmake = _on(options), _program("cmake")
        directory = _build_directory(on)
        configure = [cmake, "-S", str(HERE), "-B", str(directory), "-DARENITE_HARNESS=ON"]
        if shutil.which("ninja"):
            configure.append("-GNinja")
        if on == "qemu":
            toolchain = HERE / "harness" / "arm-none-eabi.cmake"
            configure += [f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", f"-DARENITE_CPU={_description()['cpu']}"]
        _run(configure)
        _run([cmake, "--build", str(directory), "--target", PROGRAM])

    def flash(self, options: dict[str, Any]) -> None:
        """QEMU gets the program when it starts: nothing to do but to see that there is one."""
        _built(_on(options))

    def open_transport(self, options: dict[str, Any]) -> Any:
        self._on = _on(options)
        _built(self._on)
        self._inputs = self._outputs = b""
        return server.TransportTimeouts(
            session_start_retry_timeout_sec=0, session_start_timeout_sec=0, session_established_timeout_sec=0
        )

    def close_transport(self) -> None:
        self._on = None

    def write_transport(self, data: bytes, timeout_sec: float | None) -> None:
        self._opened()
        self._inputs += data

    def read_transport(self, n: int, timeout_sec: float | None) -> bytes:
        on = self._opened()
        if len(self._outputs) < n:
            self._infer(on, timeout_sec)
        if len(self._outputs) < n:
            raise server.IoTimeoutError()
        data, self._outputs = self._outputs[:n], self._outputs[n:]
        return data

    def _opened(self) -> str:
        if self._on is None:
            raise server.TransportClosedError()
        return self._on

    def _infer(self, on: str, timeout_sec: float | None) -> None:
        description = _description()
        sample = sum(tensor["bytes"] for tensor in description["inputs"])
        complete = len(self._inputs) // sample * sample
        if not complete:
            return
        command = [str(_built(on))]
        if on == "qemu":
            qemu = [_program("qemu-system-arm"), "-M", description["machine"], "-display", "none", "-monitor", "none"]
            command = [*qemu, "-serial", "null", "-semihosting-config", "enable=on,target=native", "-kernel", *command]
        with tempfile.TemporaryDirectory(prefix="arenite-") as scratch:
            folder = Path(scratch)
            (folder / "input.bin").write_bytes(self._inputs[:complete])
            try:
                _run(command, folder, timeout_sec)
            except subprocess.TimeoutExpired as error:
                raise server.IoTimeoutError() from error
            self._outputs += (folder / "output.bin").read_bytes()
        self._inputs = self._inputs[complete:]


def _description() -> dict[str, Any]:
    entry: dict[str, Any] = json.loads((HERE / "metadata.json").read_text(encoding="utf-8"))["arenite"]
    return entry


def _on(options: dict[str, Any]) -> str:
    on = options.get("on") or "qemu"
    if on not in ("qemu", "host"):
        raise server.ServerError(message=f"on={on} is neither qemu nor host")
    if on == "qemu" and _description()["machine"] is None:
        raise server.ServerError(message="the project was generated for the host; build it with on=host")
    return str(on)


def _build_directory(on: str) -> Path:
    return HERE / "build" / on / "project_api"


def _built(on: str) -> Path:
    program = _build_directory(on) / PROGRAM
    if not program.exists():
        raise server.ServerError(message=f"there is no program for on={on}; build the project first")
    return program


def _program(name: str) -> str:
    # The wheel `cmake` puts its program beside the interpreter; that directory need not be on PATH.
    path = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if path is None:
        raise server.ServerError(message=f"{name} was not found; install it")
    return path


def _run(command: list[str], folder: Path = HERE, timeout: float | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        result = folder / "result.txt"
        log = done.stdout.decode(errors="replace") + (result.read_text(errors="replace") if result.exists() else "")
        raise server.ServerError(
            message=f"{Path(command[0]).name} ended with status {done.returncode}\n{log[-LOG_CHARACTERS:]}"
        )


if __name__ == "__main__":
    server.main(Handler())
