"""The pass context in whole builds: what comes out runs, equals TensorFlow Lite, and needs no more than TVM's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

from tvm.ir.memory_pools import PoolInfoProperties, WorkspaceMemoryPools, WorkspacePoolInfo

import arenite.relay
from arenite.codegen.driver import verify_model
from arenite.codegen.relay.build import aot_executor
from arenite.codegen.run import build, execute
from arenite.errors import AreniteError, UnsupportedError
from arenite.relay_compat import relay, tvm
from arenite.target import SCRATCH_BYTES

MODELS = Path(__file__).parents[1] / "models"
NAMES = sorted(path.stem for path in MODELS.glob("*.tflite"))
WORKSPACE_IO = {"tir.usmp.use_workspace_io": True}
needs_qemu = pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")),
    reason="needs qemu-system-arm and arm-none-eabi-gcc",
)


def pools(*limits: int | None) -> Any:
    target = tvm.target.Target("c")
    return WorkspaceMemoryPools(
        [
            WorkspacePoolInfo(f"pool_{i}", [target], PoolInfoProperties(size_hint_bytes=limit) if limit else None)
            for i, limit in enumerate(limits)
        ]
    )


def built(
    module: Any, context: Any, *, executor: Any = None, memory: Any = None, target: str = "c", **more: Any
) -> Any:
    with context:
        return relay.build(
            module,
            tvm.target.Target(target),
            executor=executor or aot_executor(),
            runtime=relay.backend.Runtime("crt"),
            workspace_memory_pools=memory,
            **more,
        )


def sum_of(count: int, *again: int) -> Any:
    """x0 + x1 + ..., quantised, with some inputs ``again``: TVM fuses it all, arenite has one operator for each +."""
    inputs = [relay.var(f"x{i}", shape=(1, 4096), dtype="int8") for i in range(count)]
    parameters = [relay.const(0.1), relay.const(0)] * 3
    value = inputs[0]
    for other in [*inputs[1:], *(inputs[index] for index in again)]:
        value = relay.qnn.op.add(value, other, *parameters)
    return tvm.IRModule.from_expr(relay.Function(inputs, value))


@pytest.mark.parametrize("name", NAMES)
def test_bundled_models_equal_tensorflow_lite(name: str) -> None:
    result = verify_model(MODELS / f"{name}.tflite", on="host", samples=4, ir="relay")
    assert (result["mismatches"], result["oracle"]) == (0, "tflite-reference")
    assert result["values"] > 0


@needs_qemu
@pytest.mark.parametrize("cpu", ["cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m55"])
def test_on_an_emulated_cortex_m(cpu: str) -> None:
    result = verify_model(MODELS / "ds_cnn.tflite", cpu=cpu, on="qemu", samples=2, ir="relay")
    assert result["mismatches"] == 0
    # Kernels for some cores have scratch.
    assert 8000 <= result["arena_bytes"] <= 8000 + SCRATCH_BYTES
    assert result["ram_bytes"] == result["arena_bytes"] + result["stack_bytes"]
    assert result["instructions"] > 100_000


def test_report_compares_with_the_build_without_arenite() -> None:
    model = arenite.relay.import_model(MODELS / "ds_cnn.tflite")
    context = arenite.relay.PassContext(opt_level=3, config=WORKSPACE_IO)
    library = built(model.module, context, memory=pools(None), params=dict(model.parameters))
    report = context.report
    assert report.workspace_bytes == 8000
    assert report.optimal
    assert report.matches.left == ()
    assert report.saved_bytes == min(report.baseline.bytes.values()) - 8000 > 0
    assert "8,000 bytes, proven optimal" in str(report)
    # What TVM itself says of the library.
    (workspace,) = library.function_metadata["__tvm_main__"].workspace_sizes.values()
    assert int(workspace) == 8000
    with tvm.transform.PassContext(
        opt_level=3,
        config={
            **WORKSPACE_IO,
            "tir.usmp.enable": True,
            "tir.disable_vectorize": True,
            "tir.usmp.algorithm": "hill_climb",
        },
    ):
        plain = relay.build(
            model.module,
            tvm.target.Target("c"),
            executor=aot_executor(),
            runtime=relay.backend.Runtime("crt"),
            workspace_memory_pools=pools(None),
            params=dict(model.parameters),
        )
    (workspace,) = plain.function_metadata["__tvm_main__"].workspace_sizes.values()
    assert int(workspace) == report.baseline.bytes["hill_climb"]


def test_order_and_offsets_alone_keep_tvm_s_operators() -> None:
    model = arenite.relay.import_model(MODELS / "ds_cnn.tflite")
    context = arenite.relay.PassContext(config=WORKSPACE_IO, quantised=False)
    library = built(model.module, context, memory=pools(None), params=dict(model.parameters))
    assert context.report.matches.matched == ()
    assert 8000 < context.report.workspace_bytes <= context.report.baseline.best_bytes
    assert "arenite_" not in library.get_lib().imported_modules[0].get_source()


def test_search_without_time_is_not_worse_either() -> None:
    model = arenite.relay.import_model(MODELS / "resnet_block.tflite")
    context = arenite.relay.PassContext(config=WORKSPACE_IO, quantised=False, timeout=1e-9)
    built(model.module, context, memory=pools(None), params=dict(model.parameters))
    assert context.report.workspace_bytes <= context.report.baseline.best_bytes


def test_tvm_s_operators_come_back_where_they_need_less() -> None:
    # Both inputs stay, so that arenite's sums between need a second place for what TVM computes in one loop.
    module = sum_of(2, 0, 1)
    context = arenite.relay.PassContext(config=WORKSPACE_IO, in_place=False)
    built(module, context, memory=pools(None))
    report = context.report
    assert report.workspace_bytes == report.baseline.best_bytes == 3 * 4096
    assert report.matches.matched == ()
    assert [left.reason for left in report.matches.left] == ["TVM's own operators need less memory in this network"] * 3
    # In place they need no more, and stay.
    context = arenite.relay.PassContext(config=WORKSPACE_IO)
    built(module, context, memory=pools(None))
    assert context.report.workspace_bytes == 3 * 4096
    assert context.report.optimal
    assert len(context.report.matches.matched) == 3


def test_sum_in_place_is_right(tmp_path: Path) -> None:
    context = arenite.relay.PassContext(config=WORKSPACE_IO, compare=False)
    library = built(sum_of(2, 0, 1), context, memory=pools(None))
    assert context.report.memory.in_place
    assert context.report.workspace_bytes == 3 * 4096
    arenite.relay.write_project(library, tmp_path / "project", cpu="host")
    samples = [list(np.random.default_rng(seed).integers(-30, 30, (2, 1, 4096), np.int8)) for seed in range(2)]
    outputs = execute(build(tmp_path / "project", on="host", sanitise=True), samples).outputs
    for sample, (output,) in zip(samples, outputs, strict=True):
        np.testing.assert_array_equal(output.ravel(), 2 * (sample[0] + sample[1]).ravel())


def test_two_pools_with_a_limit(tmp_path: Path) -> None:
    model = arenite.relay.import_model(MODELS / "resnet_block.tflite")
    context = arenite.relay.PassContext(config=WORKSPACE_IO, compare=False)
    library = built(model.module, context, memory=pools(9000, None), params=dict(model.parameters))
    first, second = context.report.memory.pools
    assert 0 < first.bytes <= first.capacity_bytes == 9000
    assert second.capacity_bytes is None
    assert second.bytes > 0
    arenite.relay.write_project(library, tmp_path / "project", cpu="host")
    from arenite.codegen.verification.verify import verify_project

    result = verify_project(tmp_path / "project", MODELS / "resnet_block.tflite", 4, 0, "host")
    assert result.mismatches == 0


def test_pools_that_are_too_small_are_named() -> None:
    context = arenite.relay.PassContext(config=WORKSPACE_IO)
    with pytest.raises(AreniteError, match="pool_0"):
        built(sum_of(3), context, memory=pools(10_000))
    # The context is as good as new afterwards.
    built(sum_of(2), context, memory=pools(None))
    assert context.report.workspace_bytes == 3 * 4096


def test_other_executors_are_refused() -> None:
    with pytest.raises(AreniteError, match=r"executor graph.*Executor\('aot'"):
        built(sum_of(2), arenite.relay.PassContext(), executor=relay.backend.Executor("graph"))


def test_report_before_any_build() -> None:
    with pytest.raises(AreniteError, match=r"no relay\.build"):
        _ = arenite.relay.PassContext().report


def test_other_targets_keep_their_operators() -> None:
    context = arenite.relay.PassContext(compare=False)
    executor = relay.backend.Executor("aot", {"unpacked-api": False, "interface-api": "packed"})
    with context:
        relay.build(sum_of(2), "llvm", executor=executor, runtime=relay.backend.Runtime("cpp"))
    assert context.report.matches.matched == ()


def test_options_and_instruments_of_the_user_are_kept() -> None:
    seen = []

    @tvm.instrument.pass_instrument
    class Names:
        def run_after_pass(self, _module: Any, info: Any) -> None:
            seen.append(info.name)

    context = arenite.relay.PassContext(
        opt_level=1, disabled_pass=["FoldScaleAxis"], instruments=[Names()], config=WORKSPACE_IO, compare=False
    )
    built(sum_of(2), context, memory=pools(None))
    assert "LowerTE" in seen
    assert "FoldScaleAxis" not in seen


def test_inputs_and_outputs_in_the_pool_that_tvm_makes_itself(tmp_path: Path) -> None:
    context = arenite.relay.PassContext(config=WORKSPACE_IO)
    library = built(sum_of(2), context)
    assert context.report.workspace_bytes == 3 * 4096
    arenite.relay.write_project(library, tmp_path / "project", cpu="host")
    sample = list(np.random.default_rng(0).integers(-30, 30, (2, 1, 4096), np.int8))
    ((output,),) = execute(build(tmp_path / "project", on="host"), [sample]).outputs
    np.testing.assert_array_equal(output.ravel(), (sample[0] + sample[1]).ravel())


def test_odd_names_and_outputs_that_are_read_inside(tmp_path: Path) -> None:
    parameters = [relay.const(0.1), relay.const(0)] * 3
    x, y = relay.var("1st input:0", shape=(1, 64), dtype="int8"), relay.var("int", shape=(1, 64), dtype="int8")
    total = relay.qnn.op.add(x, y, *parameters)
    twice = relay.qnn.op.add(total, total, *parameters)
    main = relay.Function([x, y], relay.Tuple([total, twice]))
    context = arenite.relay.PassContext(config=WORKSPACE_IO)
    library = built(tvm.IRModule.from_expr(main), context, memory=pools(None))
    arenite.relay.write_project(library, tmp_path / "project", cpu="host")
    sample = list(np.random.default_rng(0).integers(-30, 30, (2, 64), np.int8))
    ((first, second),) = execute(build(tmp_path / "project", on="host", sanitise=True), [sample]).outputs
    expected = (sample[0] + sample[1]).ravel()
    np.testing.assert_array_equal(first.ravel(), expected)
    np.testing.assert_array_equal(second.ravel(), 2 * expected)


def test_one_output_twice_is_refused() -> None:
    module = sum_of(2)
    main = module["main"]
    module["main"] = relay.Function(main.params, relay.Tuple([main.body, main.body]))
    with pytest.raises(UnsupportedError, match="output 1 of the module"):
        built(module, arenite.relay.PassContext(config=WORKSPACE_IO), memory=pools(None))
