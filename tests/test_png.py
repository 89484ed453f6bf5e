"""The memory maps as a PNG: its pixels, not only that there is one."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sample_plans import BRANCHY_BEST, branchy_graph, in_place_plan, naive_plan
from test_html import HOSTILE, branchy, chain, hostile

from arenite.graph import ArenaPlan, Graph
from arenite.report.map_picture import png_picture
from arenite.report.memory_map import Panel, panels
from arenite.report.picture_parts import FOOT, GAP, HEAD, PIXELS

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed: no PNG is drawn or looked at")
Plans = tuple[ArenaPlan, ArenaPlan]
CELL = Path(__file__).parent / "models" / "branchy_cell.tflite"


class Picture:
    """Pixels asked for in the geometry of the maps."""

    def __init__(self, plans: Plans, model: str = "model.tflite") -> None:
        from matplotlib.image import imread

        self.data = png_picture(*plans, model)
        self.pixels = imread(io.BytesIO(self.data), format="png")
        self.panels = panels(*plans)
        self.columns = 1 if len(plans[0].order) > 90 else 2

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[0]

    def at(self, number: int, x: float, y: float) -> tuple[int, int, int]:
        left = number % self.columns * (self.panels[0].width + GAP)
        top = HEAD + number // self.columns * self.panels[0].height
        red, green, blue = self.pixels[int((top + y) * PIXELS), int((left + x) * PIXELS)][:3]
        return round(red * 255), round(green * 255), round(blue * 255)


def rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def covered(panel: Panel, x: float, y: float) -> bool:
    return any(c.x <= x <= c.x + c.width and c.y <= y <= c.y + c.height for c in panel.cells)


@pytest.mark.parametrize(
    "plans",
    [branchy(), chain(120), (in_place_plan(), naive_plan(in_place_plan().graph))],
    ids=["branchy", "chain120", "in-place"],
)
def test_every_rectangle_is_painted_in_its_place(plans: Plans) -> None:
    picture = Picture(plans)
    seen = 0
    for number, panel in enumerate(picture.panels):
        for rectangle in panel.rectangles:
            for x, y in (
                (rectangle.x + 3, rectangle.y + rectangle.height - 3),
                (rectangle.x + rectangle.width - 3, rectangle.y + 3),
            ):
                line = min(abs(y - panel.arena_y), abs(y - panel.bound_y)) < 4
                hidden = covered(panel, x, y) or rectangle.placement.under
                if rectangle.width > 7 and rectangle.height > 9 and not line and not hidden:
                    assert picture.at(number, x, y) == rgb(rectangle.colour)
                    seen += 1
        assert panel.peak_x is not None
        assert picture.at(number, panel.peak_x, panel.top - 11) == rgb("#c2410c")
        assert picture.at(number, panel.left + panel.plot_width / 2 + 0.3, panel.arena_y) != rgb("#f4f3f0")
    assert seen >= 10


def test_bytes_written_in_place_are_striped() -> None:
    plans = in_place_plan(), naive_plan(in_place_plan().graph)
    picture = Picture(plans)
    after = picture.panels[1]
    for cell in after.cells:
        colour = rgb(after.rectangles[cell.result].colour)
        found = [picture.at(1, cell.x + cell.width / 2 + dx / 2, cell.y + 12) for dx in range(-40, 41)]
        assert sum(one == colour for one in found) >= 15
        assert sum(sum(one) > 600 for one in found) >= 10


def test_size_follows_from_the_maps() -> None:
    side_by_side, stacked = Picture(branchy()), Picture(chain(120))
    width, height = side_by_side.panels[0].width, side_by_side.panels[0].height
    assert side_by_side.size == (PIXELS * (2 * width + GAP), PIXELS * (HEAD + height + FOOT))
    assert stacked.size == (PIXELS * stacked.panels[0].width, PIXELS * (HEAD + 2 * stacked.panels[0].height + FOOT))


def test_equal_plans_give_equal_bytes_whatever_the_user_has_set() -> None:
    plain = png_picture(*branchy(), "m")
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.dpi": 50, "hatch.color": "blue"}):
        assert png_picture(*branchy(), "m") == plain
    assert png_picture(*branchy(), "m") == plain


@pytest.mark.filterwarnings("error")
def test_any_name_can_be_written() -> None:
    for name in (HOSTILE, "$\\frac{a$ $b$", "模型.tflite", "a" * 500):
        assert png_picture(*hostile(), name).startswith(b"\x89PNG")


@pytest.mark.parametrize("graph", [Graph("empty", (), (), (), ()), replace(branchy_graph(), state_bytes=99)])
def test_plans_of_any_size_can_be_drawn(graph: Graph) -> None:
    plan = naive_plan(graph, BRANCHY_BEST if graph.steps else None)
    assert Picture((plan, plan)).size[0] > 1000


@pytest.mark.parametrize(
    "request_",
    [[CELL, "--granularity", "op"], [CELL.with_name("resnet_block.tflite"), "--stream-input"]],
    ids=["op", "row"],
)
def test_no_display_is_needed_and_processes_agree(request_: list[str | Path], tmp_path: Path) -> None:
    pictures = []
    for name in ("one", "other"):
        environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        file = tmp_path / f"{name}.png"
        command = [sys.executable, "-m", "arenite.cli", "plan", *map(str, request_), "--png", str(file)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False,
            env={**environment, "MPLBACKEND": "TkAgg", "PYTHONHASHSEED": str(len(name))},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        pictures.append(file.read_bytes())
    assert pictures[0] == pictures[1]


def test_without_matplotlib_the_extra_is_named_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError('gone', name='matplotlib')\n")
    command = [sys.executable, "-m", "arenite.cli", "plan", "no such model", "--png", str(tmp_path / "map.png")]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 1
    assert "pip install 'arenite[pictures]'" in done.stderr
    assert not (tmp_path / "map.png").exists()
