"""FULLY_CONNECTED: qnn.dense -> [bias] -> qnn.requantize -> [clip]."""

from __future__ import annotations

from arenite.passes.relay.quantised.accumulation import accumulation
from arenite.passes.relay.quantised.candidate import Activation, Candidate, candidate
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr
from arenite.passes.relay.quantised.reading import array


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    found = accumulation(flow, root, "qnn.dense")
    if found is None:
        return None
    weights = array(found.product.args[1], "its weight matrix")
    # Relay's input has two axes already; where the file's had more, a reshape follows.
    attributes = {
        "fused_activation_function": found.activation,
        "weights_format": "DEFAULT",
        "keep_num_dims": False,
    }
    inputs = found.inputs(found.product.args[0], weights, 0)
    return candidate("FULLY_CONNECTED", inputs, Activation(root, found.result), attributes, found.replaced)
