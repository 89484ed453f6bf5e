"""Read-only data of a program: bytes as C lays them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arenite.codegen.kernels import kernels, scalar_types
from arenite.frontends.lowering import Call, LateConstants, sizes_of
from arenite.target import Optimise

WEIGHTS = "weights"
"""The parameter of kernels that takes the weights; all other constants are parameters of the layer."""
_SAMPLE = 64
"""About so many elements of what constants are made of tell different ones apart."""
WORD = 4
_BYTES = {"int8_t": 1, "uint8_t": 1, "bool": 1, "int16_t": 2, "uint16_t": 2, "int64_t": 8, "uint64_t": 8, "double": 8}
"""Alignment of C types; all others, and structs of them, have words."""


@dataclass(frozen=True)
class ConstantBytes:
    """``weights``: of arrays that kernels call so. ``parameters``: of all else, biases, scales, tables, layers.
    ``arrays``: how many there are."""

    weights: int
    parameters: int
    arrays: int


def constant_bytes(calls: Iterable[Call], optimise: Optimise) -> ConstantBytes:
    """Of the constants of all calls, where equal ones of a type and shape are stored once.

    GCC aligns arrays to words when it optimises for speed; for size, to their elements.
    """
    arrays: dict[tuple[str, int], list[tuple[Call, str]]] = {}
    for call in calls:
        types = {parameter.name: parameter.type for parameter in kernels()[call.kernel].parameters}
        sizes = {"layer": WORD * len(call.layer), **sizes_of(call.constants)}
        for name, size in sizes.items():
            arrays.setdefault((types[name], size), []).append((call, name))
    weights = parameters = count = 0
    for (type_, size), found in arrays.items():
        own = _different(found) if len(found) > 1 else [name for _, name in found]
        laid_out = _rounded(max(size, 1), type_, optimise)
        weights += laid_out * own.count(WEIGHTS)
        parameters += laid_out * (len(own) - own.count(WEIGHTS))
        count += len(own)
    return ConstantBytes(weights, parameters, count)


def _different(found: Sequence[tuple[Call, str]]) -> list[str]:
    """Names of different constants: of equal ones the first's. Those that are made late are not made to be told apart
    if they are made of different things."""
    alike: dict[object, list[tuple[Call, str]]] = {}
    for call, name in found:
        alike.setdefault(_origin(call, name), []).append((call, name))
    names: list[str] = []
    for each in alike.values():
        own = {_content(call, name): name for call, name in reversed(each)} if len(each) > 1 else {None: each[0][1]}
        names += own.values()
    return names


def _origin(call: Call, name: str) -> object:
    constants = call.constants
    if name not in constants or not (isinstance(constants, LateConstants) and constants.is_late(name)):
        return _content(call, name)
    source = [constants.source[WEIGHTS]] if name == WEIGHTS else constants.source.values()
    # Odd steps take of all columns, some of which may be zeros.
    return tuple(array.reshape(-1)[:: array.size // _SAMPLE | 1].tobytes() for array in source)


def _content(call: Call, name: str) -> object:
    if name == "layer":
        return tuple(call.layer.values())
    return call.constants[name].shape, call.constants[name].tobytes()


def _rounded(size: int, type_: str, optimise: Optimise) -> int:
    alignment = _BYTES.get(scalar_types().get(type_, type_), WORD)
    if optimise == "speed":
        alignment = max(alignment, WORD)
    return -(-size // alignment) * alignment
