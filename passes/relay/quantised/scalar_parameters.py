"""Scales of a single channel as scalars: FakeQuantizationToInteger fails over vectors of one."""

from __future__ import annotations

from arenite.passes.relay.quantised.dataflow import Expr, inputs_of, is_call, post_order, with_inputs
from arenite.passes.relay.quantised.reading import is_constant
from arenite.relay_compat import relay


def scalar_parameters(body: Expr) -> Expr:
    """The same function; the very same expression if nothing is to do. The result has no types inferred."""
    new: dict[Expr, Expr] = {}
    for expr in post_order(body, inputs_of):
        inputs = [new[read] for read in inputs_of(expr)]
        if is_call(expr, "qnn.quantize", "qnn.dequantize"):
            inputs = [inputs[0], *map(_scalar, inputs[1:])]
        new[expr] = with_inputs(expr, inputs)
    return new[body]


def _scalar(parameter: Expr) -> Expr:
    if not is_constant(parameter) or parameter.data.numpy().shape != (1,):
        return parameter
    value = parameter.data.numpy()
    return relay.const(value.reshape(()), str(value.dtype))
