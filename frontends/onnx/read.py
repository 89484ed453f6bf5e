"""Reads ONNX models into the neutral Model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from arenite.frontends.checks import check_model
from arenite.frontends.model import Model
from arenite.frontends.onnx.accounting import account
from arenite.frontends.onnx.clean import clean_graph
from arenite.frontends.onnx.convert import convert
from arenite.frontends.onnx.file.load import load_graph
from arenite.frontends.onnx.integers.quantised import absorb_qdq
from arenite.frontends.onnx.simplify.batch_norm import fold_batch_norm
from arenite.frontends.onnx.simplify.fuse import fuse
from arenite.frontends.rewrites.dissolve_concatenations import dissolve_concatenations
from arenite.frontends.rewrites.fold_concatenations import fold_concatenations
from arenite.frontends.rewrites.fold_pads import fold_pads
from arenite.frontends.rewrites.fold_slices import fold_slices
from arenite.frontends.rewrites.turn_columns import turn_columns


def read_onnx(path: Path, shapes: Mapping[str, tuple[int, ...]] | None = None) -> Model:
    """The model in a file, with integers where it is quantised and channels last, and without pads that convolutions do
    themselves (``fold_pads``) and slices of slices (``fold_slices``); single rows of columns are columns of rows
    (``turn_columns``), and what is concatenated is computed in its place (``fold_concatenations``).

    Args:
        shapes: extents of model inputs by name, for those that the file leaves open; an open first axis counts as 1.

    Raises:
        ModelError: the file is damaged or inconsistent.
        UnsupportedError: it cannot be planned: a shape is unknown, a value is no tensor.
    """
    file = load_graph(path)
    model = convert(fold_batch_norm(absorb_qdq(fuse(clean_graph(file, shapes)))))
    model = account(model, file)
    check_model(model)
    return fold_concatenations(dissolve_concatenations(turn_columns(fold_pads(fold_slices(model)))))
