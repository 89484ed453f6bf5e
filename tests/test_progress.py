"""The progress bar: at a terminal, after a while, and gone at the end; nothing anywhere else."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console
from sample_plans import branchy_graph

from arenite.planner import plan_graph
from arenite.progress import Progress, listening, tell
from arenite.report.progress_bar import progress_bar, progress_line

CELL = Path(__file__).parent / "models" / "branchy_cell.tflite"
SLOW = """
import sys, time
from arenite.progress import Progress, tell
from arenite.report.progress_bar import progress_bar
with progress_bar(patience=0.2):
    tell(Progress("ordering 282 steps", limit_seconds=9, arena_bytes=553040, lower_bound_bytes=373328))
    time.sleep(float(sys.argv[1]))
    if sys.argv[2:] == ["fail"]: raise SystemExit(3)
    if sys.argv[2:] == ["interrupt"]: raise KeyboardInterrupt
print("the result")
"""


def at_a_terminal(command: list[str]) -> str:
    """What a terminal of 80 columns gets to see of standard error."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
    os.close(theirs)
    seen, deadline = b"", time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                data = os.read(ours, 1 << 16)
            except OSError:  # Linux: the other end is closed
                break
            if not data:
                break
            seen += data
        elif process.poll() is not None:
            break
    process.wait(10)
    os.close(ours)
    return seen.decode()


def left_over(seen: str) -> str:
    """What remains of a one-line display on the screen: carriage return, erase line and cursor up are obeyed."""
    lines, row, column, place = [""], 0, 0, 0
    while place < len(seen):
        if seen.startswith("\x1b[", place):
            end = next(i for i in range(place + 2, len(seen)) if seen[i].isalpha())
            code, number = seen[end], seen[place + 2 : end]
            if code == "K":
                lines[row] = "" if number == "2" else lines[row][:column]
            elif code == "A":
                row = max(row - int(number or 1), 0)
            place = end + 1
            continue
        if seen[place] == "\r":
            column = 0
        elif seen[place] == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        else:
            lines[row] = lines[row][:column].ljust(column) + seen[place] + lines[row][column + 1 :]
            column += 1
        place += 1
    return "\n".join(lines).strip()


@pytest.mark.parametrize("end", [[], ["fail"], ["interrupt"]])
def test_what_takes_long_is_shown_and_gone_at_the_end(end: list[str]) -> None:
    seen = at_a_terminal([sys.executable, "-c", SLOW, "1.2", *end])
    assert "ordering 282 steps: arena 553,040, bound 373,328" in seen
    assert "\x1b[?25h" in seen  # the cursor is back
    assert "ordering" not in left_over(seen.split("Traceback")[0])


def test_what_is_done_soon_shows_nothing() -> None:
    assert at_a_terminal([sys.executable, "-c", SLOW, "0"]) == ""


def test_without_a_terminal_there_is_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SLOW, "0.6"], capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("the result\n", "")
    stream = io.StringIO()
    with progress_bar(stream, patience=0.0):
        tell(Progress("working"))
        time.sleep(0.3)
    assert stream.getvalue() == ""


def test_command_at_a_terminal_leaves_only_its_result() -> None:
    seen = at_a_terminal([sys.executable, "-m", "arenite.cli", "plan", str(CELL), "--json", "-"])
    assert "arena" in seen
    assert "reading the model" not in left_over(seen)


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize(
    "progress",
    [
        Progress("reading the model"),
        Progress("running", done=3, total=8),
        Progress("ordering 10,000 steps " * 5, limit_seconds=10, arena_bytes=1 << 30, lower_bound_bytes=1 << 29),
        Progress("late", limit_seconds=0.001),
    ],
)
def test_line_is_one_line_of_any_width(progress: Progress, width: int) -> None:
    for encoding in ("utf-8", "ascii"):
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace")
        Console(file=stream, width=width, force_terminal=True, color_system=None).print(
            progress_line(progress, 12.0, 3.0, width)
        )
        stream.flush()
        text = raw.getvalue().decode(encoding)
        assert text.count("\n") == 1
        assert len(text.rstrip("\n")) <= width


def test_line_tells_how_far_it_is() -> None:
    console = Console(file=io.StringIO(), width=80)
    text = "".join(
        segment.text for segment in console.render(progress_line(Progress("running", done=3, total=8), 12.0, 3.0, 80))
    )
    assert "running 3 of 8" in text
    assert "12 s" in text


def test_planner_reports_what_it_does_with_sound_figures() -> None:
    heard: list[Progress] = []
    plan = plan_graph(branchy_graph(), report=heard.append)
    assert heard[0].activity == "ordering 6 steps"
    for progress in heard:
        assert progress.arena_bytes is None or progress.arena_bytes >= plan.arena_bytes
        assert progress.lower_bound_bytes is None or progress.lower_bound_bytes <= plan.lower_bound_bytes


def test_what_is_told_reaches_the_innermost_listener_only() -> None:
    outer: list[Progress] = []
    inner: list[Progress] = []
    tell(Progress("nobody"))
    with listening(outer.append):
        tell(Progress("a"))
        with listening(inner.append):
            tell(Progress("b"))
        tell(Progress("c"))
    tell(Progress("nobody"))
    assert [p.activity for p in outer] == ["a", "c"]
    assert [p.activity for p in inner] == ["b"]
