"""``--ir relay`` on the command line, and what README shows of it, as a user runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

ROOT = Path(__file__).parents[2]
CELL = ROOT / "tests/models/branchy_cell.tflite"


def arenite(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "arenite.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_compile_and_run(tmp_path: Path) -> None:
    done = arenite("compile", CELL, "-o", tmp_path / "a", "--ir", "relay", "--json", "-", PYTHONHASHSEED="1")
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert (result["ir"], result["name"], result["cpu"]) == ("relay", "branchy_cell", "cortex-m4")
    assert result["arena_bytes"] == result["lower_bound_bytes"] < min(result["tvm_bytes"].values())
    assert result["optimal"] is True
    assert result["left_to_tvm"] == []
    assert set(result["files"]) == contents(tmp_path / "a").keys()
    assert {"metadata.json", "CMakeLists.txt", "codegen/host/include/tvmgen_branchy_cell.h"} <= set(result["files"])
    header = (tmp_path / "a/codegen/host/include/tvmgen_branchy_cell.h").read_text()
    assert str(result["arena_bytes"]) in header

    assert arenite("compile", CELL, "-o", tmp_path / "b", "--ir", "relay", PYTHONHASHSEED="2").returncode == 0
    assert contents(tmp_path / "a") == contents(tmp_path / "b")

    ran = arenite("run", tmp_path / "a", "--on", "host", "--json", "-")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["arena_bytes"] == result["arena_bytes"]


@pytest.mark.parametrize(
    "arguments", [["--io", "int8"], ["--order", "source"], ["--alignment", "32"], ["--name", "no-name"]]
)
def test_what_relay_does_not_take(tmp_path: Path, arguments: list[str]) -> None:
    done = arenite("compile", CELL, "-o", tmp_path / "project", "--ir", "relay", *arguments)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "project").exists()


def test_readme(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    shown = [block for block in blocks if "arenite.relay" in block]
    assert len(shown) == 2
    script = "\n".join(shown).replace('"project"', repr(str(tmp_path / "project")))
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "8,192 bytes, proven optimal" in done.stdout  # the target names a core, whose kernels have scratch
    ran = arenite("run", tmp_path / "project", "--on", "host", "--json", "-")
    assert json.loads(ran.stdout)["arena_bytes"] == 8192
