"""The command ``arenite``: arguments and exit status. What the subcommands do is in ``commands``, imported on demand.

Exit status: 0 done, 1 the input or the request was bad (one line on standard error), 2 usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from arenite import __version__
from arenite.cli_options import (
    add_cpu,
    add_granularity,
    add_io,
    add_ir,
    add_json,
    add_limits,
    add_memory,
    add_model,
    add_on,
    add_search,
    add_sections,
    add_shape,
    add_timeout,
    alignment,
    count,
    file_name,
    positive,
    seconds,
)
from arenite.errors import AreniteError
from arenite.interrupts import interrupts_kept
from arenite.regions.options import add_region_options, size

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
    add_model(plan)
    add_shape(plan)
    add_granularity(plan)
    add_limits(plan)
    add_cpu(plan)
    add_search(plan)
    add_memory(plan)
    plan.add_argument("--html", type=file_name, metavar="FILE", help="write a memory map that one can look at")
    plan.add_argument("--svg", type=file_name, metavar="FILE", help="write the memory map as a picture")
    plan.add_argument("--png", type=file_name, metavar="FILE", help="the same in pixels (needs arenite[pictures])")
    plan.add_argument("--csv", type=file_name, metavar="FILE", help="write the steps as a table: one line each")
    plan.add_argument(
        "--buffers-csv", type=file_name, metavar="FILE", help="write the buffers as a table: one line each"
    )
    add_json(plan)

    build = add("compile", "arenite compile model.onnx -o project --cpu cortex-m4 --shape image=1,3,96,96")
    add_model(build)
    add_shape(build)
    build.add_argument("-o", dest="output", required=True, metavar="DIR", help="directory of the project")
    add_cpu(build)
    add_granularity(build)
    add_limits(build)
    build.add_argument("--name", help="prefix of the C interface (default: from the file name)")
    add_ir(build)
    add_search(build)
    add_memory(build)
    add_sections(build)
    add_io(build)
    add_json(build)

    run = add("run", "arenite run project --on qemu --input image.npy --output-dir out")
    run.add_argument("project", metavar="DIR", help="what arenite compile wrote")
    add_on(run, "host")
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
    add_json(run)

    verify = add("verify", "arenite verify model.tflite --cpu cortex-m4 --on qemu --samples 8")
    add_model(verify)
    add_shape(verify)
    add_cpu(verify)
    add_on(verify, None)
    add_granularity(verify)
    add_limits(verify)
    add_ir(verify)
    verify.add_argument("--samples", type=count, default=8, metavar="N", help="random inputs (default: 8)")
    verify.add_argument("--seed", type=int, default=0, metavar="S", help="of the random inputs (default: 0)")
    verify.add_argument("--layers", action="store_true", help="compare every layer, on the host")
    verify.add_argument(
        "--canaries", action="store_true",
        help="check after every step that it has written to nothing but its own bytes of the arena; not measured then",
    )  # fmt: skip
    add_memory(verify)
    add_io(verify)
    add_json(verify)

    profile = add("profile", "arenite profile model.tflite --cpu cortex-m4")
    add_model(profile)
    add_shape(profile)
    add_cpu(profile)
    add_granularity(profile)
    profile.add_argument("--seed", type=int, default=0, metavar="S", help="of the random input (default: 0)")
    add_memory(profile)
    add_io(profile)
    add_json(profile)

    estimate = add("estimate", "arenite estimate model.tflite --cpu cortex-m4 --mhz 80 --html estimate.html")
    add_model(estimate)
    add_shape(estimate)
    add_cpu(estimate)
    add_granularity(estimate)
    add_search(estimate)
    add_io(estimate)
    estimate.add_argument(
        "--mhz", type=positive, metavar="MHZ", help="clock of the core, for milliseconds where cycles can be told"
    )
    estimate.add_argument(
        "--html", type=file_name, metavar="FILE", help="write a page that shows what takes SRAM and flash"
    )
    add_json(estimate)

    export = add("export", "arenite export project --to arduino -o library")
    export.add_argument("projects", nargs="+", metavar="DIR", help="what arenite compile wrote, for one model each")
    export.add_argument("--to", choices=("arduino", "zephyr"), required=True, help="whose build system takes it")
    export.add_argument("-o", dest="output", required=True, metavar="OUT", help="directory of the library")
    export.add_argument("--name", help="of the library (default: arenite_ and the name of the first model)")
    export.add_argument(
        "--share-arena", action="store_true",
        help="one arena for all models, as large as the largest of theirs; they take turns",
    )  # fmt: skip
    add_json(export)

    reorder = add("reorder", "arenite reorder model.tflite -o reordered.tflite --tflm-plan")
    reorder.add_argument("model", metavar="MODEL", help="a .tflite file")
    reorder.add_argument(
        "-o", dest="output", type=file_name, required=True, metavar="OUT.tflite",
        help="where to write the model with its operators in their new order; never over MODEL itself",
    )  # fmt: skip
    reorder.add_argument(
        "--tflm-plan", action="store_true",
        help="add the offsets of all tensors as OfflineMemoryAllocation metadata, for TFLM to use instead of its own",
    )  # fmt: skip
    add_timeout(reorder)
    add_json(reorder)

    pack = add("pack", "arenite pack buffers.csv -o solution.csv --capacity 1M")
    pack.add_argument("problem", metavar="PROBLEM.csv", help="a table with the columns id,lower,upper,size")
    pack.add_argument("-o", dest="output", type=file_name, metavar="SOLUTION.csv", help="write the table with offsets")
    pack.add_argument(
        "--capacity", type=size, metavar="BYTES",
        help="fit into so much, as 65536, 64K or 1M; without it, find the smallest arena",
    )  # fmt: skip
    add_region_options(pack, "ID")
    pack.add_argument(
        "--timeout", type=seconds, default=60.0, metavar="S", help="give up after S seconds (default: 60)"
    )
    pack.add_argument("--alignment", type=alignment, default=1, metavar="BYTES", help="of the arena (default: 1)")
    add_json(pack)

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
