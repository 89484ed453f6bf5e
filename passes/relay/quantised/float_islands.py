"""Keeps FakeQuantizationToInteger from operators that it computes otherwise than in real numbers rounded once.

It leaves an activation within another one (leaky ReLU), cuts off averages and limits to whole numbers, interpolates in
integers, and gives a constant factor the scale of the tensor. Between dequantise and quantise these are exact, and
most of them have matchers there.
"""

from __future__ import annotations

from arenite.passes.relay.quantised.dataflow import Expr, inputs_of, is_call, operator_name, post_order, with_inputs
from arenite.passes.relay.quantised.reading import dtype, is_constant
from arenite.passes.relay.quantised.table import BINARY, FUNCTIONS
from arenite.relay_compat import relay

BARRIER = "annotation.stop_fusion"
"""An operator that the pass does not know, and does nothing."""
_EXACT = ("nn.relu",)
_AVERAGES = ("mean", "nn.avg_pool2d", "nn.global_avg_pool2d", "nn.adaptive_avg_pool1d")
_MOVES = ("reshape", "squeeze", "expand_dims", "transpose", "nn.batch_flatten", "strided_slice", "nn.pad")
_ROUNDED_AFTER_PRODUCTS = (*BINARY, "clip")
"""On a product's accumulator, whose steps are small, the pass may have them."""


def protected(body: Expr) -> Expr:
    """``body`` with a barrier before each of those operators; its types have to be inferred again."""
    new: dict[Expr, Expr] = {}
    for expr in post_order(body, inputs_of):
        inputs = [new[read] for read in inputs_of(expr)]
        if dtype(expr) == "float32" and _is_protected(expr):
            inputs = [each if is_constant(each) else relay.annotation.stop_fusion(each) for each in inputs]
        new[expr] = _global_mean(expr, inputs) or with_inputs(expr, inputs)
    return new[body]


def without_barriers(body: Expr) -> Expr:
    new: dict[Expr, Expr] = {}
    for expr in post_order(body, inputs_of):
        inputs = [new[read] for read in inputs_of(expr)]
        new[expr] = inputs[0] if is_call(expr, BARRIER) else with_inputs(expr, inputs)
    return new[body]


def _is_protected(expr: Expr) -> bool:
    name = operator_name(expr)
    if name in _AVERAGES:
        return True
    if name == "image.resize2d":
        return str(expr.attrs.method) != "nearest_neighbor"
    if name not in FUNCTIONS or name in _EXACT:
        return False
    if name in BINARY and not any(is_constant(each) for each in expr.args):
        return False
    return name not in _ROUNDED_AFTER_PRODUCTS or _reads_stored(expr)


def _reads_stored(expr: Expr) -> bool:
    """Whether it computes on a dequantised tensor, by such operators and moves alone."""
    while operator_name(expr) in FUNCTIONS or is_call(expr, *_MOVES):
        reads = [read for read in expr.args if not is_constant(read)]
        if not reads:
            return False
        expr = reads[0]
    return is_call(expr, "qnn.dequantize")


def _global_mean(expr: Expr, inputs: list[Expr]) -> Expr | None:
    """A global average pool as the mean that it is."""
    if not is_call(expr, "nn.global_avg_pool2d") or dtype(expr) != "float32":
        return None
    axes = {"NCHW": [2, 3], "NHWC": [1, 2]}.get(str(expr.attrs.layout))
    if axes is None:
        return None
    made = relay.mean(inputs[0], axis=axes, keepdims=True)
    return relay.Call(made.op, made.args, made.attrs, made.type_args, expr.span)
