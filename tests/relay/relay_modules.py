"""Small Relay modules, builds of them that can be looked into, and a way to run what comes out."""

from __future__ import annotations

import ctypes
import pathlib
import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tvm.ir.memory_pools import WorkspaceMemoryPools, WorkspacePoolInfo
from tvm.relay.backend import Executor, Runtime

from arenite.passes.relay.order.call_phases import LoweredGraph
from arenite.passes.relay.order.lowered_graph import let_chain, lowered_graph
from arenite.passes.relay.order.reorder_schedule import ScheduleReport, reorder
from arenite.relay_compat import relay, tvm

ALGORITHMS = ("greedy_by_size", "greedy_by_conflicts", "hill_climb")
ONE_OPERATOR_EACH = {"relay.FuseOps.max_depth": 1}
HEADER = """
#ifndef TVM_DLL
#define TVM_DLL
#endif
#include <stddef.h>
#include <stdint.h>
void *TVMBackendAllocWorkspace(int, int, uint64_t, int, int);
int TVMBackendFreeWorkspace(int, int, void *);
"""


@dataclass(eq=False)
class Built:
    """What was seen in a build. ``conflicts``: name -> (bytes, names of those that USMP keeps apart from it)."""

    library: Any = None
    lowered: Any = None
    graph: LoweredGraph | None = None
    report: ScheduleReport | None = None
    order: list[str] = field(default_factory=list)
    conflicts: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    pressure: int = 0
    workspace: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def source(self) -> str:
        return "\n".join(part.get_source() for part in self.library.get_lib().imported_modules if part.type_key == "c")

    @property
    def calls(self) -> list[str]:
        """Functions in the order in which the generated main function calls them."""
        body = self.source[self.source.rindex("___tvm_main__(") :]
        return re.findall(r"if \((?:\(int32_t\))?(\w+)\(", body)


Change = Callable[[Any], Any]
"""Of the lowered module: its new ``main``."""


def build(
    module: Any,
    *,
    params: Mapping[str, Any] | None = None,
    ordered: bool = True,
    change: Change | None = None,
    workspace_io: bool = False,
    fused: bool = False,
    alignment: int = 8,
    timeout: float = 10.0,
    config: Mapping[str, Any] | None = None,
) -> Built:
    """Build ``module`` for C with the AOT executor, calls ordered by arenite (or by ``change``) or as TVM has them."""
    built = Built()

    def lower(lowered: Any) -> None:
        built.lowered = tvm.IRModule(dict(lowered.functions.items()), attrs=lowered.attrs)
        built.graph = lowered_graph(lowered, workspace_io=workspace_io)
        if change is not None:
            lowered["main"] = change(lowered)
        elif ordered:
            main, built.report = reorder(lowered, workspace_io=workspace_io, timeout=timeout)
            lowered["main"] = main
        built.order = called_functions(lowered["main"])

    @tvm.instrument.pass_instrument
    class Lowered:
        def run_after_pass(self, module: Any, info: Any) -> None:
            if info.name == "LowerTE" and built.lowered is None and "executor" in list(module.attrs.keys()):
                lower(module)

    @tvm.register_func("tir.usmp.algo.arenite_test", override=True)
    def algorithm(buffers: Any, pressure: Any) -> Any:
        built.pressure = int(pressure)
        for buffer in buffers:
            names = frozenset(str(other.name_hint) for other in buffer.conflicts)
            built.conflicts[str(buffer.name_hint)] = int(buffer.size_bytes), names - {str(buffer.name_hint)}
            built.kinds[str(buffer.name_hint)] = int(buffer.kind)
        result = None
        for name in ALGORITHMS:
            result = tvm.get_global_func(f"tir.usmp.algo.{name}")(buffers, pressure)
            built.workspace[name] = max(
                int(pool.byte_offset) + int(buffer.size_bytes)
                for buffer, pool in result.items()
                if isinstance(pool.pool_info, WorkspacePoolInfo)
            )
        return result

    target = tvm.target.Target("c -mcpu=cortex-m7")
    settings = {
        "tir.disable_vectorize": True,
        "tir.usmp.enable": True,
        "tir.usmp.custom_algorithm": "arenite_test",
        "tir.usmp.use_workspace_io": workspace_io,
        **({} if fused else ONE_OPERATOR_EACH),
        **(config or {}),
    }
    began = time.monotonic()
    with tvm.transform.PassContext(opt_level=3, config=settings, instruments=[Lowered()]):
        built.library = relay.build(
            module,
            target,
            executor=Executor(
                "aot", {"unpacked-api": True, "interface-api": "c", "workspace-byte-alignment": alignment}
            ),
            runtime=Runtime("crt"),
            params=params,
            workspace_memory_pools=WorkspaceMemoryPools([WorkspacePoolInfo("sram", [target])]),
        )
    built.seconds = time.monotonic() - began
    return built


