"""CONV_2D and DEPTHWISE_CONV_2D: qnn.conv2d -> [bias] -> qnn.requantize -> [clip]."""

from __future__ import annotations

from arenite.frontends.lowering import NotLowered
from arenite.passes.relay.quantised.accumulation import accumulation
from arenite.passes.relay.quantised.candidate import Activation, Candidate, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr
from arenite.passes.relay.quantised.layouts import depthwise, output_major, padding, require_nhwc
from arenite.passes.relay.quantised.reading import array, integers, shape


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    """A convolution whose groups have one input channel is depthwise, but for that of one group, which Relay has in the
    same form as any other convolution."""
    found = accumulation(flow, root, "qnn.conv2d")
    if found is None:
        return None
    product, attrs = found.product, found.product.attrs
    require_nhwc(attrs.data_layout)
    if str(attrs.out_layout) not in ("", "NHWC"):
        raise NotLowered(f"the output's layout is {attrs.out_layout}")
    data = product.args[0]
    groups, strides, dilation = int(attrs.groups), integers(attrs.strides), integers(attrs.dilation)
    weights = output_major(array(product.args[1], "its weights"), str(attrs.kernel_layout), groups)
    kernel = weights.shape[1:3]
    reaches = [(extent - 1) * step + 1 for extent, step in zip(kernel, dilation, strict=True)]
    pads = padding(integers(attrs.padding), shape(data)[1:3], reaches, strides, shape(product)[1:3])
    attributes: dict[str, object] = {
        **pads,
        "stride_h": strides[0],
        "stride_w": strides[1],
        "dilation_h_factor": dilation[0],
        "dilation_w_factor": dilation[1],
        "fused_activation_function": found.activation,
    }
    result = Activation(root, found.result)
    if groups == 1 or weights.shape[3] > 1:
        return candidate("CONV_2D", found.inputs(data, weights, 0), result, attributes, found.replaced)
    attributes["depth_multiplier"] = weights.shape[0] // groups
    inputs = found.inputs(data, depthwise(weights), 3)
    return candidate("DEPTHWISE_CONV_2D", inputs, result, attributes, found.replaced)
