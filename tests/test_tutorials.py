"""The notebooks of tutorials/ run as they stand, and show what is committed.

``pytest tests/test_tutorials.py --update-golden`` writes their outputs anew. 03_relay_build runs in the environment
with Relay: tests/relay/test_tutorial.py.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import pathlib
import re
import shutil
import time
from typing import Any

import pytest
from notebooks import ROOT, TUTORIALS, assert_same_outputs, code_cells, read_notebook, shown, write_notebook

NOTEBOOKS = sorted(file.stem for file in TUTORIALS.glob("*.ipynb"))
RELAY, TRAINS = "03_relay_build", "05_train_to_c"
ARM_TOOLS = ("arm-none-eabi-gcc", "qemu-system-arm")
NEEDS = {"01_model_to_cortex_m": ARM_TOOLS, TRAINS: ARM_TOOLS}
LONGEST = 180.0
"""Seconds that a reader waits for a whole notebook."""


def workplace(folder: pathlib.Path) -> pathlib.Path:
    """A directory that looks like tutorials/ to a notebook; what it writes there, the repository does not see."""
    for path in ("tests/models", "tutorials/models"):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).symlink_to(ROOT / path)
    return folder / "tutorials"


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name != RELAY])
def test_notebook(
    name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    nbformat = pytest.importorskip("nbformat", reason="needs pip install 'arenite[notebooks]'")
    nbclient = pytest.importorskip("nbclient", reason="needs pip install 'arenite[notebooks]'")
    for package in ("ipykernel", "matplotlib"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: pip install 'arenite[notebooks]'")
    for tool in NEEDS.get(name, ()):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    committed = read_notebook(name)
    notebook: Any = nbformat.reads(json.dumps(committed), as_version=4)
    resources = {"metadata": {"path": str(workplace(tmp_path))}}
    began = time.monotonic()
    nbclient.NotebookClient(notebook, timeout=LONGEST, kernel_name="python3", resources=resources).execute()
    seconds = time.monotonic() - began
    if request.config.getoption("--update-golden"):
        write_notebook(name, notebook)
    elif name != TRAINS or importlib.util.find_spec("torch") is None:  # PyTorch trains another network on each machine
        assert_same_outputs(committed, notebook)
    assert seconds < LONGEST


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_committed_outputs(name: str) -> None:
    """Every notebook is committed as run, without warnings, without paths of the machine, and small."""
    file = TUTORIALS / f"{name}.ipynb"
    notebook = read_notebook(name)
    cells = code_cells(notebook)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"
            picture = base64.b64decode(output.get("data", {}).get("image/png", ""))
            assert len(picture) < 100_000
        assert not re.search(r"/(tmp|home|root|work|usr|opt)/|0x[0-9a-f]{9,}", "".join(shown(cell)))
    assert file.stat().st_size < 600_000


def test_all_tutorials_are_small() -> None:
    files = [file for file in TUTORIALS.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    assert sum(file.stat().st_size for file in files) < 1_500_000
