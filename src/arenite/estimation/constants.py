"""Read-only data of a program: bytes as C lays them out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from arenite.codegen.kernels import kernels, scalar_types
from arenite.frontends.lowering import Call, LateConstants, sizes_of
from arenite.target import Optimise

WEIGHTS = "weights"
"""The parameter of kernels that takes the weights; all other constants are parameters of the layer."""
MADE = (WEIGHTS, "channels")
"""Constants that bodies make of those with the same names."""
WORD = 4
_BYTES = {"int8_t": 1, "uint8_t": 1, "bool": 1, "int16_t": 2, "uint16_t": 2, "int64_t": 8, "uint64_t": 8, "double": 8}
"""Alignment of C types; all others, and structs of them, have words."""


@dataclass(frozen=True)
class ConstantBytes:
    """``weights``: of arrays that kernels call so. ``parameters``: of all else, biases, scales, tables, layers."""

    weights: int
    parameters: int


def constant_bytes(calls: Iterable[Call], optimise: Optimise) -> ConstantBytes:
    """Of the constants of all calls, where equal ones of a type and shape are stored once.

    GCC aligns arrays to words when it optimises for speed; for size, to their elements.
    """
    arrays: dict[tuple[str, int], list[tuple[bool, Callable[[], object]]]] = {}
    for call in calls:
        types = {parameter.name: parameter.type for parameter in kernels()[call.kernel].parameters}
        sizes = {"layer": WORD * len(call.layer), **sizes_of(call.constants)}
        for name, size in sizes.items():
            arrays.setdefault((types[name], size), []).append((name == WEIGHTS, partial(_content, call, name)))
    weights = parameters = 0
    for (type_, size), found in arrays.items():
        # Contents are compared where there is something to compare with.
        own = {content(): weighty for weighty, content in reversed(found)} if len(found) > 1 else {None: found[0][0]}
        laid_out = _rounded(max(size, 1), type_, optimise)
        weights += laid_out * sum(own.values())
        parameters += laid_out * (len(own) - sum(own.values()))
    return ConstantBytes(weights, parameters)


def _content(call: Call, name: str) -> object:
    """Equal for equal constants. Those that are made late are told apart by what they are made of."""
    if name == "layer":
        return tuple(call.layer.values())
    if not isinstance(call.constants, LateConstants):
        return call.constants[name].shape, call.constants[name].tobytes()
    source = call.constants.source
    if name not in MADE:
        return source[name].shape, source[name].tobytes()
    return call.kernel, tuple(call.layer.items()), tuple((key, source[key].tobytes()) for key in MADE)


def _rounded(size: int, type_: str, optimise: Optimise) -> int:
    alignment = _BYTES.get(scalar_types().get(type_, type_), WORD)
    if optimise == "speed":
        alignment = max(alignment, WORD)
    return -(-size // alignment) * alignment
