"""DEPTHWISE_CONV_2D, int8, NHWC, weights [1, height, width, output channel]. Rounds twice."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.weights import row_taps, weighted, window
from arenite.frontends.quantise import channel_table, folded_bias, quantize_multiplier


def lower(model: Model, operator: Operator) -> Lowering:
    tensors = weighted(model, operator, channel_axis=3)
    if tensors.weights.ndim != 4 or len(tensors.source.shape) != 4 or tensors.weight_zero_point != 0:
        raise NotLowered("the tensors have not 4 axes, or the weights have a zero point")
    batches, rows, columns, inputs = tensors.source.shape
    one, kernel_rows, kernel_columns, outputs = tensors.weights.shape
    if one != 1 or outputs % inputs:
        raise NotLowered(f"weights of shape {list(tensors.weights.shape)} do not fit {inputs} input channels")
    geometry = window(operator, tensors, (kernel_rows, kernel_columns), outputs)
    layer = {
        "batches": batches,
        "input_rows": rows,
        "input_columns": columns,
        "input_channels": inputs,
        "depth_multiplier": outputs // inputs,
        "kernel_rows": kernel_rows,
        "kernel_columns": kernel_columns,
        **window(operator, tensors, (kernel_rows, kernel_columns), outputs),
        "input_zero_point": tensors.source_zero_point,
        "output_zero_point": tensors.result_zero_point,
        "activation_min": tensors.activation_min,
        "activation_max": tensors.activation_max,
    }
    # A channel's weights side by side: the kernel's outer loop is over channels.
    weights = np.ascontiguousarray(np.moveaxis(tensors.weights[0], 2, 0))
    bias = folded_bias(weights, tensors.bias, tensors.source_zero_point)
    constants = {
        "taps": row_taps(kernel_rows, layer["dilation_rows"], columns * inputs),
        "weights": weights,
        "channels": channel_table(bias, [quantize_multiplier(scale) for scale in tensors.scales]),
    }
    call = Call("arenite_depthwise_conv2d_s8", {name: layer[name] for name in FIELDS}, (tensors.source.index,), constants)
    return Lowering((tensors.source.index,), (tensors.result.index,), (call,))


FIELDS = (
    "batches", "input_rows", "input_columns", "input_channels", "output_rows", "output_columns", "depth_multiplier",
    "kernel_rows", "kernel_columns", "stride_rows", "stride_columns", "dilation_rows", "dilation_columns", "pad_top",
    "pad_left", "input_zero_point", "output_zero_point", "activation_min", "activation_max",
)  # fmt: skip
