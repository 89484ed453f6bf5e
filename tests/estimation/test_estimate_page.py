"""``arenite estimate --html``: the page says what the estimate says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from test_html import HOSTILE, Elements

import arenite
from arenite.cli import main
from arenite.report.estimate_page import bars, estimate_page

DIGITS = Path(__file__).parents[1] / "models" / "digits.tflite"


@pytest.fixture(scope="module")
def found() -> arenite.Estimate:
    return arenite.estimate(DIGITS)


def test_parts_of_the_bars_add_up(found: arenite.Estimate) -> None:
    for bar, total in zip(bars(found), (found.ram_bytes, found.flash_bytes), strict=True):
        assert bar.bytes == total == sum(part.bytes for part in bar.parts)
        assert sum(part.share for part in bar.parts) == pytest.approx(1)
        for before, behind in zip(bar.parts, bar.parts[1:], strict=False):
            assert behind.x == pytest.approx(before.x + before.width, abs=0.02)


def test_page_shows_figures_and_nothing_from_elsewhere(found: arenite.Estimate) -> None:
    page = estimate_page(found, "digits.tflite", 80.0)
    for figure in (found.ram_bytes, found.flash_bytes, found.instructions, found.cycles, found.weights_bytes):
        assert f"{figure:,}" in page
    assert f"{found.milliseconds(80):.2f} ms" in page
    elements = Elements(page)
    assert len(elements.of_class("buffer")) == sum(1 for bar in bars(found) for part in bar.parts if part.bytes)
    assert not [attributes for _, attributes in elements.found if "src" in attributes]
    assert estimate_page(found, "digits.tflite", 80.0) == page


def test_names_are_escaped(found: arenite.Estimate) -> None:
    operators = (replace(found.operators[0], operator=HOSTILE, uncalibrated=(HOSTILE,)), *found.operators[1:])
    page = estimate_page(replace(found, operators=operators, uncalibrated=(HOSTILE,)), HOSTILE)
    assert "<script" not in page
    assert "onerror" not in {name for _, attributes in Elements(page).found for name in attributes}


def test_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "estimate.html"
    arguments = ["estimate", str(DIGITS), "--cpu", "cortex-m7", "--granularity", "op", "--html", str(target)]
    assert main([*arguments, "--mhz", "200"]) == 0
    assert "cycles" not in target.read_text(encoding="utf-8")
    assert "flash bytes" in capsys.readouterr().out
    assert main([*arguments, "--mhz", "200", "--html", str(tmp_path / "none" / "estimate.html")]) == 1
