"""RESIZE of height and width, NHWC, float32 or, to the nearest neighbour, any type: compiled by TVM.

Attributes are those of TVM's operator; formats that have such an operator say what theirs is in these terms.
"""

from __future__ import annotations

from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.operators.tensors import activation, require_shape, sized_tensor

NAMES = ("size", "method", "coordinate_transformation_mode", "rounding_method", "cubic_alpha")


def lower(model: Model, operator: Operator) -> Lowering:
    source = sized_tensor(model, activation(model, operator.inputs[0]), *ITEM_BYTES)
    result = sized_tensor(model, operator.outputs[0], source.dtype)
    attributes = {name: operator.attributes[name] for name in NAMES}
    size = attributes["size"]
    if len(source.shape) != 4 or not isinstance(size, tuple) or len(size) != 2:
        raise NotLowered(f"it resizes tensor {source.index} of shape {list(source.shape)}")
    if source.dtype != "float32" and attributes["method"] != "nearest_neighbor":
        raise NotLowered(f"it interpolates {source.dtype}")
    require_shape(result, (source.shape[0], *size, source.shape[3]))
    return Lowering(
        (source.index,), (result.index,), relax_op=("relax.image.resize2d", {**attributes, "layout": "NHWC"})
    )
