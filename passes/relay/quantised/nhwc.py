"""Turns what an importer made in NCHW (ONNX) to NHWC, as far as quantised operators reach; TVM's ConvertLayout does not
know all of them.

Convolutions and pools start in NHWC, what works element by element goes on in it, and everything else gets its NCHW
back through a transpose, which vanishes where it meets its inverse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from arenite.passes.relay.quantised.dataflow import (
    Expr,
    inputs_of,
    is_call,
    operator_name,
    post_order,
    with_inputs,
)
from arenite.passes.relay.quantised.layouts import output_major
from arenite.passes.relay.quantised.reading import dtype, integers, is_constant, static_shape
from arenite.passes.relay.quantised.table import BINARY, FUNCTIONS
from arenite.relay_compat import relay

TO_NHWC, TO_NCHW = (0, 2, 3, 1), (0, 3, 1, 2)
_AXES = (0, 3, 1, 2)
"""Where each axis of NCHW is in NHWC."""
Convert = Callable[[Expr, Sequence[Expr]], Expr]
"""A call in NCHW and its inputs in NHWC -> the call in NHWC."""


def to_nhwc(body: Expr) -> Expr:
    """The same function value for value; the very same expression if there is nothing to do. ``body`` has its types
    inferred, the result has not."""
    forms = _Forms()
    for expr in post_order(body, inputs_of):
        forms.add(expr)
    return forms.plain(body)


class _Forms:
    """The new expressions that stand for old ones: in the old layout, in NHWC, or both."""

    def __init__(self) -> None:
        self._plain: dict[Expr, Expr] = {}
        self._nhwc: dict[Expr, Expr] = {}

    def add(self, expr: Expr) -> None:
        """``expr``, whose inputs are known."""
        name, reads = operator_name(expr), inputs_of(expr)
        if _starts(expr) or (name in _FOLLOWING and self._goes_on(expr)):
            tensors = [read if index in _parameters(name) else self.nhwc(read) for index, read in enumerate(reads)]
            self._nhwc[expr] = {**_STARTING, **_FOLLOWING}[name](expr, tensors)
        elif name == "mean" and reads[0] in self._nhwc and expr.attrs.axis is not None and not expr.attrs.exclude:
            self._add_mean(expr)
        elif name == "transpose" and reads[0] in self._nhwc and expr.attrs.axes is not None:
            axes = [_AXES[axis % 4] for axis in integers(expr.attrs.axes)]
            self._plain[expr] = permuted(self._nhwc[reads[0]], _permuted_shape(reads[0], TO_NHWC), axes)
        else:
            self._plain[expr] = with_inputs(expr, [self.plain(read) for read in reads])

    def _add_mean(self, expr: Expr) -> None:
        axes = [_AXES[axis % 4] for axis in integers(expr.attrs.axis)]
        kept = [_AXES[axis] for axis in range(4) if _AXES[axis] not in axes]
        keepdims = bool(expr.attrs.keepdims)
        if keepdims or kept == sorted(kept):
            made = _with_span(relay.mean(self._nhwc[expr.args[0]], axis=sorted(axes), keepdims=keepdims), expr)
            (self._nhwc if keepdims else self._plain)[expr] = made
        else:
            self._plain[expr] = with_inputs(expr, [self.plain(expr.args[0])])

    def plain(self, expr: Expr) -> Expr:
        if expr not in self._plain:
            self._plain[expr] = permuted(self._nhwc[expr], _permuted_shape(expr, TO_NHWC), TO_NCHW)
        return self._plain[expr]

    def nhwc(self, expr: Expr) -> Expr:
        if expr not in self._nhwc:
            if is_constant(expr):
                self._nhwc[expr] = _constant_in_nhwc(expr)
            elif isinstance(expr, relay.Tuple):
                return relay.Tuple([self.nhwc(field) for field in expr.fields], expr.span)
            else:
                self._nhwc[expr] = permuted(self.plain(expr), static_shape(expr) or (), TO_NHWC)
        return self._nhwc[expr]

    def _goes_on(self, expr: Expr) -> bool:
        """Whether all tensors have four axes or are constants, and one is in NHWC already."""
        reads = [
            part
            for index, read in enumerate(inputs_of(expr))
            if index not in _parameters(operator_name(expr))
            for part in (read.fields if isinstance(read, relay.Tuple) else [read])
        ]
        return any(read in self._nhwc for read in reads) and all(
            is_constant(read) or len(static_shape(read) or ()) == 4 for read in reads
        )


def permuted(value: Expr, shape: Sequence[int], axes: Sequence[int]) -> Expr:
    """``value`` of this shape with its axes in another order: by no operator if the order is the same, by a reshape if
    only axes of extent 1 move."""
    if list(axes) == list(range(len(axes))):
        return value
    wide = [axis for axis in axes if shape[axis] > 1]
    if wide == sorted(wide):
        return relay.reshape(value, [shape[axis] for axis in axes])
    return relay.transpose(value, list(axes))


def _permuted_shape(expr: Expr, axes: Sequence[int]) -> list[int]:
    shape = static_shape(expr) or ()
    return [shape[axis] for axis in axes]


def _constant_in_nhwc(expr: Expr) -> Expr:
    value = expr.data.numpy()
    if value.size == 1:
        return expr
    return relay.const(np.ascontiguousarray(value.reshape((1,) * (4 - value.ndim) + value.shape).transpose(TO_NHWC)))


def _starts(expr: Expr) -> bool:
    """Whether it is a quantised operator that the kernels have in NHWC only."""
    if operator_name(expr) not in _STARTING or len(static_shape(expr.args[0]) or ()) != 4:
        return False
    layout = expr.attrs.data_layout if is_call(expr, "qnn.conv2d") else expr.attrs.layout
    integer = dtype(expr.args[0]) in ("int8", "int32") or is_call(expr.args[0], "qnn.dequantize")
    weights = not is_call(expr, "qnn.conv2d") or is_constant(expr.args[1])
    return str(layout) == "NCHW" and integer and weights


def _conv2d(call: Expr, inputs: Sequence[Expr]) -> Expr:
    attrs, groups = call.attrs, int(call.attrs.groups)
    weights = output_major(call.args[1].data.numpy(), str(attrs.kernel_layout), groups)
    if groups > 1 and weights.shape[3] == 1:
        # [channel, multiplier] of a depthwise kernel stand apart in HWOI.
        by_channel = weights.reshape(groups, -1, *weights.shape[1:3]).transpose(2, 3, 0, 1)
        kernel, layout = by_channel, "HWOI"
    else:
        kernel, layout = weights.transpose(1, 2, 3, 0), "HWIO"
    made = relay.qnn.op.conv2d(
        inputs[0],
        relay.const(np.ascontiguousarray(kernel)),
        *call.args[2:],
        kernel_size=integers(weights.shape[1:3]),
        channels=int(weights.shape[0]),
        strides=integers(attrs.strides),
        padding=integers(attrs.padding),
        dilation=integers(attrs.dilation),
        groups=groups,
        data_layout="NHWC",
        kernel_layout=layout,
        out_dtype=str(attrs.out_dtype),
    )
    return _with_span(made, call)


def _pool(call: Expr, inputs: Sequence[Expr]) -> Expr:
    attrs = call.attrs
    window = {
        "pool_size": integers(attrs.pool_size),
        "strides": integers(attrs.strides),
        "padding": integers(attrs.padding),
        "dilation": integers(attrs.dilation),
        "layout": "NHWC",
        "ceil_mode": bool(attrs.ceil_mode),
    }
    if is_call(call, "nn.max_pool2d"):
        return _with_span(relay.nn.max_pool2d(inputs[0], **window), call)
    window["count_include_pad"] = bool(attrs.count_include_pad)
    make = relay.nn.avg_pool2d if is_call(call, "nn.avg_pool2d") else relay.qnn.op.avg_pool2d
    return _with_span(make(inputs[0], *call.args[1:], **window), call)


def _global_pool(call: Expr, inputs: Sequence[Expr]) -> Expr:
    return _with_span(relay.nn.global_avg_pool2d(inputs[0], layout="NHWC"), call)


def _same(call: Expr, inputs: Sequence[Expr]) -> Expr:
    return with_inputs(call, inputs)


def _bias_add(call: Expr, inputs: Sequence[Expr]) -> Expr:
    return _with_span(relay.nn.bias_add(*inputs, axis=_AXES[int(call.attrs.axis) % 4]), call)


def _requantize(call: Expr, inputs: Sequence[Expr]) -> Expr:
    attrs = call.attrs
    made = relay.qnn.op.requantize(
        *inputs,
        axis=_AXES[int(attrs.axis) % 4],
        rounding=str(attrs.rounding),
        compute_dtype=str(attrs.compute_dtype),
        out_dtype=str(attrs.out_dtype),
    )
    return _with_span(made, call)


def _affine(call: Expr, inputs: Sequence[Expr]) -> Expr:
    make = relay.qnn.op.quantize if is_call(call, "qnn.quantize") else relay.qnn.op.dequantize
    attrs = call.attrs
    return _with_span(make(*inputs, axis=_AXES[int(attrs.axis) % 4], out_dtype=str(attrs.out_dtype)), call)


def _concatenate(call: Expr, inputs: Sequence[Expr]) -> Expr:
    parts, scales, zero_points, scale, zero_point = inputs
    made = relay.qnn.op.concatenate(parts, scales, zero_points, scale, zero_point, _AXES[int(call.attrs.axis) % 4])
    return _with_span(made, call)


def _pad(call: Expr, inputs: Sequence[Expr]) -> Expr:
    widths = [integers(pair) for pair in call.attrs.pad_width]
    made = relay.nn.pad(inputs[0], [widths[axis] for axis in TO_NHWC], inputs[1], str(call.attrs.pad_mode))
    return _with_span(made, call)


def _with_span(made: Expr, old: Expr) -> Expr:
    return relay.Call(made.op, made.args, made.attrs, made.type_args, old.span)


_STARTING: Mapping[str, Convert] = {
    "qnn.conv2d": _conv2d,
    **dict.fromkeys(("nn.max_pool2d", "nn.avg_pool2d", "qnn.avg_pool2d"), _pool),
    "nn.global_avg_pool2d": _global_pool,
}
_FOLLOWING: Mapping[str, Convert] = {
    "nn.bias_add": _bias_add,
    "qnn.requantize": _requantize,
    **dict.fromkeys(("qnn.quantize", "qnn.dequantize"), _affine),
    "qnn.concatenate": _concatenate,
    "nn.pad": _pad,
    **dict.fromkeys(("qnn.add", "qnn.subtract", "qnn.mul", "cast", *FUNCTIONS), _same),
    **dict.fromkeys(("qnn.sigmoid", "qnn.tanh", "qnn.hardswish", "qnn.leaky_relu"), _same),
}


def _parameters(name: str) -> range:
    """Which arguments are no tensors of the network: weights, scales, zero points, padding values."""
    return range(2 if name in ("qnn.add", "qnn.subtract", "qnn.mul", *BINARY) else 1, 16)
