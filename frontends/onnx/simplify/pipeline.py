"""Fewer and simpler nodes with the same results: what an exporter leaves behind and inference does not need."""

from __future__ import annotations

from arenite.frontends.onnx.graph import OnnxGraph
from arenite.frontends.onnx.simplify.batch_norm import fold_batch_norm
from arenite.frontends.onnx.simplify.chains import pair_up
from arenite.frontends.onnx.simplify.noops import drop_noops
from arenite.frontends.onnx.simplify.prune import drop_unused
from arenite.frontends.onnx.simplify.quantised_constants import (
    fold_requantised_constants,
    move_quantised_constants,
)
from arenite.frontends.onnx.simplify.shapes import infer_shapes


def simplify(graph: OnnxGraph) -> OnnxGraph:
    """A graph in which every value has a type and a shape, every node a use, and nothing is left that constants decide.

    Raises:
        ModelError, UnsupportedError: what ``infer_shapes`` raises.
    """
    known = infer_shapes(drop_unused(graph))
    lean = pair_up(drop_noops(drop_unused(known)))
    return drop_unused(fold_requantised_constants(move_quantised_constants(fold_batch_norm(lean))))
