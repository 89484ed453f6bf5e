"""Reshapes between a product and its quantisation, as MatMul of three axes has one: after the quantisation instead."""

from __future__ import annotations

from arenite.passes.relay.quantised.dataflow import Expr, inputs_of, is_call, post_order, read_dataflow, with_inputs
from arenite.passes.relay.quantised.reading import shape
from arenite.relay_compat import relay


def reshape_last(body: Expr) -> Expr:
    """The same function: one scale is one for each element. The very same expression if nothing is to do. ``body`` has
    its types inferred, the result has not."""
    flow = read_dataflow(body)
    new: dict[Expr, Expr] = {}
    for expr in post_order(body, inputs_of):
        made = with_inputs(expr, [new[read] for read in inputs_of(expr)])
        if is_call(expr, "qnn.quantize") and shape(expr.args[1]) == () and shape(expr.args[2]) == ():
            reshape = expr.args[0]
            if is_call(reshape, "reshape") and is_call(reshape.args[0], "nn.dense") and flow.only_use(reshape):
                inputs = [new[reshape].args[0], made.args[1], made.args[2]]
                quantized = relay.qnn.op.quantize(*inputs, axis=-1, out_dtype=str(expr.attrs.out_dtype))
                quantized = relay.Call(quantized.op, quantized.args, quantized.attrs, quantized.type_args, expr.span)
                made = relay.reshape(quantized, shape(expr))
        new[expr] = made
    return new[body]
