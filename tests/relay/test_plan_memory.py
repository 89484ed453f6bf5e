"""The memory planner in builds: against USMP's own planners, and in C that runs."""

from __future__ import annotations

import pathlib
import random
import time
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

import tflite
from models.network import Network
from relay import usmp_builds
from tvm.ir.memory_pools import ConstantMemoryPools, ConstantPoolInfo, PoolInfoProperties, WorkspacePoolInfo

from arenite.errors import AreniteError
from arenite.passes.relay.memory import plan_memory
from arenite.relay_compat import relay, tvm

MODELS = pathlib.Path(__file__).parent.parent / "models"
ONE_OPERATOR_EACH = {"relay.FuseOps.max_depth": 1}


def usmp_buffers(
    seed: int, count: int, pools: Sequence[object], twice: bool = False
) -> tuple[list[object], Mapping[str, set[str]], int]:
    """Buffers as USMP makes them, in no particular order; with ``twice`` some live in two pieces and name a conflict
    more than once. Also the conflicts and the memory pressure."""
    choose = random.Random(seed)
    lives = []
    for _ in range(count):
        pieces = [choose.randrange(2 * count) for _ in range(1 + (twice and choose.random() < 0.2))]
        lives.append({step for first in pieces for step in range(first, first + choose.randrange(1, 6))})
    infos = [
        tvm.tir.usmp.utils.BufferInfo(f"b{index}", choose.randrange(1, 4000), list(pools), 8) for index in range(count)
    ]
    conflicts = {f"b{i}": {f"b{j}" for j in range(count) if j != i and lives[i] & lives[j]} for i in range(count)}
    for index, info in enumerate(infos):
        others = [infos[j] for j in range(count) if f"b{j}" in conflicts[f"b{index}"]]
        info.set_conflicts(others * (2 if twice else 1))
    steps = set().union(*lives)
    pressure = max(sum(int(infos[i].size_bytes) for i in range(count) if step in lives[i]) for step in steps)
    choose.shuffle(infos)
    return infos, conflicts, pressure


def workspace_pool(name: str, limit: int = -1) -> object:
    properties = PoolInfoProperties(size_hint_bytes=limit)
    return WorkspacePoolInfo(name, [tvm.target.Target("c")], properties)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("limits", [(-1,), (6000, -1), (6000, 30000)])
def test_never_more_than_the_planners_of_usmp(seed: int, limits: tuple[int, ...]) -> None:
    pools = [workspace_pool(f"pool{index}", limit) for index, limit in enumerate(limits)]
    infos, conflicts, pressure = usmp_buffers(seed, 40, pools, twice=seed % 2 == 1)
    allocations, report = plan_memory.plan(infos, tvm.tir.IntImm("int32", pressure), timeout=3)
    assert set(report.builtins) == {"greedy_by_size", "greedy_by_conflicts", "hill_climb"}
    found = [size for size in report.builtins.values() if size is not None]
    assert all(report.arena_bytes <= size for size in found)
    assert pressure <= report.lower_bound_bytes <= report.arena_bytes
    assert report.arena_bytes == sum(use.bytes for use in report.pools)
    places = {
        str(info.name_hint): (str(at.pool_info.pool_name), int(at.byte_offset), int(info.size_bytes))
        for info, at in allocations.items()
    }
    assert set(places) == set(conflicts)
    for name, (pool, offset, size) in places.items():
        assert offset % 8 == 0
        assert limits[int(pool[4:])] == -1 or offset + size <= limits[int(pool[4:])]
        for other in conflicts[name]:
            other_pool, at, length = places[other]
            assert pool != other_pool or offset + size <= at or at + length <= offset


def test_the_order_of_the_buffers_does_not_matter() -> None:
    results = set()
    for shuffle in range(3):
        infos, _, pressure = usmp_buffers(5, 30, [workspace_pool("fast", 9000), workspace_pool("slow")])
        random.Random(shuffle).shuffle(infos)
        allocations, _ = plan_memory.plan(infos, tvm.tir.IntImm("int32", pressure))
        places = {
            (str(info.name_hint), str(at.pool_info.pool_name), int(at.byte_offset)) for info, at in allocations.items()
        }
        results.add(frozenset(places))
    assert len(results) == 1


def test_a_thousand_buffers_take_seconds() -> None:
    infos, _, pressure = usmp_buffers(1, 1000, [workspace_pool("sram")])
    began = time.monotonic()
    _, report = plan_memory.plan(infos, tvm.tir.IntImm("int32", pressure), timeout=5)
    assert time.monotonic() - began < 30
    assert report.arena_bytes <= min(size for size in report.builtins.values() if size is not None)


