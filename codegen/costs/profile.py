"""What each operator of a model costs on an emulated Cortex-M: instructions, and an estimate of cycles."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from arenite.codegen.boards import MACHINES
from arenite.codegen.costs.block_counts import count_blocks
from arenite.codegen.costs.cycles import MODELS
from arenite.codegen.costs.disassembly import disassemble
from arenite.codegen.costs.operator_costs import Cost, OperatorProfile, attribute
from arenite.codegen.description import Array, ProjectDescription
from arenite.codegen.driver import Shapes, compile_program, load_model
from arenite.codegen.project import project_files, write_project
from arenite.codegen.run import build
from arenite.codegen.verification.file_ports import file_ports
from arenite.codegen.verification.samples import random_input
from arenite.errors import AreniteError, ToolError
from arenite.frontends.macs import operator_macs
from arenite.passes.memory_request import IoMemory
from arenite.regions.request import RegionRequest
from arenite.rows.plan_rows import WHOLE, RowRequest
from arenite.target import SCRATCH_BYTES, Optimise, Target


def profile_model(
    path: str | Path,
    *,
    cpu: str = "cortex-m4",
    seed: int = 0,
    io: str = "source",
    timeout: float = 10.0,
    shapes: Shapes | None = None,
    regions: RegionRequest | None = None,
    io_memory: IoMemory = "arena",
    rows: RowRequest = WHOLE,
    optimise: Optimise = "speed",
    scratch_bytes: int = SCRATCH_BYTES,
) -> dict[str, Any]:
    """Compile into a temporary directory, run one inference in QEMU, and count.

    The program and its input are those of ``verify_model`` with the same arguments and one sample.

    Returns:
        The object that ``arenite profile --json`` prints. Cycles are estimates (``arenite.codegen.costs.cycles``), and
        None on cores without a model; figures per multiply-accumulate are None where there is none.

    Raises:
        AreniteError: the model cannot be compiled, or the CPU is not one that QEMU emulates.
        ToolError: a tool is missing or fails.
    """
    if cpu not in MACHINES:
        raise AreniteError(f"QEMU does not emulate --cpu {cpu}", remedy=f"choose one of {', '.join(MACHINES)}")
    model = load_model(path, io=io, shapes=shapes)
    program, _ = compile_program(
        model, timeout=timeout, regions=regions, io_memory=io_memory, rows=rows,
        target=Target(cpu, optimise, scratch_bytes),
    )  # fmt: skip
    granularity = "row" if program.rows else "op"
    with tempfile.TemporaryDirectory(prefix="arenite-") as directory:
        project = Path(directory) / "project"
        write_project(project_files(program, cpu=cpu, granularity=granularity, optimise=optimise), project)
        built = build(project, on="qemu")
        functions = {call.function for step in program.steps for call in step.calls}
        counts = count_blocks(built, _inputs(built.project, Path(path), seed), functions)
        listing = disassemble(built.program) if cpu in MODELS else {}
    macs = {operator.label: operator_macs(model, operator) for operator in model.operators}
    found = attribute(program.steps, counts, listing, MODELS.get(cpu), macs)
    execution = counts.execution
    if execution.instructions not in (None, found.total.instructions):
        raise ToolError(f"{found.total.instructions:,} instructions were told apart of {execution.instructions:,}")
    return {
        "model": Path(path).name,
        "cpu": cpu,
        "granularity": granularity,
        "optimise": optimise,
        "cycle_model": MODELS[cpu].core if cpu in MODELS else None,
        "arena_bytes": program.arena_bytes,
        "state_bytes": program.state_bytes,
        "stack_bytes": execution.stack_bytes,
        "flash_bytes": execution.flash_bytes,
        **_figures(found.total, sum(operator.macs for operator in found.operators)),
        "schedule": _share(found.schedule, found.total),
        "operators": [_operator(operator, found.total) for operator in found.operators],
    }


def _inputs(description: ProjectDescription, model_file: Path, seed: int) -> list[Array]:
    generator = np.random.default_rng(seed)
    ports = file_ports(model_file).inputs
    return [
        tensor.from_file(random_input(generator, tensor, port))
        for tensor, port in zip(description.inputs, ports, strict=True)
    ]


def _operator(operator: OperatorProfile, total: Cost) -> dict[str, Any]:
    return {
        "operator": operator.operator,
        "functions": list(operator.functions),
        "calls": operator.calls,
        **_figures(operator.cost, operator.macs),
        "share": _share(operator.cost, total)["share"],
    }


def _figures(cost: Cost, macs: int) -> dict[str, Any]:
    cycles = None if cost.cycles is None else round(cost.cycles)
    return {
        "macs": macs,
        "instructions": cost.instructions,
        "cycles": cycles,
        "instructions_per_mac": round(cost.instructions / macs, 3) if macs else None,
        "cycles_per_mac": round(cycles / macs, 3) if macs and cycles is not None else None,
    }


def _share(cost: Cost, total: Cost) -> dict[str, Any]:
    """Of all cycles, or of all instructions where cycles are not known."""
    cycles = None if cost.cycles is None else round(cost.cycles)
    if cost.cycles is None or total.cycles is None:
        share = cost.instructions / total.instructions
    else:
        share = cost.cycles / total.cycles
    return {"instructions": cost.instructions, "cycles": cycles, "share": round(share, 4)}
