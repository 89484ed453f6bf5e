"""The page of a plan of rows in a real browser: what is painted, what mouse and keys do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, MISSING, Page, browser
from pictures import colour_of, near, png_rows
from row_plans import chain_of_rows, planned, thousands

from arenite.report.row_map import RowMap, row_maps
from arenite.report.row_page import RowPlans, row_html_page
from arenite.report.row_view import tensor_rows


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab
        assert tab.errors == []
        assert [url for url in tab.requests if not url.startswith(("file:", "data:"))] == []


def opened(page: Page, plans: RowPlans, folder: Path, **options: Any) -> tuple[RowMap, ...]:
    file = folder / "rows.html"
    file.write_text(row_html_page(plans, "m.tflite"), encoding="utf-8")
    page.open(file, **options)
    return row_maps(plans.best, plans.rows, plans.source)


def spot(page: Page, drawn: RowMap, step: float, byte: float) -> tuple[float, float]:
    """Where a byte of a step is in the window."""
    x = drawn.left + step * drawn.step_width
    y = drawn.top + drawn.plot_height - byte * drawn.byte_height
    scale, left, top = page.evaluate(f"(m => [m.a, m.e, m.f])(document.getElementById('{drawn.key}').getScreenCTM())")
    return left + scale * x, top + scale * y


def tip(page: Page) -> str:
    return str(page.evaluate("document.getElementById('tip').innerText"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_rows_are_painted_and_named(page: Page, dark: bool, tmp_path: Path) -> None:
    plans = planned("ds_cnn", pushed=True).plans
    maps = opened(page, plans, tmp_path, width=1360, height=1100, dark=dark)
    page.screenshot(tmp_path / "shot.png")
    pixels = png_rows(tmp_path / "shot.png")
    seen = named = 0
    for drawn in maps:
        for layer in drawn.layers:
            for place in layer.tensor.places:
                one = place.placement
                high, wide = one.bytes * drawn.byte_height, (one.last_step - one.first_step + 1) * drawn.step_width
                if high < 8 or wide < 8 or one.over or one.under:
                    continue
                x, y = spot(page, drawn, one.first_step + 3 / drawn.step_width, one.offset + 3 / drawn.byte_height)
                if y >= len(pixels) - 1:
                    continue
                assert near(pixels[int(y)][int(x)], colour_of(layer.colour)), (drawn.key, layer.tensor.name)
                seen += 1
                if drawn.key == "closer" and layer.tensor.rows > 1 and named < 12:
                    page.point(x, y)
                    assert tip(page).splitlines()[0] == f"{layer.tensor.name} row {place.first_row}"
                    assert f"{one.offset:,} to {one.offset + one.bytes:,}" in tip(page)
                    named += 1
    assert seen > 20
    assert named == 12


def test_a_closer_look_moves_rows_and_pushes(page: Page, tmp_path: Path) -> None:
    maps = opened(page, planned("ds_cnn", pushed=True).plans, tmp_path, width=1360, height=1100)
    wide = "document.querySelector('#closer %s').getBoundingClientRect().width"
    before = [page.evaluate(wide % part) for part in (".boxes", ".pushes")]
    for _ in range(2):
        page.evaluate("document.querySelector('.closer button[data-by=\"2\"]').click()")
    after = [page.evaluate(wide % part) for part in (".boxes", ".pushes")]
    shown = page.evaluate("document.querySelector('.closer svg').panel.shown")
    assert shown < maps[2].steps / 3
    for one, other in zip(before, after, strict=True):
        assert other / one == pytest.approx(maps[2].steps / shown, rel=0.02)
    page.evaluate("document.querySelector('.closer svg').focus()")
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        page.press(key)
    assert "bytes in use" in tip(page)
    page.press("Escape")
    assert page.evaluate("getComputedStyle(document.getElementById('tip')).display") == "none"


@pytest.mark.parametrize("width", [360, 1000])
def test_page_fits_the_window(page: Page, width: int, tmp_path: Path) -> None:
    opened(page, chain_of_rows(4, 30), tmp_path, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_thousands_of_rows_load_and_answer(page: Page, tmp_path: Path) -> None:
    plans, text = thousands()
    (tmp_path / "rows.html").write_text(text, encoding="utf-8")
    page.open(tmp_path / "rows.html")
    maps = row_maps(plans.best, plans.rows, plans.source)
    assert page.evaluate("document.querySelectorAll('.buffer').length") == 3 * 71
    page.evaluate("document.getElementById('closer').scrollIntoView()")
    page.point(*spot(page, maps[2], 3500.5, maps[2].arena_bytes / 2))
    assert re.search("step 3,(499|500|501)", tip(page))


def test_table_sorts_and_lights_its_tensor(page: Page, tmp_path: Path) -> None:
    plans = planned("ds_cnn").plans
    opened(page, plans, tmp_path, width=1360, height=1800)
    page.evaluate("document.querySelectorAll('#tensors th button')[5].click()")
    text = page.evaluate("[...document.querySelectorAll('#tensors tbody tr')].map(r => r.cells[5].textContent)")
    sizes = [int(cell.replace(",", "")) for cell in text]
    assert sizes == sorted((tensor.bytes for tensor in tensor_rows(plans.best, plans.rows)), reverse=True)
    box = page.evaluate(
        "(b => [b.x + 20, b.y + 8])(document.querySelector('#tensors tbody tr').getBoundingClientRect())"
    )
    page.point(*box)
    key = page.evaluate("document.querySelector('#tensors tbody tr').dataset.tensor")
    assert page.evaluate("[...document.querySelectorAll('.buffer.on')].map(b => b.dataset.tensor)") == [key] * 3
