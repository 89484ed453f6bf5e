"""The passes in order: towards plain C, and inside TVM's own build for the virtual machine."""

from __future__ import annotations

from typing import Any, Literal

from arenite.passes.hoist_temporaries import HoistTemporaries
from arenite.passes.memory_request import MemoryRequest
from arenite.passes.plan_memory import PlanMemory
from arenite.passes.reorder_schedule import ReorderSchedule
from arenite.tvm_compat import IRModule, extern_calls, relax, row_calls, tirx, tvm


def c_pipeline(
    *,
    alignment: int = 16,
    order: Literal["best", "source"] = "best",
    timeout: float = 10.0,
    request: MemoryRequest | None = None,
    split: Any = None,
) -> Any:
    """Imported module -> planned module, ready for code generation. Operators stay apart, so that each result
    can be compared with the model's. ``request``: for memory regions, and inputs and outputs outside of the arena, or
    with a plan that is known already. ``split``: a SplitRows that takes operators apart."""
    transform = relax.transform
    return tvm.transform.Sequential(
        [
            transform.LegalizeOps(skip_ops=["relax.reshape"]),
            HoistTemporaries(),
            *([] if split is None else [split]),
            ReorderSchedule(order, timeout, alignment, request),
            transform.ToNonDataflow(),
            transform.RemovePurityChecking(),
            transform.CallTIRRewrite(),
            PlanMemory(alignment, timeout),
        ],
        name="arenite.c",
    )


def vm_pipeline() -> Any:
    """TVM's default CPU pipeline with arenite's order and plan in the place of its memory planning.

    A module that calls row kernels gets them from a library that this machine's C compiler makes; without one,
    ToolError says so.
    """

    @tvm.transform.module_pass(opt_level=0, name="arenite.vm")  # type: ignore[untyped-decorator]
    def pipeline(module: IRModule, _context: Any) -> IRModule:
        from tvm.relax.backend.cpu_generic import pipeline as cpu_generic

        if _calls_kernels(module):
            from arenite.codegen.host import load_host_library

            load_host_library()
        target = tvm.target.Target.current(allow_none=True) or tvm.target.Target("llvm")
        with target:
            return tvm.transform.Sequential(
                [
                    *cpu_generic.library_dispatch_passes(target),
                    *cpu_generic.legalize_passes(target),
                    HoistTemporaries(),
                    ReorderSchedule(),
                    *cpu_generic.dataflow_lower_passes(target),
                    PlanMemory(),
                    *cpu_generic.finalize_passes(target),
                ]
            )(module)

    return pipeline


def _calls_kernels(module: IRModule) -> bool:
    functions = module.functions.values()
    return any(
        isinstance(function, tirx.PrimFunc) and (extern_calls(function) or row_calls(function))
        for function in functions
    )
