"""QUANTIZE and DEQUANTIZE: qnn.requantize between int8 tensors, and the float32 boundary of a network."""

from __future__ import annotations

from arenite.frontends.lowering import NotLowered
from arenite.passes.relay.quantised.candidate import Activation, Candidate, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, is_call
from arenite.passes.relay.quantised.reading import dtype, quantisation
from arenite.relay_compat import relay

_MOVES = ("reshape", "transpose", "squeeze", "expand_dims", "layout_transform")


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    if is_call(root, "qnn.requantize"):
        return _requantize(root)
    return _quantize(root) if is_call(root, "qnn.quantize") else _dequantize(flow, root)


def _requantize(root: Expr) -> Candidate:
    if dtype(root.args[0]) != "int8":
        raise NotLowered(f"what it requantises, {dtype(root.args[0])}, comes from no operator that arenite knows")
    source, result = quantisation(*root.args[1:3]), quantisation(*root.args[3:5])
    return candidate("QUANTIZE", [Activation(root.args[0], source)], Activation(root, result), {}, (root,))


def _quantize(root: Expr) -> Candidate | None:
    """At the input only: elsewhere TVM fuses it with the float operators before it, and no float tensor is stored."""
    origin = root.args[0]
    while is_call(origin, *_MOVES):
        origin = origin.args[0]
    if not isinstance(origin, relay.Var):
        raise NotLowered("it ends a part in float32")
    result = quantisation(*root.args[1:3])
    return candidate("QUANTIZE", [Activation(root.args[0], None)], Activation(root, result), {}, (root,))


def _dequantize(flow: Dataflow, root: Expr) -> Candidate | None:
    """At the output only, for the same reason."""
    if not flow.reaches_only_output(root, _MOVES):
        raise NotLowered("it begins a part in float32")
    source = quantisation(*root.args[1:3])
    return candidate("DEQUANTIZE", [Activation(root.args[0], source)], Activation(root, None), {}, (root,))
