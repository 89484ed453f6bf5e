"""A request for the memory of modules that no model file stands behind, through the passes alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from relax_modules import branchy, call_main, softmax_chain

from arenite.codegen.read_module import read_program
from arenite.errors import AreniteError
from arenite.graph import Buffer, Graph, Step
from arenite.passes.memory_request import MemoryRequest, same_graph
from arenite.passes.pipeline import c_pipeline
from arenite.passes.plan_memory import PlanMemory
from arenite.passes.reorder_schedule import ReorderSchedule
from arenite.regions.model import Region
from arenite.regions.request import RegionRequest
from arenite.tvm_compat import relax, tvm

NOTHING = Graph("nothing", (), (), (), ())
TWO = (Region("fast", 1024, None, 32), Region("slow", 1 << 16))


def request(regions: tuple[Region, ...] | None = TWO, io_memory: Any = "arena", **pins: str) -> MemoryRequest:
    asked = None if regions is None else RegionRequest(regions, tuple(pins.items()))
    return MemoryRequest(NOTHING, (), asked, io_memory, None)


@pytest.mark.parametrize("make", [branchy, softmax_chain])
@pytest.mark.parametrize("regions", [None, TWO])
@pytest.mark.parametrize("io_memory", ["arena", "caller"])
def test_the_virtual_machine_computes_the_same(make: Any, regions: Any, io_memory: Any) -> None:
    module = make()
    planned = c_pipeline(request=request(regions, io_memory))(module)
    shape = [int(extent) for extent in module["main"].params[0].ty.shape]
    x = np.random.default_rng(3).normal(size=shape).astype("float32")
    np.testing.assert_array_equal(call_main(planned, "arenite", x), call_main(module, "arenite", x))
    program = read_program(planned)
    if regions:
        assert [region.name for region in program.regions] == ["fast", "slow"]
        assert sum(region.used_bytes for region in program.regions) == program.arena_bytes
        assert program.regions[0].alignment == 32
    inside = [port.place.port is None for port in (*program.inputs, *program.outputs)]
    assert inside == [io_memory == "arena"] * len(inside)


def test_tensors_are_pinned_by_the_names_of_parameters() -> None:
    for name, start in (("fast", 0), ("slow", 1)):
        program = read_program(c_pipeline(request=request(x=name))(branchy()))
        region = program.regions[start]
        (port,) = program.inputs
        assert region.start <= port.place.offset <= region.start + region.used_bytes - port.place.bytes


def test_an_error_keeps_its_class_on_the_way_through_tvm() -> None:
    with pytest.raises(AreniteError, match="does not fit into tiny of 16 bytes"):
        c_pipeline(request=request((Region("tiny", 16),)))(branchy())
    with pytest.raises(AreniteError, match="no tensor in memory is called y"):
        c_pipeline(request=request(y="fast"))(branchy())


def test_a_plan_that_no_longer_fits_is_refused() -> None:
    before = tvm.transform.Sequential([relax.transform.LegalizeOps(), ReorderSchedule(request=request())])(branchy())
    fused = tvm.transform.Sequential(
        [relax.transform.AnnotateTIROpPattern(), relax.transform.FuseOps(), relax.transform.FuseTIR()]
    )(before)
    after = [relax.transform.ToNonDataflow(), relax.transform.CallTIRRewrite(), PlanMemory()]
    with pytest.raises(AreniteError, match=r"has \d+ tensors, but \d+ were planned"):
        tvm.transform.Sequential(after)(fused)


def test_only_one_dataflow_block_can_be_asked_for() -> None:
    module = relax.transform.ToNonDataflow()(relax.transform.LegalizeOps()(branchy()))
    with pytest.raises(AreniteError, match="one dataflow block"):
        ReorderSchedule(request=request())(module)


def test_equal_graphs_may_have_other_names() -> None:
    one = Graph("one", (Buffer("a", 8), Buffer("b", 8)), (Step("s", (0,), (1,), in_place=((0, 1),)),), (0,), (1,))
    other = Graph("two", (Buffer("c", 8), Buffer("d", 8)), (Step("t", (0,), (1,), (7,), 5, ((0, 1),)),), (0,), (1,))
    assert same_graph(one, other)
    assert not same_graph(one, replace(other, outputs=(0,)))
    assert not same_graph(one, replace(other, buffers=(Buffer("c", 8), Buffer("d", 9))))
    assert not same_graph(one, replace(other, steps=(replace(other.steps[0], in_place=()),)))
