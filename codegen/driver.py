"""Model file -> project on disk, its run and its proof: what the commands compile, run and verify do."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from arenite.codegen.boards import CPUS
from arenite.codegen.description import Array, read_description
from arenite.codegen.file_tensors import with_file_tensors
from arenite.codegen.npy_files import read_inputs, write_array
from arenite.codegen.program import C_TYPES, Program
from arenite.codegen.project import project_files, write_project
from arenite.codegen.run import Target as Machine
from arenite.codegen.run import build, execute
from arenite.codegen.sections import ANYWHERE, Sections, check_sections
from arenite.errors import AreniteError, UnsupportedError
from arenite.frontends.bodies.weighed_scratch import weighed_scratch
from arenite.frontends.c_names import unique_c_name
from arenite.frontends.model import Model
from arenite.frontends.operators import lower_all
from arenite.frontends.read import read_model
from arenite.frontends.rewrites.boundary import strip_float_boundary
from arenite.frontends.to_graph import to_row_forms
from arenite.passes.memory_request import IoMemory, MemoryRequest
from arenite.progress import Progress, tell
from arenite.regions.request import RegionRequest
from arenite.rows.plan_rows import WHOLE, RowRequest, choose_rows
from arenite.rows.row_graph import RowGraph
from arenite.target import PORTABLE, SCRATCH_BYTES, Optimise, Target
from arenite.target_memory import UNLIMITED, TargetMemory, check_memory

Shapes = Mapping[str, tuple[int, ...]]
"""Of inputs of an ONNX model that leaves extents open, by name."""


def load_model(path: str | Path, *, io: str = "source", shapes: Shapes | None = None) -> Model:
    """Read a model file; with ``io="int8"`` without QUANTIZE and DEQUANTIZE at its boundary."""
    tell(Progress("reading the model"))
    model = read_model(path, shapes)
    return strip_float_boundary(model) if io == "int8" else model


def compile_program(
    model: Model,
    *,
    name: str | None = None,
    alignment: int = 16,
    order: Literal["best", "source"] = "best",
    timeout: float = 10.0,
    regions: RegionRequest | None = None,
    io_memory: IoMemory = "arena",
    rows: RowRequest = WHOLE,
    target: Target = PORTABLE,
) -> tuple[Program, Any]:
    """Import, order, plan: the program, and the planned IRModule that it was read from.

    Args:
        regions: memory regions to divide the arena into, and pins.
        io_memory: "caller" for inputs and outputs that lie outside of the arena.
        rows: whether operators are split into rows, and how the input comes.
        target: whose bodies of the kernels are called.
    """
    lower_all(model)  # what cannot be compiled is told before TVM, which takes seconds to import, is even looked for
    _check_types(model)
    request, choice = None, None
    names = tuple(tensor.name for tensor in model.tensors)
    target = weighed_scratch(model, target, rows, alignment=alignment, timeout=timeout)
    graph, forms, tensors = to_row_forms(model, target)
    if regions is not None or io_memory == "caller":
        asked = MemoryRequest(graph, names, regions, io_memory, model.file)
        request = asked.solve(order=order, alignment=alignment, timeout=timeout)
    elif rows.granularity != "op":
        choice = choose_rows(graph, forms, rows, order=order, alignment=alignment, timeout=timeout, file=model.file)
        planned_graph = graph if choice.rows is None else choice.rows.graph
        request = MemoryRequest(planned_graph, names, None, "arena", model.file, choice.plan)
    tell(Progress("loading TVM"))
    from arenite.codegen.read_module import read_program
    from arenite.frontends.to_relax import to_relax
    from arenite.passes.pipeline import c_pipeline

    tell(Progress("importing the model into TVM"))
    module = to_relax(model, target)
    tell(Progress("lowering, ordering and packing"))
    split = None
    if choice is not None and choice.rows is not None:
        split = _split_rows(choice.rows, tensors)
    planned = c_pipeline(alignment=alignment, order=order, timeout=timeout, request=request, split=split)(module)
    tell(Progress("writing the C project"))
    return with_file_tensors(read_program(planned, name), model), planned


def _split_rows(chosen: RowGraph, tensors: Sequence[int]) -> Any:
    """The pass that splits a module as ``chosen`` does. ``tensors``: of the model, by buffer."""
    from arenite.passes.split_rows import SplitRows

    bands = {f"t{tensors[buffer]}": height for buffer, height in chosen.bands.items()}
    kept, eager = (
        [f"t{tensors[buffer]}" for step in steps for buffer in chosen.source.steps[step].writes]
        for steps in (chosen.kept, chosen.eager)
    )
    return SplitRows(bands, bool(chosen.pushed), eager, kept)


def _check_types(model: Model) -> None:
    """Raises UnsupportedError for activations whose numbers plain C does not have."""
    operators = {index: operator.label for operator in model.operators for index in operator.outputs}
    for index in (*model.inputs, *operators):
        tensor = model.tensors[index]
        if tensor.dtype not in C_TYPES and tensor.bytes and not tensor.constant:
            raise UnsupportedError(
                f"tensor {index} '{tensor.name}' holds {tensor.dtype}, which C has no type for",
                file=model.file,
                operator=operators.get(index),
                remedy="convert the model to int8 or float32, or use `arenite plan`, which takes any",
            )


def compile_model(
    path: str | Path,
    out_dir: str | Path,
    *,
    cpu: str = "cortex-m4",
    name: str | None = None,
    io: str = "source",
    alignment: int = 16,
    order: Literal["best", "source"] = "best",
    timeout: float = 10.0,
    ir: Literal["relax", "relay"] = "relax",
    shapes: Shapes | None = None,
    regions: RegionRequest | None = None,
    io_memory: IoMemory = "arena",
    rows: RowRequest = WHOLE,
    optimise: Optimise = "speed",
    scratch_bytes: int = SCRATCH_BYTES,
    sections: Sections = ANYWHERE,
    memory: TargetMemory = UNLIMITED,
) -> dict[str, Any]:
    """Compile a model file into a project below ``out_dir``. Nothing is written unless everything went well.

    Args:
        sections: of the weights and of the static workspace.
        memory: what the target has; a model that needs more is refused.

    Returns:
        The object that ``arenite compile --json`` prints.
    """
    if cpu not in CPUS:
        raise AreniteError(f"unknown CPU {cpu}", remedy=f"choose one of {', '.join(CPUS)}")
    if name is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise AreniteError(f"{name!r} is not a C identifier", remedy="choose a --name of letters, digits and _")
    name = name or unique_c_name(Path(path).stem, set())
    check_sections(sections, has_regions=regions is not None)
    if ir == "relay":
        if sections != ANYWHERE:
            raise AreniteError("--weights-section and --arena-section are for --ir relax", remedy="leave them out")
        if io != "source" or order != "best" or alignment != 16 or shapes:
            raise AreniteError("--io, --order, --alignment and --shape are for --ir relax", remedy="leave them out")
        if rows.granularity == "row" or rows.pushed:
            raise AreniteError("rows are for --ir relax", remedy="leave out --granularity and --stream-input")
        if regions is not None or io_memory != "arena":
            raise AreniteError(
                "--region, --regions, --pin and --io-memory are for --ir relax",
                remedy="leave them out, or name the pools to relay.build (USMP's WorkspaceMemoryPools)",
            )
        if memory != UNLIMITED:
            raise AreniteError("--ram and --flash are for --ir relax", remedy="leave them out")
        from arenite.codegen.relay.build import compile_relay

        tell(Progress("building with relay.build"))
        return compile_relay(
            Path(path), Path(out_dir), name=name, timeout=timeout, kernels=Target(cpu, optimise, scratch_bytes)
        )
    model = load_model(path, io=io, shapes=shapes)
    program, planned = compile_program(
        model, name=name, alignment=alignment, order=order, timeout=timeout, regions=regions, io_memory=io_memory,
        rows=rows, target=Target(cpu, optimise, scratch_bytes),
    )  # fmt: skip
    granularity = "row" if program.rows else "op"
    check_memory(model, program.arena_bytes, memory, rows.granularity, Target(cpu, optimise, scratch_bytes))
    files = project_files(
        program,
        cpu=cpu,
        granularity=granularity,
        ir_text=planned.script(show_meta=False) + "\n",
        optimise=optimise,
        sections=sections,
    )
    write_project(files, Path(out_dir))
    return {
        "project": str(out_dir),
        "name": program.name,
        "ir": "relax",
        "cpu": cpu,
        "granularity": granularity,
        "arena_bytes": program.arena_bytes,
        "lower_bound_bytes": program.lower_bound_bytes,
        "optimal": program.optimal,
        "state_bytes": program.state_bytes,
        **({"regions": [region.entry() for region in program.regions]} if program.regions else {}),
        "files": sorted(files),
    }


def verify_model(
    path: str | Path,
    *,
    cpu: str = "cortex-m4",
    on: Machine = "qemu",
    samples: int = 8,
    seed: int = 0,
    io: str = "source",
    layers: bool = False,
    canaries: bool = False,
    timeout: float = 10.0,
    ir: Literal["relax", "relay"] = "relax",
    shapes: Shapes | None = None,
    regions: RegionRequest | None = None,
    io_memory: IoMemory = "arena",
    rows: RowRequest = WHOLE,
    optimise: Optimise = "speed",
    scratch_bytes: int = SCRATCH_BYTES,
    memory: TargetMemory = UNLIMITED,
) -> dict[str, Any]:
    """Compile into a temporary directory, run and compare with the oracle.

    Returns:
        The object that ``arenite verify --json`` prints.
    """
    from arenite.codegen.verification.verify import verify_project

    with tempfile.TemporaryDirectory(prefix="arenite-") as directory:
        project = Path(directory) / "project"
        compile_model(
            path, project, cpu=cpu if on == "qemu" else "host", io=io, timeout=timeout, ir=ir, shapes=shapes,
            regions=regions, io_memory=io_memory, rows=rows, optimise=optimise, scratch_bytes=scratch_bytes,
            memory=memory,
        )  # fmt: skip
        result = dataclasses.asdict(verify_project(project, Path(path), samples, seed, on, layers, canaries=canaries))
    result["tolerance"] = list(result["tolerance"])
    result["regions"] = list(result["regions"])
    if not result["regions"]:
        del result["regions"]
    if not layers:
        for key in LAYER_KEYS:
            del result[key]
    return result


LAYER_KEYS = ("layer_values", "layer_mismatches", "first_mismatch")


def run_project(
    directory: str | Path,
    *,
    on: Machine = "host",
    inputs: Sequence[str | Path] = (),
    output_dir: str | Path | None = None,
) -> dict[str, Any]:
    """Build and run a project once.

    Args:
        directory: what ``compile_model`` wrote.
        on: "host" or "qemu" (the CPU is the project's).
        inputs: one .npy file per input of the model, in its order; without any, zeros. Where the C interface has the
            axes in another order than the model file, either will do; what fits both is taken as the file's.
        output_dir: where to write ``<output name>.npy``, of the shapes in the model file; nowhere by default.

    Returns:
        The object that ``arenite run --json`` prints.
    """
    project = Path(directory)
    description = read_description(project)
    arrays = read_inputs(description, [Path(file) for file in inputs])
    execution = execute(build(project, on=on), [arrays])
    written: list[str] = []
    for port, array in zip(description.outputs, execution.outputs[0], strict=True):
        if output_dir is not None:
            written.append(write_array(Path(output_dir) / f"{port.c_name}.npy", port.to_file(array)))
    return {
        "project": str(directory),
        "name": description.name,
        "cpu": description.cpu if on == "qemu" else "host",
        "on": on,
        "arena_bytes": description.arena_bytes,
        "state_bytes": description.state_bytes,
        **({"regions": list(description.regions)} if description.regions else {}),
        "instructions": execution.instructions,
        "stack_bytes": execution.stack_bytes,
        "flash_bytes": execution.flash_bytes,
        "ram_bytes": execution.ram_bytes,
        "outputs": [
            {
                "name": port.name,
                "dtype": port.dtype,
                "shape": list(port.file_shape),
                "values": _preview(port.to_file(array)),
            }
            for port, array in zip(description.outputs, execution.outputs[0], strict=True)
        ],
        "files": written,
    }


PREVIEW_VALUES = 16


def _preview(array: Array) -> list[Any]:
    return list(array.reshape(-1)[:PREVIEW_VALUES].tolist())
