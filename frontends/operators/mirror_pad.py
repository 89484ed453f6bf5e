"""MIRROR_PAD, any type: two axes side by side, such as height and width, continued with what they have, backwards."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from arenite.frontends.lowering import Call, Lowering, NotLowered
from arenite.frontends.model import ITEM_BYTES, Model, Operator
from arenite.frontends.operators.moves import same_type
from arenite.frontends.operators.pad import Triple, padded_axes

KINDS = ("MIRROR_PAD",)

KERNEL = "arenite_resize"
MAX_EXTENT = 1 << 16
"""Elements along an axis: there is a number for each."""


def lower(model: Model, operator: Operator) -> Lowering:
    source, result = same_type(model, operator)
    triples = padded_axes(model, operator, source, result)
    edge = {"REFLECT": 1, "SYMMETRIC": 0}.get(str(operator.attributes["mode"]))
    if edge is None:
        raise NotLowered(f"its mode is {operator.attributes['mode']}")
    padded = [axis for axis, (before, _, after) in enumerate(triples) if before or after]
    if any(max(before, after) > extent - edge for before, extent, after in triples):
        raise NotLowered(f"it has fewer elements than its border: {triples}")
    if not padded:
        return Lowering((source.index,), (result.index,), alias=True)
    columns = min(padded[-1] + (len(padded) == 1 and len(triples) == 4 and padded[-1] == 1), len(triples) - 1)
    rows = columns - 1
    if padded[0] < rows:
        raise NotLowered(f"it has a border along axes {padded}")
    if max(map(sum, triples)) > MAX_EXTENT:
        raise NotLowered(f"its output has shape {list(result.shape)}")
    height, width = (triples[axis] if axis >= 0 else (0, 1, 0) for axis in (rows, columns))
    layer = {
        "batches": math.prod(source.shape[: max(rows, 0)]),
        "input_rows": height[1],
        "input_columns": width[1],
        "output_rows": sum(height),
        "output_columns": sum(width),
        "pixel_bytes": math.prod(source.shape[columns + 1 :]) * ITEM_BYTES[source.dtype],
    }
    constants = {"rows": _places(height, edge), "columns": _places(width, edge)}
    return Lowering((source.index,), (result.index,), (Call(KERNEL, layer, (source.index,), constants),))


def _places(triple: Triple, edge: int) -> npt.NDArray[np.int32]:
    """The element of the input that each element of the output along an axis is. REFLECT (``edge`` 1) does not repeat
    the element at the edge, SYMMETRIC does."""
    before, extent, after = triple
    places = np.arange(-before, extent + after)
    places = np.where(places < 0, -places - 1 + edge, places)
    return np.where(places >= extent, 2 * extent - 1 - edge - places, places).astype(np.int32)
