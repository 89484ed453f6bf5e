"""LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT, bool: the lesser and the greater of 0 and 1, and a table of two entries."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.broadcast import pair_lowering
from arenite.frontends.operators.tensors import activation, require_shape, rows_of, sized_tensor

KINDS = ("LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT")

KERNELS = {"LOGICAL_AND": "arenite_minimum_s8", "LOGICAL_OR": "arenite_maximum_s8"}


def lower(model: Model, operator: Operator) -> Lowering:
    if operator.kind in KERNELS:
        return pair_lowering(model, operator, KERNELS[operator.kind], "bool", {})
    source = sized_tensor(model, activation(model, operator.inputs[0]), "bool")
    result = sized_tensor(model, operator.outputs[0], "bool")
    require_shape(result, source.shape)
    table = (np.arange(256) == 0).astype(np.int8)
    call = Call("arenite_lookup_s8", rows_of(source.shape), (source.index,), {"table": table})
    return Lowering((source.index,), (result.index,), (call,))
