"""The page with the memory maps in a real browser: what is painted, what mouse, touch and keyboard do."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, MISSING, Page, browser
from pictures import Colour, colour_of, near, png_rows
from sample_plans import BRANCHY_BEST, branchy_graph, chain_graph, in_place_plan, naive_plan
from test_html import HOSTILE, branchy, chain, hostile

from arenite.graph import ArenaPlan, Graph
from arenite.report.map_page import html_page, write_map_page
from arenite.report.memory_map import Panel, panels

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
Plans = tuple[ArenaPlan, ArenaPlan]
MARK, MARK_DARK = "#c2410c", "#fb923c"
GROUND, GROUND_DARK = "#f4f3f0", "#16191e"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(autouse=True)
def _nothing_thrown_nothing_loaded(page: Page) -> Iterator[None]:
    page.errors.clear()
    page.requests.clear()
    yield
    assert page.errors == []
    assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in page.requests if url.startswith("file:")]) <= 1


def opened(page: Page, plans: Plans, folder: Path, *, model: str = "model.tflite", **options: Any) -> None:
    file = folder / "map.html"
    write_map_page(file, *plans, model)
    page.open(file, **options)


def in_place() -> Plans:
    plan = in_place_plan()
    return plan, naive_plan(plan.graph)


def matrix(page: Page, key: str) -> tuple[float, float, float]:
    """Scale and shift from a map's geometry to the window."""
    scale, x, y = page.evaluate(f"(m => [m.a, m.e, m.f])(document.getElementById('{key}').getScreenCTM())")
    return scale, x, y


