"""The plan's JSON object and its view at the terminal."""

from __future__ import annotations

import io
import itertools
import json
from dataclasses import replace

import pytest
from rich.console import Console
from sample_plans import BRANCHY_BEST, branchy_graph, chain_graph, naive_plan
from sample_plans import in_place_plan as sample_in_place_plan

from arenite.graph import ArenaPlan, Buffer, Graph, Step
from arenite.report.plan_json import peak_step, plan_json, saving, short_name, working_sets, written_in_place
from arenite.report.terminal import plan_view, result_view
from arenite.report.timeline import CHART_ROWS, LEVELS, MAP_ROWS

SCHEMA_KEYS = {
    "schema", "model", "granularity", "arena_bytes", "lower_bound_bytes", "optimal", "source_order_bytes",
    "state_bytes", "alignment", "seconds", "steps", "buffers", "overlaps",
}  # fmt: skip


def in_place_plan() -> ArenaPlan:
    """Two steps; the second writes its result over its operand."""
    buffers = (Buffer("x", 64, source_tensor=0), Buffer("y", 64, source_tensor=1), Buffer("z", 64, source_tensor=2))
    steps = (Step("relu_0", (0,), (1,), (0,)), Step("add_1", (1,), (2,), (1,)))
    plan = naive_plan(Graph("in-place", buffers, steps, (0,), (2,)))
    return replace(plan, problem=replace(plan.problem, overlaps=frozenset({(1, 2)})), offsets=(0, 64, 64))


def test_json_has_the_whole_schema_and_survives_a_round_trip() -> None:
    plan = naive_plan(branchy_graph(), BRANCHY_BEST)
    result = plan_json(plan, "models/branchy.tflite")
    assert set(result) >= SCHEMA_KEYS
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["schema"] == "arenite.plan/1"
    assert result["model"] == "branchy.tflite"


def test_steps_stand_in_execution_order_and_refer_to_buffers() -> None:
    result = plan_json(naive_plan(branchy_graph(), BRANCHY_BEST), "m")
    steps, buffers = result["steps"], result["buffers"]
    assert isinstance(steps, list)
    assert isinstance(buffers, list)
    assert [step["source_ops"] for step in steps] == [[0], [2], [1], [3], [4, 5], [6]]
    names = [buffer["tensor"] for buffer in buffers]
    assert len(set(names)) == len(names)
    assert {name for step in steps for name in (*step["reads"], *step["writes"])} <= set(names)
    scratch = next(buffer for buffer in buffers if buffer["tensor"] == "softmax/scratch")
    assert scratch["source_tensor"] is None
    assert next(buffer for buffer in buffers if buffer["tensor"] == "input")["rows"] == [0, 10]
    assert scratch["rows"] == [0, 1]


