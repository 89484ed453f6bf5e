"""AVERAGE_POOL_2D and MAX_POOL_2D: nn.max_pool2d, cast -> nn.avg_pool2d -> cast or qnn.avg_pool2d, then [clip]."""

from __future__ import annotations

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation
from arenite.passes.relay.quantised.activation import fused_activation
from arenite.passes.relay.quantised.candidate import ANY_SCALE, Activation, Candidate, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, is_call
from arenite.passes.relay.quantised.known import known_quantisation
from arenite.passes.relay.quantised.layouts import padding, require_nhwc
from arenite.passes.relay.quantised.reading import dtype, integers, quantisation, shape, without_clip


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    last, bounds, clips = without_clip(flow, root)
    if clips and not flow.only_use(last):
        return None
    own: Quantisation | None = None
    if is_call(last, "nn.max_pool2d") and dtype(last) == "int8":
        kind, pool, replaced = "MAX_POOL_2D", last, [last]
    elif is_call(last, "qnn.avg_pool2d") and dtype(last) == "int8":
        kind, pool, replaced = "AVERAGE_POOL_2D", last, [last]
        own = quantisation(*last.args[1:3])
        if own != quantisation(*last.args[3:5]):
            raise NotLowered("input and output differ in quantisation")
    elif _is_widened(flow, last):
        pool = last.args[0]
        kind, replaced = "AVERAGE_POOL_2D", [pool, last]
        if flow.only_use(pool.args[0]):
            replaced.insert(0, pool.args[0])
    else:
        return None
    data = pool.args[0].args[0] if len(replaced) > 1 or last != pool else pool.args[0]
    own = own or known_quantisation(data) or ANY_SCALE
    attributes = _window(pool, data) | {"fused_activation_function": fused_activation(bounds, own)}
    replaced += reversed(clips)
    return candidate(kind, [Activation(data, own)], Activation(root, own), attributes, replaced)


def _is_widened(flow: Dataflow, cast: Expr) -> bool:
    """Whether it is an average over int8 values that goes through int32."""
    if not (is_call(cast, "cast") and dtype(cast) == "int8" and is_call(cast.args[0], "nn.avg_pool2d")):
        return False
    pool = cast.args[0]
    widened = pool.args[0]
    return flow.only_use(pool) and is_call(widened, "cast") and dtype(widened.args[0]) == "int8"


def _window(pool: Expr, data: Expr) -> dict[str, object]:
    attrs = pool.attrs
    require_nhwc(attrs.layout)
    if any(step != 1 for step in integers(attrs.dilation)):
        raise NotLowered("the window is dilated")
    extents, counts = shape(data)[1:3], shape(pool)[1:3]
    window, strides, pads = integers(attrs.pool_size), integers(attrs.strides), integers(attrs.padding)
    if any(pads) and getattr(attrs, "count_include_pad", False):
        raise NotLowered("padding counts in the average")
    return {
        **padding(pads, extents, window, strides, counts),
        "stride_h": strides[0],
        "stride_w": strides[1],
        "filter_height": window[0],
        "filter_width": window[1],
    }
