"""FULLY_CONNECTED, int8, weights [output, input].

Rounds once, as TensorFlow Lite does (quantise.once_rounded_multiplier) or, with the attribute ``requantisation``, as
ONNX Runtime does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from arenite.frontends.float_rounding import float_multipliers
from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.conv2d_offset import offset_convolution
from arenite.frontends.operators.tensors import contiguous, require_shape
from arenite.frontends.operators.weights import Array, Weighted, accumulator_limit, centred, quads, weighted
from arenite.frontends.quantise import folded_bias, once_rounded_multiplier, scale_table

KINDS = ("FULLY_CONNECTED",)


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, operator, channel_axis=0)
    if operator.attributes["weights_format"] != "DEFAULT":
        raise NotLowered(f"the weights have the format {operator.attributes['weights_format']}")
    if tensors.weights.ndim != 2:
        raise NotLowered(f"the weights have {tensors.weights.ndim} axes, not 2")
    outputs, inputs = tensors.weights.shape
    rows = _rows(operator, tensors, outputs, inputs)
    if tensors.zero_points is not None:
        return offset_convolution(
            tensors, tensors.weights.reshape(outputs, 1, 1, inputs), _as_convolution(tensors, rows)
        )
    weights = centred(tensors.weights, (tensors.weight_zero_point,), 0)
    per_channel = len(set(tensors.scales)) > 1
    scales = _scale_table(tensors, weights, tensors.scales if per_channel else tensors.scales[:1])
    layer = {
        "rows": rows,
        "inputs": inputs,
        "outputs": outputs,
        "scale_step": int(per_channel),
        "output_zero_point": tensors.result_zero_point,
        "activation_min": tensors.activation_min,
        "activation_max": tensors.activation_max,
    }
    constants = {
        "weights": quads(weights),
        "bias": np.pad(folded_bias(weights, tensors.bias, tensors.source_zero_point), (0, -outputs % 4)),
        "scales": scales,
    }
    call = Call(f"arenite_fully_connected{tensors.kernel_suffix}", layer, (tensors.source.index,), constants)
    return Lowering((tensors.source.index,), (tensors.result.index,), (call,))


def _rows(operator: Operator, tensors: Weighted, outputs: int, inputs: int) -> int:
    if tensors.source.elements % inputs:
        raise NotLowered(f"{tensors.source.elements} input values are not rows of {inputs}")
    rows = tensors.source.elements // inputs
    if operator.attributes["keep_num_dims"]:
        require_shape(tensors.result, (*tensors.source.shape[:-1], outputs))
    if tensors.result.elements != rows * outputs:
        raise NotLowered(f"the output has shape {list(tensors.result.shape)} for {rows} rows of {outputs}")
    return rows


def _as_convolution(tensors: Weighted, rows: int) -> dict[str, int]:
    """The layer as a convolution with windows of one element on an image of one column."""
    outputs, inputs = tensors.weights.shape
    ones = ("batches", "input_columns", "output_columns", "groups", "kernel_rows", "kernel_columns")
    return {
        **dict.fromkeys((*ones, "stride_rows", "stride_columns", "dilation_rows", "dilation_columns"), 1),
        **dict.fromkeys(("pad_top", "pad_left"), 0),
        "input_rows": rows,
        "input_channels": inputs,
        "output_rows": rows,
        "output_channels": outputs,
        "input_zero_point": tensors.source_zero_point,
        "output_zero_point": tensors.result_zero_point,
        "activation_min": tensors.activation_min,
        "activation_max": tensors.activation_max,
        **contiguous(outputs),
    }


def _scale_table(tensors: Weighted, weights: Array, scales: Sequence[float]) -> npt.NDArray[np.int32]:
    """int32 [scales, 3] of ``arenite_scale``."""
    if tensors.rounds_once:
        return np.pad(float_multipliers(scales), ((0, 0), (0, 1)))
    limit = accumulator_limit(weights, tensors.bias, tensors.source_zero_point)
    distinct = {scale: once_rounded_multiplier(scale, limit) for scale in dict.fromkeys(scales)}
    return scale_table([distinct[scale] for scale in scales])
