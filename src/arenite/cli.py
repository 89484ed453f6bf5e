"""The command ``arenite``: arguments and exit status. What the subcommands do is in ``commands``, imported on demand.

Exit status: 0 done, 1 the input or the request was bad (one line on standard error), 2 usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TypeVar

from arenite import __version__
from arenite.errors import AreniteError
from arenite.interrupts import interrupts_kept
from arenite.regions.options import add_region_options, size
from arenite.target import SCRATCH_BYTES

T = TypeVar("T", int, float)
CPUS = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55", "host")
EXTRAS = {
    "tvm": "relax", "tvm_ffi": "relax", "cmake": "run", "elftools": "run", "ai_edge_litert": "verify",
    "tflite_micro": "verify", "onnxruntime": "verify", "matplotlib": "pictures",
}  # fmt: skip
"""Packages that only some subcommands need -> the extra of arenite that brings them."""
MAX_MESSAGE = 800
"""Characters of an error's line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status. ``arguments`` default to those of the process."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names from model files may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    try:
        options = parser().parse_args(arguments)
        with interrupts_kept():
            status: int = getattr(import_module("arenite.commands"), options.command.replace("-", "_"))(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not trip over the rest when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except Exception as error:
        if os.environ.get("ARENITE_DEBUG") == "1":
            raise
        return _fail(_explain(error), 1)


def parser() -> argparse.ArgumentParser:
    """The parser of all subcommands; ``options.command`` names the function in ``commands``."""
    top = _parser(argparse.ArgumentParser, "arenite", _about("arenite"), "arenite plan model.tflite")
    top.add_argument("--version", action="version", version=f"arenite {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, example: str) -> argparse.ArgumentParser:
        text = _about(name)
        return _parser(commands.add_parser, name, text, example, help=text)

    plan = add("plan", "arenite plan model.tflite --html map.html")
    _model(plan)
    _shape(plan)
    _granularity(plan)
    _limits(plan)
    _cpu(plan)
    _search(plan)
    _memory(plan)
    plan.add_argument("--html", type=_file, metavar="FILE", help="write a memory map that one can look at")
    plan.add_argument("--svg", type=_file, metavar="FILE", help="write the memory map as a picture")
    plan.add_argument("--png", type=_file, metavar="FILE", help="the same in pixels (needs arenite[pictures])")
    plan.add_argument("--csv", type=_file, metavar="FILE", help="write the steps as a table: one line each")
    plan.add_argument("--buffers-csv", type=_file, metavar="FILE", help="write the buffers as a table: one line each")
    _json(plan)

    build = add("compile", "arenite compile model.onnx -o project --cpu cortex-m4 --shape image=1,3,96,96")
    _model(build)
    _shape(build)
    build.add_argument("-o", dest="output", required=True, metavar="DIR", help="directory of the project")
    _cpu(build)
    _granularity(build)
    _limits(build)
    build.add_argument("--name", help="prefix of the C interface (default: from the file name)")
    _ir(build)
    _search(build)
    _memory(build)
    _sections(build)
    _io(build)
    _json(build)

    run = add("run", "arenite run project --on qemu --input image.npy --output-dir out")
    run.add_argument("project", metavar="DIR", help="what arenite compile wrote")
    _on(run, "host")
    run.add_argument(
        "--input", action="extend", nargs="+", default=[], metavar="FILE.npy",
        help="one file per input of the model, of the shape that it has in the model file, or in the C interface where "
        "that has its axes in another order; what fits both is taken as the model file's",
    )  # fmt: skip
    run.add_argument(
        "--output-dir",
        metavar="DIR",
        help="where to write the outputs as .npy files, of their shapes in the model file",
    )
    _json(run)

    verify = add("verify", "arenite verify model.tflite --cpu cortex-m4 --on qemu --samples 8")
    _model(verify)
    _shape(verify)
    _cpu(verify)
    _on(verify, None)
    _granularity(verify)
    _limits(verify)
    _ir(verify)
    verify.add_argument("--samples", type=_count, default=8, metavar="N", help="random inputs (default: 8)")
    verify.add_argument("--seed", type=int, default=0, metavar="S", help="of the random inputs (default: 0)")
    verify.add_argument("--layers", action="store_true", help="compare every layer, on the host")
    verify.add_argument(
        "--canaries", action="store_true",
        help="check after every step that it has written to nothing but its own bytes of the arena; not measured then",
    )  # fmt: skip
    _memory(verify)
    _io(verify)
    _json(verify)

    profile = add("profile", "arenite profile model.tflite --cpu cortex-m4")
    _model(profile)
    _shape(profile)
    _cpu(profile)
    _granularity(profile)
    profile.add_argument("--seed", type=int, default=0, metavar="S", help="of the random input (default: 0)")
    _memory(profile)
    _io(profile)
    _json(profile)

    estimate = add("estimate", "arenite estimate model.tflite --cpu cortex-m4 --mhz 80 --html estimate.html")
    _model(estimate)
    _shape(estimate)
    _cpu(estimate)
    _granularity(estimate)
    _search(estimate)
    _io(estimate)
    estimate.add_argument(
        "--mhz", type=_positive, metavar="MHZ", help="clock of the core, for milliseconds where cycles can be told"
    )
    estimate.add_argument(
        "--html", type=_file, metavar="FILE", help="write a page that shows what takes SRAM and flash"
    )
    _json(estimate)

    export = add("export", "arenite export project --to arduino -o library")
    export.add_argument("projects", nargs="+", metavar="DIR", help="what arenite compile wrote, for one model each")
    export.add_argument("--to", choices=("arduino", "zephyr"), required=True, help="whose build system takes it")
    export.add_argument("-o", dest="output", required=True, metavar="OUT", help="directory of the library")
    export.add_argument("--name", help="of the library (default: arenite_ and the name of the first model)")
    export.add_argument(
        "--share-arena", action="store_true",
        help="one arena for all models, as large as the largest of theirs; they take turns",
    )  # fmt: skip
    _json(export)

    reorder = add("reorder", "arenite reorder model.tflite -o reordered.tflite --tflm-plan")
    reorder.add_argument("model", metavar="MODEL", help="a .tflite file")
    reorder.add_argument(
        "-o", dest="output", type=_file, required=True, metavar="OUT.tflite",
        help="where to write the model with its operators in their new order; never over MODEL itself",
    )  # fmt: skip
    reorder.add_argument(
        "--tflm-plan", action="store_true",
        help="add the offsets of all tensors as OfflineMemoryAllocation metadata, for TFLM to use instead of its own",
    )  # fmt: skip
    _timeout(reorder)
    _json(reorder)

    pack = add("pack", "arenite pack buffers.csv -o solution.csv --capacity 1M")
    pack.add_argument("problem", metavar="PROBLEM.csv", help="a table with the columns id,lower,upper,size")
    pack.add_argument("-o", dest="output", type=_file, metavar="SOLUTION.csv", help="write the table with offsets")
    pack.add_argument(
        "--capacity", type=size, metavar="BYTES",
        help="fit into so much, as 65536, 64K or 1M; without it, find the smallest arena",
    )  # fmt: skip
    add_region_options(pack, "ID")
    pack.add_argument(
        "--timeout", type=_seconds, default=60.0, metavar="S", help="give up after S seconds (default: 60)"
    )
    pack.add_argument("--alignment", type=_alignment, default=1, metavar="BYTES", help="of the arena (default: 1)")
    _json(pack)

    add("cmake-dir", "arenite cmake-dir")
    return top


def _about(name: str) -> str:
    return {
        "arenite": "Packs neural networks into microcontroller RAM: operator order, one static arena, plain C.",
        "plan": "Find the operator order and the memory layout that need the least RAM.",
        "compile": "Write the model as a C project.",
        "run": "Build a project and run it, on this machine or on an emulated Cortex-M.",
        "verify": "Compile, run on random inputs and compare with a reference interpreter: .tflite files bit for bit, "
        "what is float32 or ONNX within a tolerance that the result names.",
        "profile": "Find out what each operator costs on an emulated Cortex-M: instructions of one inference, and "
        "estimated cycles where the core issues one instruction at a time.",
        "estimate": "Tell at once what a model will cost, without compiling it: SRAM, flash, and instructions of one "
        "inference.",
        "export": "Make an Arduino library or a Zephyr module of compiled models.",
        "reorder": "For TensorFlow Lite Micro (TFLM): put the operators of a .tflite file into the order that needs "
        "least of its arena, and change nothing else. The result never needs more than MODEL.",
        "pack": "Find offsets for buffers with fixed lifetimes, given in MiniMalloc's CSV format.",
        "cmake-dir": "Print where CMake finds arenite: cmake -B build -Darenite_DIR=$(arenite cmake-dir).",
    }[name]


def _parser(
    make: Callable[..., argparse.ArgumentParser], name: str, text: str, example: str, **extra: str
) -> argparse.ArgumentParser:
    # Abbreviated options would change their meaning when a longer option joins them.
    return make(name, description=text, epilog=f"example: {example}", allow_abbrev=False, **extra)


def _model(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="MODEL", help="a .tflite or .onnx file")


def _shape(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--shape", action="append", type=_named_shape, default=[], metavar="NAME=N,N,...",
        help="shape of an input of an ONNX model that leaves it open, for example image=1,3,96,96; may be repeated",
    )  # fmt: skip


def _cpu(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--cpu", choices=CPUS, default="cortex-m4", metavar="CPU", help=f"{', '.join(CPUS)} (default: cortex-m4)"
    )
    command.add_argument(
        "--optimise", choices=("speed", "size"), default="speed",
        help="which kernels to take: those of few instructions, or of little flash and RAM (default: speed)",
    )  # fmt: skip
    command.add_argument(
        "--scratch", type=size, default=SCRATCH_BYTES, metavar="BYTES",
        help="working memory in the arena that a kernel may use in order to be faster; for size, only where that costs "
        f"the arena nothing (default: {SCRATCH_BYTES})",
    )  # fmt: skip


def _granularity(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--granularity", choices=("op", "row", "auto"), default="auto",
        help="what is ordered and placed: whole operators, their output rows, or rows where they need less memory "
        "(default: auto)",
    )  # fmt: skip
    command.add_argument(
        "--stream-input",
        action="store_true",
        help="the caller hands in the input row by row, so that it never lies in memory as a whole",
    )
    command.add_argument(
        "--eager-rows", action="store_true",
        help="with --stream-input: all that needs only rows which have come runs before the next row; else it may wait "
        "where that takes less memory",
    )  # fmt: skip


def _limits(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--ram", type=size, metavar="BYTES",
        help="of the target, as 65536, 64K or 1M: a model whose arena and state need more is refused, with the numbers",
    )  # fmt: skip
    command.add_argument(
        "--flash", type=size, metavar="BYTES",
        help="likewise for weights and code, as arenite estimate tells them",
    )  # fmt: skip


def _on(command: argparse.ArgumentParser, default: str | None) -> None:
    what = f"default: {default}" if default else "default: qemu, for --cpu host: host"
    command.add_argument("--on", choices=("host", "qemu"), default=default, help=f"where to run ({what})")


def _ir(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--ir", choices=("relax", "relay"), default="relax", help="which IR of TVM: 0.27, or 0.12 to 0.18 (relay)"
    )


def _io(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--io", choices=("source", "int8"), default="source",
        help="source: as in the file (default); int8: stored integers, without QUANTIZE and DEQUANTIZE at the boundary",
    )  # fmt: skip


def _memory(command: argparse.ArgumentParser) -> None:
    add_region_options(command, "TENSOR")
    command.add_argument(
        "--io-memory", choices=("arena", "caller"), default="arena",
        help="where inputs and outputs lie: in the arena (default), or in memory of the caller that is not counted",
    )  # fmt: skip


def _sections(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--weights-section", metavar="SECTION",
        help="linker section of the weights, for memory other than the program's: flash that is mapped into memory",
    )  # fmt: skip
    command.add_argument("--arena-section", metavar="SECTION", help="linker section of the library's own static arena")


def _search(command: argparse.ArgumentParser) -> None:
    command.add_argument("--order", choices=("best", "source"), default="best", help="best order, or that of the file")
    _timeout(command)
    command.add_argument("--alignment", type=_alignment, default=16, metavar="BYTES", help="of the arena (default: 16)")


def _timeout(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--timeout", type=_seconds, default=10.0, metavar="S", help="give up on proofs after S seconds (default: 10)"
    )


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", metavar="FILE", help="write the result as one JSON object; - for standard output")


def _file(text: str) -> str:
    if text in ("", "-"):
        raise argparse.ArgumentTypeError("needs the name of a file")
    return text


def _named_shape(text: str) -> tuple[str, tuple[int, ...]]:
    # Names of ONNX may hold anything, "=" too; extents hold no "=".
    name, _, extents = text.rpartition("=")
    try:
        shape = tuple(int(extent) for extent in extents.split(","))
    except ValueError:
        shape = ()
    if not name or not shape:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=1,3,96,96")
    if not all(0 < extent < 1 << 31 for extent in shape):
        raise argparse.ArgumentTypeError(f"{text!r} has an extent that is not positive or too large")
    return name, shape


def _number(convert: Callable[[str], T], text: str) -> T:
    try:
        return convert(text)
    except ValueError:
        # argparse would name the Python function that was called
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _seconds(text: str) -> float:
    value = _number(float, text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be a positive number of seconds")
    return value


def _positive(text: str) -> float:
    value = _number(float, text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be positive")
    return value


def _count(text: str) -> int:
    value = _number(int, text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _alignment(text: str) -> int:
    value = _number(int, text)
    if value < 1 or value & (value - 1) or value > 1 << 20:
        raise argparse.ArgumentTypeError("must be a power of two")
    return value


def _explain(error: Exception) -> str:
    """One line for a person: what was wrong, or that the fault is ours."""
    if isinstance(error, AreniteError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and (extra := EXTRAS.get((error.name or "").split(".")[0])):
        return f"this needs the Python package {error.name}; pip install 'arenite[{extra}]'"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, MemoryError):
        return "this machine has not enough memory for this model; export a smaller one"
    return (
        f"this is a bug in arenite {__version__}, please report it: {type(error).__name__}: {error} "
        "(ARENITE_DEBUG=1 shows where)"
    )


def _fail(message: str, status: int) -> int:
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if len(lines) > 3:  # the log of a tool that failed
        lines = [lines[0], "...", lines[-1], "(ARENITE_DEBUG=1 shows all)"]
    # A message may quote names from a model file: no line breaks, no control sequences.
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in " ".join(lines))
    if len(text) > MAX_MESSAGE:  # names have no limit in model files; a remedy stands last
        text = f"{text[: MAX_MESSAGE // 2]} ... {text[-MAX_MESSAGE // 2 :]}"
    print(f"arenite: error: {text}" if status == 1 else f"arenite: {text}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
