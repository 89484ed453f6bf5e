"""ABS and SQRT, int16. Of a negative number, of which TFLite refuses to take the root, the root is 0."""

from __future__ import annotations

import numpy as np

from arenite.frontends.lowering import Call, Lowering
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.float32.tensors import float_bits
from arenite.frontends.operators.int16.tensors import int16_activation, int16_tensor
from arenite.frontends.operators.tensors import require_shape, rows_of
from arenite.frontends.quantise import quantize_multiplier

KINDS = ("ABS", "SQRT")


def lower(model: Model, operator: Operator) -> Lowering:
    source, before = int16_activation(model, operator.inputs[0])
    result, after = int16_tensor(model, operator.outputs[0])
    require_shape(result, source.shape)
    layer = rows_of(source.shape)
    if operator.kind == "ABS":
        with np.errstate(over="ignore", under="ignore"):
            # TFLite divides in float32.
            ratio = float(np.float32(before.scale) / np.float32(after.scale))
        multiplier, shift = quantize_multiplier(ratio)
        layer |= {"multiplier": multiplier, "shift": shift}
    else:
        layer |= {"in_scale": float_bits(before.scale), "out_scale": float_bits(after.scale)}
    call = Call(f"arenite_{operator.kind.lower()}_s16", layer, (source.index,))
    return Lowering((source.index,), (result.index,), (call,))
