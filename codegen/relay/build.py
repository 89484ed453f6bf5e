"""Model file -> ``relay.build`` in arenite's pass context: C, with inputs and outputs in one planned workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arenite.codegen.description import TensorDescription
from arenite.codegen.relay.project import MemoryFigures, write_relay_project
from arenite.errors import UnsupportedError
from arenite.frontends.to_relay import PortInfo, RelayModel, import_relay
from arenite.passes.relay.context import PassContext
from arenite.passes.relay.report import Report
from arenite.relay_compat import quiet, relay, tvm
from arenite.target import PORTABLE, Target

POOL = "sram"
CONFIG = {"tir.usmp.use_workspace_io": True}


@dataclass(frozen=True, eq=False)
class RelayBuild:
    """``library`` is what ``relay.build`` returned."""

    model: RelayModel
    library: Any
    report: Report


def aot_executor() -> Any:
    """The executor of bare-metal projects: the C interface, without packed calls."""
    options = {"unpacked-api": True, "interface-api": "c", "workspace-byte-alignment": 8, "constant-byte-alignment": 16}
    return relay.backend.Executor("aot", options)


def workspace_pools(target: Any) -> Any:
    """One pool without a limit, of the name that the Relax lane's projects use."""
    pool = tvm.ir.memory_pools.WorkspacePoolInfo(POOL, [target])
    return tvm.ir.memory_pools.WorkspaceMemoryPools([pool])


def build_relay(path: Path, *, name: str, timeout: float = 10.0, kernels: Target = PORTABLE) -> RelayBuild:
    """Import and build a model. Operators that arenite does not know get TVM's portable schedules, so that the C runs
    on any CPU. ``kernels``: whose bodies of arenite's kernels are called, for speed or size.

    Raises:
        UnsupportedError: TVM cannot import or build the model.
    """
    model = import_relay(path, kernels)
    target = tvm.target.Target("c")
    context = PassContext(opt_level=3, config=CONFIG, timeout=timeout, kernels=kernels)
    try:
        with quiet(), context:
            library = relay.build(
                model.module,
                target,
                executor=aot_executor(),
                runtime=relay.backend.Runtime("crt"),
                workspace_memory_pools=workspace_pools(target),
                params=dict(model.parameters),
                mod_name=name,
            )
    except tvm.error.TVMError as cause:
        lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
        raise UnsupportedError(
            f"TVM {tvm.__version__} cannot build it: {lines[-1] if lines else 'no reason given'}",
            file=str(path),
            remedy="leave out --ir relay",
        ) from cause
    return RelayBuild(model, library, context.report)


def compile_relay(path: Path, directory: Path, *, kernels: Target, name: str, timeout: float = 10.0) -> dict[str, Any]:
    """Compile a model file into a project below ``directory``, or write nothing.

    Returns:
        The object that ``arenite compile --ir relay --json`` prints; ``tvm_bytes`` has what TVM's planners need without
        arenite, ``left_to_tvm`` the operators that do not run arenite's kernels.
    """
    built = build_relay(path, name=name, timeout=timeout, kernels=kernels)
    report = built.report
    source_bytes = report.schedule.source_bytes if report.schedule else report.workspace_bytes
    memory = MemoryFigures(report.lower_bound_bytes, report.optimal, source_bytes)
    files = write_relay_project(
        built.library,
        directory,
        cpu=kernels.cpu,
        inputs=_described(built.model.inputs),
        outputs=_described(built.model.outputs),
        memory=memory,
        optimise=kernels.optimise,
    )
    return {
        "project": str(directory),
        "name": name,
        "ir": "relay",
        "cpu": kernels.cpu,
        "granularity": "op",
        "arena_bytes": report.workspace_bytes,
        "lower_bound_bytes": report.lower_bound_bytes,
        "optimal": report.optimal,
        "tvm_bytes": dict(report.baseline.bytes) if report.baseline else {},
        "left_to_tvm": [f"{left.operator}: {left.reason}" for left in report.matches.left],
        "files": files,
    }


def _described(ports: Sequence[PortInfo]) -> list[TensorDescription]:
    return [
        TensorDescription(
            port.name,
            "",
            port.dtype,
            port.shape,
            port.bytes,
            port.quantisation.scale if port.quantisation else None,
            port.quantisation.zero_point if port.quantisation else None,
        )
        for port in ports
    ]
