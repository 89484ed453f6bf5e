"""CONCATENATION, float32: the copying of bytes that int8 has."""

from __future__ import annotations

from functools import partial

import numpy as np

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.concatenation import byte_copies
from arenite.frontends.operators.float32.tensors import activation_fields, float_bits, float_tensor

KINDS = ("CONCATENATION",)


def lower(model: Model, operator: Operator) -> Lowering:
    if tuple(activation_fields(operator).values()) != (float_bits(-np.inf), float_bits(np.inf)):
        raise NotLowered(f"it has a fused activation, {operator.attributes['fused_activation_function']}")
    return byte_copies(model, operator, partial(float_tensor, model))
