"""Average pools in QDQ form: qnn.dequantize -> nn.avg_pool2d -> qnn.quantize.

AVERAGE_POOL_2D where input and output have one quantisation. Where they differ, or padding counts in the average, a
DEPTHWISE_CONV_2D whose weights are all 1 / elements of the window: it rounds once.
"""

from __future__ import annotations

import math

import numpy as np

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation
from arenite.passes.relay.quantised.candidate import Activation, Candidate, Data, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, is_call
from arenite.passes.relay.quantised.layouts import padding, require_nhwc
from arenite.passes.relay.quantised.reading import integers, quantisation, shape


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    pool = root.args[0]
    if not is_call(pool, "nn.avg_pool2d") or not is_call(pool.args[0], "qnn.dequantize"):
        return None
    if not flow.only_use(pool):
        raise NotLowered("its float32 result is read by another operator, too")
    dequantize, attrs = pool.args[0], pool.attrs
    require_nhwc(attrs.layout)
    if any(step != 1 for step in integers(attrs.dilation)):
        raise NotLowered("the window is dilated")
    data = dequantize.args[0]
    source, result = quantisation(*dequantize.args[1:3]), quantisation(*root.args[1:3])
    extents, counts = shape(data)[1:3], shape(pool)[1:3]
    window, strides, pads = integers(attrs.pool_size), integers(attrs.strides), integers(attrs.padding)
    attributes: dict[str, object] = {
        **padding(pads, extents, window, strides, counts),
        "stride_h": strides[0],
        "stride_w": strides[1],
        "fused_activation_function": "NONE",
    }
    replaced = (dequantize, pool, root) if flow.only_use(dequantize) else (pool, root)
    activation = Activation(data, source)
    counted = any(pads) and bool(attrs.count_include_pad)
    if source == result and not counted:
        attributes |= {"filter_height": window[0], "filter_width": window[1]}
        return candidate("AVERAGE_POOL_2D", [activation], Activation(root, result), attributes, replaced)
    if any(pads) and not counted:
        raise NotLowered("input and output differ in quantisation, and windows in size")
    top, left, bottom, right = list(pads) * (4 // len(pads))
    for extent, reach, stride, count, both in zip(
        extents, window, strides, counts, (top + bottom, left + right), strict=True
    ):
        if (count - 1) * stride + reach > extent + both:
            raise NotLowered("input and output differ in quantisation, and windows in size")
    channels = shape(data)[3]
    weights = Data(np.ones((1, *window, channels), np.int8), Quantisation((1 / math.prod(window),), (0,), 3))
    attributes |= {"dilation_h_factor": 1, "dilation_w_factor": 1, "depth_multiplier": 1}
    return candidate("DEPTHWISE_CONV_2D", [activation, weights, None], Activation(root, result), attributes, replaced)
