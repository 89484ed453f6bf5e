"""Program -> a project on disk: a Model Library Format tree that builds with the CMakeLists.txt it brings."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from arenite import __version__
from arenite.codegen.boards import MACHINES
from arenite.codegen.canaries import writes_macro
from arenite.codegen.description import layout_entry
from arenite.codegen.emit import emit, environment, library_prefix, port_alignment
from arenite.codegen.harness import harness_files
from arenite.codegen.pools import workspace_pools
from arenite.codegen.program import C_TYPES, Port, Program, State
from arenite.codegen.sections import ANYWHERE, Sections
from arenite.errors import AreniteError
from arenite.packing.items import round_up
from arenite.target import Optimise

MLF_VERSION = 7
GAP_BYTES = 64
"""Between pieces of memory that the harness hands in, at least."""
FIXED_TIME = "1970-01-01 00:00:00Z"


FLAGS = {"speed": "-O2", "size": "-Os"}
"""What the C compiler gets."""


def project_files(
    program: Program,
    *,
    cpu: str,
    granularity: str,
    ir_text: str = "",
    optimise: Optimise = "speed",
    sections: Sections = ANYWHERE,
) -> dict[str, str]:
    """Path below the project's directory -> text of every file. ``ir_text``: the planned module, printed."""
    files = emit(program, sections)
    prefix = library_prefix(program.name)
    sources = sorted(name for name in files if name.endswith(".c"))
    variables = {
        "name": program.name,
        "cpu": cpu,
        "flag": FLAGS[optimise],
        "sources": sources,
        "libraries": ["m"] if any("<math.h>" in text for text in files.values()) else [],
        "inputs": [_port(port) for port in program.inputs],
        "outputs": [_port(port) for port in program.outputs],
        "stream": program.stream,
        "state_bytes": program.state_bytes,
        "sections": sections,
    }
    jinja = environment()
    files["CMakeLists.txt"] = jinja.get_template("CMakeLists.txt.j2").render(variables)
    if program.regions or program.io_memory == "caller" or program.stream:
        files["harness/model.h"] = jinja.get_template("pieces_model.h.j2").render(variables, **_pieces(program))
    else:
        writes = writes_macro(program.steps)
        files["harness/model.h"] = jinja.get_template("model.h.j2").render(variables, writes=writes)
    if program.stream:
        files["example/push_rows.c"] = jinja.get_template("push_rows.c.j2").render(_example(program))
    files.update({f"harness/{name}": text for name, text in harness_files().items()})
    files["src/relax.txt"] = ir_text
    files["parameters/README"] = f"The parameters are compiled in: codegen/host/src/{prefix}_parameters.c\n"
    files["metadata.json"] = json.dumps(_metadata(program, cpu, granularity, optimise), indent=2) + "\n"
    return dict(sorted(files.items()))


def _pieces(program: Program) -> dict[str, Any]:
    """What the harness hands in, for ``pieces_model.h.j2``: pools, inputs and outputs in one piece of memory, between
    gaps that nobody may touch, each aligned to what the library asks for and to no more."""
    pools = workspace_pools(program)
    ports = (*program.inputs, *program.outputs) if program.io_memory == "caller" else ()
    if program.stream:
        ports = program.inputs
    parts = [(pool.alignment, pool.bytes) for pool in pools]
    parts += [(port_alignment(port), port.place.bytes) for port in ports]
    alignment = max(program.alignment, *(pool.alignment for pool in pools))
    starts: list[int] = []
    gaps: list[tuple[int, int]] = []
    end = 0
    for number, (aligned, size) in enumerate(parts):
        # The piece itself begins at an odd multiple of the largest alignment.
        odd = aligned if aligned < alignment else 0
        start = round_up(end + (GAP_BYTES if number else 0), 2 * aligned) + odd
        if start > end:
            gaps.append((end, start - end))
        starts.append(start)
        end = start + size
    return {
        "pools": list(zip(pools, starts, strict=False)),
        "places": [*starts[len(pools) :], *([0] * len(program.outputs))],
        "gaps": gaps,
        "memory_bytes": end,
        "alignment": alignment,
        "caller": program.io_memory == "caller",
    }


def _example(program: Program) -> dict[str, Any]:
    """What ``push_rows.c.j2`` shows of a program whose input comes row by row."""
    return {
        "name": program.name,
        "type": C_TYPES[program.inputs[0].place.dtype],
        "outputs": [
            {"c_name": port.c_name, "dtype": port.place.dtype, "floating": port.place.dtype.startswith("float")}
            for port in program.outputs
        ],
    }


