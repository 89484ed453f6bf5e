"""The quantisation of an int8 value, as far as the operator that made it tells."""

from __future__ import annotations

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation
from arenite.passes.relay.quantised.dataflow import Expr, operator_name
from arenite.passes.relay.quantised.reading import clip_bounds, quantisation

_SAME = ("nn.max_pool2d", "nn.pad", "reshape", "transpose", "squeeze", "expand_dims", "nn.batch_flatten")
_OUTPUT = {"qnn.requantize": 3, "qnn.quantize": 1, "qnn.concatenate": 3} | dict.fromkeys(
    ("qnn.add", "qnn.subtract", "qnn.mul"), 6
)
"""Operator -> where its output's scale stands among the arguments; the zero point follows."""


def known_quantisation(expr: Expr) -> Quantisation | None:
    """Per tensor; None where the operators before do not say."""
    while operator_name(expr) in _SAME or clip_bounds(expr) is not None:
        expr = expr.args[0]
    place = _OUTPUT.get(operator_name(expr))
    if place is None:
        return None
    try:
        found = quantisation(*expr.args[place : place + 2])
    except NotLowered:
        return None
    return None if found.per_channel else found
