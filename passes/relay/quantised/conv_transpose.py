"""TRANSPOSE_CONV: qnn.conv2d_transpose -> [bias] -> qnn.requantize -> [clip]."""

from __future__ import annotations

import numpy as np

from arenite.passes.relay.quantised.accumulation import accumulation
from arenite.passes.relay.quantised.candidate import Activation, Candidate, Data, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr
from arenite.passes.relay.quantised.layouts import output_major, padding, require_nhwc
from arenite.passes.relay.quantised.reading import array, integers, shape


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    """Windows lie in the output, and there is one for each element of the input."""
    found = accumulation(flow, root, "qnn.conv2d_transpose")
    if found is None:
        return None
    product, attrs = found.product, found.product.attrs
    require_nhwc(attrs.data_layout)
    data, strides = product.args[0], integers(attrs.strides)
    weights = output_major(array(product.args[1], "its weights"), str(attrs.kernel_layout), 1)
    kernel = weights.shape[1:3]
    result = shape(product)
    attributes = {
        **padding(integers(attrs.padding), result[1:3], kernel, strides, shape(data)[1:3]),
        "stride_h": strides[0],
        "stride_w": strides[1],
        "fused_activation_function": found.activation,
    }
    activation, kernels, bias = found.inputs(data, weights, 0)
    inputs = [Data(np.array(result, np.int32)), kernels, activation, bias]
    return candidate("TRANSPOSE_CONV", inputs, Activation(root, found.result), attributes, found.replaced)
