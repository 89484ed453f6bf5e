"""The value that a pad fills in: a constant in float32 before FakeQuantizationToInteger, which crashes over one that is
taken out of a dequantised scalar, and a stored one after it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from arenite.passes.relay.quantised.dataflow import Expr, inputs_of, is_call, post_order, with_inputs
from arenite.passes.relay.quantised.reading import is_constant
from arenite.relay_compat import relay


def real_pad_values(body: Expr) -> Expr:
    """The same function; the very same expression if nothing is to do."""
    return _with_values(body, _dequantized)


def stored_pad_values(body: Expr) -> Expr:
    """Likewise."""
    return _with_values(body, _quantized)


def _with_values(body: Expr, known: Callable[[Expr], Expr | None]) -> Expr:
    new: dict[Expr, Expr] = {}
    for expr in post_order(body, inputs_of):
        inputs = [new[read] for read in inputs_of(expr)]
        if is_call(expr, "nn.pad"):
            inputs = [inputs[0], known(expr.args[1]) or inputs[1]]
        new[expr] = with_inputs(expr, inputs)
    return new[body]


def _dequantized(value: Expr) -> Expr | None:
    while is_call(value, "take", "reshape", "squeeze") and len(value.args[0].checked_type.shape) == 0:
        value = value.args[0]
    if not is_call(value, "qnn.dequantize") or not all(map(is_constant, value.args)):
        return None
    stored, scale, zero_point = (arg.data.numpy() for arg in value.args)
    if stored.size != 1 or scale.size != 1:
        return None
    real = (np.float32(stored.item()) - np.float32(zero_point.item())) * np.float32(scale.item())
    return relay.const(real, "float32")


def _quantized(value: Expr) -> Expr | None:
    if not is_call(value, "qnn.quantize") or not all(map(is_constant, value.args)):
        return None
    real, scale, zero_point = (arg.data.numpy() for arg in value.args)
    if real.size != 1 or scale.size != 1 or str(value.attrs.out_dtype) != "int8":
        return None
    steps = np.float32(real.item()) / np.float32(scale.item())
    rounded = np.copysign(np.floor(np.abs(steps) + 0.5), steps) + zero_point.item()
    return relay.const(np.int8(np.clip(rounded, -128, 127)), "int8")
