"""PADV2: nn.pad with a constant value."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import NotLowered
from arenite.passes.relay.quantised.candidate import ANY_SCALE, Activation, Candidate, Data, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr
from arenite.passes.relay.quantised.reading import array, dtype, integers


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    if dtype(root) != "int8":
        return None
    if str(root.attrs.pad_mode) != "constant":
        raise NotLowered(f"its mode is {root.attrs.pad_mode}")
    value = float(array(root.args[1], "its value").ravel()[0])
    if not (-128 <= value <= 127 and value.is_integer()):
        raise NotLowered(f"its value is {value}")
    paddings = np.array([integers(pair) for pair in root.attrs.pad_width], np.int32)
    fill = Data(np.array([value], np.int8), ANY_SCALE)
    return candidate("PADV2", [Activation(root.args[0]), Data(paddings), fill], Activation(root), {}, (root,))
