"""What ``relay.build`` returns -> a project on disk of the same kind as those of the Relax lane.

The way goes through TVM's Model Library Format, so that any archive of it will do.
"""

from __future__ import annotations

import copy
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from arenite.codegen.boards import CPUS, MACHINES
from arenite.codegen.description import TensorDescription
from arenite.codegen.emit import environment
from arenite.codegen.harness import harness_files
from arenite.codegen.project import FIXED_TIME, FLAGS, description_entry, write_project
from arenite.codegen.relay.c_interface import Pool
from arenite.codegen.relay.model_library_format import INTERFACE_REMEDY, ModelLibrary, read_model_library
from arenite.codegen.relay.standalone_crt import crt_headers, export_model_library_format
from arenite.errors import AreniteError, UnsupportedError
from arenite.target import Optimise

ALIGNMENT = 16
"""Bytes, of the base of the pools: TVM aligns offsets within them, to 16 at most, and leaves the base to the caller."""
DSP_CPUS = ("cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")
POOLS_REMEDY = (
    "build with config={'tir.usmp.enable': True, ...} and "
    "workspace_memory_pools=WorkspaceMemoryPools([WorkspacePoolInfo('sram', [target])])"
)
STANDARD_HEADERS = frozenset({
    "arm_acle.h", "arm_mve.h", "assert.h", "ctype.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h",
    "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h",
})  # fmt: skip
"""Of the compiler and its C library, here and on a board."""


@dataclass(frozen=True)
class MemoryFigures:
    """What a planner knows beyond the pools' sizes, in bytes.

    Attributes:
        lower_bound_bytes: no order and no offsets can do with less.
        optimal: the pools together are proven to be as small as can be.
        source_order_bytes: what the order of the model file would take.
    """

    lower_bound_bytes: int
    optimal: bool
    source_order_bytes: int


@dataclass(frozen=True)
class _Region:
    """Part of the memory that the harness hands in: a pool, or an input or output that lies outside the pools."""

    c_name: str
    offset: int
    bytes: int


