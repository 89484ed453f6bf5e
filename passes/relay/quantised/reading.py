"""Constants, quantisation parameters, shapes and bounds out of Relay expressions whose types are inferred."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, is_call
from arenite.relay_compat import relay, tvm

Bounds = tuple[int, int]
"""Least and greatest int8 value, both included."""
INT8: Bounds = (-128, 127)


def is_constant(expr: Expr) -> bool:
    return isinstance(expr, relay.Constant)


def array(expr: Expr, what: str) -> npt.NDArray[Any]:
    """The value of a constant; ``what`` says what it is in the reason for a NotLowered."""
    if not is_constant(expr):
        raise NotLowered(f"{what} is computed at run time")
    value: npt.NDArray[Any] = expr.data.numpy()
    return value


def quantisation(scale: Expr, zero_point: Expr, axis: int = 0) -> Quantisation:
    """Of one scale and one zero point, or of one scale per slice along ``axis`` with as many zero points or one."""
    scales = tuple(float(value) for value in array(scale, "a scale").astype(np.float32).ravel())
    points = tuple(int(value) for value in array(zero_point, "a zero point").ravel())
    if len(points) == 1:
        points *= len(scales)
    if len(points) != len(scales):
        raise NotLowered(f"there are {len(scales)} scales and {len(points)} zero points")
    return Quantisation(scales, points, axis)


def static_shape(expr: Expr) -> tuple[int, ...] | None:
    """None for what is no tensor, or has an extent that is only known at run time."""
    type_ = expr.checked_type
    if not isinstance(type_, tvm.ir.TensorType):
        return None
    if not all(isinstance(extent, tvm.tir.IntImm) for extent in type_.shape):
        return None
    return tuple(int(extent) for extent in type_.shape)


def shape(expr: Expr) -> tuple[int, ...]:
    """As ``static_shape``; raises NotLowered where there is none."""
    found = static_shape(expr)
    if found is None:
        raise NotLowered(f"the shape of a {expr.checked_type} is not known")
    return found


def dtype(expr: Expr) -> str:
    """Element type; empty for what is no tensor."""
    type_ = expr.checked_type
    return str(type_.dtype) if isinstance(type_, tvm.ir.TensorType) else ""


def integers(values: Any) -> tuple[int, ...]:
    """A list of integers out of a call's attributes."""
    return tuple(int(value) for value in values)


def clip_bounds(expr: Expr) -> Bounds | None:
    """What a call on int8 values limits its input to; None for other calls. The input is ``expr.args[0]``."""
    if dtype(expr) != "int8":
        return None
    if is_call(expr, "clip"):
        low, high = float(expr.attrs.a_min), float(expr.attrs.a_max)
    elif is_call(expr, "nn.relu"):
        low, high = 0.0, math.inf
    elif is_call(expr, "maximum", "minimum") and is_constant(expr.args[1]) and shape(expr.args[1]) in ((), (1,)):
        limit = float(expr.args[1].data.numpy().ravel()[0])
        low, high = (limit, math.inf) if is_call(expr, "maximum") else (-math.inf, limit)
    else:
        return None
    return math.ceil(max(low, INT8[0])), math.floor(min(high, INT8[1]))


def without_clip(flow: Dataflow, expr: Expr) -> tuple[Expr, Bounds, tuple[Expr, ...]]:
    """What comes before the clipping that ``expr`` ends with, the bounds, and the clipping calls, last one first; for
    an expression without clipping itself, all of int8 and nothing."""
    low, high = INT8
    clips: list[Expr] = []
    inner = expr
    while (bounds := clip_bounds(inner)) is not None and (inner == expr or flow.only_use(inner)):
        low, high = (min(max(bound, low), high) for bound in bounds)
        clips.append(inner)
        inner = inner.args[0]
    return inner, (low, high), tuple(clips)
