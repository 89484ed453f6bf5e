"""Plans of rows as people and programs see them: JSON, tables, maps. test_report_rows_browser.py looks at the page."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import colour_of, near
from rich.console import Console
from row_plan_contract import check_row_plan
from row_plans import MODELS, chain_of_rows, planned, thousands
from test_html import HOSTILE, Elements

from arenite.report import row_terminal
from arenite.report.plan_json import Placement, bytes_in_use, peak_step, plan_json
from arenite.report.row_map import RowMap, row_maps
from arenite.report.row_page import row_html_page, row_svg_picture
from arenite.report.row_terminal import row_plan_view
from arenite.report.row_view import push_steps, row_figures, tensor_rows
from arenite.report.spreadsheet import buffers_csv, steps_csv
from arenite.rows.plan_rows import Choice

NAMES = ("ds_cnn", "resnet_block", "mobilenet_block")
WAYS = ((False, False), (True, False), (True, True))


def json_of(name: str, pushed: bool, eager: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The objects of rows and of whole operators, as programs read them."""
    found = planned(name, pushed=pushed, eager=eager)
    plan, rows = found.choice.plan, found.plans.rows
    figures = row_figures(plan, rows, found.choice.operators_bytes or 0)
    fine = plan_json(
        plan, name, granularity="row", source_names=found.names, operators_bytes=found.choice.operators_bytes,
        pushed_rows=figures.pushed_rows, eager_ops=figures.eager_ops,
    )  # fmt: skip
    return json.loads(json.dumps(fine)), json.loads(json.dumps(plan_json(found.whole, name, source_names=found.names)))


@pytest.mark.parametrize(("pushed", "eager"), WAYS, ids=["whole", "pushed", "eager"])
@pytest.mark.parametrize("name", NAMES)
def test_json_keeps_its_promises(name: str, pushed: bool, eager: bool) -> None:
    check_row_plan(*json_of(name, pushed, eager), pushed=pushed, eager=eager)


def _shift(plan: dict[str, Any]) -> None:
    row = next(b for b in plan["buffers"] if b["offset"] > 16)
    row["offset"] -= 16


def _swap(plan: dict[str, Any]) -> None:
    place = next(i for i, step in enumerate(plan["steps"]) if "[1]" in step["op"] and "push" not in step["op"])
    plan["steps"][place], plan["steps"][place - 1] = plan["steps"][place - 1], plan["steps"][place]


def _rows(plan: dict[str, Any]) -> None:
    row = next(b for b in plan["buffers"] if b["rows"][0] > 0)
    row["rows"] = [row["rows"][0] - 1, row["rows"][1]]


def _long(plan: dict[str, Any]) -> None:
    plan["buffers"][-1]["last_step"] += 1


def _lost(plan: dict[str, Any]) -> None:
    del plan["steps"][len(plan["steps"]) // 2]


def _early(plan: dict[str, Any]) -> None:
    place = next(i for i, step in enumerate(plan["steps"]) if step["op"] == "push[6]")
    steps = plan["steps"]
    steps.insert(place - 1, steps.pop(place))


@pytest.mark.parametrize("harm", [_shift, _swap, _rows, _long, _lost, _early])
def test_the_check_finds_what_is_wrong(harm: Callable[[dict[str, Any]], None]) -> None:
    plan, whole = json_of("ds_cnn", True, False)
    broken = copy.deepcopy(plan)
    harm(broken)
    with pytest.raises(AssertionError):
        check_row_plan(broken, whole, pushed=True)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20), st.integers(0, 9), st.integers(0, 5)), max_size=8))
@settings(max_examples=40)
def test_bytes_in_use_are_counted_once(boxes: list[tuple[int, int, int, int]]) -> None:
    placed = [
        Placement(i, "", "", size, offset, first, first + more, "", ())
        for i, (offset, size, first, more) in enumerate(boxes)
    ]
    used = [
        len({b for one in placed if one.first_step <= step <= one.last_step
             for b in range(one.offset, one.offset + one.bytes)})
        for step in range(12)
    ]  # fmt: skip
    assert bytes_in_use(placed, 12) == tuple(used)