def test_constants_are_packed_and_are_not_workspace() -> None:
    target = tvm.target.Target("c")
    flash = ConstantPoolInfo("flash", [target], [], PoolInfoProperties(size_hint_bytes=4000))
    small = ConstantPoolInfo("small", [target], [], PoolInfoProperties(size_hint_bytes=1600))
    infos, _, pressure = usmp_buffers(3, 6, [workspace_pool("sram")])
    constants = [tvm.tir.usmp.utils.BufferInfo(f"c{i}", 1000 + i, [small, flash], 8) for i in range(4)]
    for constant in constants:
        constant.set_conflicts([other for other in constants if not other.same_as(constant)])
    allocations, report = plan_memory.plan([*constants, *infos], tvm.tir.IntImm("int32", pressure))
    sizes = {use.name: use.bytes for use in report.pools}
    assert report.arena_bytes == sizes["sram"]
    assert sizes["small"] <= 1600
    assert sizes["flash"] <= 4000
    assert {str(allocations[constant].pool_info.pool_name) for constant in constants} == {"small", "flash"}


def test_an_error_names_pools_limits_and_need() -> None:
    infos, _, pressure = usmp_buffers(2, 30, [workspace_pool("dtcm", 4000), workspace_pool("sram", 5000)])
    with pytest.raises(AreniteError, match=r"dtcm of 4,000 bytes, sram of 5,000 bytes.*at least [\d,]+ bytes"):
        plan_memory.plan(infos, tvm.tir.IntImm("int32", pressure))
    infos, _, pressure = usmp_buffers(2, 3, [workspace_pool("tiny", 10)])
    with pytest.raises(AreniteError, match=r"tiny of 10 bytes.*b\d alone needs [\d,]+ bytes.*size_hint_bytes"):
        plan_memory.plan(infos, tvm.tir.IntImm("int32", pressure))


def late_input() -> object:
    """The second input is read by the last operator."""
    x, y = (relay.var(name, shape=(1, 64), dtype="float32") for name in "xy")
    result = x
    for _ in range(3):
        result = relay.nn.softmax(result)
    return tvm.IRModule.from_expr(relay.Function([x, y], relay.nn.softmax(result + y)))


def early_output() -> object:
    """The first output is written by the first operator."""
    x = relay.var("x", shape=(1, 64), dtype="float32")
    first, last = relay.nn.softmax(x), relay.exp(x)
    for _ in range(3):
        last = relay.nn.softmax(last)
    function = relay.Function([x], relay.Tuple([first, last]))
    return tvm.IRModule.from_expr(function.with_attr("output_tensor_names", ["first", "last"]))


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max())
    return e / e.sum()


