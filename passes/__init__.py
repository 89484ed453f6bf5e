"""TVM passes of arenite. The registry is lazy: a pass is imported when it is asked for.

``arenite.passes.get("ReorderSchedule")`` is the pass's class; inside TVM each is also the global function
``arenite.transform.<name>``, and the pipeline is ``relax_pipeline="arenite"``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

REGISTRY: dict[str, str] = {
    "HoistTemporaries": "arenite.passes.hoist_temporaries:HoistTemporaries",
    "PlanMemory": "arenite.passes.plan_memory:PlanMemory",
    "ReorderSchedule": "arenite.passes.reorder_schedule:ReorderSchedule",
    "SplitRows": "arenite.passes.split_rows:SplitRows",
}
"""Pass name -> "module:class"."""


def get(name: str) -> Any:
    """The class of a registered pass; an instance of it is a ``tvm.transform.Pass``. Raises KeyError."""
    module, _, attribute = REGISTRY[name].partition(":")
    return getattr(import_module(module), attribute)


def register() -> None:
    """Make the passes known to TVM. Called by TVM's plug-in loader; calling it again does nothing."""
    import tvm
    from tvm import relax
    from tvm.relax.pipeline import PIPELINE_MAP

    if "arenite" in PIPELINE_MAP:
        return

    def arenite_pipeline() -> Any:
        from arenite.passes.pipeline import vm_pipeline

        return vm_pipeline()

    relax.register_pipeline("arenite")(arenite_pipeline)
    for name in REGISTRY:
        tvm.register_global_func(f"arenite.transform.{name}", _factory(name), override=True)


def _factory(name: str) -> Any:
    def create(*options: Any) -> Any:
        return get(name)(*options)

    return create
