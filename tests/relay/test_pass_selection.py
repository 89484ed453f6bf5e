"""The user's choice of TVM's passes: arenite needs one that TVM leaves out at optimisation level 0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from tvm.ir.memory_pools import WorkspaceMemoryPools, WorkspacePoolInfo

import arenite.relay
from arenite.codegen.relay.build import aot_executor
from arenite.codegen.verification.verify import verify_project
from arenite.errors import AreniteError
from arenite.relay_compat import relay, tvm

DS_CNN = Path(__file__).parents[1] / "models" / "ds_cnn.tflite"


def built(context: Any) -> Any:
    model = arenite.relay.import_model(DS_CNN)
    target = tvm.target.Target("c")
    with context:
        return relay.build(
            model.module,
            target,
            params=dict(model.parameters),
            executor=aot_executor(),
            runtime=relay.backend.Runtime("crt"),
            workspace_memory_pools=WorkspaceMemoryPools([WorkspacePoolInfo("sram", [target])]),
        )


def test_without_optimisations_where_tvm_alone_builds_nothing(tmp_path: Path) -> None:
    # TVM 0.17 takes no quantised operator at this level, so that there is nothing to compare with.
    context = arenite.relay.PassContext(opt_level=0, config={"tir.usmp.use_workspace_io": True})
    library = built(context)
    assert context.report.workspace_bytes == 8000
    assert context.report.matches.left == ()
    assert context.report.baseline is None
    assert "saved" not in str(context.report)
    arenite.relay.write_project(library, tmp_path / "project", cpu="host")
    assert verify_project(tmp_path / "project", DS_CNN, 2, 0, "host").mismatches == 0


def test_required_passes_of_the_user_are_kept() -> None:
    seen = []

    @tvm.instrument.pass_instrument
    class Names:
        def run_after_pass(self, _module: Any, info: Any) -> None:
            seen.append(info.name)

    built(
        arenite.relay.PassContext(
            opt_level=1, required_pass=["EliminateCommonSubexpr"], instruments=[Names()], compare=False
        )
    )
    assert "EliminateCommonSubexpr" in seen


def test_the_pass_that_arenite_begins_with_cannot_be_disabled() -> None:
    with pytest.raises(AreniteError, match=r"RemoveUnusedFunctions.*disabled_pass"):
        arenite.relay.PassContext(disabled_pass=["RemoveUnusedFunctions"])


def test_passes_that_the_user_runs_are_no_builds() -> None:
    model = arenite.relay.import_model(DS_CNN)
    context = arenite.relay.PassContext()
    with context:
        module = relay.transform.RemoveUnusedFunctions()(model.module)
    assert tvm.ir.structural_equal(module, model.module)
    with pytest.raises(AreniteError, match=r"no relay\.build"):
        _ = context.report
