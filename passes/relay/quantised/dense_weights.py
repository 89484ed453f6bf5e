"""Dense layers as FakeQuantizationToInteger takes them: it ends the process over one that does not say how many units
it has, and keeps the axis of the scales of weights that are transposed."""

from __future__ import annotations

import numpy as np

from arenite.passes.relay.quantised.dataflow import Expr, inputs_of, is_call, post_order, with_inputs
from arenite.passes.relay.quantised.reading import integers, is_constant, shape
from arenite.relay_compat import relay


def dense_weights(body: Expr) -> Expr:
    """The same function; the very same expression if nothing is to do. ``body`` has its types inferred, the result has
    not."""
    new: dict[Expr, Expr] = {}
    for expr in post_order(body, inputs_of):
        made = with_inputs(expr, [new[read] for read in inputs_of(expr)])
        if is_call(expr, "transpose") and is_call(expr.args[0], "qnn.dequantize") and is_constant(expr.args[0].args[0]):
            made = _stored_transposed(expr)
        elif is_call(expr, "nn.dense") and expr.attrs.units is None:
            dense = relay.nn.dense(*made.args, units=shape(expr)[-1], out_dtype=str(expr.attrs.out_dtype))
            made = relay.Call(dense.op, dense.args, dense.attrs, dense.type_args, expr.span)
        new[expr] = made
    return new[body]


def _stored_transposed(transpose: Expr) -> Expr:
    dequantize = transpose.args[0]
    values = dequantize.args[0].data.numpy()
    axes = [axis % values.ndim for axis in integers(transpose.attrs.axes or reversed(range(values.ndim)))]
    stored = relay.const(np.ascontiguousarray(values.transpose(axes)))
    axis = axes.index(int(dequantize.attrs.axis) % values.ndim)
    made = relay.qnn.op.dequantize(stored, *dequantize.args[1:], axis=axis, out_dtype=str(dequantize.attrs.out_dtype))
    return relay.Call(made.op, made.args, made.attrs, made.type_args, dequantize.span)
