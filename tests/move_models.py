"""Models of one operator that only moves elements, of any type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from models.writer import ModelWriter

Array = npt.NDArray[Any]


def one_move(
    kind: str, shape: Sequence[int], results: Sequence[Sequence[int]], constants: Sequence[Array] = (),
    before: Sequence[Array] = (), *, dtype: str = "int8", **options: object,
) -> bytes:  # fmt: skip
    """An operator that reads constants, an input and constants again."""
    writer = ModelWriter()
    quantised: dict[str, Any] = {"scale": 0.05, "zero_point": 5} if dtype in ("int8", "uint8") else {}

    def constant(array: Array) -> int:
        own = quantised if array.dtype == dtype else {}
        return writer.tensor("constant", array.shape, str(array.dtype), data=array, **own)

    first = [constant(array) for array in before]
    source = writer.tensor("in", shape, dtype, **quantised)
    last = [constant(array) for array in constants]
    outputs = [writer.tensor(f"out_{n}", result, dtype, **quantised) for n, result in enumerate(results)]
    writer.operator(kind, [*first, source, *last], outputs, **options)
    return writer.finish([source], outputs)


def ints(*values: int) -> Array:
    return np.array(values, np.int32)