class Shot:
    """The window's pixels, asked for in the geometry of a map."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        page.screenshot(file)
        self.rows = png_rows(file)

    def at(self, panel: Panel, x: float, y: float) -> Colour:
        scale, left, top = matrix(self.page, panel.key)
        return self.rows[int(y * scale + top)][int(x * scale + left)]


def centre(page: Page, selector: str) -> tuple[float, float]:
    script = "(b => [b.x + b.width / 2, b.y + b.height / 2])(document.querySelector(%s).getBoundingClientRect())"
    x, y = page.evaluate(script % repr(selector))
    return x, y


def tip(page: Page) -> str:
    return str(page.evaluate("document.getElementById('tip').innerText"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("plans", [branchy(), in_place()], ids=["branchy", "in-place"])
def test_every_rectangle_is_painted_in_its_place(page: Page, plans: Plans, dark: bool, tmp_path: Path) -> None:
    opened(page, plans, tmp_path, width=1280, height=700, dark=dark)
    shot = Shot(page, tmp_path / "shot.png")
    seen = 0
    for panel in panels(*plans):
        for number, rectangle in enumerate(panel.rectangles):
            x, y = rectangle.x + 4, rectangle.y + rectangle.height - 4
            striped = any(cell.x <= x <= cell.x + cell.width and cell.y <= y <= cell.y + cell.height
                          for cell in panel.cells)  # fmt: skip
            line = min(abs(y - panel.arena_y), abs(y - panel.bound_y)) < 4
            if rectangle.height > 9 and rectangle.width > 9 and not striped and not line:
                assert near(shot.at(panel, x, y), colour_of(rectangle.colour)), (panel.key, number)
                seen += 1
        free = GROUND_DARK if dark else GROUND
        if panel.arena_y - panel.top > 30:
            assert near(shot.at(panel, panel.left + panel.plot_width - 3, panel.top + 14), colour_of(free))
    assert seen >= 10


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_peak_and_arena_are_marked(page: Page, dark: bool, tmp_path: Path) -> None:
    opened(page, branchy(), tmp_path, width=1280, height=700, dark=dark)
    shot = Shot(page, tmp_path / "shot.png")
    mark = colour_of(MARK_DARK if dark else MARK)
    for panel in panels(*branchy()):
        assert panel.peak_x is not None
        assert near(shot.at(panel, panel.peak_x, panel.top - 11), mark)
        assert not near(shot.at(panel, panel.peak_x + 3 * panel.step_width / 2, panel.top - 2), mark)
        scale, _, top = matrix(page, panel.key)
        column = [shot.at(panel, panel.left + panel.plot_width * 0.93, panel.arena_y + dy) for dy in (-1, -0.4, 0.4, 1)]
        assert any(near(colour, mark, 60) for colour in column), (scale, top, column)


def test_bytes_written_in_place_are_striped(page: Page, tmp_path: Path) -> None:
    opened(page, in_place(), tmp_path, width=1280, height=700)
    shot = Shot(page, tmp_path / "shot.png")
    after = panels(*in_place())[1]
    assert len(after.cells) == 3
    for cell in after.cells:
        colour = colour_of(after.rectangles[cell.result].colour)
        found = [shot.at(after, cell.x + cell.width / 2 + dx, cell.y + 5) for dx in range(-15, 16)]
        assert sum(near(one, colour, 12) for one in found) >= 6
        assert sum(sum(one) > 630 for one in found) >= 6


@pytest.mark.parametrize("width", [360, 800, 1000, 1600])
@pytest.mark.parametrize("plans", [branchy(), hostile(), chain(300)], ids=["branchy", "hostile", "chain300"])
def test_page_fits_the_window(page: Page, plans: Plans, width: int, tmp_path: Path) -> None:
    opened(page, plans, tmp_path, model="a" * 300 + HOSTILE, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = page.evaluate("[...document.querySelectorAll('figure')].map(f => f.getBoundingClientRect().toJSON())")
    assert len(boxes) == 2
    assert all(box["width"] > 300 and box["height"] > 150 and box["x"] >= 0 and box["right"] <= width for box in boxes)
    beside = width >= 1000 and len(plans[0].order) <= 90
    assert (boxes[0]["y"] == boxes[1]["y"]) == beside


def test_names_from_the_model_run_no_script(page: Page, tmp_path: Path) -> None:
    opened(page, hostile(), tmp_path, model=HOSTILE)
    page.point(*centre(page, "#after .buffer"))
    assert "img src=x" in tip(page)
    assert page.evaluate("document.title").startswith("</script>")
    assert page.evaluate("document.querySelectorAll('img').length") == 0


def test_pointing_at_a_buffer_tells_what_it_is(page: Page, tmp_path: Path) -> None:
    opened(page, branchy(), tmp_path)
    x, y = centre(page, '#after .buffer[data-name="joined"]')
    page.point(x + 40, y)
    for part in ("joined", "800", "0 to 800", "steps 4 to 5", "concatenation_4", "flat", "step 5", "softmax_6", "850"):
        assert part in tip(page)
    assert page.evaluate("document.querySelectorAll('.on').length") == 3  # the tensor in both maps, the step's row
    assert page.evaluate("document.querySelector('tr.on').dataset.step") == "5"
    page.point(5, 5)
    assert page.evaluate("getComputedStyle(document.getElementById('tip')).display") == "none"
    assert page.evaluate("document.querySelectorAll('.on').length") == 0


def test_pointing_tells_what_is_written_in_place(page: Page, tmp_path: Path) -> None:
    opened(page, in_place(), tmp_path)
    page.point(*centre(page, '#after .buffer[data-name="t3"]'))
    # The middle of t3 is where t4 begins, over it.
    assert "t4" in tip(page)
    assert "written over t3 in step 3" in tip(page)
    x, y = centre(page, '#after .buffer[data-name="t3"]')
    page.point(x - 20, y)
    assert "written over t1 in step 2" in tip(page)
    assert "t4 is written over it in step 3" in tip(page)


def test_touching_a_buffer_tells_what_it_is(page: Page, tmp_path: Path) -> None:
    opened(page, branchy(), tmp_path)
    page.tap(*centre(page, '#before .buffer[data-name="left/wide"]'))
    assert "left/wide" in tip(page)
    assert "steps 0 to 2" in tip(page)


def test_keys_walk_through_steps_and_buffers(page: Page, tmp_path: Path) -> None:
    opened(page, branchy(), tmp_path)
    best, _ = branchy()
    page.evaluate("document.querySelector('#after').closest('svg').focus()")
    page.press("End")
    page.press("Home")
    live = sorted(
        (offset, block.name)
        for block, offset in zip(best.problem.blocks, best.offsets, strict=True)
        if block.first_step == 0
    )
    page.press("ArrowUp")
    assert live[0][1] in tip(page).splitlines()[0]
    page.press("ArrowUp")
    assert live[1][1] in tip(page).splitlines()[0]
    page.press("ArrowRight")
    assert "step 1" in tip(page)
    assert page.evaluate("document.querySelector('tr.on').dataset.step") == "1"
    page.press("Escape")
    assert page.evaluate("getComputedStyle(document.getElementById('tip')).display") == "none"


def test_a_closer_look_at_some_steps(page: Page, tmp_path: Path) -> None:
    opened(page, chain(300), tmp_path)
    buffer = '#before .buffer[data-i="4"]'
    width = page.evaluate(f"document.querySelector('{buffer}').getBoundingClientRect().width")
    for _ in range(3):
        page.click(*centre(page, '.zoom button[data-by="2"]'))
    assert page.evaluate(f"document.querySelector('{buffer}').getBoundingClientRect().width") == pytest.approx(
        width * 300 / 38, rel=0.01
    )
    step = page.evaluate("document.querySelector('figure svg').panel.from") + 2
    panel = panels(*chain(300))[0]
    scale, left, top = matrix(page, "before")
    page.point(left + scale * (panel.left + 2.5 * panel.plot_width / 38), top + scale * (panel.top + 20))
    assert f"step {step}" in tip(page)
    for _ in range(3):
        page.click(*centre(page, '.zoom button[data-by="0.5"]'))
    assert page.evaluate(f"document.querySelector('{buffer}').getBoundingClientRect().width") == pytest.approx(
        width, rel=0.01
    )


def test_table_can_be_sorted(page: Page, tmp_path: Path) -> None:
    opened(page, branchy(), tmp_path, height=1400)
    best, _ = branchy()
    steps = "[...document.querySelectorAll('#steps tbody tr')].map(r => +r.dataset.step)"
    macs = [best.graph.steps[index].macs for index in best.order]
    falling = sorted(range(6), key=lambda step: (-macs[step], step))
    page.click(*centre(page, "#steps th:nth-child(4) button"))
    assert page.evaluate(steps) == falling
    page.click(*centre(page, "#steps th:nth-child(4) button"))
    assert page.evaluate(steps) == sorted(range(6), key=lambda step: (macs[step], step))
    page.click(*centre(page, "#steps th:nth-child(1) button"))
    assert page.evaluate(steps) == list(range(6))


def test_thousands_of_steps_load_soon_and_answer(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(html_page(*chain(3000), "m"), encoding="utf-8")
    began = time.monotonic()
    page.open(file)
    assert time.monotonic() - began < 20
    assert page.evaluate("document.querySelectorAll('.buffer').length") == 2 * 3001
    page.point(*centre(page, "#before .ground"))
    assert re.search("step (1499|1500)", tip(page))


@pytest.mark.parametrize("graph", [Graph("empty", (), (), (), ()), chain_graph(1)], ids=["none", "one"])
def test_hardly_any_steps(page: Page, graph: Graph, tmp_path: Path) -> None:
    plan = naive_plan(graph)
    opened(page, (plan, plan), tmp_path)
    page.point(*centre(page, "#after .ground"))
    page.evaluate("document.querySelector('figure svg').focus()")
    for key in ("ArrowRight", "ArrowUp", "End"):
        page.press(key)
    assert ("step 0" in tip(page)) == bool(graph.steps)


def test_state_is_shown(page: Page, tmp_path: Path) -> None:
    plan = naive_plan(Graph(**{**vars(branchy_graph()), "state_bytes": 4321}), BRANCHY_BEST)
    opened(page, (plan, plan), tmp_path)
    assert "4,321\nbytes of state" in page.evaluate("document.querySelector('.tiles').innerText")
