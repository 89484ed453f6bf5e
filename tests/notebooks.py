"""Notebooks as plain JSON: what the tests read from them, compare, and write back. Needs no Jupyter package."""

from __future__ import annotations

import json
import pathlib
from typing import Any

ROOT = pathlib.Path(__file__).parents[1]
TUTORIALS = ROOT / "tutorials"
VARIES = "varies"
"""Tag of cells whose text depends on the C compiler or on the kernels' sources: it is shown, but not compared."""

Notebook = dict[str, Any]
Cell = dict[str, Any]


def read_notebook(name: str) -> Notebook:
    notebook: Notebook = json.loads((TUTORIALS / f"{name}.ipynb").read_text(encoding="utf-8"))
    return notebook


def write_notebook(name: str, notebook: Notebook) -> None:
    text = json.dumps(tidy(notebook), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (TUTORIALS / f"{name}.ipynb").write_text(text, encoding="utf-8")


def tidy(notebook: Notebook) -> Notebook:
    """Without what differs from machine to machine and says nothing to a reader: times, versions, signatures."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [_tidy_cell(cell) for cell in notebook["cells"]],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _tidy_cell(cell: Cell) -> Cell:
    tags = cell["metadata"].get("tags")
    kept = {
        "cell_type": cell["cell_type"],
        "id": cell["id"],
        "metadata": {"tags": list(tags)} if tags else {},
        "source": _lines(cell["source"]),
    }
    if cell["cell_type"] == "code":
        kept["execution_count"] = cell["execution_count"]
        kept["outputs"] = _tidy_outputs(cell["outputs"])
    return kept


def _tidy_outputs(outputs: list[Any]) -> list[Any]:
    """Text that arrived in pieces as one piece, as many as its cell printed it in: that depends on timing."""
    kept: list[Any] = []
    for output in outputs:
        if output["output_type"] == "stream":
            lines = _lines(output["text"])
            if kept and kept[-1]["output_type"] == "stream" and kept[-1]["name"] == output["name"]:
                kept[-1]["text"] = _lines("".join([*kept[-1]["text"], *lines]))
            else:
                kept.append({"output_type": "stream", "name": output["name"], "text": lines})
            continue
        data = {
            kind: content if kind == "image/png" else _lines(content)
            for kind, content in output.get("data", {}).items()
        }
        kept.append({**output, "data": data, "metadata": {}})
    return kept


def _lines(text: str | list[str]) -> list[str]:
    return "".join(text).splitlines(keepends=True)


def code_cells(notebook: Notebook) -> list[Cell]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def source(cell: Cell) -> str:
    return "".join(cell["source"])


def shown(cell: Cell) -> list[str]:
    """What a code cell shows, text as it stands and pictures by their kind alone."""
    found = []
    for output in _tidy_outputs(cell["outputs"]):
        if output["output_type"] == "stream":
            found.append("".join(output["text"]))
        else:
            pictures = [kind for kind in output["data"] if kind.startswith("image/")]
            found.append(f"[{pictures[0]}]" if pictures else "".join(output["data"]["text/plain"]))
    return found


def assert_same_outputs(committed: Notebook, executed: Notebook) -> None:
    """What the cells show now is what the committed notebook shows, save for cells that are tagged ``varies``."""
    pairs = zip(code_cells(committed), code_cells(executed), strict=True)
    for number, (before, now) in enumerate(pairs, start=1):
        assert source(before) == source(now)
        if VARIES in before["metadata"].get("tags", []):
            assert len(shown(before)) == len(shown(now)), f"cell {number}"
        else:
            assert shown(before) == shown(now), f"cell {number}; pytest --update-golden writes it anew"
