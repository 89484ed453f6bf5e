"""Concatenations of tensors in different quantisations, as requantised tensors joined: the kernel only copies."""

from __future__ import annotations

from arenite.passes.relay.quantised.dataflow import Expr, inputs_of, is_call, post_order, with_inputs
from arenite.passes.relay.quantised.reading import dtype, is_constant
from arenite.relay_compat import relay


def requantised_parts(body: Expr) -> Expr:
    """The same function: qnn.concatenate is defined so. The very same expression if there is nothing to do. ``body``
    has its types inferred, the result has not."""
    new: dict[Expr, Expr] = {}
    for expr in post_order(body, inputs_of):
        made = with_inputs(expr, [new[read] for read in inputs_of(expr)])
        new[expr] = _split(expr, made) if is_call(expr, "qnn.concatenate") and dtype(expr) == "int8" else made
    return new[body]


def _split(call: Expr, made: Expr) -> Expr:
    parts, scales, zero_points, scale, zero_point = made.args
    known = all(isinstance(each, relay.Tuple) for each in (parts, scales, zero_points))
    if not known or not all(dtype(part) == "int8" for part in call.args[0].fields):
        return made
    joined = []
    for part, own_scale, own_point in zip(parts.fields, scales.fields, zero_points.fields, strict=True):
        if _same(own_scale, scale) and _same(own_point, zero_point):
            joined.append(part)
        else:
            joined.append(relay.qnn.op.requantize(part, own_scale, own_point, scale, zero_point, out_dtype="int8"))
    if joined == list(parts.fields):
        return made
    count = len(joined)
    result = relay.qnn.op.concatenate(
        relay.Tuple(joined),
        relay.Tuple([scale] * count),
        relay.Tuple([zero_point] * count),
        scale,
        zero_point,
        int(call.attrs.axis),
    )
    return relay.Call(result.op, result.args, result.attrs, result.type_args, call.span)


def _same(left: Expr, right: Expr) -> bool:
    """Whether two constants are equal; what is computed at run time is left as it is."""
    if not (is_constant(left) and is_constant(right)):
        return True
    return bool((left.data.numpy() == right.data.numpy()).all())