@pytest.mark.parametrize("order", [None, BRANCHY_BEST])
def test_a_reader_of_the_json_alone_can_check_the_plan(order: tuple[int, ...] | None) -> None:
    result = plan_json(naive_plan(branchy_graph(), order), "m")
    buffers, steps = result["buffers"], result["steps"]
    assert isinstance(buffers, list)
    assert isinstance(steps, list)
    allowed = {frozenset(pair) for pair in result["overlaps"]}  # type: ignore[attr-defined]
    for a, b in itertools.combinations(buffers, 2):
        live = a["first_step"] <= b["last_step"] and b["first_step"] <= a["last_step"]
        shared = a["offset"] < b["offset"] + b["bytes"] and b["offset"] < a["offset"] + a["bytes"]
        if live and shared:
            assert frozenset((a["tensor"], b["tensor"])) in allowed
    assert allowed == {frozenset(("joined", "flat"))}
    end = max(buffer["offset"] + buffer["bytes"] for buffer in buffers)
    assert result["arena_bytes"] == -(-end // 16) * 16
    for position, step in enumerate(steps):
        used = {
            byte
            for buffer in buffers
            if buffer["first_step"] <= position <= buffer["last_step"]
            for byte in range(buffer["offset"], buffer["offset"] + buffer["bytes"])
        }
        assert step["working_set_bytes"] == len(used)


def test_alias_is_a_buffer_at_the_same_place() -> None:
    buffers = plan_json(naive_plan(branchy_graph()), "m")["buffers"]
    assert isinstance(buffers, list)
    joined, flat = (next(b for b in buffers if b["tensor"] == name) for name in ("joined", "flat"))
    assert flat["source_tensor"] == 6
    own = {"tensor", "source_tensor", "rows"}
    assert {k: v for k, v in joined.items() if k not in own} == {k: v for k, v in flat.items() if k not in own}


def test_overlaps_name_only_what_does_share_bytes() -> None:
    plan = in_place_plan()
    assert plan_json(plan, "m")["overlaps"] == [["y", "z"]]
    assert working_sets(plan) == (128, 64)
    apart = replace(plan, offsets=(0, 64, 128))
    assert plan_json(apart, "m")["overlaps"] == []
    assert working_sets(apart) == (128, 128)


def test_what_is_written_in_place_is_an_overlap() -> None:
    plan = sample_in_place_plan()
    assert plan_json(plan, "m")["overlaps"] == [["t1", "t3"], ["t3", "t4"], ["t5", "t6"]]
    assert written_in_place(plan) == ((1, 3), (3, 4), (5, 6))
    assert working_sets(plan) == (11264, 16384, 16384, 8192, 12288, 4096, 4136)
    apart = replace(plan, offsets=naive_plan(plan.graph).offsets)
    assert plan_json(apart, "m")["overlaps"] == []


def test_equal_names_are_told_apart() -> None:
    buffers = (Buffer("t", 8, source_tensor=0), Buffer("t", 8, source_tensor=1), Buffer("t#2", 8, source_tensor=2))
    steps = (Step("a", (0,), (1,), (0,)), Step("b", (1,), (2,), (1,)))
    result = plan_json(naive_plan(Graph("g", buffers, steps, (0,), (2,))), "m")
    assert isinstance(result["buffers"], list)
    assert isinstance(result["steps"], list)
    names = [buffer["tensor"] for buffer in result["buffers"]]
    assert len(set(names)) == 3
    assert [step["reads"] + step["writes"] for step in result["steps"]] == [names[:2], names[1:]]


def test_graph_without_steps() -> None:
    plan = naive_plan(Graph("empty", (Buffer("x", 5, source_tensor=0),), (), (0,), (0,)))
    assert peak_step(plan) is None
    assert working_sets(plan) == ()
    assert plan_json(plan, "m")["arena_bytes"] == 16
    assert "16" in rendered(plan)


def test_saving_is_relative_to_file_order() -> None:
    plan = replace(naive_plan(branchy_graph(), BRANCHY_BEST), source_order_bytes=16800)
    assert plan.arena_bytes == 8400
    assert saving(plan) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("short", "short"),
        ("model/block_1/conv/Relu;model/block_1/bn/FusedBatchNormV3", "conv/Relu"),
        ("a" * 30, "aaaaa…aaaaaa"),
        ("", ""),
        (";;", ";;"),
        ("bell\a", "bell?"),
    ],
)
def test_short_name(name: str, expected: str) -> None:
    assert short_name(name, 12) == expected


