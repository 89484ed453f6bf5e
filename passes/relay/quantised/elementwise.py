"""ADD, SUB and MUL: qnn.add, qnn.subtract, qnn.mul -> [clip]; one operand may be a constant."""

from __future__ import annotations

from arenite.passes.relay.quantised.activation import fused_activation
from arenite.passes.relay.quantised.candidate import Activation, Candidate, candidate, operand
from arenite.passes.relay.quantised.dataflow import Dataflow, Expr, operator_name
from arenite.passes.relay.quantised.reading import quantisation, without_clip

KINDS = {"qnn.add": "ADD", "qnn.subtract": "SUB", "qnn.mul": "MUL"}


def match(flow: Dataflow, root: Expr) -> Candidate | None:
    call, bounds, clips = without_clip(flow, root)
    kind = KINDS.get(operator_name(call))
    if kind is None or (clips and not flow.only_use(call)):
        return None
    left, right, *parameters = call.args
    left_scale, right_scale, result = (quantisation(*parameters[place : place + 2]) for place in (0, 2, 4))
    return candidate(
        kind,
        [operand(left, left_scale), operand(right, right_scale)],
        Activation(root, result),
        {"fused_activation_function": fused_activation(bounds, result)},
        (call, *reversed(clips)),
    )
