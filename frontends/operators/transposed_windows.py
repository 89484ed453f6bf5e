"""Windows of TRANSPOSE_CONV, which lie in the output."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.codegen.kernels.transposed import tap_order
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.operators.pool import axis_paddings, window_positions
from arenite.frontends.operators.tensors import as_int, constant, require_shape

Array = npt.NDArray[Any]


def as_convolution(model: Model, operator: Operator) -> Operator:
    """TRANSPOSE_CONV with its operands in the order of CONV_2D's. Raises NotLowered if the output's shape is not
    constant."""
    shape, weights, source, *bias = operator.inputs
    require_shape(model.tensors[operator.outputs[0]], constant(model, shape, "int32").ravel().tolist())
    return replace(operator, inputs=(source, weights, *bias))


def transposed_fields(operator: Operator, source: Tensor, result: Tensor, weights: Array) -> dict[str, int]:
    """Extents, steps and padding by the names of the kernels' layer fields. The padding is that of the convolution that
    goes the other way.

    Args:
        weights: [output channel, row, column, input channel].

    Raises:
        NotLowered: an attribute is out of range, or shapes do not fit.
    """
    if weights.ndim != 4 or len(source.shape) != 4 or len(result.shape) != 4:
        raise NotLowered("the tensors have not 4 axes")
    outputs, *kernel, inputs = weights.shape
    require_shape(source, (result.shape[0], *source.shape[1:3], inputs))
    require_shape(result, (*result.shape[:3], outputs))
    fields = {"batches": source.shape[0], "input_channels": inputs, "output_channels": outputs}
    for axis, suffix in enumerate(("rows", "columns")):
        step = as_int(operator.attributes[f"stride_{'hw'[axis]}"])
        extent = result.shape[1 + axis]
        _, pad = window_positions(extent, kernel[axis], step, axis_paddings(operator)[axis])
        fields |= {
            f"input_{suffix}": source.shape[1 + axis],
            f"output_{suffix}": extent,
            f"kernel_{suffix}": kernel[axis],
            f"step_{suffix}": step,
        }
        fields[("pad_top", "pad_left")[axis]] = pad
    return fields


def in_tap_order(weights: Array, fields: dict[str, int]) -> Array:
    """The weights with their rows and columns in the order of the kernels."""
    for axis, suffix in ((1, "rows"), (2, "columns")):
        weights = weights.take(tap_order(fields[f"kernel_{suffix}"], fields[f"step_{suffix}"]), axis)
    return weights


def transposed_taps(fields: dict[str, int], row_bytes: int) -> npt.NDArray[np.int32]:
    """Distance in bytes of the input row of each kernel row from that of the first one that reaches the same output
    row."""
    kernel, step = fields["kernel_rows"], fields["step_rows"]
    order = np.array(tap_order(kernel, step))
    return ((kernel - 1 - order) // step * row_bytes).astype(np.int32)
