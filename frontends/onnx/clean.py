"""From a file to a graph in which every value has a type and a shape and nothing is left that constants decide."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from arenite.frontends.onnx.file.load import load_graph
from arenite.frontends.onnx.graph import OnnxGraph
from arenite.frontends.onnx.integers.qoperator import to_qdq
from arenite.frontends.onnx.simplify.pipeline import simplify
from arenite.frontends.onnx.simplify.scaler import expand_scalers
from arenite.frontends.onnx.simplify.shapes import fix_inputs


def read_graph(path: str | Path, shapes: Mapping[str, tuple[int, ...]] | None = None) -> OnnxGraph:
    """The main graph of an ``.onnx`` file, simplified; ``shapes`` fixes open axes of inputs, by input name.

    Raises:
        ModelError, UnsupportedError: what ``load_graph`` and ``clean_graph`` raise.
        AreniteError: ``shapes`` does not fit the file.
    """
    return clean_graph(load_graph(path), shapes)


def clean_graph(graph: OnnxGraph, shapes: Mapping[str, tuple[int, ...]] | None = None) -> OnnxGraph:
    """All steps after loading: QDQ form, fixed inputs, shapes, constants, simpler nodes."""
    return simplify(fix_inputs(to_qdq(expand_scalers(graph)), shapes or {}))
