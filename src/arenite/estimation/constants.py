"""Read-only data of a program: bytes as C lays them out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arenite.codegen.kernels import kernels, scalar_types
from arenite.frontends.lowering import Call
from arenite.target import Optimise

WEIGHTS = "weights"
"""The parameter of kernels that takes the weights; all other constants are parameters of the layer."""
WORD = 4
_BYTES = {"int8_t": 1, "uint8_t": 1, "bool": 1, "int16_t": 2, "uint16_t": 2, "int64_t": 8, "uint64_t": 8, "double": 8}
"""Alignment of C types; all others, and structs of them, have words."""

Key = tuple[str, tuple[int, ...], bytes]


@dataclass(frozen=True)
class ConstantBytes:
    """``weights``: of arrays that kernels call so. ``parameters``: of all else, biases, scales, tables, layers."""

    weights: int
    parameters: int


def constant_bytes(calls: Iterable[Call], optimise: Optimise) -> ConstantBytes:
    """Of the constants of all calls, where equal ones of a type and shape are stored once.

    GCC aligns arrays to words when it optimises for speed; for size, to their elements.
    """
    arrays: dict[tuple[str, tuple[int, ...]], list[tuple[bool, npt.NDArray[np.generic]]]] = {}
    for call in calls:
        for name, type_, values in constants_of(call):
            arrays.setdefault((type_, values.shape), []).append((name == WEIGHTS, values))
    weights = parameters = 0
    for (type_, _), found in arrays.items():
        own = {values.tobytes(): weighty for weighty, values in reversed(found)} if len(found) > 1 else None
        size = _rounded(max(found[0][1].nbytes, 1), type_, optimise)
        for weighty in own.values() if own is not None else [found[0][0]]:
            weights += size * weighty
            parameters += size * (not weighty)
    return ConstantBytes(weights, parameters)


def constants_of(call: Call) -> list[tuple[str, str, npt.NDArray[np.generic]]]:
    """Name of the parameter, C type and values, the layer's first."""
    types = {parameter.name: parameter.type for parameter in kernels()[call.kernel].parameters}
    layer = np.array(list(call.layer.values()), np.int32)
    return [(name, types[name], values) for name, values in {"layer": layer, **call.constants}.items() if name in types]


def _rounded(size: int, type_: str, optimise: Optimise) -> int:
    alignment = _BYTES.get(scalar_types().get(type_, type_), WORD)
    if optimise == "speed":
        alignment = max(alignment, WORD)
    return -(-size // alignment) * alignment
