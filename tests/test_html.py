"""The memory map as a page and as a picture, as text and in a real browser where there is one."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import zlib
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sample_plans import BRANCHY_BEST, branchy_graph, chain_graph, naive_plan

from arenite.graph import ArenaPlan, Graph
from arenite.report.map_page import html_page, svg_picture, write_map_page
from arenite.report.memory_map import panels

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH: the page is not looked at")
HOSTILE = "</script><script>document.title='owned'</script>\"'&<img src=x onerror=alert(1)>"


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
        r"https?://|@import|url\(|fetch\(|XMLHttpRequest", page.replace("http://www.w3.org/2000/svg", "")
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
    assert elements.of_class("buffer")[0]["data-name"] == HOSTILE + "input"


def test_picture_is_well_formed_and_complete() -> None:
    for plans in (branchy(), hostile(), chain(300)):
        root = ElementTree.fromstring(svg_picture(*plans, HOSTILE))
        space = "{http://www.w3.org/2000/svg}"
        drawn = [e for e in root.iter(f"{space}rect") if (e.get("class") or "").startswith("buffer")]
        assert len(drawn) == 2 * len(plans[0].graph.buffers)
        assert all(e.find(f"{space}title") is not None for e in drawn)
        assert root.find(f"{space}script") is None


def test_equal_plans_give_equal_pages() -> None:
    assert html_page(*branchy(), "m") == html_page(*branchy(), "m")


def test_graph_without_steps_can_be_drawn() -> None:
    plan = naive_plan(Graph("empty", (), (), (), ()))
    assert "<svg" in html_page(plan, plan, "empty.tflite")
    ElementTree.fromstring(svg_picture(plan, plan, "empty.tflite"))


def browse(page: Path, profile: Path, *flags: str) -> str:
    """Loads a page in a headless browser of its own, without network, and returns what the browser prints."""
    assert CHROMIUM is not None
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={profile}", "--window-size=1000,640",
        *flags, page.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@needs_browser
@pytest.mark.parametrize("plans", [branchy(), hostile(), chain(300)], ids=["branchy", "hostile", "chain300"])
def test_browser_builds_the_page(plans: tuple[ArenaPlan, ArenaPlan], tmp_path: Path) -> None:
    page = tmp_path / "map.html"
    write_map_page(page, *plans, "model.tflite")
    # The script adds a cursor to each map: if it failed half-way the DOM has none.
    dom = Elements(browse(page, tmp_path / "profile", "--dump-dom"))
    assert len(dom.of_class("buffer")) == 2 * len(plans[0].graph.buffers)
    assert len(dom.of_class("cursor")) == 2
    assert len(dom.of_class("peak")) == 2 + 1 + 1  # maps, legend, table row
    assert not any(attributes.get("src") for tag, attributes in dom.found)


@needs_browser
def test_pointing_at_a_buffer_tells_what_it_is(tmp_path: Path) -> None:
    page = tmp_path / "map.html"
    pointing = """<script>
      const target = document.querySelector('#after .buffer[data-name="joined"]');
      target.scrollIntoView({block: "center"});
      const box = target.getBoundingClientRect();
      target.dispatchEvent(new PointerEvent("pointermove", {
        bubbles: true, clientX: box.x + 0.75 * box.width, clientY: box.y + box.height / 2}));
      document.title = document.getElementById("tip").innerText + " lit " + document.querySelectorAll(".on").length;
    </script></body>"""
    page.write_text(html_page(*branchy(), "model.tflite").replace("</body>", pointing), encoding="utf-8")
    dom = browse(page, tmp_path / "profile", "--dump-dom")
    title = re.search(r"<title>(.*?)</title>", dom, re.DOTALL)
    assert title is not None
    for part in ("joined", "800", "0 to 800", "steps 4 to 5", "concatenation_4", "flat", "step 5", "softmax_6", "850"):
        assert part in title[1]
    assert "lit 3" in title[1]  # the tensor in both maps and the step's row


@needs_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_browser_paints_the_map(dark: bool, tmp_path: Path) -> None:
    page, picture = tmp_path / "map.html", tmp_path / "map.png"
    write_map_page(page, *branchy(), "model.tflite")
    flags = ["--force-dark-mode"] if dark else []
    browse(page, tmp_path / "profile", f"--screenshot={picture}", *flags)
    pixels = Counter(png_pixels(picture))
    ground = (0x14, 0x16, 0x1A) if dark else (0xFB, 0xFA, 0xF8)
    assert ground in {colour for colour, _ in pixels.most_common(4)}
    before, _ = panels(*branchy())
    widest = max(before.rectangles, key=lambda r: r.width * r.height)
    red, green, blue = (int(widest.colour[place : place + 2], 16) for place in (1, 3, 5))
    assert pixels[red, green, blue] > 5_000
    assert len(pixels) > 100


def png_pixels(file: Path) -> list[tuple[int, int, int]]:
    """The colours of an 8-bit RGB or RGBA picture, row by row (PNG specification, third edition, section 9)."""
    data = file.read_bytes()
    width, _, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert depth == 8
    count = {2: 3, 6: 4}[kind]
    chunks, place = b"", 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        if data[place + 4 : place + 8] == b"IDAT":
            chunks += data[place + 8 : place + 8 + length]
        place += length + 12
    raw, stride = zlib.decompress(chunks), width * count
    above, pixels = bytearray(stride), []
    for start in range(0, len(raw), stride + 1):
        method, line = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        for i in range(stride):
            left = line[i - count] if i >= count else 0
            corner = above[i - count] if i >= count else 0
            line[i] = (
                line[i] + (0, left, above[i], (left + above[i]) // 2, _paeth(left, above[i], corner))[method]
            ) & 255
        pixels += list(zip(line[0::count], line[1::count], line[2::count], strict=True))
        above = line
    return pixels


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
