"""Output channels whose weights less their zero point are no int8: a call of their own computes them.

Per-tensor zero points, as uint8 models have, put 0 anywhere between the least and the greatest weight. These are a few
channels' outliers: 1 of 64 in MobileNet v1. So the kernels for int8 compute all channels, with zeros for these
weights, and another kernel, for int16 weights, writes over what they made of the few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import prod

import numpy as np

from arenite.frontends.lowering import Arrays, Call, Entries, LateConstants, Lowering
from arenite.frontends.operators.weights import CONVOLUTION_FIELDS, Array, Weighted, folded_records, row_taps


def with_wide_channels(tensors: Weighted, records: Array, fields: Mapping[str, int], narrow: Call) -> Lowering:
    """A convolution's calls: ``narrow`` is the one for int8, which is left out where there is nothing else for it.

    Args:
        records: ``channel_records`` of all channels.
        fields: ``CONVOLUTION_FIELDS`` of the layer.
    """
    whole = Lowering((tensors.source.index,), (tensors.result.index,), (narrow,))
    wide = list(tensors.wide)
    if not wide:
        return whole
    outputs, groups = fields["output_channels"], fields["groups"]
    depth = fields["input_channels"] // groups
    layer = {name: fields[name] for name in CONVOLUTION_FIELDS} | {"output_channels": len(wide)}
    kernel = fields["kernel_rows"], fields["kernel_columns"], depth
    entries: Entries = {
        "taps": row_taps(
            fields["kernel_rows"], fields["dilation_rows"], fields["input_columns"] * fields["input_channels"]
        ),
        "weights": 2 * len(wide) * prod(kernel),
        "places": np.array([(one // (outputs // groups) * depth, one) for one in wide], np.int32),
        "channels": records[0].nbytes * len(wide),
    }
    source: Arrays = {"weights": tensors.weights, "channels": records}
    constants = LateConstants(entries, partial(_constants, tensors, records, kernel), source)
    call = Call(f"arenite_conv2d_wide{tensors.kernel_suffix}", layer, narrow.inputs, constants)
    return replace(whole, calls=(call,) if len(wide) == outputs else (narrow, call))


def _constants(tensors: Weighted, records: Array, kernel: tuple[int, int, int]) -> Arrays:
    weights = tensors.wide_weights().reshape(-1, *kernel)
    return {
        "weights": weights,
        "channels": folded_records(records[list(tensors.wide)], weights, tensors.source_zero_point),
    }
