"""Builds with the memory planner and nothing else of arenite's, or with int8 operators too; and a run of the C on the
host with the pools filled with rubbish before the inputs are written."""

from __future__ import annotations

import pathlib
import re
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tvm.ir.memory_pools import PoolInfoProperties, WorkspaceMemoryPools, WorkspacePoolInfo
from tvm.relay.backend import Executor, Runtime

from arenite.codegen.relay.standalone_crt import crt_headers, export_model_library_format
from arenite.passes.relay.kernel_sources import with_kernel_sources
from arenite.passes.relay.memory import plan_memory
from arenite.passes.relay.memory.in_place import in_place_pairs
from arenite.passes.relay.memory.io_conflicts import io_conflicts
from arenite.passes.relay.memory.memory_items import Pairs
from arenite.passes.relay.memory.plan_memory import MemoryReport
from arenite.passes.relay.quantised import lower_quantised
from arenite.relay_compat import relay, replace_functions, tvm

Array = np.ndarray[Any, Any]
Pools = Sequence[tuple[str, int]]


@dataclass(eq=False)
class Built:
    """``pairs``, ``apart``: what was found in the module that USMP planned."""

    library: Any
    report: MemoryReport
    pairs: Pairs
    apart: Pairs


def build(
    module: Any,
    pools: Pools | None = (("sram", -1),),
    *,
    constant_pools: Any = None,
    int8: bool = False,
    in_place: bool = True,
    keep_io: bool = True,
    workspace_io: bool = True,
    algorithm: str = plan_memory.ALGORITHM,
    target: str = "c",
    parameters: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
) -> Built:
    """``pools``: names and size hints in order of preference, None for TVM's default pool.

    ``keep_io``: keep what inputs and outputs need apart; without, the plan is as USMP asks for it.
    """
    plan_memory.register()
    reports: list[MemoryReport] = []
    found: dict[str, Pairs] = {"pairs": frozenset(), "apart": frozenset()}
    device = tvm.target.Target(target)
    done: set[str] = set()

    @tvm.instrument.pass_instrument
    class Hook:
        def run_after_pass(self, seen: Any, info: Any) -> None:
            if info.name == "RemoveUnusedFunctions" and int8 and info.name not in done:
                done.add(info.name)
                lowered, _ = lower_quantised(seen)
                replace_functions(seen, lowered)
            if info.name == "LowerTE" and int8 and "executor" in (seen.attrs.keys() if seen.attrs else ()):
                functions = {v.name_hint: f for v, f in seen.functions.items() if isinstance(f, tvm.tir.PrimFunc)}
                for name, function in with_kernel_sources(functions).items():
                    seen.update_func(seen.get_global_var(name), function)
            if info.name == "tir.usmp.AssignPoolInfo":
                found.update(pairs=in_place_pairs(seen), apart=io_conflicts(seen))
                pairs = found["pairs"] if in_place else frozenset()
                plan_memory.expect(pairs, 10.0, reports.append, apart=found["apart"] if keep_io else frozenset())

    given = None
    if pools is not None:
        given = WorkspaceMemoryPools(
            [WorkspacePoolInfo(name, [device], PoolInfoProperties(size_hint_bytes=hint)) for name, hint in pools]
        )
    settings = {
        "tir.disable_vectorize": True,
        "tir.usmp.enable": True,
        "tir.usmp.use_workspace_io": workspace_io,
        "tir.usmp.custom_algorithm": algorithm,
        **(config or {}),
    }
    executor = {"unpacked-api": True, "interface-api": "c", "workspace-byte-alignment": 8, "constant-byte-alignment": 8}
    with tvm.transform.PassContext(opt_level=3, config=settings, instruments=[Hook()]):
        library = relay.build(
            module,
            device,
            executor=Executor("aot", executor),
            runtime=Runtime("crt"),
            params=dict(parameters or {}),
            workspace_memory_pools=given,
            constant_memory_pools=constant_pools,
        )
    report = reports[0] if reports else MemoryReport((), 0, 0, {})
    return Built(library, report, found["pairs"], found["apart"])


def run(library: Any, inputs: Mapping[str, Array], folder: pathlib.Path) -> list[bytes]:
    """The outputs of the generated C."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = export_model_library_format(library, folder / "model.tar")
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "mlf", filter="data")
    for path, text in crt_headers().items():
        (folder / "include" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "include" / path).write_text(text)
    host = folder / "mlf" / "codegen" / "host"
    (header,) = (host / "include").glob("tvmgen_*.h")
    text = header.read_text()

    def members(struct: str) -> list[str]:
        body = re.search(rf"struct tvmgen_default_{struct} \{{([^}}]*)\}}", text)
        assert body is not None
        return re.findall(r"void\s*\*\s*(\w+);", body[1])

    def size(name: str) -> int:
        found = re.search(rf"#define TVMGEN_DEFAULT_{name}\s+(\d+)", text)
        assert found is not None, name
        return int(found[1])

    pools = members("workspace_pools")
    lines = ["#include <stdio.h>", "#include <string.h>", f'#include "{header.name}"']
    for name in pools:
        lines.append(
            f"static uint8_t {name}_[{size(f'{name.upper()}_WORKSPACE_POOL_SIZE')}] __attribute__((aligned(16)));"
        )
    for name, value in inputs.items():
        data = ", ".join(str(byte) for byte in value.tobytes())
        lines.append(f"static const uint8_t {name}_data[] = {{{data}}};")
    lines += ["int main(void) {", "  struct tvmgen_default_workspace_pools pools = {"]
    lines += [f"    .{name} = {name}_," for name in pools] + ["  };"]
    lines += [f"  memset({name}_, 0x5A, sizeof {name}_);" for name in pools]
    lines += ["  struct tvmgen_default_inputs in = tvmgen_default_map_inputs(&pools);"]
    assert set(inputs) == set(members("inputs"))
    lines += [f"  memcpy(in.{name}, {name}_data, sizeof {name}_data);" for name in inputs]
    lines += ["  if (tvmgen_default_run(&pools) != 0) return 1;"]
    lines += ["  struct tvmgen_default_outputs out = tvmgen_default_map_outputs(&pools);"]
    outputs = members("outputs")
    for name in outputs:
        lines.append(f"  fwrite(out.{name}, 1, {size(f'{name.upper()}_SIZE')}, stdout);")
    lines += ["  return 0;", "}"]
    (folder / "main.c").write_text("\n".join(lines))
    sources = [str(path) for path in sorted((host / "src").glob("*.c"))]
    includes = [f"-I{folder / 'include'}", f"-I{host / 'include'}"]
    program = folder / "program"
    subprocess.run(
        ["cc", "-O2", "-w", *includes, str(folder / "main.c"), *sources, "-lm", "-o", str(program)], check=True
    )
    printed = subprocess.run([str(program)], check=True, capture_output=True).stdout
    parts, at = [], 0
    for name in outputs:
        parts.append(printed[at : at + size(f"{name.upper()}_SIZE")])
        at += size(f"{name.upper()}_SIZE")
    assert at == len(printed)
    return parts