def called_functions(main: Any) -> list[str]:
    """Names of the lowered functions that ``main`` calls, in the order of its lets."""
    names = []
    for let in let_chain(main)[0]:
        call = (
            let.value.args[0] if isinstance(let.value, relay.Call) and let.value.op.name == "on_device" else let.value
        )
        if isinstance(call, relay.Call):
            names.append(str(call.args[0].name_hint))
    return names


def run(built: Built, inputs: Sequence[Any], outputs: Sequence[Any], directory: pathlib.Path) -> list[Any]:
    """Compile the generated C for this machine and call its main function; inputs and outputs are the caller's.

    Args:
        outputs: arrays of the shapes and types that come out; they are not written.
    """
    headers = directory / "include" / "tvm" / "runtime"
    headers.mkdir(parents=True, exist_ok=True)
    for name in ("c_runtime_api.h", "c_backend_api.h"):
        (headers / name).write_text(HEADER)
    source = directory / "model.c"
    source.write_text(built.source)
    library = directory / f"model_{len(list(directory.glob('*.so')))}.so"
    include = directory / "include"
    command = ["cc", "-w", "-O1", "-shared", "-fPIC", f"-I{include}", str(source), "-lm", "-o", str(library)]
    subprocess.run(command, check=True, capture_output=True)
    results = [np.empty_like(output) for output in outputs]
    workspace = np.full(built.workspace["hill_climb"] + 64, 0x5A, np.uint8)
    base = workspace.ctypes.data + -workspace.ctypes.data % 16
    pointers = [array.ctypes.data for array in [*map(np.ascontiguousarray, inputs), *results]]
    arguments = [ctypes.c_void_p(pointer) for pointer in [*pointers, base]]
    assert getattr(ctypes.CDLL(str(library)), "tvmgen_default___tvm_main__")(*arguments) == 0  # noqa: B009
    return results


def variable(name: str, *shape: int, dtype: str = "int8") -> Any:
    return relay.var(name, shape=shape, dtype=dtype)


def as_module(inputs: Sequence[Any], output: Any) -> Any:
    return tvm.IRModule.from_expr(relay.Function(list(inputs), output))


def widened(tensor: Any, times: int) -> Any:
    return relay.concatenate([tensor] * times, axis=1)


def four_branch_cell() -> Any:
    """Each branch widens the input, works on it and pools. TVM runs the branches in the order in which they are
    concatenated: that which needs most while it runs comes last, when the results of all others are there."""
    x = variable("x", 1, 4, 16, 16)
    branches = []
    for times, pool in ((2, 1), (4, 1), (8, 2), (12, 4)):
        wide = relay.nn.relu(widened(relay.negative(x), times))
        branches.append(relay.nn.max_pool2d(wide, (pool, pool), (pool, pool)) if pool > 1 else wide)
    flat = [relay.reshape(branch, (-1,)) for branch in branches]
    return as_module([x], relay.concatenate([relay.nn.relu(part) for part in flat], axis=0))


def chain(length: int) -> Any:
    x = variable("x", 1, 64)
    result = x
    for number in range(length):
        result = relay.negative(result) if number % 2 else relay.nn.relu(result)
    return as_module([x], result)


def all_forms() -> Any:
    """Several inputs and outputs, a call with several results, tuples, constants, reshapes, a padded convolution."""
    x, y = variable("x", 1, 8, 8, 8), variable("y", 1, 8, 8, 8)
    weight = relay.const(np.arange(8 * 8 * 9, dtype=np.int8).reshape(8, 8, 3, 3) % 5 - 2)
    convolved = relay.cast(relay.nn.conv2d(x, weight, padding=(1, 1), out_dtype="int32"), "int8")
    halves = relay.split(y, 2, axis=1)
    mixed = relay.concatenate([halves[1], relay.add(halves[0], halves[1])], axis=1)
    flat = relay.reshape(relay.reshape(convolved, (8, 64)), (16, 32))
    shifted = relay.add(flat, relay.const(np.int8(3)))
    copied = relay.reshape(y, (8, 64))
    return as_module(
        [x, y],
        relay.Tuple([shifted, relay.nn.relu(mixed), relay.negative(copied), relay.nn.relu(halves[0])]),
    )
