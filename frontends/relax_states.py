"""State in an IRModule: the last parameters of ``main``, which it overwrites and returns behind its results.

What they hold before the first inference stands in an attribute, so that the module says all of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.frontends.model import Model

Values = npt.NDArray[Any]
STATES_ATTRIBUTE = "arenite.states"
"""JSON: an object for each state, with the model's name of it, dtype and shape, and its bytes in hexadecimal digits, or
one byte that all of them are (``fill``)."""


def states_text(model: Model) -> str:
    """The attribute for the states of a model, in the order of ``Model.states``."""
    entries = []
    for index, values in model.states.items():
        data = np.ascontiguousarray(values).tobytes()
        content = {"fill": data[0]} if len(set(data)) == 1 else {"bytes": data.hex()}
        tensor = model.tensors[index]
        entries.append({"name": tensor.name, "dtype": tensor.dtype, "shape": list(tensor.shape), **content})
    return json.dumps(entries, sort_keys=True)


def initial_states(attributes: Mapping[str, Any] | None) -> list[tuple[str, Values]]:
    """Name and first value of each state of the function with these attributes."""
    states = []
    for entry in json.loads(str((attributes or {}).get(STATES_ATTRIBUTE, "[]"))):
        dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
        size = dtype.itemsize * int(np.prod(shape))
        data = bytes([entry["fill"]]) * size if "fill" in entry else bytes.fromhex(entry["bytes"])
        states.append((str(entry["name"]), np.frombuffer(data, dtype).reshape(shape)))
    return states


def count_states(attributes: Mapping[str, Any] | None) -> int:
    """How many of the function's last parameters, and of its last results, are state."""
    return len(json.loads(str((attributes or {}).get(STATES_ATTRIBUTE, "[]"))))
