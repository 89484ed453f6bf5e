"""Building and running with real compilers and QEMU: numbers, costs, and what a user is told when something breaks."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sample_project import ARENA_BYTES, ELEMENTS, HIGH, LOW, write_project

from arenite.codegen.boards import MACHINES
from arenite.codegen.costs.elf import read_symbols
from arenite.codegen.description import Array, read_description
from arenite.codegen.run import build, execute
from arenite.codegen.tools import run_program
from arenite.errors import AreniteError, ToolError

HOST = shutil.which("cc") is not None and shutil.which("cmake") is not None
QEMU = HOST and shutil.which("arm-none-eabi-gcc") is not None and shutil.which("qemu-system-arm") is not None

needs_host = pytest.mark.skipif(not HOST, reason="needs cc and cmake")
needs_qemu = pytest.mark.skipif(not QEMU, reason="needs cmake, arm-none-eabi-gcc and qemu-system-arm")


def samples(count: int) -> list[list[Array]]:
    generator = np.random.default_rng(7)
    return [[generator.integers(-128, 128, (1, ELEMENTS), dtype=np.int8)] for _ in range(count)]


def expected(inputs: list[list[Array]]) -> list[Array]:
    return [np.minimum(np.maximum(sample[0], LOW), HIGH) for sample in inputs]


def check_outputs(outputs: list[list[Array]], inputs: list[list[Array]]) -> None:
    assert len(outputs) == len(inputs)
    for output, wanted in zip(outputs, expected(inputs), strict=True):
        assert len(output) == 1
        np.testing.assert_array_equal(output[0], wanted, strict=True)


@needs_host
def test_host_runs_every_sample(tmp_path: Path) -> None:
    inputs = samples(5)
    execution = execute(build(write_project(tmp_path), on="host"), inputs)
    check_outputs(execution.outputs, inputs)
    assert (execution.instructions, execution.stack_bytes, execution.flash_bytes, execution.ram_bytes) == (None,) * 4
    assert execution.trace == ()


@needs_qemu
@pytest.mark.parametrize("cpu", MACHINES)
def test_every_cpu_runs_in_qemu(tmp_path: Path, cpu: str) -> None:
    inputs = samples(3)
    program = build(write_project(tmp_path, cpu), on="qemu")
    execution = execute(program, inputs)
    check_outputs(execution.outputs, inputs)
    assert execution.stack_bytes is not None
    assert 4 <= execution.stack_bytes <= 64
    assert execution.flash_bytes is not None
    assert 1000 < execution.flash_bytes < 1200, "1,000 bytes of constants and a few of code"
    assert execution.ram_bytes == ARENA_BYTES + execution.stack_bytes, "the static workspace must not be linked"
    attributes = run_program(["arm-none-eabi-readelf", "-A", str(program.program)])
    assert {"cortex-m0plus": "v6S-M", "cortex-m55": "v8.1-M.mainline"}.get(cpu, "Tag_CPU_arch") in attributes


@needs_qemu
def test_instructions_are_exact_and_the_same_every_time(tmp_path: Path) -> None:
    def instructions(name: str, flaw: str) -> int:
        program = build(write_project(tmp_path / name, "cortex-m3", flaw), on="qemu")
        first, second = (execute(program, samples(2)).instructions for _ in range(2))
        assert first is not None
        assert first == second
        return first

    plain = instructions("plain", "")
    # The loop takes two instructions per turn and one more before it; conditional branches split translated blocks.
    loop = '__asm__ volatile("movs r3, #200\\n1: subs r3, #1\\n bne 1b" ::: "r3", "cc");'
    assert instructions("loop", loop) == plain + 401
    # A skipped instruction of an IT block is executed all the same.
    skipped = '__asm__ volatile("cmp sp, #0\\n it eq\\n moveq r3, #1" ::: "r3", "cc");'
    assert instructions("skipped", skipped) == plain + 3


@needs_qemu
def test_stack_is_measured(tmp_path: Path) -> None:
    deep = "{ volatile uint8_t local[1000]; local[0] = 1; local[999] = (uint8_t)arena[0]; (void)local[0]; }"
    execution = execute(build(write_project(tmp_path, flaw=deep), on="qemu"), samples(1))
    assert execution.stack_bytes is not None
    assert 1000 <= execution.stack_bytes <= 1100


@needs_qemu
@pytest.mark.parametrize("cpu", ["cortex-m4", "cortex-m55"])
def test_a_megabyte_of_weights(tmp_path: Path, cpu: str) -> None:
    weights = "static const volatile int8_t weights[1000000] = {1, 2, 3}; if (weights[1] != 2) { return -9; }"
    execution = execute(build(write_project(tmp_path, cpu, weights), on="qemu"), samples(1))
    check_outputs(execution.outputs, samples(1))
    assert execution.flash_bytes is not None
    assert 1_001_000 < execution.flash_bytes < 1_001_300


@needs_qemu
def test_too_much_for_the_board(tmp_path: Path) -> None:
    weights = "static const volatile int8_t weights[5000000] = {1, 2, 3}; if (weights[1] != 2) { return -9; }"
    with pytest.raises(
        ToolError, match=r"bytes of code and constants, QEMU's board mps2-an386 has 4,193,280: .* run it"
    ):
        build(write_project(tmp_path, flaw=weights), on="qemu")
    variables = "static volatile int8_t more[5000000]; if (more[1] != 0) { return -9; }"
    with pytest.raises(ToolError, match=r"RAM, QEMU's board mps2-an386 has 4,194,304: 871,\d+ too few"):
        build(write_project(tmp_path, flaw=variables), on="qemu")


@needs_qemu
def test_variables_of_the_library_count(tmp_path: Path) -> None:
    variables = """
    static volatile int8_t initialised[100] = {1, 2};
    static volatile int8_t zero[300];
    if (zero[299] != 0 || initialised[1] != 2) { return -5; }
    zero[0] = initialised[0];
    """
    execution = execute(build(write_project(tmp_path, flaw=variables), on="qemu"), samples(1))
    assert execution.ram_bytes is not None
    assert execution.stack_bytes is not None
    assert execution.ram_bytes == ARENA_BYTES + execution.stack_bytes + 400
    assert execution.flash_bytes is not None
    assert execution.flash_bytes > 1100


@pytest.mark.parametrize("on", [pytest.param("host", marks=needs_host), pytest.param("qemu", marks=needs_qemu)])
class TestFaults:
    def failure(self, tmp_path: Path, on: str, flaw: str) -> str:
        program = build(write_project(tmp_path, flaw=flaw), on="qemu" if on == "qemu" else "host")
        with pytest.raises(ToolError) as caught:
            execute(program, samples(2))
        return str(caught.value)

    @pytest.mark.parametrize("offset", [-80, -1, ARENA_BYTES, ARENA_BYTES + 79])
    def test_write_outside_the_arena(self, tmp_path: Path, on: str, offset: int) -> None:
        # Hidden from the compiler, which may otherwise refuse or reorder it.
        flaw = f"{{ volatile int32_t k = {offset}; ((volatile int8_t *)arena)[k] = 17; }}"
        message = self.failure(tmp_path, on, flaw)
        assert f"outside the arena was written on sample 0, {offset} bytes from the arena's start" in message

    def test_error_code(self, tmp_path: Path, on: str) -> None:
        assert "tvmgen_clip_run returned -3 on sample 0" in self.failure(tmp_path, on, "if (i > 0) { return -3; }")

    def test_trap(self, tmp_path: Path, on: str) -> None:
        message = self.failure(tmp_path, on, "__builtin_trap();")
        assert "fault\n" in message if on == "qemu" else "signal" in message


@needs_qemu
def test_a_fault_prints_the_registers(tmp_path: Path) -> None:
    program = build(write_project(tmp_path, flaw='__asm__ volatile("faulty: .inst.n 0xde00");'), on="qemu")
    with pytest.raises(ToolError) as caught:
        execute(program, samples(1))
    registers = dict(line.split() for line in str(caught.value).splitlines() if len(line.split()) == 2)
    assert int(registers["exception"], 16) == 3, "hard fault"
    assert int(registers["pc"], 16) == read_symbols(program.program)["faulty"] & ~1
    assert int(registers["cfsr"], 16) & 0x10000, "undefined instruction"


@needs_qemu
@pytest.mark.parametrize(("cpu", "faults"), [("cortex-m0plus", True), ("cortex-m4", False)])
def test_unaligned_access_faults_where_the_core_cannot(tmp_path: Path, cpu: str, faults: bool) -> None:
    unaligned = '__asm__ volatile("ldr r3, [%0]" :: "r"(arena + 1) : "r3");'
    program = build(write_project(tmp_path, cpu, unaligned), on="qemu")
    if faults:
        with pytest.raises(ToolError, match="fault"):
            execute(program, samples(1))
    else:
        check_outputs(execute(program, samples(1)).outputs, samples(1))


@needs_qemu
def test_stack_overflow_is_seen(tmp_path: Path) -> None:
    deep = "{ volatile uint8_t local[70000]; for (i = 0; i < 70000; i += 4) { local[i] = 1; } }"
    with pytest.raises(ToolError, match=r"stack overflowed|fault|arena"):
        execute(build(write_project(tmp_path, flaw=deep), on="qemu"), samples(1))


@needs_qemu
def test_endless_loop_times_out(tmp_path: Path) -> None:
    program = build(write_project(tmp_path, flaw="for (;;) { *(volatile int8_t *)arena = 1; }"), on="qemu")
    with pytest.raises(ToolError, match="did not finish within 2 s"):
        execute(program, samples(1), timeout=2)


@needs_host
def test_sanitisers_see_what_guards_cannot(tmp_path: Path) -> None:
    read = "{{ volatile int32_t k = {}; arena[0] = (int8_t)(arena[0] + 0 * ((volatile int8_t *)arena)[k]); }}"
    clean = build(write_project(tmp_path / "clean", flaw=read.format(ARENA_BYTES - 1)), on="host", sanitise=True)
    check_outputs(execute(clean, samples(2)).outputs, samples(2))
    for name, offset in (("before", -1), ("after", ARENA_BYTES)):
        stray = build(write_project(tmp_path / name, flaw=read.format(offset)), on="host", sanitise=True)
        with pytest.raises(ToolError, match="AddressSanitizer"):
            execute(stray, samples(1))
    overflow = "{ volatile int32_t large = INT32_MAX; large = large + 1; }"
    with pytest.raises(ToolError, match="overflow"):
        execute(build(write_project(tmp_path / "overflow", flaw=overflow), on="host", sanitise=True), samples(1))


@pytest.mark.parametrize("on", [pytest.param("host", marks=needs_host), pytest.param("qemu", marks=needs_qemu)])
def test_trace_has_every_step(tmp_path: Path, on: str) -> None:
    inputs = samples(2)
    program = build(write_project(tmp_path), on="qemu" if on == "qemu" else "host", trace=True)
    trace = execute(program, inputs).trace
    assert [(record.sample, record.step, record.output) for record in trace] == [
        (0, 0, 0),
        (0, 1, 0),
        (1, 0, 0),
        (1, 1, 0),
    ]
    for sample, value in enumerate(inputs):
        assert trace[2 * sample].data == np.maximum(value[0], LOW).tobytes()
        assert trace[2 * sample + 1].data == expected(inputs)[sample].tobytes()


@needs_host
def test_building_writes_only_below_build(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")

    def files() -> dict[str, bytes]:
        found = (file for file in project.rglob("*") if file.is_file())
        names = {file.relative_to(project).as_posix(): file.read_bytes() for file in found}
        return {name: data for name, data in names.items() if not name.startswith("build/host/")}

    before = files()
    execute(build(project, on="host"), samples(1))
    assert files() == before
    execute(build(project, on="host", build_dir=tmp_path / "elsewhere"), samples(1))
    assert files() == before


@needs_host
def test_changed_source_and_moved_project_are_rebuilt(tmp_path: Path) -> None:
    project = write_project(tmp_path / "first")
    build(project, on="host")
    write_project(project, flaw="arena[0] = 99;")
    assert execute(build(project, on="host"), samples(1)).outputs[0][0][0, 0] == 99
    moved = project.rename(tmp_path / "second")
    write_project(moved)
    check_outputs(execute(build(moved, on="host"), samples(1)).outputs, samples(1))


@needs_qemu
def test_another_cpu_in_the_same_directory(tmp_path: Path) -> None:
    build(write_project(tmp_path, "cortex-m4"), on="qemu")
    program = build(write_project(tmp_path, "cortex-m0plus"), on="qemu").program
    assert "v6S-M" in run_program(["arm-none-eabi-readelf", "-A", str(program)])


@needs_qemu
def test_library_builds_alone_with_the_toolchain_file(tmp_path: Path) -> None:
    project = write_project(tmp_path, "cortex-m33")
    toolchain = project / "harness" / "arm-none-eabi.cmake"
    run_program(["cmake", "-S", str(project), "-B", str(tmp_path / "b"), f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"])
    run_program(["cmake", "--build", str(tmp_path / "b")])
    library = tmp_path / "b" / "libtvmgen_clip.a"
    assert "v8-M.mainline" in run_program(["arm-none-eabi-readelf", "-A", str(library)])
    assert "workspace" in run_program(["arm-none-eabi-nm", str(library)]), "the static arena is the default"


@needs_host
def test_harness_compiles_without_a_warning(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    include = ["-I", str(project / "harness"), "-I", str(project / "codegen/host/include")]
    strict = ["-std=gnu99", "-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wundef", "-Werror"]
    strict += ["-DARENITE_TRACE", "-DTVMGEN_CLIP_NO_STATIC_WORKSPACE"]
    for source in ("harness.c", "host.c"):
        run_program(["cc", *strict, *include, str(project / "harness" / source)])
    if QEMU:
        for source in ("harness.c", "semihosting.c", "start.c"):
            for cpu in ("cortex-m0plus", "cortex-m55"):
                arm = ["arm-none-eabi-gcc", f"-mcpu={cpu}", "-mfloat-abi=" + ("soft" if "0" in cpu else "hard")]
                run_program([*arm, *strict, *include, str(project / "harness" / source)])


@needs_host
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda value: [], "0 inputs"),
        (lambda value: [value.astype(np.int16)], "int16"),
        (lambda value: [value[:, :-1]], r"\[1, 23\]"),
    ],
)
def test_inputs_that_do_not_fit(tmp_path: Path, change: Callable[[Array], list[Array]], message: str) -> None:
    program = build(write_project(tmp_path), on="host")
    with pytest.raises(AreniteError, match=message):
        execute(program, [change(samples(1)[0][0])])


def test_bad_projects(tmp_path: Path) -> None:
    with pytest.raises(AreniteError, match="arenite compile"):
        build(tmp_path, on="host")
    project = write_project(tmp_path)
    file = project / "metadata.json"
    good = json.loads(file.read_text())
    for text in ("", "[]", "{}", '{"arenite": {}}', "\x00", json.dumps(good).replace('"bytes": 24', '"bytes": 25')):
        file.write_text(text)
        with pytest.raises(AreniteError, match=r"metadata\.json"):
            read_description(project)


def test_a_missing_tool_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write_project(tmp_path / "project")
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(ToolError, match="make or ninja"):
        build(project, on="host")
    (programs / "ninja").symlink_to(sys.executable)
    with pytest.raises(ToolError, match="C compiler"):
        build(project, on="host")
    with pytest.raises(ToolError, match="gcc-arm-none-eabi"):
        build(project, on="qemu")


def test_requests_that_make_no_sense(tmp_path: Path) -> None:
    project = write_project(tmp_path, "host")
    with pytest.raises(AreniteError, match="compiled for host"):
        build(project, on="qemu")
    with pytest.raises(AreniteError, match="sanitisers"):
        build(write_project(tmp_path, "cortex-m4"), on="qemu", sanitise=True)


@needs_host
def test_a_compiler_error_is_shown(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="nonsense"):
        build(write_project(tmp_path, flaw="nonsense;"), on="host")


@needs_qemu
def test_without_a_host_compiler_instructions_are_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = build(write_project(tmp_path), on="qemu")
    qemu = shutil.which("qemu-system-arm")
    assert qemu is not None
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "qemu-system-arm").symlink_to(qemu)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.warns(UserWarning, match="no C compiler"):
        execution = execute(program, samples(1))
    check_outputs(execution.outputs, samples(1))
    assert execution.instructions is None
    assert execution.stack_bytes is not None


@needs_host
def test_run_program_reports_status_and_log(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="status 5\nlast words") as caught:
        run_program([sys.executable, "-c", "print('last words'); raise SystemExit(5)"])
    assert caught.value.__cause__ is None
    with pytest.raises(ToolError, match="could not be started"):
        run_program([str(tmp_path / "nothing")])
    assert run_program([sys.executable, "-c", "import os; print(os.environ['A'])"], environment={"A": "b"}) == "b\n"
    assert os.environ.get("A") != "b"
