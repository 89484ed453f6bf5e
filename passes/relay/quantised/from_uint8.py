"""Networks in QDQ form whose activations are uint8, with int8 in its place: each number and its zero point less 128.

Quantising rounds, adds the zero point and saturates at the ends of its type, so the int8 numbers are exactly the uint8
ones less 128, and stand for the same real numbers.
"""

from __future__ import annotations

import numpy as np

from arenite.passes.relay.quantised.dataflow import (
    Dataflow,
    Expr,
    inputs_of,
    is_call,
    read_dataflow,
    with_inputs,
)
from arenite.passes.relay.quantised.reading import dtype, is_constant
from arenite.relay_compat import relay

SHIFT = 128


def from_uint8(body: Expr) -> Expr:
    """The same function value for value; the very same expression if nothing is uint8.

    What is read as uint8 by anything but a dequantisation stays. ``body`` has its types inferred, the result has not.
    """
    flow = read_dataflow(body)
    new: dict[Expr, Expr] = {}
    for expr in flow.order:
        inputs = [new[read] for read in inputs_of(expr)]
        if _is_quantized(flow, expr):
            new[expr] = _quantize(expr, inputs)
        elif is_call(expr, "qnn.dequantize") and _becomes_int8(flow, expr):
            new[expr] = _dequantize(expr, inputs)
        else:
            new[expr] = with_inputs(expr, inputs)
    return new[body]


def _becomes_int8(flow: Dataflow, dequantize: Expr) -> bool:
    source = dequantize.args[0]
    if is_constant(source):
        return dtype(source) == "uint8" and is_constant(dequantize.args[2])
    return _is_quantized(flow, source)


def _is_quantized(flow: Dataflow, expr: Expr) -> bool:
    """Whether it quantises to uint8 for dequantisations alone."""
    return (
        is_call(expr, "qnn.quantize")
        and dtype(expr) == "uint8"
        and is_constant(expr.args[2])
        and all(
            reader is not None and is_call(reader, "qnn.dequantize") and is_constant(reader.args[2])
            for reader in flow.readers[expr]
        )
    )


def _quantize(call: Expr, inputs: list[Expr]) -> Expr:
    made = relay.qnn.op.quantize(
        inputs[0], inputs[1], _shifted(call.args[2]), axis=int(call.attrs.axis), out_dtype="int8"
    )
    return relay.Call(made.op, made.args, made.attrs, made.type_args, call.span)


def _dequantize(call: Expr, inputs: list[Expr]) -> Expr:
    source = call.args[0]
    if is_constant(source):
        inputs = [relay.const((source.data.numpy().astype(np.int16) - SHIFT).astype(np.int8)), *inputs[1:]]
    return relay.Call(call.op, [*inputs[:2], _shifted(call.args[2])], call.attrs, call.type_args, call.span)


def _shifted(zero_point: Expr) -> Expr:
    return relay.const(zero_point.data.numpy().astype(np.int32) - SHIFT, "int32")
