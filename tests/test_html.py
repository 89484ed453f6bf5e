"""The memory map as a page and as a picture: what stands in them. test_html_browser.py looks at them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from sample_plans import BRANCHY_BEST, branchy_graph, chain_graph, in_place_plan, naive_plan

from arenite.graph import ArenaPlan, Graph, RegionArena
from arenite.report.map_page import html_page, svg_picture
from arenite.report.memory_map import panels
from arenite.validate import validate_arena_plan

HOSTILE = "</script><script>document.title='owned'</script>\"'&<img src=x onerror=alert(1)>\x1b[31m\x00\u202e"
SHOWN = HOSTILE.translate(dict.fromkeys(map(ord, "\x1b\x00\u202e"), "\ufffd"))


class Elements(HTMLParser):
    """The attributes of every start tag of a page, by tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.found if name in (attributes.get("class") or "").split()]


def branchy() -> tuple[ArenaPlan, ArenaPlan]:
    source = naive_plan(branchy_graph())
    return replace(naive_plan(branchy_graph(), BRANCHY_BEST), source_order_bytes=source.arena_bytes), source


@cache
def chain(length: int) -> tuple[ArenaPlan, ArenaPlan]:
    plan = naive_plan(chain_graph(length))
    return plan, plan


def hostile() -> tuple[ArenaPlan, ArenaPlan]:
    graph = branchy_graph()
    renamed = Graph(
        HOSTILE,
        tuple(replace(buffer, name=HOSTILE + buffer.name) for buffer in graph.buffers),
        tuple(replace(step, name=HOSTILE + step.name) for step in graph.steps),
        graph.inputs,
        graph.outputs,
    )
    return naive_plan(renamed, BRANCHY_BEST), naive_plan(renamed)


@pytest.mark.parametrize("plans", [branchy(), chain(5), chain(300)], ids=["branchy", "chain5", "chain300"])
def test_every_buffer_is_drawn_once_per_map_and_in_its_place(plans: tuple[ArenaPlan, ArenaPlan]) -> None:
    best, source = plans
    for panel, plan in zip(panels(best, source), (source, best), strict=True):
        assert len(panel.rectangles) == len(plan.graph.buffers)
        scale = panel.plot_height / max(best.arena_bytes, source.arena_bytes)
        for rectangle, block, offset in zip(panel.rectangles, plan.problem.blocks, plan.offsets, strict=True):
            assert rectangle.x == pytest.approx(panel.left + block.first_step * panel.step_width, abs=0.01)
            assert rectangle.y + rectangle.height == pytest.approx(
                panel.top + panel.plot_height - offset * scale, abs=0.52
            )
            assert panel.left <= rectangle.x
            assert rectangle.x + rectangle.width <= panel.left + panel.plot_width + 0.51
            assert panel.top - 0.51 <= rectangle.y
        assert panel.arena_y == pytest.approx(panel.top + panel.plot_height - plan.arena_bytes * scale, abs=0.01)


def test_maps_share_scale_and_colours() -> None:
    before, after = panels(*branchy())
    assert [tick.position for tick in before.y_ticks] == [tick.position for tick in after.y_ticks]
    assert [r.colour for r in before.rectangles] == [r.colour for r in after.rectangles]
    assert before.bound_y == after.bound_y == after.arena_y > before.arena_y


def test_labels_fit_into_their_rectangles() -> None:
    for panel in (*panels(*branchy()), *panels(*chain(40))):
        for rectangle in panel.rectangles:
            room = rectangle.height if rectangle.upright else rectangle.width
            assert len(rectangle.label) * 5.5 <= room


def test_page_needs_nothing_but_itself() -> None:
    page = html_page(*branchy(), "branchy.tflite")
    loads = [
        value
        for _, attributes in Elements(page).found
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href", "srcset", "data")
    ]
    assert loads == ["data:,"]  # the empty icon, which keeps browsers from asking for one
    assert not re.search(
        r"https?://|@import|url\((?!#)|fetch\(|XMLHttpRequest", page.replace("http://www.w3.org/2000/svg", "")
    )


def test_page_tells_the_figures_of_every_step_and_buffer() -> None:
    best, source = branchy()
    page = html_page(best, source, "branchy.tflite")
    elements = Elements(page)
    drawn = elements.of_class("buffer")
    assert len(drawn) == 2 * len(best.graph.buffers)
    wide = [b for b in drawn if b["data-name"] == "left/wide"]
    assert [(b["data-first"], b["data-last"], b["data-bytes"]) for b in wide] == [
        ("0", "2", "6400"),
        ("0", "1", "6400"),
    ]
    assert {b["data-producer"] for b in wide} == {"conv2d_0"}
    assert [b["data-aliases"] for b in drawn if b["data-name"] == "joined"] == ["flat", "flat"]
    assert Counter(b["data-role"] for b in drawn) == {"tensor": 10, "input": 2, "output": 2, "scratch": 2}
    assert sum(tag == "tr" for tag, _ in elements.found) == 1 + len(best.order)
    for figure in ("8,400", "14,400", "41.7 %", "57,600", "proven minimum", "depthwise_conv2d_2"):
        assert figure in page


def test_names_from_the_model_are_text() -> None:
    page = html_page(*hostile(), HOSTILE)
    elements = Elements(page)
    assert sum(tag == "script" for tag, _ in elements.found) == 1
    assert not any(tag == "img" for tag, _ in elements.found)
    assert elements.of_class("buffer")[0]["data-name"] == SHOWN + "input"
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_picture_is_well_formed_and_complete() -> None:
    for plans in (branchy(), hostile(), chain(300)):
        root = ElementTree.fromstring(svg_picture(*plans, HOSTILE))
        space = "{http://www.w3.org/2000/svg}"
        drawn = [e for e in root.iter(f"{space}rect") if (e.get("class") or "").startswith("buffer")]
        assert len(drawn) == 2 * len(plans[0].graph.buffers)
        assert all(e.find(f"{space}title") is not None for e in drawn)
        assert root.find(f"{space}script") is None


