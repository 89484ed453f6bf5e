"""The same build without arenite, up to its memory plan: what TVM's own planners need in TVM's own order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arenite.passes.relay.memory.io_conflicts import io_conflicts
from arenite.passes.relay.memory.memory_items import Pairs
from arenite.passes.relay.memory.plan_memory import BUILTINS, builtin_bytes
from arenite.relay_compat import has_attribute, quiet, relay, tvm

ALGORITHM = "arenite_baseline"


@dataclass(frozen=True, eq=False)
class Baseline:
    """``bytes``: total of the workspace pools by each of USMP's algorithms, None where it found no place for all.

    Only plans without faults count: see ``io_conflicts`` for one that TVM's planners are led into. ``lowered``: the
    module right after lowering.
    """

    bytes: Mapping[str, int | None]
    lowered: Any

    @property
    def best_bytes(self) -> int:
        """The smallest total; more than any memory if no algorithm placed all."""
        return min((size for size in self.bytes.values() if size is not None), default=1 << 62)


class _Measured(Exception):
    """Ends the build when it has told what it is made for."""


def relay_build(module: Any, attributes: Mapping[str, Any], target: Any) -> Any:
    """``relay.build`` once more, as the build under way was called; ``attributes`` are those of its module."""
    return relay.build(
        module,
        target,
        executor=attributes["executor"],
        runtime=attributes["runtime"],
        workspace_memory_pools=attributes["workspace_memory_pools"],
        constant_memory_pools=attributes["constant_memory_pools"],
    )


def measure(module: Any, attributes: Mapping[str, Any], target: Any, settings: Mapping[str, Any]) -> Baseline | None:
    """Build ``module`` (as ``relay.build`` has it after binding the parameters) without arenite; None if TVM cannot.

    Args:
        attributes: of the module under construction: executor, runtime and memory pools.
        settings: arguments of TVM's pass context.
    """
    found: dict[str, int | None] = {}
    lowered: list[Any] = []
    apart: list[Pairs] = [frozenset()]

    def algorithm(buffers: Any, memory_pressure: Any) -> Any:
        found.update({name: builtin_bytes(name, buffers, memory_pressure, apart=apart[-1]) for name in BUILTINS})
        raise _Measured

    @tvm.instrument.pass_instrument
    class KeepLowered:
        def run_after_pass(self, module: Any, info: Any) -> None:
            if info.name == "LowerTE" and has_attribute(module, "workspace_memory_pools"):
                lowered[:] = [tvm.IRModule(dict(module.functions.items()))]
            if info.name == "tir.usmp.AssignPoolInfo":
                apart[:] = [io_conflicts(module)]

    tvm.register_func(f"tir.usmp.algo.{ALGORITHM}", algorithm, override=True)
    config = {**settings["config"], "tir.usmp.custom_algorithm": ALGORITHM}
    with quiet(), tvm.transform.PassContext(**{**settings, "config": config}, instruments=[KeepLowered()]):
        try:
            relay_build(module, attributes, target)
        except Exception:  # TVM raises what its assertions run into, and _Measured comes back as one of these, too
            if not found:
                return None
    return Baseline(found, lowered[0])
