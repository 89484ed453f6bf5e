"""Options that several subcommands of ``arenite`` have, and the types of their values."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from arenite.regions.options import add_region_options, size
from arenite.target import SCRATCH_BYTES

T = TypeVar("T", int, float)
CPUS = ("cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55", "host")


def add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="MODEL", help="a .tflite or .onnx file")


def add_shape(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--shape", action="append", type=named_shape, default=[], metavar="NAME=N,N,...",
        help="shape of an input of an ONNX model that leaves it open, for example image=1,3,96,96; may be repeated",
    )  # fmt: skip


def add_cpu(command: argparse.ArgumentParser) -> None:
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


def add_granularity(command: argparse.ArgumentParser) -> None:
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


def add_limits(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--ram", type=size, metavar="BYTES",
        help="of the target, as 65536, 64K or 1M: a model whose arena and state need more is refused, with the numbers",
    )  # fmt: skip
    command.add_argument(
        "--flash", type=size, metavar="BYTES",
        help="likewise for weights and code, as arenite estimate tells them",
    )  # fmt: skip


def add_on(command: argparse.ArgumentParser, default: str | None) -> None:
    what = f"default: {default}" if default else "default: qemu, for --cpu host: host"
    command.add_argument("--on", choices=("host", "qemu"), default=default, help=f"where to run ({what})")


def add_ir(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--ir", choices=("relax", "relay"), default="relax", help="which IR of TVM: 0.27, or 0.12 to 0.18 (relay)"
    )


def add_io(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--io", choices=("source", "int8"), default="source",
        help="source: as in the file (default); int8: stored integers, without QUANTIZE and DEQUANTIZE at the boundary",
    )  # fmt: skip


def add_memory(command: argparse.ArgumentParser) -> None:
    add_region_options(command, "TENSOR")
    command.add_argument(
        "--io-memory", choices=("arena", "caller"), default="arena",
        help="where inputs and outputs lie: in the arena (default), or in memory of the caller that is not counted",
    )  # fmt: skip


def add_sections(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--weights-section", metavar="SECTION",
        help="linker section of the weights, for memory other than the program's: flash that is mapped into memory",
    )  # fmt: skip
    command.add_argument("--arena-section", metavar="SECTION", help="linker section of the library's own static arena")


def add_search(command: argparse.ArgumentParser) -> None:
    command.add_argument("--order", choices=("best", "source"), default="best", help="best order, or that of the file")
    add_timeout(command)
    command.add_argument("--alignment", type=alignment, default=16, metavar="BYTES", help="of the arena (default: 16)")


def add_timeout(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--timeout", type=seconds, default=10.0, metavar="S", help="give up on proofs after S seconds (default: 10)"
    )


def add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", metavar="FILE", help="write the result as one JSON object; - for standard output")


def file_name(text: str) -> str:
    if text in ("", "-"):
        raise argparse.ArgumentTypeError("needs the name of a file")
    return text


def named_shape(text: str) -> tuple[str, tuple[int, ...]]:
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


def seconds(text: str) -> float:
    value = _number(float, text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be a positive number of seconds")
    return value


def positive(text: str) -> float:
    value = _number(float, text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be positive")
    return value


def count(text: str) -> int:
    value = _number(int, text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def alignment(text: str) -> int:
    value = _number(int, text)
    if value < 1 or value & (value - 1) or value > 1 << 20:
        raise argparse.ArgumentTypeError("must be a power of two")
    return value
