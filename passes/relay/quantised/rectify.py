"""RELU, RELU6 and RELU_N1_TO_1 as operators of their own: clip, or clip -> qnn.requantize."""

from __future__ import annotations

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation
from arenite.passes.relay.quantised.activation import named_activation
from arenite.passes.relay.quantised.candidate import Activation, Candidate, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, is_call, operator_name, source_name
from arenite.passes.relay.quantised.reading import INT8, clip_bounds, dtype, quantisation, without_clip

FUSING = ("qnn.requantize", "qnn.add", "qnn.subtract", "qnn.mul")
"""Operators that take a clip of their result along."""


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    return _rescaled(flow, root) if is_call(root, "qnn.requantize") else _alone(flow, root)


def _rescaled(flow: Dataflow, requantize: Expr) -> Candidate | None:
    """The clip before may also be the fused activation of the operator before it: then that one has it. The names that
    frontends give tell; without them, what saves an operator is taken."""
    clip = requantize.args[0]
    bounds = clip_bounds(clip)
    if bounds is None or not flow.only_use(clip):
        return None
    names = {source_name(clip), source_name(requantize)}
    if "" in names and flow.only_use(clip.args[0]) and operator_name(clip.args[0]) in FUSING:
        return None
    if len(names) > 1 and "" not in names:
        return None
    source, result = quantisation(*requantize.args[1:3]), quantisation(*requantize.args[3:5])
    kind = named_activation(bounds, source, ("RELU", "RELU6", "RELU_N1_TO_1"))
    if kind is None:
        return None
    data = Activation(clip.args[0], source)
    return candidate(kind, [data], Activation(requantize, result), {}, (clip, requantize))


def _alone(flow: Dataflow, root: Expr) -> Candidate | None:
    """Bounds alone, whatever the scale: those of RELU6 on a tensor whose zero point is the lower one."""
    if dtype(root) != "int8":
        return None
    inner, (low, high), clips = without_clip(flow, root)
    if not clips:
        return None
    if low == high:
        raise NotLowered(f"it makes all values {low}")
    own = Quantisation((6.0 / (high - low),), (low,))
    kind = "RELU" if (low, high) == (INT8[0], INT8[1]) else "RELU6"
    return candidate(kind, [Activation(inner, own)], Activation(root, own), {}, tuple(reversed(clips)))
