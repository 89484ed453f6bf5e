"""MINIMUM and MAXIMUM, int8, int16 and int32, with broadcasting along up to four groups of axes.

Stored values are compared as they are, as TFLite's reference does: its converter gives operands and result one scale.
"""

from __future__ import annotations

from arenite.frontends.lowering import Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.broadcast import pair_lowering
from arenite.frontends.operators.tensors import sized_tensor

KINDS = ("MINIMUM", "MAXIMUM")

SUFFIX = {"int8": "s8", "int16": "s16", "int32": "s32"}


def lower(model: Model, operator: Operator) -> Lowering:
    dtype = sized_tensor(model, operator.outputs[0], *SUFFIX).dtype
    return pair_lowering(model, operator, f"arenite_{operator.kind.lower()}_{SUFFIX[dtype]}", dtype, {})
