"""CSV files of a plan, read again as a spreadsheet would."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sample_plans import BRANCHY_BEST, branchy_graph, chain_graph, in_place_plan, naive_plan

from arenite.graph import ArenaPlan, Graph, RegionArena
from arenite.report.spreadsheet import BUFFER_COLUMNS, STEP_COLUMNS, buffers_csv, steps_csv

CELL = Path(__file__).parent / "models" / "branchy_cell.tflite"
PLANS = {
    "branchy": naive_plan(branchy_graph(), BRANCHY_BEST),
    "chain": naive_plan(chain_graph(40)),
    "in-place": in_place_plan(),
    "empty": naive_plan(Graph("empty", (), (), (), ())),
}


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def occupied(plan: ArenaPlan, step: int) -> int:
    """Bytes in use during a step, counted one by one."""
    used: set[int] = set()
    for block, offset in zip(plan.problem.blocks, plan.offsets, strict=True):
        if block.first_step <= step <= block.last_step:
            used.update(range(offset, offset + block.bytes))
    return len(used)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_steps_say_what_the_plan_says(plan: ArenaPlan) -> None:
    rows = read(steps_csv(plan))
    assert len(rows) == len(plan.order)
    sizes = [buffer.bytes for buffer in plan.graph.buffers]
    for position, (row, index) in enumerate(zip(rows, plan.order, strict=True)):
        step = plan.graph.steps[index]
        assert tuple(row) == STEP_COLUMNS
        assert int(row["step"]) == position
        assert row["operator"] == step.name
        assert tuple(map(int, row["source_ops"].split())) == step.source_ops
        assert int(row["macs"]) == step.macs
        assert int(row["bytes_read"]) == sum(sizes[buffer] for buffer in step.reads)
        assert int(row["bytes_written"]) == sum(sizes[buffer] for buffer in step.writes)
        assert int(row["working_set_bytes"]) == occupied(plan, position)
        assert row["reads"].split() == [plan.graph.buffers[buffer].name for buffer in step.reads]
    if rows:
        sets = [int(row["working_set_bytes"]) for row in rows]
        assert [int(row["peak"]) for row in rows].index(1) == sets.index(max(sets))
        assert sum(int(row["peak"]) for row in rows) == 1


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_buffers_say_what_the_plan_says(plan: ArenaPlan) -> None:
    rows = read(buffers_csv(plan))
    assert len(rows) == len(plan.graph.buffers)
    for row, block, offset in zip(rows, plan.problem.blocks, plan.offsets, strict=True):
        assert tuple(row) == BUFFER_COLUMNS
        assert (row["tensor"], int(row["bytes"]), int(row["offset"])) == (block.name, block.bytes, offset)
        assert (int(row["first_step"]), int(row["last_step"])) == (block.first_step, block.last_step)


def test_what_is_written_in_place_is_named() -> None:
    plan = in_place_plan()
    assert [row["in_place"] for row in read(steps_csv(plan))] == [
        "",
        "",
        "t3 over t1",
        "t4 over t3",
        "",
        "t6 over t5",
        "",
    ]
    over = {row["tensor"]: row["written_over"] for row in read(buffers_csv(plan))}
    assert {name: source for name, source in over.items() if source} == {"t3": "t1", "t4": "t3", "t6": "t5"}


def test_offsets_count_from_the_start_of_a_region() -> None:
    plan = naive_plan(branchy_graph())
    port = replace(plan.graph.buffers[0], bytes=0, caller_bytes=1600)
    graph = replace(plan.graph, buffers=(port, *plan.graph.buffers[1:]))
    placed = replace(
        plan, graph=graph, offsets=tuple(range(1000, 1800, 100)), region_of=(0, 1) * 4,
        regions=(RegionArena("DTCM", 2000, None, 0, 1616, 0), RegionArena("SRAM", 9000, None, 1024, 8000, 0)),
    )  # fmt: skip
    rows = read(buffers_csv(placed))
    assert [row["region"] for row in rows] == ["(caller)", "SRAM", *["DTCM", "SRAM"] * 3]
    assert [row["offset"] for row in rows] == ["", "76", "1200", "276", "1400", "476", "1600", "676"]
    assert rows[0]["bytes"] == "1600"


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@SUM(A1)", 'a,"b";c', "line\nbreak", "tab\tbell\a", "näme"])
def test_no_name_breaks_a_line_or_is_computed(name: str) -> None:
    graph = branchy_graph()
    renamed = replace(graph, steps=tuple(replace(step, name=name) for step in graph.steps))
    text = steps_csv(naive_plan(renamed))
    assert text.count("\r\n") == 1 + len(graph.steps) == len(text.splitlines())
    for row in read(text):
        assert not row["operator"].startswith(("=", "+", "-", "@"))
        assert row["operator"].lstrip("'") == "".join(
            c if c.isprintable() else c.encode("unicode_escape").decode() for c in name
        )
    names = [name] * 8
    assert not any(
        row["source_name"].startswith(("=", "+", "-", "@")) for row in read(buffers_csv(naive_plan(graph), names))
    )


def test_command_writes_both_and_they_agree_with_the_json(tmp_path: Path) -> None:
    steps, buffers = tmp_path / "steps.csv", tmp_path / "buffers.csv"
    command = [sys.executable, "-m", "arenite.cli", "plan", str(CELL), "--json", "-"]
    done = subprocess.run(
        [*command, "--timeout", "1", "--csv", str(steps), "--buffers-csv", str(buffers)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    result = json.loads(done.stdout)
    rows = read(steps.read_bytes().decode())
    assert [row["operator"] for row in rows] == [step["op"] for step in result["steps"]]
    assert [int(row["working_set_bytes"]) for row in rows] == [step["working_set_bytes"] for step in result["steps"]]
    known = {buffer["tensor"]: buffer for buffer in result["buffers"]}
    for row in read(buffers.read_bytes().decode()):
        assert int(row["offset"]) == known[row["tensor"]]["offset"]
        assert row["source_name"] == known[row["tensor"]].get("source_name", "")
    same = subprocess.run(
        [*command, "--csv", str(steps), "--buffers-csv", str(steps)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert same.returncode == 1
    assert "two results" in same.stderr
