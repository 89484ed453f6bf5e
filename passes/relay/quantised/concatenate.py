"""CONCATENATION: qnn.concatenate of a tuple -> [clip that clips nothing]."""

from __future__ import annotations

from arenite.frontends.lowering import NotLowered
from arenite.passes.relay.quantised.activation import fused_activation
from arenite.passes.relay.quantised.candidate import Activation, Candidate, candidate, operand
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, is_call
from arenite.passes.relay.quantised.reading import INT8, quantisation, without_clip
from arenite.relay_compat import relay


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    call, bounds, clips = without_clip(flow, root)
    if not is_call(call, "qnn.concatenate") or (clips and (bounds != INT8 or not flow.only_use(call))):
        return None
    parts, scales, zero_points = call.args[:3]
    if not all(isinstance(each, relay.Tuple) for each in (parts, scales, zero_points)):
        raise NotLowered("it joins a tuple that another operator makes")
    result = quantisation(*call.args[3:5])
    inputs = [
        operand(part, quantisation(scale, zero_point))
        for part, scale, zero_point in zip(parts.fields, scales.fields, zero_points.fields, strict=True)
    ]
    attributes = {"axis": int(call.attrs.axis), "fused_activation_function": fused_activation(bounds, result)}
    return candidate("CONCATENATION", inputs, Activation(root, result), attributes, (call, *reversed(clips)))
