"""Programs that run trials of kernels in bulk: for a core, in QEMU, or for this machine under the sanitisers.

One program has all functions; the trials come from a file."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bodies.trials import At, FunctionCall, Trial

import arenite.cmake
from arenite.codegen.boards import MACHINES
from arenite.codegen.costs.elf import read_symbols
from arenite.codegen.costs.instruction_counter import compiled_plugin
from arenite.codegen.host import INCLUDES, kernel_path
from arenite.codegen.kernels import files_of
from arenite.codegen.kernels.row_calls import RowFunction, row_functions
from arenite.codegen.run import find_qemu, plugin_option
from arenite.codegen.tools import find_program, run_program
from arenite.errors import ToolError

CMAKE = Path(arenite.cmake.__file__).parent
SOURCE = Path(__file__).with_name("kernel_programs.c")
OPTIONS = ("-std=c99", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections")
"""As generated projects are compiled, but for how much they are optimised."""
SANITISERS = ("-g1", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
TIMEOUT = 300.0

_MODEL_H = """#ifndef MODEL_H
#define MODEL_H
#include <stdint.h>
typedef void (*kernel_stub)(const uintptr_t *arguments);
/* What the harness is handed in place of a model's memory: a call. */
typedef struct {
  kernel_stub function;
  const uintptr_t *arguments;
} model_pools;
extern const kernel_stub kernel_stubs[];
static inline int32_t run_stub(const model_pools *pools) {
  pools->function(pools->arguments);
  return 0;
}
#define MODEL_RUN run_stub
#endif
"""


@dataclass(frozen=True)
class KernelProgram:
    """``cpu`` is ``host`` for a program of this machine. ``functions``: their numbers in files of trials."""

    cpu: str
    path: Path
    functions: dict[str, int]


@dataclass(frozen=True)
class Outcome:
    """``wrong``: differences, in words. ``stack_bytes``: of each call, if the program was built to measure them."""

    wrong: tuple[str, ...]
    stack_bytes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Measurement:
    """Of one call: instructions, those of a stub that passes the arguments included, and the bytes of its stack."""

    instructions: int
    stack_bytes: int


def flags_of(cpu: str) -> list[str]:
    """What cmake/arm-none-eabi.cmake compiles a CPU's code with."""
    text = (CMAKE / "arm-none-eabi.cmake").read_text(encoding="utf-8")
    match = re.search(rf'set\(arenite_flags_{cpu} "([^"]*)"\)', text)
    assert match is not None, cpu
    return [f"-mcpu={cpu}", "-mthumb", *match[1].split()]


def _board(cpu: str) -> list[str]:
    """The numbers in cmake/boards.cmake."""
    text = (CMAKE / "boards.cmake").read_text(encoding="utf-8")
    numbers = dict(re.findall(r"set\(ARENITE_BOARD_(\S+) ([^)]*)\)", text))
    found = numbers[cpu]
    while found.startswith("$"):
        found = numbers[found[len("${ARENITE_BOARD_") : -1]]
    assert len(found.split()) == 5
    return [str(number) for number in found.split()]


def _linker_flags(cpu: str) -> list[str]:
    names = ("VECTORS_BASE", "CODE_BASE", "CODE_SIZE", "RAM_BASE", "RAM_SIZE")
    symbols = [f"-Wl,--defsym={name}={number}" for name, number in zip(names, _board(cpu), strict=True)]
    return ["-nostartfiles", f"-T{CMAKE / 'board.ld'}", "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", *symbols]


def _stub(number: int, function: RowFunction) -> str:
    arguments = [
        f"({parameter.type} *)a[{place}]" if parameter.pointer else f"({parameter.type})a[{place}]"
        for place, parameter in enumerate(function.parameters)
    ]
    return f"static void stub_{number}(const uintptr_t *a) {{ {function.name}({', '.join(arguments)}); }}\n"