def rendered(plan: ArenaPlan, *, width: int = 80, terminal: bool = False, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    target = Console(
        file=stream, width=width, force_terminal=terminal, color_system="truecolor" if terminal else None, markup=False
    )
    target.print(plan_view(plan, "branchy.tflite"))
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("length", [1, 6, 300])
def test_view_fits_the_width_and_marks_the_peak(width: int, length: int) -> None:
    graph = chain_graph(length)
    for name in ("{}", "{}_of_a_very_long_name_indeed"):
        steps = tuple(replace(step, name=name.format(step.name)) for step in graph.steps)
        text = rendered(naive_plan(replace(graph, steps=steps)), width=width)
        assert max(map(len, text.splitlines())) <= width
        assert len(text.splitlines()) < 90
        assert "peak: step" in text
    assert "arena" in text


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_many_steps_become_a_chart_of_the_working_set(width: int) -> None:
    """Each column shows the largest working set of its steps, so that no peak is lost between two columns."""
    plan = naive_plan(chain_graph(700, width=4099))
    lines = rendered(plan, width=width).splitlines()
    foot = next(number for number, line in enumerate(lines) if "▲" in line)
    chart = [line[line.index("│") + 1 :] for line in lines[foot - CHART_ROWS : foot]]
    sets, columns = working_sets(plan), max(map(len, chart))
    assert width - 12 <= columns <= width - 8
    heights = [sum(LEVELS.index(row.ljust(columns)[column]) for row in chart) for column in range(columns)]
    for column, height in enumerate(heights):
        largest = max(used for step, used in enumerate(sets) if step * columns // 700 == column)
        assert height == pytest.approx(8 * CHART_ROWS * largest / plan.arena_bytes, abs=1)
    peak = peak_step(plan)
    assert peak is not None
    assert lines[foot].index("▲") - lines[foot - 1].index("│") - 1 == peak * columns // 700
    assert f"step {peak} of 700" in lines[foot]


def test_few_steps_become_a_map_with_every_buffer_in_its_place() -> None:
    plan = naive_plan(branchy_graph(), BRANCHY_BEST)
    lines = rendered(plan, width=120).splitlines()
    foot = next(number for number, line in enumerate(lines) if "▲" in line)
    rows = [line[line.index("│") + 1 :] for line in lines[foot - MAP_ROWS : foot]]
    columns = 16 * 6
    for row, cells in enumerate(reversed(rows)):
        middle = (row + 0.5) * plan.arena_bytes / MAP_ROWS
        for column, cell in enumerate(cells.ljust(columns)[:columns]):
            covered = any(
                block.first_step <= column * 6 // columns <= block.last_step and offset < middle < offset + block.bytes
                for block, offset in zip(plan.problem.blocks, plan.offsets, strict=True)
            )
            assert covered == (cell != " ")


@pytest.mark.parametrize("length", [1, 12, 300])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_plain_terminals_get_plain_ascii(length: int, width: int) -> None:
    rendered(naive_plan(chain_graph(length)), width=width, encoding="ascii")  # strict: what is not ASCII raises


def test_results_written_in_place_are_counted() -> None:
    assert "results written over an operand" not in rendered(naive_plan(branchy_graph()))
    text = rendered(sample_in_place_plan())
    assert "in place" in text
    assert "3  results written over an operand" in text


def test_view_shows_the_figures() -> None:
    text = rendered(replace(naive_plan(branchy_graph(), BRANCHY_BEST), source_order_bytes=14400))
    for figure in ("8,400", "14,400", "41.7%", "optimal", "depthwise_conv2d_2", "step 1"):
        assert figure in text
    assert "\x1b" not in text


def test_view_tells_the_gap_of_an_unproven_plan() -> None:
    text = rendered(replace(naive_plan(branchy_graph()), lower_bound_bytes=14000))
    assert "gap to the bound: 400 bytes" in text
    assert "optimal" not in text


def test_colours_at_a_terminal_and_ascii_where_there_is_nothing_else() -> None:
    plan = naive_plan(branchy_graph())
    assert "\x1b[" in rendered(plan, terminal=True)
    plain = rendered(plan, encoding="ascii")
    assert "#" in plain
    assert "^ peak" in plain


def test_names_are_never_markup() -> None:
    graph = branchy_graph()
    steps = (replace(graph.steps[0], name="[red]conv[/nonsense]"), *graph.steps[1:])
    assert "[red]conv[/nonsense]" in rendered(naive_plan(replace(graph, steps=steps)), width=120)


def test_result_view_shows_every_value() -> None:
    result = {
        "model": "m.tflite", "arena_bytes": 16000, "optimal": True, "instructions": None,
        "layers": [{"operator": "CONV_2D #0", "mismatches": 0}],
        "regions": [{"name": "DTCM", "base": 0x2000_0000}, {"name": "SRAM", "base": None}],
    }  # fmt: skip
    stream = io.StringIO()
    Console(file=stream, width=80, markup=False).print(result_view("title", result))
    text = stream.getvalue()
    for part in ("title", "m.tflite", "16,000", "yes", "CONV_2D #0", "mismatches", "0x20000000"):
        assert part in text
    assert "instructions" not in text
