"""How often each piece of straight code runs in one inference on an emulated board, for each call of an operator.

The program is the one that ``run`` and ``verify`` count: nothing is added to it. What calls operators is known from its
symbols, and a plug-in for QEMU watches when control passes from there to an operator and back.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from arenite.codegen.costs.elf import Function, read_functions, read_symbols
from arenite.codegen.costs.instruction_counter import compiled_plugin
from arenite.codegen.description import Array
from arenite.codegen.run import Build, Execution, execute, find_qemu, plugin_option
from arenite.errors import ToolError

PLUGIN = "profile_instructions.c"


@dataclass(frozen=True)
class Block:
    """Instructions that run one after the other: so many from the address ``start`` on. Only the last may branch."""

    start: int
    instructions: int


@dataclass(frozen=True)
class Count:
    """``times`` that a block ran, and how often its last instruction went elsewhere than to the next one."""

    times: int
    taken: int


Counts = Mapping[Block, Count]


@dataclass(frozen=True, eq=False)
class CallCounts:
    """A call of an operator's function: ``names`` are the symbols at its address. What it calls in turn counts."""

    names: frozenset[str]
    counts: Counts


@dataclass(frozen=True, eq=False)
class BlockCounts:
    """``calls`` in the order in which they ran. ``outside``: what ran before, between and behind them. ``merged``:
    functions that have no code, for the compiler calls another one in their place that does the same."""

    calls: tuple[CallCounts, ...]
    outside: Counts
    execution: Execution
    merged: frozenset[str] = frozenset()


def count_blocks(build: Build, inputs: Sequence[Array], functions: Collection[str]) -> BlockCounts:
    """Runs a program once.

    Args:
        build: for QEMU.
        inputs: as ``execute`` takes them, of one sample.
        functions: names of all C functions that the steps call.

    Raises:
        ToolError: a tool is missing or fails.
    """
    symbols = read_symbols(build.program)
    names: dict[int, set[str]] = {}
    outside = []
    for function in read_functions(build.program):
        # GCC puts a suffix behind the name of a copy that it has made to fit the calls.
        plain = function.name.partition(".")[0]
        if plain in functions:
            names.setdefault(function.address, set()).add(plain)
        elif _is_of_library(function, build.project.name):
            outside.append(function)
    plugin = compiled_plugin(find_qemu(), PLUGIN)
    with tempfile.TemporaryDirectory(prefix="arenite-") as scratch:
        places, out = Path(scratch) / "places.txt", Path(scratch) / "blocks.txt"
        lines = [f"entry {address:x}" for address in names]
        lines += [f"outside {function.address:x} {function.address + function.bytes:x}" for function in outside]
        places.write_text("\n".join(lines), encoding="ascii")
        begin, end = (symbols[f"arenite_count_{which}"] for which in ("begin", "end"))
        option = plugin_option(plugin, begin, end, out)
        option += f",places={str(places).replace(',', ',,')}"
        execution = execute(build, [inputs], plugins=[option])
        sections = list(read_sections(out.read_text(encoding="ascii")))
    if not sections or sections[-1][0] is not None:
        raise ToolError(f"{PLUGIN} saw no end of the run", file=str(build.program))
    calls = tuple(CallCounts(frozenset(names[entry]), counts) for entry, counts in sections if entry is not None)
    merged = frozenset(functions).difference(*names.values())
    return BlockCounts(calls, sections[-1][1], execution, merged)


def _is_of_library(function: Function, name: str) -> bool:
    """Whether it is of the generated file with the run function, which is what calls operators."""
    return function.file == f"tvmgen_{name}.c" or (not function.file and function.name.startswith(f"tvmgen_{name}_"))


def read_sections(text: str) -> Iterator[tuple[int | None, Counts]]:
    """What the plug-in wrote: the entry and the counts of each call; None stands for what is outside."""
    for section in re.split(r"^(?=call|outside)", text, flags=re.M):
        head, *lines = section.splitlines() or [""]
        if not head:
            continue
        counts: dict[Block, Count] = {}
        for line in lines:
            start, instructions, times, taken = line.split()
            block = Block(int(start, 16), int(instructions))
            before = counts.get(block, Count(0, 0))
            counts[block] = Count(before.times + int(times), before.taken + int(taken))
        word, _, entry = head.partition(" ")
        yield (int(entry, 16) if word == "call" else None), counts