@pytest.mark.parametrize("pushed", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_every_buffer_is_a_row_of_one_tensor(name: str, pushed: bool) -> None:
    plans = planned(name, pushed=pushed).plans
    best, rows = plans.best, plans.rows
    tensors = tensor_rows(best, rows)
    drawn = [place.placement.index for tensor in tensors for place in tensor.places]
    assert sorted(drawn) == [i for i, buffer in enumerate(best.graph.buffers) if buffer.bytes]
    for tensor in tensors:
        live = [
            [p for p in tensor.places if p.placement.first_step <= step <= p.placement.last_step]
            for step in range(len(best.order))
        ]
        assert tensor.most_bytes == max(sum(p.placement.bytes for p in one) for one in live)
        if tensor.role not in ("accumulator", "scratch"):
            assert tensor.most_rows == max(sum(p.last_row - p.first_row for p in one) for one in live)
            assert tensor.bytes == sum(p.placement.bytes for p in tensor.places)
            assert (tensor.kind == "line buffer") == (tensor.most_bytes < tensor.bytes)
    assert any(tensor.kind == "line buffer" for tensor in tensors)
    pushes = [i for i, step in enumerate(best.order) if best.graph.steps[step].name.startswith("push[")]
    assert list(push_steps(best, rows)) == pushes
    assert bool(pushes) == pushed


def rectangles(drawn: RowMap) -> list[tuple[int, int, int, int]]:
    """First step, offset, steps and bytes of each rectangle of a map's paths."""
    found = []
    for layer in drawn.layers:
        for match in re.finditer(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z", layer.path):
            first, offset, steps, size, back = map(int, match.groups())
            assert back == steps
            found.append((first, offset, steps, size))
        assert re.fullmatch(r"(M\d+ \d+h\d+v\d+h-\d+z)+", layer.path)
    return found


def test_maps_show_every_row_on_one_scale() -> None:
    plans = planned("ds_cnn", pushed=True).plans
    maps = row_maps(plans.best, plans.rows, plans.source)
    assert [drawn.key for drawn in maps] == ["rows", "operators", "closer"]
    assert maps[0].byte_height == maps[1].byte_height
    for drawn, plan in zip(maps, (plans.best, plans.source, plans.best), strict=True):
        expected = [
            (block.first_step, offset, block.last_step - block.first_step + 1, block.bytes)
            for block, offset in zip(plan.problem.blocks, plan.offsets, strict=True) if block.bytes
        ]  # fmt: skip
        assert sorted(rectangles(drawn)) == sorted(expected)
    colours = [{layer.tensor.key: layer.colour for layer in drawn.layers} for drawn in maps]
    shared = colours[0].keys() & colours[1].keys()
    assert len(shared) > 5
    assert all(colours[0][key] == colours[1][key] for key in shared)
    assert maps[0].pushes == maps[2].pushes == push_steps(plans.best, plans.rows)
    assert maps[1].pushes == ()


def test_labels_stand_on_their_tensor() -> None:
    plans = planned("ds_cnn").plans
    for drawn in row_maps(plans.best, plans.rows, plans.source):
        layers = {layer.colour: layer for layer in drawn.layers}
        for label in drawn.labels:
            step = (label.x - drawn.left) / drawn.step_width
            byte = (drawn.top + drawn.plot_height - label.y) / drawn.byte_height
            assert any(
                p.placement.first_step <= step <= p.placement.last_step + 1
                and p.placement.offset - 1 <= byte <= p.placement.offset + p.placement.bytes + 1
                for p in layers[label.colour].tensor.places
            ), label.text


def page_data(page: str) -> dict[str, Any]:
    found = re.search(r"const DATA = (\{.*\});\n", page)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_page_has_every_row_and_step_and_needs_nothing_else() -> None:
    plans = planned("ds_cnn", pushed=True).plans
    page = row_html_page(plans, "ds_cnn.tflite")
    data = page_data(page)
    assert len(data["rows"]["pieces"]) == sum(1 for buffer in plans.best.graph.buffers if buffer.bytes)
    names = [data["rows"]["operators"][number] + rest for number, rest, _ in data["rows"]["steps"]]
    assert names == [plans.best.graph.steps[step].name for step in plans.best.order]
    loads = [v for _, a in Elements(page).found for k, v in a.items() if k in ("src", "href", "srcset")]
    assert loads == ["data:,"]
    assert not re.search(r"https?://|@import|fetch\(", page.replace("http://www.w3.org/2000/svg", ""))
    for figure in (plans.best.arena_bytes, plans.operators_bytes, plans.source.arena_bytes):
        assert f"<b>{figure:,}</b>" in page
    assert page == row_html_page(plans, "ds_cnn.tflite")


def test_names_from_the_model_are_text() -> None:
    plans = chain_of_rows(3, 6, prefix=HOSTILE)
    page = row_html_page(plans, HOSTILE)
    assert not any(tag == "img" for tag, _ in Elements(page).found)
    assert sum(tag == "script" for tag, _ in Elements(page).found) == 1
    assert "\u202e" not in page
    assert "\x1b" not in page
    ElementTree.fromstring(row_svg_picture(plans, HOSTILE))


@pytest.mark.parametrize("pushed", [False, True])
def test_picture_is_well_formed(pushed: bool) -> None:
    plans = planned("ds_cnn", pushed=pushed).plans
    root = ElementTree.fromstring(row_svg_picture(plans, "m"))
    space = "{http://www.w3.org/2000/svg}"
    drawn = [e for e in root.iter(f"{space}path") if (e.get("class") or "").startswith("buffer")]
    assert len(drawn) == 2 * len(tensor_rows(plans.best, plans.rows)) + len(tensor_rows(plans.source))
    assert all(e.find(f"{space}title") is not None for e in drawn)
    assert len([e for e in root.iter() if e.get("class") == "pushes"]) == (2 if pushed else 0)


def test_thousands_of_rows_stay_small() -> None:
    plans, page = thousands()
    assert len(plans.best.order) == 7000
    assert len(page) < 3_000_000
    assert len(row_svg_picture(plans, "m")) < 1_500_000


def test_png_shows_the_rows() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: no PNG is drawn")
    from matplotlib.image import imread

    from arenite.report.picture_parts import HEAD, PIXELS
    from arenite.report.row_page import placed_maps
    from arenite.report.row_picture import row_png_picture

    plans = planned("ds_cnn", pushed=True).plans
    data = row_png_picture(plans, "m")
    assert data == row_png_picture(plans, "m")
    pixels = imread(io.BytesIO(data), format="png")
    _, _, places = placed_maps(row_maps(plans.best, plans.rows, plans.source))
    seen = 0
    for drawn, left, top in places:
        for layer in drawn.layers:
            for one in (place.placement for place in layer.tensor.places):
                high, wide = one.bytes * drawn.byte_height, (one.last_step - one.first_step + 1) * drawn.step_width
                if high < 9 or wide < 9:
                    continue
                x = left + drawn.left + one.first_step * drawn.step_width + 3
                y = HEAD + top + drawn.top + drawn.plot_height - one.offset * drawn.byte_height - 3
                assert drawn.peak is not None
                if one.over or one.under:
                    continue
                red, green, blue = pixels[int(y * PIXELS), int(x * PIXELS)][:3]
                colour = round(red * 255), round(green * 255), round(blue * 255)
                assert near(colour, colour_of(layer.colour), 2), (drawn.key, layer.tensor.name, one)
                seen += 1
    assert seen > 20


def rendered(choice: Choice, width: int, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    Console(file=stream, width=width, markup=False).print(row_plan_view(choice, "m.tflite"))
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("pushed", [False, True])
def test_terminal_says_what_rows_bring(width: int, pushed: bool) -> None:
    choice = planned("ds_cnn", pushed=pushed).choice
    text = rendered(choice, width)
    assert max(map(len, text.splitlines())) <= width
    words = " ".join(text.split())
    share = 1 - choice.plan.arena_bytes / (choice.operators_bytes or 1)
    assert f"whole operators {choice.operators_bytes:,} {share:.1%} saved by rows" in words
    assert ("rows handed in by the caller" in words) == pushed
    assert choice.rows is not None
    for tensor in tensor_rows(choice.plan, choice.rows):
        if tensor.rows > 1:
            assert f"{tensor.most_rows} of {tensor.rows} {tensor.most_bytes:,} {tensor.bytes:,}" in words.replace(
                "the caller ", ""
            )
    rendered(choice, width, "ascii")  # strict: what is not ASCII raises


@pytest.mark.parametrize("width", [60, 80, 120])
def test_tensors_left_out_are_counted_with_their_bytes(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_terminal, "LONGEST_TABLE", 3)
    monkeypatch.setattr(row_terminal, "FULLEST", 2)
    choice = planned("ds_cnn").choice
    assert choice.rows is not None
    live = sorted(t.bytes_at(peak_step(choice.plan) or 0) for t in tensor_rows(choice.plan, choice.rows))
    assert f" {len(live) - 2} more {sum(live[:-2]):,} " in " ".join(rendered(choice, width).split())


@pytest.mark.parametrize("pushed", [False, True])
def test_tables_agree_with_the_json(pushed: bool) -> None:
    found = planned("ds_cnn", pushed=pushed, eager=False)
    plan, _ = json_of("ds_cnn", pushed, False)
    steps = list(csv.DictReader(io.StringIO(steps_csv(found.choice.plan), newline="")))
    assert [(row["operator"], int(row["macs"]), int(row["working_set_bytes"])) for row in steps] == [
        (step["op"], step["macs"], step["working_set_bytes"]) for step in plan["steps"]
    ]
    known = {buffer["tensor"]: buffer for buffer in plan["buffers"]}
    for row in csv.DictReader(io.StringIO(buffers_csv(found.choice.plan, found.names), newline="")):
        if row["region"] == "(caller)":
            assert row["offset"] == ""
            continue
        buffer = known[row["tensor"]]
        assert [int(row[k]) for k in ("bytes", "offset", "first_step", "last_step")] == [
            buffer[k] for k in ("bytes", "offset", "first_step", "last_step")
        ]
        assert row["source_tensor"] == ("" if buffer["source_tensor"] is None else str(buffer["source_tensor"]))


def test_command_draws_rows_where_they_are_chosen(tmp_path: Path) -> None:
    files = {kind: tmp_path / f"map.{kind}" for kind in ("html", "svg", "json")}
    command = [sys.executable, "-m", "arenite.cli", "plan", str(MODELS / "ds_cnn.tflite"), "--timeout", "1"]
    options = [part for kind, file in files.items() for part in (f"--{kind}", str(file))]
    done = subprocess.run(
        [*command, "--stream-input", *options], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "saved by rows" in done.stdout
    plan = json.loads(files["json"].read_text())
    assert plan["granularity"] == "row"
    assert plan["operators_bytes"] > plan["arena_bytes"]
    assert len(page_data(files["html"].read_text())["rows"]["steps"]) == len(plan["steps"])
    ElementTree.fromstring(files["svg"].read_text())
