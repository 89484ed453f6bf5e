"""Convolutions and fully connected layers whose weights keep their zero points: of unsigned weights, mostly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.operators.weights import CONVOLUTION_FIELDS, Array, Weighted, channel_records, row_taps
from arenite.frontends.quantise import folded_bias


def offset_convolution(tensors: Weighted, weights: Array, fields: Mapping[str, int]) -> Lowering:
    """The call of the kernel that subtracts zero points from weights as it goes.

    Args:
        weights: int8 [output channel, height, width, input channel of the group].
        fields: ``CONVOLUTION_FIELDS`` of the layer.
    """
    assert tensors.zero_points is not None
    centred = weights.astype(np.int16) - tensors.zero_points.astype(np.int16).reshape(-1, 1, 1, 1)
    bias = folded_bias(centred, tensors.bias, tensors.source_zero_point)
    constants = {
        "taps": row_taps(
            fields["kernel_rows"], fields["dilation_rows"], fields["input_columns"] * fields["input_channels"]
        ),
        "weights": np.ascontiguousarray(weights),
        "zero_points": tensors.zero_points,
        "channels": channel_records(tensors, bias),
    }
    layer = {name: fields[name] for name in CONVOLUTION_FIELDS}
    call = Call("arenite_conv2d_offset_s8", layer, (tensors.source.index,), constants)
    return Lowering((tensors.source.index,), (tensors.result.index,), (call,))