def build_program(
    directory: Path, functions: Iterable[str], cpu: str, *, measured: bool = False, optimise: str = "-O2"
) -> KernelProgram:
    """Compiles a program in ``directory``; ``functions``: whole kernels and row functions that trials may call.

    ``measured``: for one that ``measure`` runs.

    Raises ToolError where a compiler is missing, or has something to say."""
    names = sorted(functions)
    declared = [row_functions()[name] for name in names]
    needed = files_of({function.family for function in declared})
    headers = sorted({f"{function.family}.h" for function in declared})
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "model.h").write_text(_MODEL_H)
    stubs = [_stub(number, function) for number, function in enumerate(declared)]
    table = ", ".join(f"stub_{number}" for number in range(len(stubs)))
    (directory / "stubs.c").write_text(
        "".join(f'#include "{header}"\n' for header in ("model.h", *headers))
        + "".join(stubs)
        + f"const kernel_stub kernel_stubs[] = {{{table}}};\n"
    )
    sources = [directory / "stubs.c", SOURCE, *(kernel_path(name) for name in needed if name.endswith(".c"))]
    includes = [f"-I{directory}", f"-I{CMAKE}", *INCLUDES]
    definitions = ["-DMEASURED"] if measured else []
    program = directory / "program"
    if cpu == "host":
        command = [*shlex.split(find_program("gcc", "install gcc")), *SANITISERS]
        sources.append(CMAKE / "host.c")
        linker = ["-lm"]
    else:
        compiler = find_program("arm-none-eabi-gcc", "install gcc-arm-none-eabi and libnewlib-arm-none-eabi")
        command = [compiler, *flags_of(cpu), optimise]
        sources += [CMAKE / "start.c", CMAKE / "semihosting.c"]
        linker = [*_linker_flags(cpu), "-lm"]
    run_program([*command, *OPTIONS, *definitions, *includes, *map(str, sources), "-o", str(program), *linker])
    return KernelProgram(cpu, program, {name: number for number, name in enumerate(names)})


def functions_of(trials: Iterable[Trial]) -> set[str]:
    return {call.function for trial in trials for call in trial.calls}


def _words(program: KernelProgram, call: FunctionCall) -> list[int]:
    words = [program.functions[call.function], len(call.arguments)]
    for argument in call.arguments:
        words += [argument.memory, argument.bytes] if isinstance(argument, At) else [-1, argument or 0]
    return words


def _record(program: KernelProgram, trial: Trial) -> bytes:
    words: list[int] = []
    content: list[bytes] = []
    for memory in trial.memories:
        changes = memory.expected is not memory.content
        words += [memory.content.size, memory.offset, *memory.free, int(changes)]
        content += [memory.content.tobytes(), memory.expected.tobytes() if changes else b""]
    for call in trial.calls:
        words += _words(program, call)
    header = [len(trial.memories), len(trial.calls), len(words)]
    return np.array([*header, *words], np.int32).tobytes() + b"".join(content)


def qemu_command(program: KernelProgram) -> list[str]:
    command = [find_qemu(), "-M", MACHINES[program.cpu], "-display", "none", "-monitor", "none", "-serial", "null"]
    return [*command, "-semihosting-config", "enable=on,target=native", "-kernel", str(program.path)]


def run_trials(program: KernelProgram, trials: Sequence[Trial], directory: Path, *options: str) -> Outcome:
    """Runs the trials in ``directory``; ``options`` are more of them for QEMU.

    Raises AssertionError where the program crashed: the trial's label is in the message."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    with open(directory / "input.bin", "wb") as file:
        for trial in trials:
            file.write(_record(program, trial))
    command = [str(program.path)] if program.cpu == "host" else [*qemu_command(program), *options]
    try:
        run_program(command, cwd=directory, timeout=TIMEOUT)
    except ToolError as error:
        begun = (directory / "output.bin").read_bytes() if (directory / "output.bin").exists() else b""
        trial = trials[int.from_bytes(begun, "little")] if begun else trials[0]
        raise AssertionError(f"{trial.label}: {error}\n{trial.details}") from error
    *lines, done = (directory / "result.txt").read_text(encoding="utf-8").splitlines()
    assert done == "done"
    numbers = [tuple(map(int, line.split())) for line in lines]
    wrong = [
        f"{trials[n[0]].label}: memory {n[1]} differs at {n[2]}: {n[3]}, not {n[4]}; {trials[n[0]].details}"
        for n in numbers
        if len(n) == 5
    ]
    return Outcome(tuple(wrong), tuple(n[0] for n in numbers if len(n) == 1))


def measure(program: KernelProgram, trials: Sequence[Trial], directory: Path) -> list[Measurement]:
    """Runs the trials and counts, call by call.

    Raises ToolError where QEMU loads no plug-ins, AssertionError where a result is wrong."""
    symbols = dict(read_symbols(program.path))
    counter = compiled_plugin(find_qemu(), "count_instructions.c")
    counts = directory / "counts.txt"
    option = plugin_option(counter, symbols["arenite_count_begin"], symbols["arenite_count_end"], counts.absolute())
    outcome = run_trials(program, trials, directory, "-plugin", option)
    assert not outcome.wrong, outcome.wrong[0]
    instructions = [int(line) for line in counts.read_text(encoding="utf-8").split()]
    return [Measurement(*both) for both in zip(instructions, outcome.stack_bytes, strict=True)]