def test_what_is_written_in_place_is_marked_and_named() -> None:
    plan, apart = in_place_plan(), naive_plan(in_place_plan().graph)
    validate_arena_plan(plan)
    before, after = panels(plan, apart)
    assert before.cells == ()
    assert [cell.result for cell in after.cells] == [3, 4, 6]
    for cell, step in zip(after.cells, (2, 3, 5), strict=True):
        result = after.rectangles[cell.result]
        assert cell.x == pytest.approx(after.left + step * after.step_width, abs=0.01)
        assert cell.width == pytest.approx(after.step_width, abs=0.01)
        assert (cell.y, cell.height) == (result.y, result.height)
    page = Elements(html_page(plan, apart, "m"))
    assert [b.get("data-over") for b in page.of_class("buffer")[8:]] == [*[None] * 3, "t1", "t3", None, "t5", None]
    assert [b.get("data-under") for b in page.of_class("buffer")[8:]] == [
        None,
        "t3",
        None,
        "t4",
        None,
        "t6",
        None,
        None,
    ]
    assert len(page.of_class("shared")) == 3
    assert "t4 over t3" in html_page(plan, apart, "m")
    assert "hatch" not in html_page(apart, apart, "m")
    assert "written in place" in svg_picture(plan, apart, "m")


@pytest.mark.parametrize("key", ["before", "after"])
def test_peak_is_where_most_bytes_are_in_use(key: str) -> None:
    panel = next(panel for panel in panels(*branchy()) if panel.key == key)
    assert panel.peak_x is not None
    step = round((panel.peak_x - panel.left) / panel.step_width - 0.5)
    assert panel.working_sets[step] == max(panel.working_sets)
    assert panel.operators[step] in panel.peak_label


def test_state_is_told_apart() -> None:
    plan = naive_plan(replace(branchy_graph(), state_bytes=4321))
    assert "4,321" in html_page(plan, plan, "m")
    assert "bytes of state" not in html_page(*branchy(), "m")


def test_thousands_of_steps_make_a_page_of_bearable_size() -> None:
    page = html_page(*chain(3000), "m")
    assert len(page) < 4_000_000
    assert len(Elements(page).of_class("buffer")) == 2 * 3001


def test_each_region_of_memory_has_its_map() -> None:
    best, source = branchy()
    in_two = in_regions(best)
    drawn = panels(in_two, source)
    assert [panel.key for panel in drawn] == ["before", "after", "after-1"]
    assert [panel.title for panel in drawn] == ["Order of the file", "Best order, DTCM <1>", "Best order, SRAM"]
    assert [len(panel.rectangles) for panel in drawn] == [8, 4, 4]
    for panel, region in zip(drawn[1:], in_two.regions, strict=True):
        assert panel.arena_bytes == region.used_bytes
        base, scale = panel.top + panel.plot_height, panel.plot_height / source.arena_bytes
        for rectangle in panel.rectangles:
            offset = in_two.offsets[rectangle.placement.index] - region.start
            assert rectangle.y + rectangle.height == pytest.approx(base - offset * scale, abs=0.52)
    page = html_page(in_two, source, "m")
    assert len(Elements(page).of_class("panel")) == 3
    assert "bytes in DTCM &lt;1&gt;, of 99,999" in page
    ElementTree.fromstring(svg_picture(in_two, source, "m"))
    pairs = panels(in_two, in_regions(source))
    assert [panel.key for panel in pairs] == ["before", "after", "before-1", "after-1"]


def in_regions(plan: ArenaPlan) -> ArenaPlan:
    """Every other buffer in a second region, all of them behind each other."""
    region_of = tuple(index % 2 for index in range(len(plan.graph.buffers)))
    used, offsets = [0, 0], []
    for index, region in enumerate(region_of):
        offsets.append(used[region])
        used[region] += -(-plan.graph.buffers[index].bytes // 16) * 16
    return replace(
        plan,
        offsets=tuple(offset + region * used[0] for offset, region in zip(offsets, region_of, strict=True)),
        arena_bytes=sum(used),
        lower_bound_bytes=0,
        regions=(
            RegionArena("DTCM <1>", 99_999, 0x2000_0000, 0, used[0], 0),
            RegionArena("SRAM", 99_999, None, used[0], used[1], 0),
        ),
        region_of=region_of,
    )


def test_what_lies_in_the_callers_memory_is_not_drawn() -> None:
    plan = naive_plan(branchy_graph())
    first = replace(plan.graph.buffers[0], bytes=0, caller_bytes=1600)
    elsewhere = replace(plan, graph=replace(plan.graph, buffers=(first, *plan.graph.buffers[1:])))
    assert [len(panel.rectangles) for panel in panels(elsewhere, elsewhere)] == [7, 7]


def test_equal_plans_give_equal_pages() -> None:
    assert html_page(*branchy(), "m") == html_page(*branchy(), "m")


def test_graph_without_steps_can_be_drawn() -> None:
    plan = naive_plan(Graph("empty", (), (), (), ()))
    assert "<svg" in html_page(plan, plan, "empty.tflite")
    ElementTree.fromstring(svg_picture(plan, plan, "empty.tflite"))
