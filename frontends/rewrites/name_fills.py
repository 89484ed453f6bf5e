"""ZEROS_LIKE as FILL, which reads nothing: what it was like need not live until then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arenite.frontends.model import Model, Operator
from arenite.frontends.rewrites.additions import Additions


def name_fills(model: Model) -> Model:
    """The model with a FILL in place of each ZEROS_LIKE of a tensor whose type numpy knows."""
    added = Additions(model)
    operators: list[Operator] = []
    for operator in model.operators:
        if operator.kind == "ZEROS_LIKE" and len(operator.outputs) == 1:
            result = model.tensors[operator.outputs[0]]
            places = (
                added.constant(np.array(result.shape, np.int32)),
                added.constant(np.zeros((), result.dtype)),
            )
            operator = replace(operator, kind="FILL", inputs=places, attributes={})
        operators.append(operator)
    return added.model(operators)
