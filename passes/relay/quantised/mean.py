"""MEAN: cast -> mean -> qnn.requantize, or qnn.dequantize -> mean -> qnn.quantize."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import NotLowered
from arenite.passes.relay.quantised.candidate import Activation, Candidate, Data, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, is_call, operator_name
from arenite.passes.relay.quantised.reading import dtype, integers, quantisation, shape

_WIDENING = {"qnn.requantize": ("cast",), "qnn.quantize": ("qnn.dequantize",)}


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    mean = root.args[0]
    if not is_call(mean, "mean") or not is_call(mean.args[0], *_WIDENING[operator_name(root)]):
        return None
    widened = mean.args[0]
    data = widened.args[0]
    if not flow.only_use(mean):
        raise NotLowered("its result is read by another operator, too")
    if mean.attrs.exclude:
        raise NotLowered("it names the axes that stay")
    rank = len(shape(data))
    axes = range(rank) if mean.attrs.axis is None else integers(mean.attrs.axis)
    if is_call(root, "qnn.quantize"):
        source, result = quantisation(*widened.args[1:3]), quantisation(*root.args[1:3])
    else:
        source, result = quantisation(*root.args[1:3]), quantisation(*root.args[3:5])
    if dtype(widened) not in ("int32", "float32"):
        raise NotLowered(f"it sums in {dtype(widened)}")
    replaced = (widened, mean, root) if flow.only_use(widened) else (mean, root)
    return candidate(
        "MEAN",
        [Activation(data, source), Data(np.array(axes, np.int32))],
        Activation(root, result),
        {"keep_dims": bool(mean.attrs.keepdims)},
        replaced,
    )