def expected(module: object, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    x = inputs["x"].astype(np.float64)
    if "y" in inputs:
        return [softmax(softmax(softmax(softmax(x))) + inputs["y"])]
    return [softmax(x), softmax(softmax(softmax(np.exp(x))))]


@pytest.mark.parametrize("pools", [None, (("sram", -1),), (("fast", 300), ("slow", -1))])
@pytest.mark.parametrize("make", [late_input, early_output])
def test_inputs_and_outputs_stay_intact(make: object, pools: object, tmp_path: pathlib.Path) -> None:
    """Also with TVM's default pool (None), with which TVM itself crashes."""
    random_ = np.random.default_rng(0)
    names = "xy" if make is late_input else "x"
    inputs = {name: random_.normal(size=(1, 64)).astype("float32") for name in names}
    built = usmp_builds.build(make(), pools, config=ONE_OPERATOR_EACH)
    assert built.apart
    outputs = [np.frombuffer(data, "float32") for data in usmp_builds.run(built.library, inputs, tmp_path)]
    for output, truth in zip(outputs, expected(make, inputs), strict=True):
        np.testing.assert_allclose(output, truth.ravel(), rtol=1e-5)
    if pools is not None and len(pools) == 2:
        assert {use.name: use.bytes <= 300 for use in built.report.pools}["fast"]
        assert all(use.bytes for use in built.report.pools)


@pytest.mark.parametrize("make", [late_input, early_output])
def test_without_that_usmp_would_overwrite_them(make: object, tmp_path: pathlib.Path) -> None:
    random_ = np.random.default_rng(0)
    names = "xy" if make is late_input else "x"
    inputs = {name: random_.normal(size=(1, 64)).astype("float32") for name in names}
    built = usmp_builds.build(make(), keep_io=False, config=ONE_OPERATOR_EACH)
    output = np.frombuffer(usmp_builds.run(built.library, inputs, tmp_path)[0], "float32")
    assert not np.allclose(output, expected(make, inputs)[0].ravel(), rtol=1e-3)


def gates() -> bytes:
    net = Network("gates", seed=3)
    image = net.input("image", (1, 8, 8, 4))
    x = net.convolution(image, 16)
    product = net.binary("MUL", x, net.logistic(x))
    total = net.add(product, net.tanh(product))
    return net.finish([image], [net.softmax(net.convolution(total, 4))])


def no_place_to_write() -> bytes:
    """Element-wise operators on inputs that must not be overwritten: the model's own, one that is read again, one that
    is broadcast."""
    net = Network("no_place", seed=4)
    image = net.input("image", (1, 4, 4, 8))
    x = net.tanh(image)
    y = net.logistic(x)
    scale = net.mean(x, keep_dims=True)
    return net.finish([image], [net.binary("MUL", net.convolution(y, 8), scale)])


def from_tflite(data: bytes) -> tuple[object, Mapping[str, object]]:
    return relay.frontend.from_tflite(tflite.Model.GetRootAs(data, 0))


def test_written_in_place(tmp_path: pathlib.Path) -> None:
    module, parameters = from_tflite(gates())
    image = np.random.default_rng(0).integers(-128, 128, (1, 8, 8, 4), dtype=np.int8)
    results, reports = [], []
    for in_place in (False, True):
        built = usmp_builds.build(module, int8=True, in_place=in_place, parameters=parameters)
        results.append(usmp_builds.run(built.library, {"image_0": image}, tmp_path / str(in_place)))
        reports.append(built.report)
    assert results[0] == results[1]
    assert len(set(results[0][0])) > 1
    # Operands of a sum need 2 * 1024 bytes at once, and a third 1024 for the result unless it goes over one of them.
    assert [report.arena_bytes for report in reports] == [3072, 2048]
    assert all(report.optimal for report in reports)
    assert not reports[0].in_place
    assert len(reports[1].in_place) == 3


def test_what_must_not_be_written_in_place() -> None:
    module, parameters = from_tflite(no_place_to_write())
    built = usmp_builds.build(module, int8=True, parameters=parameters)
    # The product may go over the convolution's result, and nothing else over anything.
    assert len(built.pairs) == 1
    assert not any("image" in name for both in built.pairs for name in both)


@pytest.mark.parametrize("pools", [(("sram", -1),), (("dtcm", 6000), ("sram", -1))])
def test_operators_of_tvm_on_a_real_model(pools: Sequence[tuple[str, int]], tmp_path: pathlib.Path) -> None:
    module, parameters = from_tflite((MODELS / "resnet_block.tflite").read_bytes())
    name = str(module["main"].params[0].name_hint)
    shape = [int(extent) for extent in module["main"].params[0].type_annotation.shape]
    image = np.random.default_rng(1).integers(-128, 128, shape, dtype=np.int8)
    built = usmp_builds.build(module, pools, parameters=parameters)
    best = min(size for size in built.report.builtins.values() if size is not None)
    assert built.report.arena_bytes <= best
    assert all(use.capacity_bytes is None or use.bytes <= use.capacity_bytes for use in built.report.pools)
    reference = usmp_builds.build(module, parameters=parameters, workspace_io=True)
    outputs = usmp_builds.run(built.library, {name: image}, tmp_path / "a")
    assert outputs == usmp_builds.run(reference.library, {name: image}, tmp_path / "b")
    if len(pools) == 2:
        assert all(use.bytes for use in built.report.pools)


def test_limited_pools_of_constants() -> None:
    module, parameters = from_tflite((MODELS / "ds_cnn.tflite").read_bytes())
    target = tvm.target.Target("c")
    pools = [
        ConstantPoolInfo("near", [target], [], PoolInfoProperties(size_hint_bytes=4000)),
        ConstantPoolInfo("far", [target], []),
    ]
    built = usmp_builds.build(module, parameters=parameters, constant_pools=ConstantMemoryPools(pools))
    sizes = {use.name: use.bytes for use in built.report.pools if use.constant}
    assert 0 < sizes["near"] <= 4000
    assert sizes["far"] > 0
    assert built.report.arena_bytes == sum(use.bytes for use in built.report.pools if not use.constant)


@pytest.mark.parametrize(("model", "best"), [("mlperf_kws_dscnn", 48384), ("tflm_person_detect", 110592)])
def test_no_more_than_hill_climb_on_whole_models(shared_models: pathlib.Path, model: str, best: int) -> None:
    module, parameters = from_tflite((shared_models / f"{model}.tflite").read_bytes())
    built = usmp_builds.build(module, parameters=parameters, target="c -mcpu=cortex-m7")
    assert built.report.arena_bytes <= best
    assert built.report.optimal