def write_relay_project(
    library: Any,
    directory: str | Path,
    *,
    cpu: str | None = None,
    inputs: Sequence[TensorDescription] | None = None,
    outputs: Sequence[TensorDescription] | None = None,
    memory: MemoryFigures | None = None,
    optimise: Optimise = "speed",
) -> list[str]:
    """Write a project for what ``relay.build`` returned; its C prefix is ``tvmgen_<mod_name>``.

    Args:
        library: of the AOT executor with unpacked calls, the C interface and explicit workspace pools.
        directory: new, empty, or an earlier project, which is replaced; written whole or not at all.
        others: as for ``relay_project_files``.

    Returns:
        The paths of all files, relative to ``directory``.

    Raises:
        AreniteError: no project can be made of it, or the directory cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="arenite-") as scratch:
        archive = export_model_library_format(library, Path(scratch) / "model.tar")
        try:
            files = relay_project_files(
                archive, cpu=cpu, inputs=inputs, outputs=outputs, memory=memory, optimise=optimise
            )
        except AreniteError as error:
            if error.file != str(archive):
                raise
            # The archive is gone when the message is read.
            raise type(error)(error.problem, file="the library of relay.build", remedy=error.remedy) from error
    write_project(files, Path(directory))
    return sorted(files)


def relay_project_files(
    archive: str | Path,
    *,
    cpu: str | None = None,
    inputs: Sequence[TensorDescription] | None = None,
    outputs: Sequence[TensorDescription] | None = None,
    memory: MemoryFigures | None = None,
    optimise: Optimise = "speed",
) -> dict[str, str]:
    """Path below the project's directory -> text of every file. Needs no TVM.

    Args:
        archive: Model Library Format of one model.
        cpu: one of ``boards.CPUS``; by default the one that TVM's target names, or else cortex-m4.
        inputs, outputs: names, shapes and quantisation, which the format does not hold, in the order of the model;
            ``c_name`` is ignored, for TVM gives it. By default the archive's names without quantisation.
        memory: by default the trivial bound: what lies in the pools at the start, and at the end.

        optimise: what the C compiler is told.

    Raises:
        AreniteError: the archive cannot be read or become a project; the message names it and says what would help.
    """
    library = read_model_library(archive)
    file = str(archive)
    _check(library, file)
    inputs = _described(library.inputs, inputs, "inputs", file)
    outputs = _described(library.outputs, outputs, "outputs", file)
    arm = any(_needs_arm(text) for text in library.sources.values())
    cpu = _cpu(library, cpu, arm, file)
    pools, io = _regions(library)
    arena_bytes = sum(region.bytes for region in (*pools, *io))
    if memory is None:
        bound = max(sum(port.bytes for port in inputs), sum(port.bytes for port in outputs))
        memory = MemoryFigures(bound, bound == arena_bytes, arena_bytes)
    sources = [f"codegen/host/src/{name}" for name in library.sources]
    ports = {"inputs": [asdict(port) for port in inputs], "outputs": [asdict(port) for port in outputs]}
    variables = {
        **ports,
        "name": library.name,
        "cpu": cpu,
        "flag": FLAGS[optimise],
        "sources": sources,
        "libraries": ["m"],
        "pools": pools,
        "io": io,
        "arena_bytes": max((region.offset + region.bytes for region in (*pools, *io)), default=0),
        "alignment": ALIGNMENT,
        "target": library.target,
        "arm": arm,
    }
    jinja = environment()
    entry = description_entry(
        name=library.name,
        ir="relay",
        cpu=cpu,
        granularity="op",
        arena_bytes=arena_bytes,
        **asdict(memory),
        inputs=ports["inputs"],
        outputs=ports["outputs"],
        steps=[],
    )
    prefix = library.interface.prefix
    files = {
        **{f"codegen/host/src/{name}": text for name, text in library.sources.items()},
        f"codegen/host/include/{prefix}.h": library.interface.text,
        **{f"runtime/include/{path}": text for path, text in crt_headers().items()},
        "CMakeLists.txt": jinja.get_template("relay_CMakeLists.txt.j2").render(variables),
        "harness/model.h": jinja.get_template("relay_model.h.j2").render(variables),
        **{f"harness/{name}": text for name, text in harness_files().items()},
        f"src/{library.name}.relay": library.relay,
        "parameters/README": f"The parameters are compiled in: {', '.join(sources)}\n",
        "metadata.json": json.dumps({**_stable_metadata(library), "arenite": entry}, indent=2) + "\n",
    }
    return dict(sorted(files.items()))


def _stable_metadata(library: ModelLibrary) -> dict[str, Any]:
    """The same for the same model, whenever it is built: TVM lists functions in the order of a hash table."""
    metadata: dict[str, Any] = copy.deepcopy(dict(library.metadata))
    for module in metadata["modules"].values():
        module["export_datetime"] = FIXED_TIME
        functions = module["memory"]["functions"].get("operator_functions", [])
        functions.sort(key=lambda function: function.get("function_name", ""))
    return metadata


def _check(library: ModelLibrary, file: str) -> None:
    interface = library.interface
    expected = ("workspace_pools",) if interface.mapped else ("inputs", "outputs", "workspace_pools")
    if interface.constant_pools:
        raise UnsupportedError(
            f"has the constant pools {', '.join(interface.constant_pools)}, which the caller has to fill",
            file=file,
            remedy="leave out constant_memory_pools",
        )
    if not interface.pools:
        raise UnsupportedError("has no workspace pools that a caller could hand in", file=file, remedy=POOLS_REMEDY)
    if interface.arguments != expected:
        raise UnsupportedError(
            f"wants to be handed {', '.join(interface.arguments)} instead of {', '.join(expected)}",
            file=file,
            remedy="build for tvm.target.Target('c') alone",
        )
    for name, text in library.sources.items():
        called = re.search(r"\bTVM(?:Backend|Func|API|Mod|Platform|Device)\w+(?=\s*\()", text)
        if called:
            raise UnsupportedError(
                f"calls {called[0]} of TVM's runtime in {name}", file=file, remedy=f"{INTERFACE_REMEDY}; {POOLS_REMEDY}"
            )
        own = {*STANDARD_HEADERS, *crt_headers(), f"{interface.prefix}.h"}
        foreign = sorted(set(re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.MULTILINE)) - own)
        if foreign:
            raise UnsupportedError(
                f"includes {', '.join(foreign)} in {name}, which the archive does not bring",
                file=file,
                remedy="build for tvm.target.Target('c') without external libraries",
            )


def _needs_arm(text: str) -> bool:
    """Whether it includes Arm's intrinsics whatever the compiler, as TVM's schedules for a Cortex-M do."""
    depth = 0
    for line in text.splitlines():
        directive = re.match(r"\s*#\s*(if|endif|include\s*<arm_)", line)
        if directive is None:
            continue
        if directive[1] not in ("if", "endif") and depth == 0:
            return True
        depth += {"if": 1, "endif": -1}.get(directive[1], 0)
    return False


def _cpu(library: ModelLibrary, cpu: str | None, arm: bool, file: str) -> str:
    named = re.search(r"-mcpu=(\S+)", library.target)
    if cpu is None:
        cpu = named[1] if named and named[1] in MACHINES else "cortex-m4"
    if cpu not in CPUS:
        raise AreniteError(f"unknown CPU {cpu}", remedy=f"choose one of {', '.join(CPUS)}")
    if arm and cpu not in DSP_CPUS:
        raise UnsupportedError(
            f"was built for '{library.target}', whose instructions {cpu} does not have",
            file=file,
            remedy="build for tvm.target.Target('c'), or choose another CPU",
        )
    return cpu


def _described(
    found: Sequence[TensorDescription], given: Sequence[TensorDescription] | None, what: str, file: str
) -> list[TensorDescription]:
    if given is None:
        return list(found)
    if [(port.bytes, port.dtype) for port in found] != [(port.bytes, port.dtype) for port in given]:
        texts = [
            ", ".join(f"{port.name} {port.dtype}, {port.bytes} bytes" for port in ports) for ports in (found, given)
        ]
        raise AreniteError(
            f"has the {what} {texts[0]}; described are {texts[1]}",
            file=file,
            remedy="describe the model that was built",
        )
    return [replace(port, c_name=own.c_name) for port, own in zip(given, found, strict=True)]


def _regions(library: ModelLibrary) -> tuple[list[_Region], list[_Region]]:
    """The pools, and what lies outside of them, one after the other in the memory that the harness has."""
    interface = library.interface
    outside = () if interface.mapped else (*library.inputs, *library.outputs)
    regions: list[_Region] = []
    parts: list[Pool | TensorDescription] = [*interface.pools, *outside]
    for part in parts:
        end = regions[-1].offset + regions[-1].bytes if regions else 0
        regions.append(_Region(part.c_name, -(-end // ALIGNMENT) * ALIGNMENT, part.bytes))
    return regions[: len(interface.pools)], regions[len(interface.pools) :]
