"""Orders and layouts of graphs in several regions: against enumeration, on small models, on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from brute_force import topological_orders
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import graphs
from test_cli_plan import arenite, refused
from test_regions import least_use

from arenite.errors import AreniteError
from arenite.frontends.read import read_model
from arenite.frontends.to_graph import to_graph
from arenite.graph import Buffer, Graph, Step
from arenite.planner import packing_problem, plan_graph
from arenite.regions.caller_memory import without_io
from arenite.regions.check import validate_plan_regions
from arenite.regions.model import Region, RegionProblem
from arenite.regions.order_bounds import few_orders
from arenite.regions.pins import allowed_regions
from arenite.regions.place import DoesNotFit
from arenite.regions.plan_regions import plan_regions
from arenite.regions.plan_request import plan_request
from arenite.regions.request import RegionRequest
from arenite.report.plan_json import plan_json
from arenite.validate import InvalidPlan

MODELS = Path(__file__).parent / "models"
FILES = sorted(MODELS.glob("*.tflite"))


@settings(max_examples=120, deadline=None)
@given(graphs(4, 4, (1, 1, 2)), st.integers(1, 10), st.integers(1, 12), st.data())
def test_no_order_and_no_placement_is_better(graph: Graph, fast: int, slow: int, data: st.DataObject) -> None:
    alignment = max((buffer.alignment for buffer in graph.buffers), default=1)
    regions = Region("fast", fast, None, alignment), Region("slow", slow, None, alignment)
    where = st.sampled_from(((0, 1), (0, 1), (0, 1), (0,), (1,)))
    allowed = tuple(data.draw(where) for _ in graph.buffers)
    known = [
        found
        for order in topological_orders(graph)
        if (found := least_use(RegionProblem(packing_problem(graph, order, 1), regions, allowed))) is not None
    ]
    if not known:
        with pytest.raises(DoesNotFit) as refusal:
            plan_regions(graph, regions, allowed, alignment=1, timeout=10.0)
        assert refusal.value.proven or few_orders(graph, 24) is None
        return
    plan = plan_regions(graph, regions, allowed, alignment=1, timeout=10.0)
    found = tuple(region.used_bytes for region in reversed(plan.regions))
    assert found >= min(known)
    if plan.optimal:
        assert found[0] == min(known)[0]
    if found == min(known):
        assert plan.regions[1].lower_bound_bytes <= min(known)[0]
        assert plan.regions[0].lower_bound_bytes <= min(known)[1]
    if few_orders(graph, 24) is not None:
        assert found == min(known)
        assert plan.optimal


@given(graphs(5))
def test_few_orders_are_all_orders(graph: Graph) -> None:
    expected = set(topological_orders(graph))
    found = few_orders(graph, 30)
    if len(expected) > 30:
        assert found is None
    else:
        assert found is not None
        assert len(found) == len(expected)
        assert set(found) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("share", [1.0, 0.7, 0.4])
def test_models_in_two_regions(path: Path, share: float) -> None:
    graph = to_graph(read_model(str(path), {}))
    whole = plan_graph(graph)
    fast = int(whole.arena_bytes * share) // 16 * 16
    everywhere = ((0, 1),) * len(graph.buffers)
    plan = plan_regions(graph, (Region("fast", fast, 0x20000000), Region("slow", 1 << 20)), everywhere, timeout=10.0)
    validate_plan_regions(plan, everywhere)
    assert plan.arena_bytes == sum(region.used_bytes for region in plan.regions) >= whole.lower_bound_bytes
    assert plan.regions[1].used_bytes >= whole.lower_bound_bytes - fast
    if share == 1.0:
        assert [region.used_bytes for region in plan.regions] == [whole.arena_bytes, 0]
        assert plan.optimal
    _check_json(plan_json(plan, path.name))


def _check_json(plan: dict[str, Any]) -> None:
    """Regions in the JSON object, checked naively."""
    sizes = {region["name"]: region for region in plan["regions"]}
    assert plan["arena_bytes"] == sum(region["used_bytes"] for region in plan["regions"])
    ends = dict.fromkeys(sizes, 0)
    excused = {frozenset(pair) for pair in plan["overlaps"]}
    for number, one in enumerate(plan["buffers"]):
        region = sizes[one["region"]]
        assert 0 <= one["offset"] <= one["offset"] + one["bytes"] <= region["used_bytes"] <= region["size"]
        assert one.get("address") == (None if region["base"] is None else region["base"] + one["offset"])
        ends[one["region"]] = max(ends[one["region"]], one["offset"] + one["bytes"])
        for other in plan["buffers"][:number]:
            together = one["first_step"] <= other["last_step"] and other["first_step"] <= one["last_step"]
            bytes_ = max(one["offset"], other["offset"]) < min(
                one["offset"] + one["bytes"], other["offset"] + other["bytes"]
            )
            if one["region"] == other["region"] and together and bytes_:
                assert frozenset((one["tensor"], other["tensor"])) in excused
    assert all(-(-end // 16) * 16 == sizes[name]["used_bytes"] for name, end in ends.items())


def test_the_plan_validator_sees_what_is_wrong() -> None:
    graph = to_graph(read_model(str(MODELS / "ds_cnn.tflite"), {}))
    everywhere = ((0, 1),) * len(graph.buffers)
    plan = plan_regions(graph, (Region("fast", 4000), Region("slow", 1 << 20)), everywhere)
    first = plan.regions[0]
    for broken in (
        replace(plan, regions=(replace(first, used_bytes=first.used_bytes + 16), plan.regions[1])),
        replace(plan, regions=(replace(first, start=16), plan.regions[1])),
        replace(plan, region_of=tuple(1 - region for region in plan.region_of)),
        replace(plan, arena_bytes=plan.arena_bytes + 16),
        replace(plan, regions=(replace(first, base=1), plan.regions[1]), graph=_aligned(graph, 4)),
    ):
        with pytest.raises(InvalidPlan):
            validate_plan_regions(broken, everywhere)
    with pytest.raises(InvalidPlan, match="must not be"):
        validate_plan_regions(plan, ((1,),) * len(graph.buffers))


def _aligned(graph: Graph, alignment: int) -> Graph:
    return replace(graph, buffers=tuple(replace(buffer, alignment=alignment) for buffer in graph.buffers))


def chain(*sizes: int) -> Graph:
    """An input, then one step for each further buffer; the last one is the output."""
    buffers = tuple(Buffer(f"t{number}", size, source_tensor=number) for number, size in enumerate(sizes))
    steps = tuple(Step(f"s{number}", (number,), (number + 1,), (number,)) for number in range(len(sizes) - 1))
    return Graph("chain", buffers, steps, (0,), (len(sizes) - 1,))


def request(*regions: Region, **pins: str) -> RegionRequest:
    return RegionRequest(regions, tuple(pins.items()))


def test_pins_by_name_by_file_name_and_by_number() -> None:
    graph = chain(16, 32, 16)
    two = Region("fast", 64), Region("slow", 64)
    names = ["image", "a=b", "scores"]
    pins = (("t0", "slow"), ("a=b", "fast"), ("2", "slow"))
    assert allowed_regions(graph, RegionRequest(two, pins), names) == ((1,), (0,), (1,))
    plan = plan_request(graph, RegionRequest(two, pins), source_names=names)
    assert plan.region_of == (1, 0, 1)


@pytest.mark.parametrize(
    ("pins", "text"),
    [
        ((("imag", "slow"),), "no tensor in memory is called imag; did you mean image"),
        ((("twin", "slow"),), "2 tensors are called twin; pin by"),
        ((("t0", "slow"), ("0", "fast")), "t0|bytes are those of"),
        ((("t1", "fast"),), "t1 needs 80 bytes and is pinned to fast, which has 64"),
    ],
)
def test_pins_that_make_no_sense(pins: tuple[tuple[str, str], ...], text: str) -> None:
    two = Region("fast", 64), Region("slow", 640)
    with pytest.raises(AreniteError, match=text):
        allowed_regions(chain(16, 80, 16), RegionRequest(two, pins), ["image", "twin", "twin"], file="model.tflite")


def test_what_is_missing_is_said() -> None:
    with pytest.raises(AreniteError) as refusal:
        plan_request(chain(16, 400, 320, 16), request(Region("fast", 160), Region("slow", 480)), file="m.tflite")
    assert str(refusal.value) == (
        "m.tflite: does not fit into fast of 160 bytes, slow of 480 bytes: step 1 (s1) needs 720 bytes, 80 more than "
        "the regions together have; the largest there are t1 (400), t2 (320); enlarge a region or add one"
    )
    with pytest.raises(AreniteError, match="t1 alone needs 400 bytes, 80 more than fast or slow has"):
        plan_request(chain(16, 400, 320, 16), request(Region("fast", 320), Region("slow", 320)))
    with pytest.raises(AreniteError, match="needs 720 bytes, which cannot be divided among them"):
        plan_request(chain(16, 400, 320, 16), request(Region("fast", 480), Region("slow", 240)))
    with pytest.raises(AreniteError, match="needs 720 bytes, 240 more than the 480 of slow have"):
        plan_request(chain(16, 400, 320, 16), request(Region("fast", 480), Region("slow", 480), t1="slow", t2="slow"))
    with pytest.raises(AreniteError, match="0x20000004 of fast is not aligned to 16"):
        plan_request(chain(16, 16), request(Region("fast", 480, 0x20000004)))


def test_inputs_and_outputs_of_the_caller() -> None:
    graph = without_io(to_graph(read_model(str(MODELS / "branchy_cell.tflite"), {})))
    whole = plan_graph(to_graph(read_model(str(MODELS / "branchy_cell.tflite"), {})))
    plan = plan_graph(graph)
    ports = {*graph.inputs, *graph.outputs}
    assert all((buffer.bytes == 0) == (number in ports) for number, buffer in enumerate(graph.buffers))
    assert all(ports.isdisjoint(pair) for step in graph.steps for pair in step.in_place)
    assert plan.arena_bytes < whole.arena_bytes
    shown = plan_json(plan, "branchy_cell.tflite")
    placed, elsewhere = shown["buffers"], shown["caller_buffers"]
    assert isinstance(placed, list)
    assert isinstance(elsewhere, list)
    assert {buffer["tensor"] for buffer in elsewhere} >= {graph.buffers[number].name for number in ports}
    assert all(buffer["bytes"] > 0 and "offset" not in buffer for buffer in elsewhere)
    assert {buffer["tensor"] for buffer in elsewhere}.isdisjoint(buffer["tensor"] for buffer in placed)
    with pytest.raises(AreniteError, match="caller's memory"):
        allowed_regions(graph, request(Region("fast", 1 << 20), **{graph.buffers[graph.inputs[0]].name: "fast"}))


def test_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "board.toml"
    file.write_text(
        '[[region]]\nname = "SRAM"\nsize = "64K"\nslow = true\n[[region]]\nname = "DTCM"\nsize = 0x1000\n'
        'base = 0x20000000\n[pin]\nfeatures_0 = "SRAM"\n'
    )
    model = MODELS / "branchy_cell.tflite"
    result = arenite("plan", model, "--regions", file, "--json", "-")
    assert result.returncode == 0, result.stderr
    plan = json.loads(result.stdout)
    assert [(region["name"], region["base"]) for region in plan["regions"]] == [("DTCM", 0x20000000), ("SRAM", None)]
    assert next(one for one in plan["buffers"] if one["tensor"] == "features_0")["region"] == "SRAM"
    _check_json(plan)
    same = arenite(
        "plan",
        model,
        "--region",
        "DTCM=4K@0x20000000",
        "--region",
        "SRAM=64K",
        "--pin",
        "features_0=SRAM",
        "--json",
        "-",
    )
    again = json.loads(same.stdout)
    assert again["regions"] == plan["regions"]
    assert again["buffers"] == plan["buffers"]
    shown = arenite("plan", model, "--regions", file, "--io-memory", "caller")
    refused(shown, "branchy_cell.tflite: features_0 is pinned to SRAM, but lies in the caller's memory")
    shown = arenite("plan", model, "--region", "DTCM=16K", "--io-memory", "caller")
    assert "DTCM" in shown.stdout
    assert "in the caller's memory, bytes: features_0" in shown.stdout
    refused(arenite("plan", model, "--region", "DTCM=1K"), "branchy_cell.tflite: does not fit into DTCM of 1,024 bytes")
    refused(arenite("plan", model, "--pin", "t1=DTCM"), "--pin needs memory regions")
    usage = arenite("plan", model, "--region", "DTCM")
    assert usage.returncode == 2
    assert "'DTCM' is not of the form NAME=SIZE" in usage.stderr
