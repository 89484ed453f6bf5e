"""Builds a generated project and runs it: on the host, or on an emulated Cortex-M."""

from __future__ import annotations

import re
import shutil
import struct
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from arenite.codegen.boards import MACHINES, board_memory
from arenite.codegen.costs.elf import library_size, read_symbols
from arenite.codegen.costs.instruction_counter import instruction_counter
from arenite.codegen.description import Array, ProjectDescription, read_description
from arenite.codegen.harness_files import TraceRecord, failure, pack_inputs, read_result, read_trace, unpack_outputs
from arenite.codegen.tools import find_program, run_program
from arenite.errors import AreniteError, ToolError
from arenite.progress import Progress, tell
from arenite.target_memory import TargetMemory, check_ram

Target = Literal["host", "qemu"]

QEMU_TIMEOUT = 600.0
STACK_BYTES = 64 << 10
"""Of the boards' linker script."""
# Short reports, so that the tail of the log still has the line that says what is wrong.
SANITISER_OPTIONS = {"ASAN_OPTIONS": "print_legend=0", "UBSAN_OPTIONS": "print_stacktrace=1"}


@dataclass(frozen=True)
class Build:
    """A program that runs the library on a file of samples. ``cpu`` is ``host`` when it runs on this machine."""

    project: ProjectDescription
    on: Target
    cpu: str
    program: Path
    trace: bool


@dataclass(frozen=True, eq=False)
class Execution:
    """Results of all samples, and costs: the largest over the samples. Costs are None where they are not measured.

    ``outputs[sample][i]``. ``stack_bytes``: deepest stack below the caller of the run function. ``instructions``:
    executed in one run. ``flash_bytes``: code, tables, weights and initialised data of the library as linked;
    ``ram_bytes``: its variables, the arena, the model's state and the stack.
    """

    outputs: list[list[Array]]
    instructions: int | None
    stack_bytes: int | None
    flash_bytes: int | None
    ram_bytes: int | None
    trace: tuple[TraceRecord, ...]


def _cmake() -> str:
    # The wheel `cmake` puts its program beside the interpreter; that directory need not be on PATH.
    beside = shutil.which("cmake", path=sysconfig.get_path("scripts"))
    return beside or find_program("cmake", "install it with the system's package manager or `pip install cmake`")


def _generator() -> str:
    if shutil.which("ninja"):
        return "Ninja"
    find_program("make", "install make or ninja (Debian: apt install make)")
    return "Unix Makefiles"


