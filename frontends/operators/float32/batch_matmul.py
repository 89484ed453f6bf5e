"""BATCH_MATMUL, float32: the right operand may be transposed, a constant, or one matrix for all of the left ones."""

from __future__ import annotations

from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.batch_matmul import matmul_lowering

KINDS = ("BATCH_MATMUL",)


def lower(model: Model, operator: Operator) -> Lowering:
    return matmul_lowering(model, operator, "arenite_batch_matmul_f32", "float32", {})
