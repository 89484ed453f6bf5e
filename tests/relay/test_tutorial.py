"""tutorials/03_relay_build.ipynb runs as it stands, in the environment with Relay, and shows what is committed.

That environment has no Jupyter: the cells run one after the other in one namespace; what they print is their output.
``pytest tests/relay/test_tutorial.py --update-golden`` writes the outputs anew.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import pathlib
import time
from typing import Any

import pytest
from notebooks import Notebook, assert_same_outputs, code_cells, read_notebook, source, write_notebook

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

NAME = "03_relay_build"
ROOT = pathlib.Path(__file__).parents[2]
LONGEST = 180.0


def execute(notebook: Notebook) -> Notebook:
    """The notebook with the outputs of this run; an exception in a cell ends it."""
    executed = copy.deepcopy(notebook)
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(code_cells(executed), start=1):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source(cell), f"cell {number}", "exec"), names)
        cell["execution_count"] = number
        text = printed.getvalue()
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}] if text else []
    return executed


def test_notebook(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/models").symlink_to(ROOT / "tests/models")
    (tmp_path / "tutorials").mkdir()
    monkeypatch.chdir(tmp_path / "tutorials")
    committed = read_notebook(NAME)
    began = time.monotonic()
    executed = execute(committed)
    seconds = time.monotonic() - began
    if request.config.getoption("--update-golden"):
        write_notebook(NAME, executed)
    else:
        assert_same_outputs(committed, executed)
    assert seconds < LONGEST
    assert os.listdir() == []
