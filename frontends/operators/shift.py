"""SHIFT, any type: a state loses its first elements, and others come behind what is left of it.

TFLite has three operators for it, a slice, CONCATENATION and ASSIGN_VARIABLE (``rewrites/state_shifts.py``).
"""

from __future__ import annotations

from dataclasses import replace

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators import lower as lower_any

KINDS = ("SHIFT",)

JOINED = "joined"
"""Attribute: the CONCATENATION of what is left and of what comes behind, whose result becomes the state."""
KERNEL = "arenite_shift"


def lower(model: Model, operator: Operator) -> Lowering:
    state, joined = operator.inputs[0], operator.attributes[JOINED]
    if not isinstance(joined, Operator) or state not in model.states:
        raise NotLowered("it has no state")
    rest = joined.inputs[0]
    lowering = lower_any(model, replace(joined, outputs=(state,)))
    size = model.tensors[rest].bytes
    shift = Call(KERNEL, {"bytes": size, "distance": model.tensors[state].bytes - size}, ())
    calls = (shift, *(call for call in lowering.calls if rest not in call.inputs))
    inputs = tuple(index for index in lowering.inputs if index != rest)
    return Lowering(inputs, (), calls, lowering.scratch_bytes, states=(state,))
