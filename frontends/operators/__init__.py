"""One file per operator family: TFLite operator -> Lowering. Adding an operator is one file here (and its kernel).

Families for activations of other types than int8 stand in folders of their own, by type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from arenite.errors import UnsupportedError
from arenite.frontends.hybrid import refuse_hybrid
from arenite.frontends.lowering import Lowering, NotLowered
from arenite.frontends.model import Model, Operator
from arenite.frontends.operators.refused import reason as refused_for
from arenite.frontends.operators.refused import remedy
from arenite.frontends.rewrites.unsigned import UNSIGNED_KINDS, is_unsigned

Lower = Callable[[Model, Operator], Lowering]

TYPES = ("float32", "int16", "int32")
"""Types of activations that have a folder of families beside the one here, which is for int8 and for any type."""


@cache
def families(dtype: str = "int8") -> Mapping[str, str]:
    """Operator kind -> the module of this package that lowers it for activations of a type: each module says which
    ``KINDS`` these are, and has a function ``lower(model, operator)``."""
    folder = f".{dtype}" if dtype in TYPES else ""
    package = import_module(f"{__name__}{folder}")
    found: dict[str, str] = {}
    for item in iter_modules(package.__path__):
        kinds = () if item.ispkg else getattr(import_module(f"{package.__name__}.{item.name}"), "KINDS", ())
        found.update(dict.fromkeys(kinds, f"{folder}.{item.name}"[1:] if folder else item.name))
    return found


PARTS = "parts"
"""Attribute of a CONCATENATION, or of an operator that is computed as one: for each operand its tensor's index, or the
operator that computes it. Its inputs are then these tensors and the inputs of these operators."""


def lower(model: Model, operator: Operator) -> Lowering:
    """The lowering of one operator. Raises NotLowered, with the reason, when arenite cannot compile it."""
    family = _family(model, operator)
    if family is None:
        raise NotLowered(refused_for(operator.kind))
    if is_unsigned(operator) and operator.kind not in UNSIGNED_KINDS:
        raise NotLowered("the operator has no kernel for uint8")
    function: Lower = import_module(f"{__name__}.{family}").lower
    return function(model, operator)


def _family(model: Model, operator: Operator) -> str | None:
    """By the type of the first input that is not a constant, or of the output where there is none."""
    if operator.kind.startswith("ONNX:"):
        return "onnx_node"
    kind = "CONCATENATION" if PARTS in operator.attributes else operator.kind
    tensors = [model.tensors[index] for index in operator.inputs if index >= 0]
    activations = [tensor for tensor in tensors if tensor.data is None and not tensor.constant]
    activations += [model.tensors[index] for index in operator.outputs[:1]]
    own = families(activations[0].dtype) if activations else families()
    return own.get(kind) or families().get(kind)


def lower_or_none(model: Model, operator: Operator) -> Lowering | None:
    """None for an operator that arenite does not compile."""
    try:
        return lower(model, operator)
    except NotLowered:
        return None


def lower_all(model: Model) -> tuple[Lowering, ...]:
    """The lowering of every operator. Raises one UnsupportedError that lists all that arenite cannot compile."""
    refuse_hybrid(model)
    lowerings: list[Lowering] = []
    refused: list[str] = []
    kinds: list[str] = []
    for operator in model.operators:
        try:
            lowerings.append(lower(model, operator))
        except NotLowered as reason:
            refused.append(f"{operator.label} ({reason})")
            kinds.append(operator.kind)
    if refused:
        raise UnsupportedError(
            f"{len(refused)} of {len(model.operators)} operators cannot be compiled: {', '.join(refused)}",
            file=model.file,
            remedy=f"{remedy(kinds)}, or use `arenite plan`, which takes any",
        )
    return tuple(lowerings)
