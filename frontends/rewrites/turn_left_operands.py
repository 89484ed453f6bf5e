"""A BATCH_MATMUL whose left operand is transposed as a TRANSPOSE and one whose is not: kernels read rows of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arenite.frontends.model import Model, Operator
from arenite.frontends.rewrites.additions import Additions


def turn_left_operands(model: Model) -> Model:
    """The model with a TRANSPOSE, which does a part of it (``Model.shares``), in front of each such BATCH_MATMUL."""
    added = Additions(model)
    operators: list[Operator] = []
    for operator in model.operators:
        if operator.kind == "BATCH_MATMUL" and operator.attributes.get("adj_x"):
            source = model.tensors[operator.inputs[0]]
            if len(source.shape) >= 2 and not source.constant:
                *batches, rows, columns = source.shape
                axes = np.array([*range(len(batches)), len(batches) + 1, len(batches)], np.int32)
                shape = (*batches, columns, rows)
                turned = added.tensor(replace(source, name=f"{source.name}_transposed", shape=shape, variable=False))
                inputs = (source.index, added.constant(axes))
                operators.append(Operator(added.share(operator), "TRANSPOSE", inputs, (turned,)))
                attributes = {**operator.attributes, "adj_x": False}
                operator = replace(operator, inputs=(turned, *operator.inputs[1:]), attributes=attributes)
        operators.append(operator)
    return added.model(operators)