def _metadata(program: Program, cpu: str, granularity: str, optimise: Optimise) -> dict[str, Any]:
    io_bytes = sum(port.place.bytes for port in (*program.inputs, *program.outputs))
    constants = sum(constant.values.nbytes for constant in program.constants)
    memory = {
        "device": 1,
        "io_size_bytes": io_bytes,
        "workspace_size_bytes": program.arena_bytes,
        "constants_size_bytes": constants,
        **({"state_size_bytes": program.state_bytes} if program.states else {}),
        "inputs": _sizes(program.inputs),
        "outputs": _sizes(program.outputs),
    }
    if program.regions:
        memory["workspace_pools"] = {
            pool.c_name: {"size_bytes": pool.bytes, "alignment_bytes": pool.alignment}
            for pool in workspace_pools(program)
        }
    module = {
        "model_name": program.name,
        "version": MLF_VERSION,
        "export_datetime": FIXED_TIME,
        "executors": ["aot"],
        "external_dependencies": [],
        "style": "full-model",
        "target": [f"c -keys=cpu -mcpu={cpu}" if cpu != "host" else "c -keys=cpu"],
        "memory": {
            "functions": {"main": [memory], "operator_functions": []},
        },
    }
    return {
        "version": MLF_VERSION,
        "modules": {program.name: module},
        "arenite": description_entry(
            name=program.name,
            ir="relax",
            cpu=cpu,
            granularity=granularity,
            optimise=optimise,
            arena_bytes=program.arena_bytes,
            lower_bound_bytes=program.lower_bound_bytes,
            optimal=program.optimal,
            source_order_bytes=program.source_order_bytes,
            state_bytes=program.state_bytes,
            inputs=[_port(port) for port in program.inputs],
            outputs=[_port(port) for port in program.outputs],
            steps=[
                {
                    "name": step.name,
                    "outputs": [
                        {
                            "source_tensor": output.source_tensor,
                            "offset": output.place.offset if output.place.port is None else None,
                            "bytes": output.place.bytes,
                            "dtype": output.place.dtype,
                            "shape": list(output.place.shape),
                            **({"at": output.at} if program.rows else {}),
                        }
                        for output in step.outputs
                        if output.source_tensor is not None
                    ],
                }
                for step in program.steps
            ],
            **({"states": [_state(state) for state in program.states]} if program.states else {}),
            **({"stream_rows": program.rows_pushed} if program.stream else {}),
            **({"io_memory": program.io_memory} if program.io_memory != "arena" else {}),
            **({"regions": [region.entry() for region in program.regions]} if program.regions else {}),
        ),
    }


def description_entry(
    *,
    name: str,
    ir: str,
    cpu: str,
    granularity: str,
    arena_bytes: int,
    lower_bound_bytes: int,
    optimal: bool,
    source_order_bytes: int,
    state_bytes: int = 0,
    inputs: Sequence[Mapping[str, Any]],
    outputs: Sequence[Mapping[str, Any]],
    steps: Sequence[Mapping[str, Any]],
    **others: Any,
) -> dict[str, Any]:
    """The key ``arenite`` of ``metadata.json``, which ``arenite.codegen.description`` reads. ``machine``: of QEMU."""
    return {
        "version": __version__,
        "name": name,
        "ir": ir,
        "cpu": cpu,
        "machine": MACHINES.get(cpu),
        "granularity": granularity,
        "arena_bytes": arena_bytes,
        "lower_bound_bytes": lower_bound_bytes,
        "optimal": optimal,
        "source_order_bytes": source_order_bytes,
        "state_bytes": state_bytes,
        "inputs": list(inputs),
        "outputs": list(outputs),
        **others,
        "steps": list(steps),
    }


def _sizes(ports: Sequence[Port]) -> dict[str, Any]:
    """Bytes and type of each, as microTVM's readers look them up."""
    return {port.c_name: {"size": port.place.bytes, "dtype": port.place.dtype} for port in ports}


def _state(state: State) -> dict[str, Any]:
    return {
        "name": state.name,
        "dtype": state.place.dtype,
        "shape": list(state.place.shape),
        "offset": state.place.offset,
        "bytes": state.place.bytes,
    }


def _port(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "c_name": port.c_name,
        "dtype": port.place.dtype,
        "shape": list(port.place.shape),
        "bytes": port.place.bytes,
        "scale": port.scale,
        "zero_point": port.zero_point,
        **layout_entry(port.layout),
    }


def write_project(files: Mapping[str, str | bytes], directory: Path) -> None:
    """Write all files, or none: an earlier project of arenite there is replaced, anything else is left alone.

    Raises:
        AreniteError: the directory holds something else, or cannot be written.
    """
    directory = directory.resolve()
    if directory == Path.cwd():
        raise AreniteError(
            "is the current directory, which cannot be replaced",
            file=str(directory),
            remedy="name a directory below it",
        )
    if directory.exists() and not _replaceable(directory):
        raise AreniteError(
            "is not a directory that arenite has written",
            file=str(directory),
            remedy="name a new or empty directory",
        )
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{directory.name}.", dir=directory.parent) as temporary:
            fresh = Path(temporary) / "project"
            for name, content in files.items():
                path = fresh / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
            _exchange(fresh, directory, Path(temporary) / "old")
    except OSError as cause:
        raise AreniteError(
            f"cannot be written: {cause.strerror}", file=str(directory), remedy="check the path and its permissions"
        ) from cause


def _exchange(fresh: Path, directory: Path, old: Path) -> None:
    """Put ``fresh`` in the place of ``directory``; what was there ends as ``old``, or stays if that fails."""
    if not directory.exists():
        os.replace(fresh, directory)
        return
    os.replace(directory, old)
    try:
        os.replace(fresh, directory)
    except OSError:
        os.replace(old, directory)
        raise


def _replaceable(directory: Path) -> bool:
    if not directory.is_dir():
        return False
    if not any(directory.iterdir()):
        return True
    try:
        metadata = json.loads((directory / "metadata.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(metadata, dict) and "arenite" in metadata