def build(
    project: Path,
    *,
    on: Target,
    trace: bool = False,
    sanitise: bool = False,
    canaries: bool = False,
    build_dir: Path | None = None,
) -> Build:
    """Builds the project's harness.

    Args:
        project: a directory that ``arenite compile`` has written; its ``metadata.json`` names the CPU.
        on: ``host``, or ``qemu`` for an emulated board with that CPU.
        trace: record every output of every step while running.
        sanitise: abort on undefined behaviour and accesses outside the arena (host only).
        canaries: check after every step that it has left alone what is not its own.
        build_dir: where to build, instead of ``project/build/<on>``.

    Raises:
        AreniteError: not a project, or a request that makes no sense for it.
        ToolError: a tool is missing or fails; the message ends with the tail of its log.
    """
    description = read_description(project)
    if trace and description.ir == "relay":
        raise AreniteError(
            "was built by relay.build, whose layers cannot be looked at",
            file=str(project),
            remedy="leave out --layers, or compile with --ir relax",
        )
    if canaries and (trace or "MODEL_WRITES" not in (project / "harness" / "model.h").read_text(encoding="utf-8")):
        raise AreniteError(
            "canaries are in one arena, between whole steps",
            file=str(project),
            remedy="leave out --layers, --region, --io-memory, --stream-input and --ir relay, or --canaries",
        )
    flags = {"trace": trace, "sanitise": sanitise, "canaries": canaries}
    variant = "-".join(["release", *(name for name, wanted in flags.items() if wanted)])
    directory = (build_dir or project / "build" / on) / variant
    options = [
        f"-G{_generator()}",
        "-DARENITE_HARNESS=ON",
        f"-DARENITE_TRACE={'ON' if trace or canaries else 'OFF'}",
        f"-DARENITE_CANARIES={'ON' if canaries else 'OFF'}",
        f"-DARENITE_SANITISE={'ON' if sanitise else 'OFF'}",
    ]
    if on == "qemu":
        if sanitise:
            raise AreniteError("the sanitisers need an operating system", remedy="run on the host")
        if description.cpu not in MACHINES:
            raise AreniteError(
                f"was compiled for {description.cpu}, which QEMU is not needed for",
                file=str(project),
                remedy="compile with --cpu cortex-m4, or run with --on host",
            )
        _check_board(description)
        find_program("arm-none-eabi-gcc", "install it (Debian: apt install gcc-arm-none-eabi libnewlib-arm-none-eabi)")
        toolchain = project.resolve() / "harness" / "arm-none-eabi.cmake"
        options += [f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", f"-DARENITE_CPU={description.cpu}"]
    elif shutil.which("cc") is None and shutil.which("gcc") is None and shutil.which("clang") is None:
        raise ToolError("the host has no C compiler (cc)", remedy="install one (Debian: apt install gcc)")
    tell(Progress(f"compiling C for {'the host' if on == 'host' else description.cpu}"))
    _configure(project.resolve(), directory, options)
    try:
        run_program([_cmake(), "--build", str(directory), "--target", "arenite_harness", "--parallel", "2"])
    except ToolError as error:
        excess = re.search(r"region `(CODE|RAM)' overflowed by (\d+) bytes", str(error))
        if excess is None or on != "qemu":
            raise
        memory = "code and constants" if excess[1] == "CODE" else "RAM"
        available, over = board_memory(description.cpu)[excess[1] == "RAM"], int(excess[2])
        raise ToolError(
            f"{description.name} needs {available + over:,} bytes of {memory}, QEMU's board "
            f"{MACHINES[description.cpu]} has {available:,}: {over:,} too few",
            remedy="run it with --on host",
        ) from error
    cpu = description.cpu if on == "qemu" else "host"
    return Build(description, on, cpu, directory.resolve() / "arenite_harness", trace)


def _check_board(description: ProjectDescription) -> None:
    """Refuses what its RAM does not hold before a compiler tells it in other words."""
    memory = TargetMemory(ram=board_memory(description.cpu)[1], owner=f"QEMU's board {MACHINES[description.cpu]}")
    parts = {"arena": description.arena_bytes, "state": description.state_bytes, "stack": STACK_BYTES}
    check_ram(memory, parts, file=description.name, remedy="run it with --on host, or make it smaller")


def _configure(project: Path, directory: Path, options: Sequence[str]) -> None:
    """Runs CMake, from scratch if the directory was configured otherwise: CMake keeps the flags of its first run."""
    command = [_cmake(), "-S", str(project), "-B", str(directory.resolve()), *options]
    stamp = directory / "arenite-configured"
    wanted = "\n".join(command)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(directory, ignore_errors=True)
        run_program(command)
        stamp.write_text(wanted, encoding="utf-8")


def find_qemu() -> str:
    """Path of QEMU. Raises ToolError where it is missing."""
    return find_program("qemu-system-arm", "install it (Debian: apt install qemu-system-arm)")


def plugin_option(plugin: Path, begin: int, end: int, out: str | Path) -> str:
    """QEMU's words for a plug-in that looks at the instructions between two addresses and writes a file.

    Symbols of Thumb code may carry the instruction set in bit 0; instructions do not."""
    path, file = (str(name).replace(",", ",,") for name in (plugin, out))
    return f"{path},begin={begin & ~1:#x},end={end & ~1:#x},out={file}"


def _qemu_command(build: Build, symbols: dict[str, int], plugins: Sequence[str]) -> list[str]:
    qemu = find_qemu()
    command = [qemu, "-M", MACHINES[build.cpu], "-display", "none", "-monitor", "none", "-serial", "null"]
    command += ["-semihosting-config", "enable=on,target=native", "-kernel", str(build.program)]
    counter = instruction_counter(qemu)
    if counter is not None:
        begin, end = (symbols[f"arenite_count_{which}"] for which in ("begin", "end"))
        command += ["-plugin", plugin_option(counter, begin, end, "instructions.txt")]
    for plugin in plugins:
        command += ["-plugin", plugin]
    return command


def execute(
    build: Build,
    inputs: Sequence[Sequence[Array]],
    *,
    timeout: float = QEMU_TIMEOUT,
    plugins: Sequence[str] = (),
    reset_at: int | None = None,
) -> Execution:
    """Runs the program on samples; ``inputs[sample][i]`` has the shape and dtype of the project's input i.

    ``plugins``: more of them for QEMU to load, with their options; files that these name are absolute. ``reset_at``:
    the sample before which the model's state is what it was before the first one.

    Raises:
        AreniteError: inputs that do not fit.
        ToolError: a tool is missing, the program crashed (a fault's registers are in the message), took longer than
            ``timeout`` seconds, returned an error, or wrote outside its arena.
    """
    project = build.project
    samples = f"{len(inputs):,} sample{'s' * (len(inputs) != 1)}"
    tell(Progress(f"running {samples} {'in QEMU' if build.on == 'qemu' else 'on the host'}"))
    data = pack_inputs(project, inputs)
    symbols = dict(read_symbols(build.program)) if build.on == "qemu" else {}
    command = _qemu_command(build, symbols, plugins) if build.on == "qemu" else [str(build.program)]
    with tempfile.TemporaryDirectory(prefix="arenite-") as scratch:
        folder = Path(scratch)
        (folder / "input.bin").write_bytes(data)
        if reset_at is not None:
            (folder / "reset.bin").write_bytes(struct.pack("=i", reset_at))
        result = folder / "result.txt"
        try:
            run_program(command, cwd=folder, timeout=timeout, environment=SANITISER_OPTIONS)
        except ToolError as error:
            values = read_result(result)
            if "error" in values:
                raise ToolError(failure(project.name, values), file=str(build.program)) from error
            raise ToolError(f"the program failed: {error}", file=str(build.program)) from error
        values = read_result(result)
        if values.get("samples") != str(len(inputs)):
            raise ToolError("the program ended early", file=str(build.program))
        outputs = unpack_outputs(project.outputs, (folder / "output.bin").read_bytes(), len(inputs))
        counts = folder / "instructions.txt"
        instructions = [int(line) for line in counts.read_text().split()] if counts.exists() else []
        trace = read_trace((folder / "trace.bin").read_bytes()) if build.trace else ()
    stack = int(values["stack_bytes"]) if "stack_bytes" in values else None
    flash = ram = None
    if build.on == "qemu":
        size = library_size(symbols)
        flash = size.code + size.data
        ram = size.data + size.bss + project.arena_bytes + project.state_bytes + (stack or 0)
    return Execution(outputs, max(instructions, default=None), stack, flash, ram, trace)
