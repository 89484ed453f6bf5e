"""Outputs that are other names of what is read inside, and inputs that nobody reads, with both in the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from tvm.ir.memory_pools import WorkspaceMemoryPools, WorkspacePoolInfo

import arenite.relay
from arenite.codegen.relay.build import aot_executor
from arenite.codegen.run import build, execute
from arenite.errors import UnsupportedError
from arenite.relay_compat import relay, tvm

PARAMETERS = [relay.const(0.1), relay.const(0)] * 3
X, Y = (relay.var(name, shape=(1, 64), dtype="int8") for name in "xy")
ONCE = relay.qnn.op.add(X, Y, *PARAMETERS)
TWICE = relay.qnn.op.add(ONCE, ONCE, *PARAMETERS)


def built(*outputs: Any) -> Any:
    main = relay.Function([X, Y], relay.Tuple(list(outputs)) if len(outputs) > 1 else outputs[0])
    target = tvm.target.Target("c")
    with arenite.relay.PassContext(config={"tir.usmp.use_workspace_io": True}, compare=False):
        return relay.build(
            tvm.IRModule.from_expr(main),
            target,
            executor=aot_executor(),
            runtime=relay.backend.Runtime("crt"),
            workspace_memory_pools=WorkspaceMemoryPools([WorkspacePoolInfo("sram", [target])]),
        )


@pytest.mark.parametrize(
    ("outputs", "multiples"),
    [
        ([relay.reshape(ONCE, (8, 8)), TWICE], [(1, 1), (2, 2)]),
        ([TWICE, relay.reshape(relay.squeeze(TWICE, [0]), (8, 8))], [(2, 2), (2, 2)]),
        ([relay.reshape(TWICE, (8, 8)), relay.reshape(TWICE, (4, 16))], [(2, 2), (2, 2)]),
        ([relay.reshape(X, (8, 8)), TWICE], [(1, 0), (2, 2)]),
    ],
    ids=["read inside", "an output itself", "two shapes", "of an input"],
)
def test_reshaped_outputs_that_are_something_else_as_well(
    outputs: list[Any], multiples: list[tuple[int, int]], tmp_path: Path
) -> None:
    arenite.relay.write_project(built(*outputs), tmp_path / "project", cpu="host")
    x, y = np.random.default_rng(0).integers(-15, 15, (2, 1, 64), np.int8)
    ((first, second),) = execute(build(tmp_path / "project", on="host", sanitise=True), [[x, y]]).outputs
    for result, (of_x, of_y) in zip((first, second), multiples, strict=True):
        np.testing.assert_array_equal(result.ravel(), (of_x * x + of_y * y).ravel())


def test_a_reshaped_output_that_is_nothing_else_has_no_copy() -> None:
    library = built(relay.reshape(TWICE, (8, 8)))
    assert "fused_copy" not in library.get_lib().imported_modules[0].get_source()


def test_the_same_shape_twice_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="output 1 of the module is an earlier one"):
        built(relay.reshape(TWICE, (8, 8)), relay.reshape(TWICE, (8, 8)))


def test_an_input_that_nobody_reads_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="the input y of the module"):
        built(relay.qnn.op.add(X, X, *PARAMETERS))
